"""What makes two sites depend on each other: practice, building, telephone, owner, hospital."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from deserts.arrays import Longs

__all__ = ["Links", "codes_of", "links_of"]


@dataclass(frozen=True, slots=True, eq=False)
class Links:
    """What makes two sites depend on each other, as small whole numbers; -1 where not known.

    Parameters
    ----------
    practice, building, phone, system, parent
        One number a site; the system is that of hospitals whose legal entity the practice is, the parent what a payer's
        or the national directory says that the practice is part of.
    hospital_site, hospital_code
        Ties to hospitals, one entry a site and hospital of its clinician, sorted by site.
    ties
        All ties of each site, as kind and number.
    """

    practice: Longs
    building: Longs
    phone: Longs
    system: Longs
    parent: Longs
    hospital_site: Longs
    hospital_code: Longs
    ties: tuple[frozenset[tuple[str, int]], ...]

    @classmethod
    def build(
        cls,
        *,
        practice: Longs,
        building: Longs,
        phone: Longs,
        system: Longs,
        parent: Longs,
        hospital_site: Longs,
        hospital_code: Longs,
    ) -> Links:
        """Gather each site's ties."""
        kinds = {
            "practice": practice, "building": building, "telephone": phone, "owner": system, "listed owner": parent,
        }  # fmt: skip
        own: list[list[tuple[str, int]]] = [
            list(zip(kinds, codes, strict=True))
            for codes in zip(*(numbers.tolist() for numbers in kinds.values()), strict=True)
        ]
        for site, code in zip(hospital_site.tolist(), hospital_code.tolist(), strict=True):
            own[site].append(("hospital", code))
        ties = tuple(frozenset(tie for tie in found if tie[1] >= 0) for found in own)
        return cls(practice, building, phone, system, parent, hospital_site, hospital_code, ties)

    def of(self, site: int) -> frozenset[tuple[str, int]]:
        """Return the ties of one site, each as kind and number."""
        return self.ties[site]

    def touches(self, sites: Longs) -> npt.NDArray[np.bool_]:
        """Return which sites share a tie with any of the given ones."""
        hit = np.zeros(len(self.practice), dtype=bool)
        if not len(sites):
            return hit
        for codes in (self.practice, self.building, self.phone, self.system, self.parent):
            known = codes[sites][codes[sites] >= 0]
            hit |= np.isin(codes, known)
        lost = self.hospital_code[np.isin(self.hospital_site, sites)]
        hit[self.hospital_site[np.isin(self.hospital_code, lost)]] = True
        return hit


def codes_of(values: pd.Series) -> Longs:
    """Return a number for each distinct text in sorted order; -1 for empty text."""
    text = values.fillna("").astype(str).to_numpy(dtype=str)
    distinct, codes = np.unique(text, return_inverse=True)
    numbers = np.arange(len(distinct))
    if len(distinct) and distinct[0] == "":
        numbers = numbers - 1
    return numbers[codes].astype(np.int64) if len(distinct) else np.empty(0, dtype=np.int64)


def links_of(sites: pd.DataFrame, affiliations: pd.DataFrame, parents: pd.Series | None = None) -> Links:
    """Return what ties sites.

    Parameters
    ----------
    sites
        Rows of the table ``sites``.
    affiliations
        Clinicians (``npi``) with their hospitals (``code``).
    parents
        What directories say that each site's practice is part of, empty where none does; None where none was read.
    """
    # A site_id is the NPI and a hash of the normalised address: the hash alone tells the building.
    numbers = affiliations.assign(code=codes_of(affiliations["code"])).drop_duplicates(["npi", "code"])
    ties = sites[["npi"]].assign(site=np.arange(len(sites))).merge(numbers[["npi", "code"]], on="npi")
    ties = ties.sort_values(["site", "code"])
    return Links.build(
        practice=codes_of(sites["practice_id"]),
        building=codes_of(sites["site_id"].str.slice(10)),
        phone=codes_of(sites["phone"].str.replace(r"\D", "", regex=True)),
        system=codes_of(sites["system_id"] if "system_id" in sites else pd.Series("", index=sites.index)),
        parent=codes_of(pd.Series("", index=sites.index) if parents is None else parents),
        hospital_site=ties["site"].to_numpy(dtype=np.int64),
        hospital_code=ties["code"].to_numpy(dtype=np.int64),
    )
