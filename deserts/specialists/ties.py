"""Who is paid through whom: groups by Medicare reassignment, from either of its two datasets.

A clinician who lets an organisation be paid works for it; one who lets nobody be paid is solo, which is a finding, not
a gap. Nothing here says who owns the organisation (see `deserts.specialists.ownership`).
"""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from deserts.tables import empty

__all__ = ["EnrolmentFiles", "members_of", "paid_through", "single_groups"]

_KEY = ["npi", "state", "group_id"]


@dataclass(frozen=True, slots=True)
class EnrolmentFiles:
    """Frames of what was read; None where it was not.

    Parameters
    ----------
    persons
        As ``read_enrolment`` returns, of the clinicians who matter.
    groups
        The same of the organisations that are paid for them.
    reassignments
        As ``read_reassignment`` returns.
    listed
        As ``read_reassignment_list`` returns.
    """

    persons: pd.DataFrame | None = None
    groups: pd.DataFrame | None = None
    reassignments: pd.DataFrame | None = None
    listed: pd.DataFrame | None = None


def paid_through(files: EnrolmentFiles) -> pd.DataFrame:
    """Return who is paid through whom: the table ``practice_ties``.

    A clinician whose enrolment was read and who stands in no reassignment is one row with an empty group: solo.
    """
    parts = [_by_extracts(files), _by_list(files)]
    ties = pd.concat([part for part in parts if len(part)] or [empty("practice_ties")], ignore_index=True)
    ties = ties.sort_values([*_KEY, "source"], kind="stable").drop_duplicates(_KEY)
    named = ties[ties["group_id"] != ""]
    solo = _solo(files, frozenset(named["npi"]))
    both = pd.concat([named, solo], ignore_index=True) if len(solo) else named
    sizes = named.groupby("group_id")["npi"].nunique()
    both = both.assign(members=both["group_id"].map(sizes).fillna(1).astype("int64"))
    columns = list(empty("practice_ties").columns)
    texts = [column for column in columns if column != "members"]
    return both.reindex(columns=columns).astype(dict.fromkeys(texts, "str")).sort_values(_KEY, ignore_index=True)


def _by_extracts(files: EnrolmentFiles) -> pd.DataFrame:
    if files.persons is None or files.groups is None or files.reassignments is None:
        return empty("practice_ties")
    person = files.persons[["npi", "enrolment_id", "state"]].rename(columns={"enrolment_id": "from_id"})
    group = files.groups[["enrolment_id", "pac_id", "organisation"]].drop_duplicates("enrolment_id")
    joined = person.merge(files.reassignments, on="from_id").merge(group, left_on="to_id", right_on="enrolment_id")
    named = joined.rename(columns={"pac_id": "group_id", "organisation": "group_name"})
    return named[["npi", "state", "group_id", "group_name"]].assign(source="enrolment")


def _by_list(files: EnrolmentFiles) -> pd.DataFrame:
    if files.listed is None:
        return empty("practice_ties")
    named = files.listed.rename(columns={"group_pac_id": "group_id"})
    return named[["npi", "state", "group_id", "group_name"]].assign(source="reassignment_list")


def _solo(files: EnrolmentFiles, tied: frozenset[str]) -> pd.DataFrame:
    """Return who is enrolled and lets nobody be paid; only the extracts list those."""
    if files.persons is None or files.reassignments is None:
        return empty("practice_ties")
    alone = files.persons[
        files.persons["enrolment_id"].str.startswith("I")
        & ~files.persons["npi"].isin(tied)
        & ~files.persons["enrolment_id"].isin(files.reassignments["from_id"])
    ]
    rows = alone[["npi", "state"]].drop_duplicates()
    return rows.assign(group_id="", group_name="", source="enrolment")


def single_groups(ties: pd.DataFrame) -> pd.Series:
    """Return the group of each clinician and state that has exactly one, indexed by ``npi`` and ``state``."""
    named = ties[ties["group_id"] != ""]
    groups = named.groupby(["npi", "state"])["group_id"].agg(["nunique", "first"])
    return groups.loc[groups["nunique"] == 1, "first"]


def members_of(ties: pd.DataFrame, group_id: str) -> pd.DataFrame:
    """Return everybody in the data who is paid through a group: what its closing takes along."""
    return ties[ties["group_id"] == group_id].drop_duplicates("npi").reset_index(drop=True)
