"""Which hospitals and practices belong to one system: whoever closes may take its sisters with it.

Two hospitals are of one system when they share a legal entity, or an organisation that owns half or more of both or
runs both, or the same chain home office. An investor's share makes no system: one fund manager holds shares in hundreds
of hospitals. A practice belongs to a system when its own legal entity is one of it: the group number of the clinician
directory and that of the owners' file are the same PECOS number.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import pandas as pd

__all__ = ["CONTROL_PERCENT", "Systems", "find_systems", "no_systems"]

CONTROL_PERCENT: Final = 50.0
"""Share from which an owner decides."""

_OWNS: Final = ("5% OR GREATER DIRECT OWNERSHIP INTEREST", "5% OR GREATER INDIRECT OWNERSHIP INTEREST",
                "GENERAL PARTNERSHIP INTEREST")  # fmt: skip
_RUNS: Final = "OPERATIONAL/MANAGERIAL CONTROL"
_INVESTORS: Final = ("is_investor", "is_fund", "is_trust", "is_bank")


@dataclass(frozen=True, slots=True, eq=False)
class Systems:
    """Systems of hospitals and practices.

    Parameters
    ----------
    hospitals
        ``ccn, system_id, system_name``, one row a hospital in a system of two or more members.
    of_entity
        PECOS number of a legal entity to its system.
    name
        System to its name.
    """

    hospitals: pd.DataFrame
    of_entity: Mapping[str, str]
    name: Mapping[str, str]


def no_systems() -> Systems:
    """Return that nothing is known of systems."""
    return Systems(pd.DataFrame({"ccn": [], "system_id": [], "system_name": []}, dtype="str"), {}, {})


def find_systems(owners: pd.DataFrame, enrolments: pd.DataFrame | None = None) -> Systems:
    """Group hospitals and legal entities into systems.

    Parameters
    ----------
    owners
        As ``read_hospital_owners`` returns.
    enrolments
        As ``read_hospital_enrolments`` returns: tells the hospital of an enrolment; not needed for a joined copy.
    """
    rows = owners
    if enrolments is not None and len(enrolments):
        known = enrolments.drop_duplicates("enrolment_id").set_index("enrolment_id")["ccn"]
        rows = rows.assign(ccn=rows["ccn"].where(rows["ccn"] != "", rows["enrolment_id"].map(known).fillna("")))
    rows = rows[rows["ccn"] != ""]
    decides = rows["role"].isin(_OWNS) & (rows["percentage"] >= CONTROL_PERCENT)
    decides |= (rows["role"] == _RUNS) & (rows["percentage"].isna() | (rows["percentage"] >= CONTROL_PERCENT))
    decides &= ~rows[list(_INVESTORS)].any(axis=1)
    # A chain's home office ties its hospitals together whatever its share.
    decides |= rows["is_chain"]
    tied = rows[decides]
    edges = [
        *zip("H" + tied["ccn"], _owner_keys(tied), strict=True),
        *(("H" + ccn, "E" + pac) for ccn, pac in _pairs(rows, "pac_id")),
        *(("H" + ccn, "E" + pac) for ccn, pac in _pairs(enrolments, "pac_id")),
    ]
    return _systems(edges, tied)


def _pairs(frame: pd.DataFrame | None, column: str) -> list[tuple[str, str]]:
    if frame is None or frame.empty:
        return []
    known = frame.loc[(frame["ccn"] != "") & (frame[column] != ""), ["ccn", column]].drop_duplicates()
    return [(str(ccn), str(value)) for ccn, value in known.itertuples(index=False)]


def _owner_keys(rows: pd.DataFrame) -> pd.Series:
    """Return the owner's PECOS number, or its bare name where a copy has lost the number."""
    bare = rows["owner"].str.upper().str.replace(r"[^A-Z0-9]+", " ", regex=True).str.strip()
    return ("E" + rows["owner_pac_id"]).where(rows["owner_pac_id"] != "", "N" + bare)


def _systems(edges: list[tuple[str, str]], tied: pd.DataFrame) -> Systems:
    root: dict[str, str] = {}

    def find(node: str) -> str:
        root.setdefault(node, node)
        while root[node] != node:
            root[node] = root[root[node]]
            node = root[node]
        return node

    for one, other in edges:
        first, second = sorted((find(one), find(other)))
        root[second] = first
    members: dict[str, list[str]] = {}
    for node in sorted(root):
        members.setdefault(find(node), []).append(node)
    names = tied.assign(key=_owner_keys(tied)).groupby("key")["owner"].min()
    weight = tied.assign(key=_owner_keys(tied)).drop_duplicates(["key", "ccn"])["key"].value_counts()
    hospitals, of_entity, name = [], {}, {}
    for nodes in members.values():
        owners = [node for node in nodes if node[0] != "H"]
        ccns = [node[1:] for node in nodes if node[0] == "H"]
        system_id = min(owners, default=nodes[0])
        best = sorted(owners, key=lambda node: (-int(weight.get(node, 0)), node))
        name[system_id] = next((str(names[node]) for node in best if node in names.index), "")
        of_entity.update({node[1:]: system_id for node in owners if node[0] == "E"})
        hospitals += [(ccn, system_id, name[system_id]) for ccn in ccns]
    frame = pd.DataFrame(hospitals, columns=["ccn", "system_id", "system_name"]).astype("str")
    return Systems(frame.sort_values("ccn", ignore_index=True), of_entity, name)
