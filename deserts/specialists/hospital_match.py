"""Which hospital a price file is about: by the table of addresses, an organisation's NPI, the street, or the name."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from deserts.specialists.addresses import read_addresses

__all__ = ["HospitalIndex", "Match"]


@dataclass(frozen=True, slots=True)
class Match:
    """Certification numbers of the hospitals that share a file, and what told: table, npi, street, name or nothing."""

    ccns: tuple[str, ...]
    basis: str


class HospitalIndex:
    """The table ``hospitals`` by what a price file says of itself.

    Parameters
    ----------
    hospitals
        The table: ``ccn, name, address, zip, state``.
    ccn_of_npi
        Organisations' NPIs by enrolment; empty where that was not read.
    """

    def __init__(self, hospitals: pd.DataFrame, ccn_of_npi: Mapping[str, Sequence[str]]) -> None:
        self._known = frozenset(hospitals["ccn"])
        self._ccn_of_npi = ccn_of_npi
        streets = read_addresses(hospitals["address"], pd.Series("", index=hospitals.index))["street"]
        door = streets + " " + hospitals["zip"]
        self._by_door = _grouped(door[streets != ""], hospitals["ccn"])
        self._by_name = _grouped(hospitals["name"].map(_bare) + " " + hospitals["state"], hospitals["ccn"])

    def match(
        self, *, listed: Sequence[str], npis: Sequence[str], addresses: Sequence[str], names: Sequence[str], state: str
    ) -> Match:
        """Return the hospitals of one file; the first kind of sign that names any decides.

        Parameters
        ----------
        listed
            Certification numbers under which the file was fetched.
        npis, addresses, names, state
            What the file says of itself.
        """
        by_npi = [ccn for npi in npis for ccn in self._ccn_of_npi.get(npi, ())]
        by_door = [ccn for address in addresses for ccn in self._by_door.get(_door_of(address), ())]
        by_name = [ccn for name in names for ccn in self._by_name.get(f"{_bare(name)} {state}", ())]
        for basis, found in (("table", listed), ("npi", by_npi), ("street", by_door), ("name", by_name)):
            ccns = tuple(sorted(self._known.intersection(found)))
            if ccns:
                return Match(ccns, basis)
        return Match((), "nothing")


def _grouped(keys: pd.Series, values: pd.Series) -> dict[str, tuple[str, ...]]:
    pairs = pd.DataFrame({"key": keys, "value": values.reindex(keys.index)})
    return {str(key): tuple(group) for key, group in pairs.groupby("key")["value"]}


def _bare(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())


def _door_of(address: str) -> str:
    """Return the normalised street and ZIP of an address in one line (``12 Main Street, Fullerton, CA  92832``)."""
    hit = re.search(r"\b(\d{5})(?:-\d{4})?\s*$", address.strip())
    street = address.split(",")[0]
    if hit is None or not street.strip():
        return ""
    told = read_addresses(pd.Series([street], dtype="str"), pd.Series([""], dtype="str"))["street"].iloc[0]
    return f"{told} {hit[1]}" if told else ""
