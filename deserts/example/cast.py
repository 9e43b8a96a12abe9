"""Who works in the example: clinicians, their addresses and what they billed, as plain records."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["NPI_FLOOR", "SMALLEST_PUBLISHED", "YEARS", "Address", "Bill", "Clinician", "npi_number"]

YEARS = (2022, 2023, 2024)
SMALLEST_PUBLISHED = 11
"""Rows with fewer people are not published."""
NPI_FLOOR = 2_000_010
"""First seven-digit serial; every number starts with 2 and passes the check digit."""


@dataclass(frozen=True, slots=True)
class Address:
    """One practice address; ``town`` is an index into the towns."""

    practice: str
    group_id: str
    street: str
    street2: str
    town: int
    city: str
    state: str
    zip: str
    phone: str


@dataclass(frozen=True, slots=True)
class Bill:
    """What was billed in one year for one code at one kind of place (O office, F facility)."""

    year: int
    code: str
    place: str
    people: int
    services: int


@dataclass(frozen=True, slots=True)
class Clinician:
    """One clinician or organisation (``entity`` I or O).

    Parameters
    ----------
    role
        Name of the part played, empty for the background.
    npi, entity, last, first, middle, credentials, specialty, taxonomies
        As the registry has them; ``last`` is the name of an organisation.
    sites
        Addresses, the one that billing knows first.
    bills
        Medicare rows before suppression.
    medicaid
        Medicaid rows.
    hospitals
        Certification numbers of affiliated hospitals.
    mailing
        Address of the claims and of the registry where it differs from the first site (a PO box).
    listed
        Whether the clinician directory lists the person.
    telehealth
        Whether the directory marks telehealth.
    graduated
        Year, empty when not published.
    deactivated_on
        Day (YYYY-MM-DD) on which the number ended, or empty.
    """

    role: str
    npi: str
    entity: str
    last: str
    first: str
    middle: str
    credentials: str
    specialty: str
    taxonomies: tuple[str, ...]
    sites: tuple[Address, ...]
    bills: tuple[Bill, ...] = ()
    medicaid: tuple[Bill, ...] = ()
    hospitals: tuple[str, ...] = ()
    mailing: Address | None = None
    listed: bool = True
    telehealth: bool = False
    graduated: str = ""
    deactivated_on: str = ""

    @property
    def billed_at(self) -> Address:
        """Address that the claims file shows."""
        return self.mailing or self.sites[0]


def npi_number(serial: int) -> str:
    """Return the identifier with a serial of up to seven digits: it starts with 2 and passes the Luhn check.

    The check runs over ``80840`` and the ten digits (ISO/IEC 7812, as the NPI standard asks).
    """
    body = f"{2:d}{serial % 100_000_000:08d}"
    total = 0
    for place, digit in enumerate(reversed("80840" + body)):
        value = int(digit) * (2 if place % 2 == 0 else 1)
        total += value - 9 if value > 9 else value
    return f"{body}{-total % 10}"
