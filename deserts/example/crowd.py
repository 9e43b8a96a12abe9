"""The clinicians in the background: listed specialists without pump evidence, injectors, skin surgeons, others."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from deserts.example.cast import YEARS, Address, Bill, Clinician
from deserts.example.land import SEED
from deserts.example.players import CHILDRENS_CCN, Gazette
from deserts.example.postal import PO_BOX_ZIP

__all__ = ["build_crowd"]

_VISIT_CODES = ("99213", "99214", "99203")


@dataclass(frozen=True, slots=True)
class _Group:
    """So many clinicians of a specialty, with the codes that they bill beside visits."""

    count: int
    specialty: str
    taxonomies: tuple[str, ...]
    credentials: str = "M.D."
    codes: tuple[str, ...] = ()
    hospitals: tuple[str, ...] = ()
    claims: bool = True


_GROUPS = (
    _Group(26, "Physical Medicine and Rehabilitation", ("208100000X",)),
    _Group(6, "Physical Medicine and Rehabilitation", ("208100000X",), codes=("64642", "64643", "64644", "64645")),
    _Group(4, "Neurology", ("2084N0400X",), codes=("64642", "64646")),
    _Group(34, "Neurology", ("2084N0400X",)),
    _Group(7, "Neurosurgery", ("207T00000X",)),
    _Group(9, "Interventional Pain Management", ("208VP0014X",), codes=("62323", "64483")),
    _Group(10, "Pain Management", ("208VP0000X",), codes=("62323",)),
    _Group(8, "Anesthesiology", ("207L00000X", "207LP2900X"), codes=("00100",)),
    _Group(2, "Pediatric Medicine", ("2081P0010X",), hospitals=(CHILDRENS_CCN,), claims=False),
    _Group(3, "Sports Medicine", ("2081S0010X",)),
    _Group(26, "Nurse Practitioner", ("363LF0000X",), "NP"),
    _Group(18, "Physician Assistant", ("363A00000X",), "PA-C"),
    _Group(40, "Family Practice", ("207Q00000X",)),
    _Group(24, "Internal Medicine", ("207R00000X",)),
    _Group(7, "Dermatology", ("207N00000X",), codes=("17311", "17312", "17313")),
    _Group(9, "Dermatology", ("207N00000X",)),
)

_LAST = (
    "Abara", "Birchall", "Cordero", "Draycott", "Eklund", "Farouk", "Grimaldi", "Hathaway", "Ibarra", "Joubert",
    "Kowalczyk", "Lachance", "Moreau", "Ndiaye", "Orlova", "Pemberton", "Quintero", "Rasmussen", "Sandoval",
    "Thorvald", "Ueland", "Villanueva", "Wainwright", "Xanthos", "Yamaguchi", "Zielinski", "St. Clair", "de la Mare",
)  # fmt: skip
_GIVEN = (
    "Avery", "Blythe", "Corin", "Delphine", "Emeka", "Farida", "Gareth", "Hana", "Ilse", "Jonah", "Keiko", "Lucan",
    "Mira", "Nils", "Odette", "Paolo", "Rhea", "Stellan", "Tamsin", "Ulric", "Vesna", "Wren", "Yusuf", "Zelda",
)  # fmt: skip
_STREETS = ("Elm Street", "Station Road", "Foundry Lane", "College Avenue", "Canal Street", "Prospect Drive",
            "Meadow Way", "State Route 12")  # fmt: skip


def build_crowd(gazette: Gazette) -> tuple[Clinician, ...]:
    """Return the background, larger towns holding more of it; none of them bills a pump code."""
    rng = np.random.default_rng([SEED, 30])
    north_km = 262.0
    weight = np.array([town.population**1.15 * (0.15 if town.y > north_km else 1.0) for town in gazette.towns])
    weight /= weight.sum()
    offices = [_offices(gazette, index, rng) for index in range(len(gazette.towns))]
    return tuple(_one(gazette, group, offices, weight, rng) for group in _GROUPS for _ in range(group.count))


def _offices(gazette: Gazette, town: int, rng: np.random.Generator) -> list[Address]:
    """Return the practices of a town: one for each ten thousand people, at least one."""
    place = gazette.towns[town]
    found = []
    for number in range(1 + place.population // 10_000):
        street = f"{int(rng.integers(2, 1900))} {_STREETS[int(rng.integers(len(_STREETS)))]}"
        is_group = rng.random() < 0.7
        found.append(
            gazette.address(
                town, street=street, street2=f"STE {number + 1}" if number % 3 == 1 else "",
                practice=f"{place.name} Medical Group {number + 1}" if is_group else "",
                group_id=f"971{town:04d}{number:03d}" if is_group else "",
            )
        )  # fmt: skip
    return found


def _one(
    gazette: Gazette, group: _Group, offices: list[list[Address]], weight: np.ndarray, rng: np.random.Generator
) -> Clinician:
    home = int(rng.choice(len(offices), p=weight))
    sites = [offices[home][int(rng.integers(len(offices[home])))]]
    if rng.random() < 0.35:
        other = int(rng.choice(len(offices), p=weight))
        second = offices[other][int(rng.integers(len(offices[other])))]
        sites += [second] if second != sites[0] else []
    mailing = None
    if rng.random() < 0.05 and sites[0].state == "XA":
        mailing = gazette.address(
            0, street=f"P.O. BOX {int(rng.integers(10, 9000))}", practice=sites[0].practice, zip_code=PO_BOX_ZIP
        )
    codes = (*group.codes, *_VISIT_CODES) if group.claims else ()
    bills = tuple(
        Bill(year, code, "O", people, people * 2)
        for code in codes
        for year, people in zip(YEARS, rng.integers(6, 180, len(YEARS)).tolist(), strict=True)
    )
    return Clinician(
        "", gazette.next_npi(), "I", _LAST[int(rng.integers(len(_LAST)))], _GIVEN[int(rng.integers(len(_GIVEN)))],
        "ABCDEFGH"[int(rng.integers(8))] if rng.random() < 0.5 else "", group.credentials, group.specialty,
        group.taxonomies, tuple(sites), bills, hospitals=group.hospitals, mailing=mailing,
        listed=bool(rng.random() < 0.96), telehealth=bool(rng.random() < 0.2),
        graduated=str(int(rng.integers(1972, 2019))),
        deactivated_on="2024-11-02" if rng.random() < 0.02 else "",
    )  # fmt: skip
