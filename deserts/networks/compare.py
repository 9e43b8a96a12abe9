"""Two directories, or one at two dates: who appeared, who vanished, and what may be said of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pandas as pd

from deserts.networks.check import Listed, PlanCheck, PlanFiles

__all__ = ["Comparison", "compare_checks", "comparison_lines"]

_COLUMNS = ["npi", "name", "specialty", "standing", "why"]


@dataclass(frozen=True, slots=True, eq=False)
class Comparison:
    """What differs between two directories, of people who could do this.

    Parameters
    ----------
    appeared, vanished
        Rows of `PlanCheck.listed` of those in the second alone, and in the first alone.
    stayed
        How many are in both.
    before, after
        What each rests on. Who is not in an incomplete directory may be listed all the same.
    """

    appeared: pd.DataFrame
    vanished: pd.DataFrame
    stayed: int
    before: PlanFiles
    after: PlanFiles


def compare_checks(before: PlanCheck, after: PlanCheck) -> Comparison:
    """Return who is listed in one of two checks alone.

    Parameters
    ----------
    before, after
        Checks of the two directories against one run.
    """
    first, second = before.listed, after.listed
    new, gone = ~second["npi"].isin(first["npi"]), ~first["npi"].isin(second["npi"])
    return Comparison(
        second.loc[new].reset_index(drop=True), first.loc[gone].reset_index(drop=True), int((~new).sum()),
        before.files, after.files,
    )  # fmt: skip


def comparison_lines(found: Comparison, *, team: bool) -> Iterator[str]:
    """Yield what changed: counts for everybody, names for the team alone.

    Parameters
    ----------
    found
        Result of `compare_checks`.
    team
        Whether names may stand in it.
    """
    for title, files in (("first", found.before), ("second", found.after)):
        dates = ", ".join(files.source_dates) or "no date of their own"
        got = ", ".join(files.retrieved_on) or "a day not recorded"
        yield f"{title}: {', '.join(files.names) or 'no plan is named'}; files of {dates}, got on {got}"
        for gap in files.gaps:
            yield f"  incomplete: {gap}"
    yield f"In both: {found.stayed:,} clinicians of these specialties."
    yield from _part("appeared", found.appeared, "the first", is_whole=not found.before.gaps, team=team)
    yield from _part("vanished", found.vanished, "the second", is_whole=not found.after.gaps, team=team)
    yield "A clinician who vanished may have left, moved or been taken off: ask. It is no finding about anybody."


def _part(verb: str, rows: pd.DataFrame, other: str, *, is_whole: bool, team: bool) -> Iterator[str]:
    shown = int((rows["standing"] == Listed.SHOWN).sum())
    if is_whole:
        yield f"{verb.capitalize()}: {len(rows):,}; of {shown:,} the files read show that they do this."
    else:
        yield f"Not in {other}, which could not be read whole: {len(rows):,}. Whether they {verb} is not known."
    if team:
        for npi, name, specialty, standing, why in rows[_COLUMNS].astype("str").to_numpy().tolist():
            yield f"  {name} (NPI {npi}), {specialty or 'no specialty named'}: {standing}; {why}"
