"""The registry over years: who entered, stayed, left or moved, and whether they do more or less.

The file of one year shows who billed for more than ten people in that year, nothing else: whoever "left" may have
retired, moved abroad, joined a hospital that bills instead, or simply treated ten people.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from deserts.errors import UnknownNameError
from deserts.services import Service
from deserts.sources.readers.repair import zip5
from deserts.specialists.addresses import clean_text, normalise_street
from deserts.specialists.evidence import BILL_PAYERS, billed_rows
from deserts.specialists.months import FLOW_SHARE, months_shown
from deserts.store import FlowRow
from deserts.tables import empty
from deserts.tables.people import REGISTRY_YEARS

__all__ = ["CHANGES", "check_years", "comparable_bills", "diff_years", "registry_years", "summarise_diff"]

CHANGES = ("entered", "left", "stayed")
_BIG_CHANGE = 0.25
"""A volume that changed by more than this share is called growing or shrinking."""


def comparable_bills(
    evidence: pd.DataFrame, medicaid: pd.DataFrame | None, service: Service
) -> tuple[pd.DataFrame, list[FlowRow]]:
    """Leave out Medicaid's bills where a missing year of theirs would be taken for leaving.

    Two payers' files end in different years, and Medicaid hides every month of fewer than twelve. So Medicare's bills
    alone make the years; without any, Medicaid's of those whose months are nearly all shown.

    Parameters
    ----------
    evidence
        Finished evidence rows.
    medicaid
        Rows of Medicaid with ``month``, or None.
    service
        The profile.
    """
    paid_by_medicaid = evidence["source"].isin([name for name, payer in BILL_PAYERS.items() if payer == "medicaid"])
    if not paid_by_medicaid.any():
        return evidence, []
    named = evidence.loc[paid_by_medicaid, "npi"].nunique()
    carriers: list[str] = []
    why = "Medicare's bills make the years; Medicaid's months are evidence of doing it, not of starting or stopping"
    if not (evidence["source"] == "claims").any() and medicaid is not None and "month" in medicaid:
        shown = months_shown(medicaid, service)
        carriers = sorted(shown.index[shown["carries_flow"]])
        why = f"months tell of starting and stopping where {FLOW_SHARE:.0%} of them are shown; the others are left out"
    kept = evidence[~paid_by_medicaid | evidence["npi"].isin(carriers)]
    return kept, [FlowRow("years: Medicaid months", named, len(carriers), why)]


def registry_years(
    evidence: pd.DataFrame, claims: pd.DataFrame | None, people: pd.DataFrame, service: Service
) -> pd.DataFrame:
    """Return one row for each clinician and year with bills that support a rung on their own.

    Parameters
    ----------
    evidence
        Finished evidence rows.
    claims
        Rows of claims with addresses, or None.
    people
        ``npi`` and ``name``.
    service
        The profile.
    """
    bills = billed_rows(evidence)
    bills = bills[(bills["for_against"] == "for") & (bills["year"] > 0)]
    could = evidence[evidence["kind"].isin(["specialty", "taxonomy"]) & (evidence["for_against"] == "for")]
    has_specialty = bills["npi"].isin(could["npi"]).to_numpy()
    rank = np.full(len(bills), -1)
    for grade in reversed(service.grades):
        if grade.any_class:
            holds = bills["kind"].isin(grade.any_class).to_numpy()
            rank[holds & (has_specialty | (not grade.needs_specialty))] = grade.rank
    graded = bills.assign(grade_rank=rank)[rank >= 0]
    if graded.empty:
        return empty("registry_years")
    years = graded.groupby(["npi", "year"], as_index=False).agg(
        grade_rank=("grade_rank", "min"), beneficiaries=("beneficiaries", "max"), services=("services", "sum")
    )
    years["grade"] = np.array([grade.name for grade in service.grades], dtype=object)[years["grade_rank"]]
    years = years.merge(people[["npi", "name"]], on="npi", how="left").merge(
        _addresses(claims), on=["npi", "year"], how="left", validate="one_to_one"
    )
    text = ["grade", "name", "state", "zip", "address_key"]
    years[text] = years[text].fillna("").astype("str")
    return years[list(REGISTRY_YEARS.column_names)].sort_values(["npi", "year"], ignore_index=True)


def _addresses(claims: pd.DataFrame | None) -> pd.DataFrame:
    """Address on the bills of each clinician and year; the first in order where a file holds several."""
    columns = ["npi", "year", "state", "zip", "address_key"]
    if claims is None:
        return pd.DataFrame({c: pd.Series(dtype="int64" if c == "year" else "str") for c in columns})
    rows = claims[["npi", "year", "state", "zip", "street1", "street2"]].drop_duplicates()
    rows = rows.assign(
        year=rows["year"].fillna(0).astype("int64"), state=clean_text(rows["state"]), zip=zip5(rows["zip"])
    )
    rows["address_key"] = normalise_street(rows["street1"], rows["street2"]) + " " + rows["zip"]
    return rows.sort_values(columns).drop_duplicates(["npi", "year"])[columns]


def check_years(years: pd.DataFrame, earlier: int, later: int) -> None:
    """Refuse years without bills.

    Raises
    ------
    UnknownNameError
        If a year has no bills.
    """
    known = sorted(years["year"].unique())
    missing = [year for year in (earlier, later) if year not in known]
    if missing:
        raise UnknownNameError(
            f"no bills of {' and '.join(map(str, missing))} are in the registry",
            expected="years among " + (", ".join(map(str, known)) or "(none)"),
            fix="read the claims of that year too (--claims FILE, or CLAIMS= for make) and rerun the stage specialists",
        )


def diff_years(years: pd.DataFrame, earlier: int, later: int) -> pd.DataFrame:
    """Compare two years of the registry.

    Parameters
    ----------
    years
        Rows of `registry_years`.
    earlier, later
        The two years.

    Returns
    -------
    DataFrame
        One row a clinician: ``npi``, ``name``, ``change`` (entered, left, stayed), ``moved`` (another street or ZIP),
        ``state_earlier``, ``state_later``, ``grade_earlier``, ``grade_later``, ``services_earlier``,
        ``services_later``, ``volume_ratio`` (later over earlier, null unless stayed) and ``trend``.

    Raises
    ------
    UnknownNameError
        If a year has no bills.
    """
    check_years(years, earlier, later)
    sides = {"_earlier": years[years["year"] == earlier], "_later": years[years["year"] == later]}
    one, two = (side.set_index("npi").drop(columns="year").add_suffix(name) for name, side in sides.items())
    both = one.join(two, how="outer").sort_index()
    before, after = both["grade_earlier"].notna(), both["grade_later"].notna()
    moved = before & after & (both["address_key_earlier"] != both["address_key_later"])
    moved &= (both["address_key_earlier"].fillna("") != "") & (both["address_key_later"].fillna("") != "")
    ratio = (both["services_later"] / both["services_earlier"]).where(before & after)
    trend = np.select(
        [ratio > 1 + _BIG_CHANGE, ratio < 1 - _BIG_CHANGE, ratio.notna()],
        ["growing", "shrinking", "steady"],
        default="",
    )
    found = pd.DataFrame(
        {
            "npi": both.index,
            "name": both["name_later"].fillna(both["name_earlier"]).to_numpy(),
            "change": np.select([before & after, after], ["stayed", "entered"], default="left"),
            "moved": moved.to_numpy(),
            **{c: both[c].to_numpy() for side in ("earlier", "later") for c in (f"state_{side}", f"grade_{side}")},
            "services_earlier": both["services_earlier"].to_numpy(),
            "services_later": both["services_later"].to_numpy(),
            "volume_ratio": ratio.to_numpy(),
            "trend": trend,
        }
    )
    text = [c for c in found.columns if c.startswith(("state_", "grade_"))]
    found[text] = found[text].fillna("")
    return found.astype(dict.fromkeys(["npi", "name", "change", "trend", *text], "str"))


def summarise_diff(diff: pd.DataFrame) -> pd.DataFrame:
    """Count changes by state: ``state`` ("all" first), ``entered``, ``left``, ``stayed``, ``moved``, ``moved_state``.

    Whoever changed the state counts as stayed and moved in the state of the later year.
    """
    state = diff["state_later"].where(diff["state_later"] != "", diff["state_earlier"])
    counted = pd.DataFrame({name: diff["change"] == name for name in CHANGES}).assign(
        moved=diff["moved"], moved_state=diff["moved"] & (diff["state_earlier"] != diff["state_later"])
    )
    by_state = counted.groupby(state.rename("state")).sum().astype("int64").sort_index()
    total = counted.sum().astype("int64").to_frame("all").T.rename_axis("state")
    return pd.concat([total, by_state]).reset_index()
