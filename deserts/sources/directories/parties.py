"""What one record of a FHIR directory says of itself: who a person or an organisation is, and where a place lies."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from deserts.sources.directories import fhir
from deserts.sources.directories.fhir import text_of
from deserts.sources.directories.npi_marks import npi_of

__all__ = ["Extensions", "Party", "Place", "organisation_of", "person_of", "phone_of", "place_of"]

Extensions = Sequence[fhir.Extension] | None


@dataclass(frozen=True, slots=True)
class Party:
    """A person or an organisation, as far as its own record tells."""

    """A person or an organisation."""

    npi: str = ""
    basis: str = "none"
    name: str = ""
    specialties: tuple[fhir.CodeableConcept, ...] = ()
    phone: str = ""
    parent: str = ""
    """Key of the organisation that an organisation is part of; empty where the record names none."""
    parent_name: str = ""


@dataclass(frozen=True, slots=True)
class Place:
    """An address with coordinates in degrees, as the payer gives them, unchecked."""

    address_1: str
    city: str
    state: str
    zip5: str
    lat: float | None
    lon: float | None
    phone: str
    extensions: Extensions


def person_of(practitioner: fhir.Practitioner) -> Party:
    """Return a person, by the official name where there is one."""
    npi, basis = npi_of(practitioner.identifier or ())
    codes = tuple(entry.code for entry in practitioner.qualification or () if entry.code is not None)
    names = sorted(practitioner.name or (), key=lambda name: name.use != "official")
    return Party(npi, basis, _name(names[0]) if names else "", codes, phone_of(practitioner.telecom))


def _name(name: fhir.Name) -> str:
    if name.family is None:
        return text_of(name.text)
    return text_of(" ".join([*(part for part in name.given or () if part), name.family]))


def organisation_of(organisation: fhir.Organization, key: Callable[[str, fhir.Reference | None], str]) -> Party:
    """Return an organisation; ``key`` tells what a reference points to."""
    npi, basis = npi_of(organisation.identifier or ())
    parent, named = organisation.part_of, text_of(organisation.part_of.display) if organisation.part_of else ""
    return Party(
        npi, basis, text_of(organisation.name), (), phone_of(organisation.telecom), key("Organization", parent), named
    )


def phone_of(telecom: Sequence[fhir.Telecom] | None) -> str:
    """Return the first telephone number, empty where there is none."""
    return next((text_of(line.value) for line in telecom or () if line.system == "phone" and line.value), "")


def place_of(location: fhir.Location) -> Place:
    """Return a place by its first address."""
    address = location.address[0] if isinstance(location.address, list) and location.address else location.address
    given = address if isinstance(address, fhir.Address) else fhir.Address()
    position = location.position or fhir.Position()
    digits = re.sub(r"\D", "", text_of(given.postal_code))
    return Place(
        address_1=text_of((given.line or [""])[0]),
        city=text_of(given.city),
        state=text_of(given.state).upper(),
        zip5=digits[:5] if len(digits) in (5, 9) else "",
        lat=position.latitude,
        lon=position.longitude,
        phone=phone_of(location.telecom),
        extensions=location.extension,
    )
