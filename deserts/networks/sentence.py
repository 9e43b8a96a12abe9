"""What may be said of a plan's directory: a public sentence of counts, and the team's own list with names."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from deserts.networks.addition import Addition
from deserts.networks.check import Listed, PlanCheck
from deserts.networks.clock import VERIFY_DAYS, Clock
from deserts.provenance import Provenance
from deserts.services import Service
from deserts.sources.directories.status import status_line

__all__ = ["ACCEPTING", "LIMITS", "addition_line", "clock_line", "public_lines", "team_lines"]

_UNSEEN = (
    "Not shown is not the same as not doing it: these files miss Medicare Advantage, hospital billing, children's "
    "clinics, and whoever served fewer than eleven patients."
)
LIMITS = (_UNSEEN, "A directory may have changed since its date. This informs; it is not legal or medical advice.")
ACCEPTING = {
    "yes": "payer says: accepts new patients", "no": "payer says: accepts no new patients",
    "differs": "the payer's own rows differ on new patients", "unknown": "payer does not say whether it accepts",
    "existing_only": "payer says: existing patients only", "family_only": "payer says: families of patients only",
    "some_locations": "payer says: accepts at some places",
}  # fmt: skip
_HASH = 12
_NAMES = 3


def public_lines(check: PlanCheck, *, provenance: Provenance, service: Service, grade: str) -> tuple[str, ...]:
    """Return the sentence with its counts, dates, hashes and limits; nobody is named, nobody contradicted.

    Parameters
    ----------
    check
        Result of `check_plan`.
    provenance
        Of the run.
    service, grade
        The run's service and grade.
    """
    listed, shown = len(check.listed), check.count(Listed.SHOWN)
    where, words = ", ".join(check.states), service.grade(grade).words
    if check.files.gaps and not listed:
        head = f"The directory could not be read whole, so nothing is said of whom it lists in {where}."
    elif not listed and (check.organisations or check.unspecified):
        head = f"In the files read, the plan names nobody of the specialties that could do this in {where}."
    elif not listed:
        head = f"In the files read, the plan lists none of the specialties that could do this in {where}."
    else:
        least = "at least " if check.files.gaps else ""
        head = (
            f"The plan lists {least}{listed:,} clinicians of these specialties in {where}; of {least}{shown:,} the "
            f"files read show at least this: {words}. Of the other {listed - shown:,} they do not show it."
        )
    return (head, *_rests_on(check, provenance), *LIMITS)


def _rests_on(check: PlanCheck, provenance: Provenance) -> Iterator[str]:
    files = check.files
    names = ", ".join(files.names[:_NAMES]) + (f" and {len(files.names) - _NAMES} more" if files.names[_NAMES:] else "")
    dates = ", ".join(files.source_dates) or "no date of their own"
    yield (
        f"Directory: {names or 'no plan is named'}; files of {dates}, "
        f"got on {', '.join(files.retrieved_on) or 'a day not recorded'}; "
        + "; ".join(f"{name} sha256 {digest[:_HASH]}" for name, digest in files.hashes[:_NAMES])
        + (f"; and {len(files.hashes) - _NAMES} more files" if files.hashes[_NAMES:] else "")
    )
    if readers := status_line(files.sources):
        yield readers
    if check.organisations:
        yield (
            f"It also lists organisations as a whole ({check.organisations:,}), and does not say which of their "
            "clinicians that covers: they are not counted."
        )
    if check.unspecified:
        yield f"Of {check.unspecified:,} more it gives no specialty, and no file read knows them: they are not counted."
    for gap in files.gaps:
        yield f"Incomplete: {gap}"
    years = ", ".join(map(str, provenance.claims_years)) or "none"
    yield f"Evidence: Medicare claims of {years}; {provenance.reconciliation}"


def addition_line(addition: Addition | None, *, team: bool) -> str:
    """Return what the single best addition would do; a practice of one is a person, whom the team copy alone names."""
    if addition is None:
        return "No single addition of a clinician whom the files show would bring anybody nearer."
    if team:
        who = f"{addition.name} (NPI {addition.npi}), {addition.city}, {addition.state}"
    elif addition.is_alone or not addition.practice_name:
        who = "one more clinician whom the files show"
    else:
        who = f"one more clinician, of {addition.practice_name}, {addition.city}, {addition.state}"
    return (
        f"The single best addition, {who}, would bring the residents within the standard's minutes and miles (42 CFR "
        f"422.116) of somebody who is listed and shown from {addition.inside_before:,} to {addition.inside_after:,}; "
        f"for {addition.nearer:,} the nearest such clinician would be nearer, by {addition.saved_min:.0f} minutes on "
        "average."
    )


def clock_line(clock: Clock) -> str:
    """Return how old the listings are by their own dates."""
    undated = f"; {clock.undated:,} have no date of their own" if clock.undated else ""
    return (
        f"By their own dates {clock.over:,} of {clock.dated:,} listings were over {VERIFY_DAYS} days old on the day on "
        f"which the directory was got{undated}. Medicare Advantage plans have to verify each listing every "
        f"{VERIFY_DAYS} days (REAL Health Providers Act); a record can have been verified without a new date."
    )


def team_lines(check: PlanCheck) -> tuple[str, ...]:
    """Return who is behind the counts, for the team alone: each listed clinician with the reason, who is missing."""
    lines = [f"listed: {len(check.listed)} of these specialties, {check.other_specialties} of others left aside"]
    for standing, words in (
        (Listed.SHOWN, "shown by the files"),
        (Listed.NOT_SHOWN, "not shown by the files: ask"),
        (Listed.CONTRADICTED, "contradicted: ask before anybody drives there"),
    ):
        rows = check.listed[check.listed["standing"] == standing]
        lines += ["", f"{words.upper()} ({len(rows)})", *map(_listed_line, _records(rows))]
    lines += ["", f"WITH EVIDENCE, NOT LISTED BY NAME ({len(check.missing)})"]
    lines += [
        f"  {row['name']} (NPI {row['npi']}), {row['practice_name'] or 'no practice named'}, {row['city']}, "
        f"{row['state']}: {row['grade']}"
        for row in _records(check.missing)
    ]
    return tuple(lines)


def _listed_line(row: dict[str, object]) -> str:
    parts = [str(row["why"]), ACCEPTING.get(str(row["accepting"]), f"payer says: {row['accepting']}")]
    if row["dated_on"]:
        parts.append(f"record of {row['dated_on']}")
    if row["called"]:
        parts.append(f"a call said: {row['called']}")
    return (
        f"  {row['name']} (NPI {row['npi']}), {row['specialty'] or 'no specialty named'}, by {row['listed_via']}: "
        + ("; ".join(parts))
    )


def _records(frame: pd.DataFrame) -> list[dict[str, object]]:
    return [{str(key): value for key, value in row.items()} for row in frame.to_dict("records")]
