"""Say in words why a county scored as it did."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

import pandas as pd

from deserts.access.adequacy import standard_note
from deserts.access.components import COMPONENTS
from deserts.access.firmness import firmness_words
from deserts.errors import UnknownNameError
from deserts.provenance import LOCK_NAME, UNTOLD, Provenance
from deserts.rules.minutes import LEAST_MIN
from deserts.services import Service
from deserts.tables import Search, Status

__all__ = ["explain_county", "reproduction_line"]


def explain_county(
    scores: pd.DataFrame, county_fips: str, *, service: Service, grade: str, time_limit_min: float
) -> tuple[str, ...]:
    """Return sentences on one county: class, each component with its weight, resilience, adequacy.

    Parameters
    ----------
    scores
        The table ``county_scores``.
    county_fips
        Five digits.

    Raises
    ------
    UnknownNameError
        If the county is not in the table.
    """
    rows = scores[scores["county_fips"] == county_fips]
    if rows.empty:
        example = next(iter(scores["county_fips"]), "23019")
        raise UnknownNameError(
            f"county {county_fips!r} is not in this region",
            where="--county",
            expected=f"five digits, one of {len(scores)} counties, for example {example}",
            fix="keep leading zeros, or choose its region with --region",
        )
    row = rows.iloc[0]
    lines = [f"{row['name']}, {row['state']} ({county_fips}): {_total(row)}", f"Class: {row['desert_class']}."]
    if row["status"] in (Status.NOT_SEARCHED, Status.NOT_ASSESSABLE):
        return (*lines, "No number is given: that is a gap in what was read, not a finding about care.")
    if "search" not in row:
        lines.append(f"{UNTOLD.capitalize()}.")
    elif row["search"] == Search.PARTLY:
        lines.append(f"Partly searched: {row['search_missing']}.")
    if row["status"] in (Status.NO_POPULATION, Status.NONE_AT_GRADE):
        return (*lines, _status_words(row["status"], service=service, grade=grade), *_places(row, time_limit_min))
    if row["status"] == Status.FEW_POINTS:
        lines.append(f"Only {row['points']} demand points lie in the county: read its percentiles with care.")
    if firm := firmness_words(row, service=service, time_limit_min=time_limit_min):
        lines.append(firm)
    lines += [_proximity(row, service, time_limit_min), _choice(row, service), _capacity(row, service)]
    lines += [_resilience(row, service, time_limit_min), _adequacy(row, service), *_places(row, time_limit_min)]
    return tuple(lines)


def reproduction_line(provenance: Provenance) -> str:
    """Return the command that makes this result again, then a line with the hash of each file it was made from."""
    inputs = [f"  {digest[:12]}  {name.rsplit('/', 1)[-1]}" for name, digest in provenance.inputs]
    return "\n".join(
        [
            f"To make it again, where {LOCK_NAME} of the run's folder and your own files lie:",
            f"  {shlex.join(provenance.command())}",
            f"with deserts {provenance.code or '(version not recorded)'}, from these files (start of their sha256):",
            *inputs,
        ]
    )


def _total(row: pd.Series) -> str:
    if pd.isna(row["access_score"]):
        return "no access score"
    known = [name for name in COMPONENTS if pd.notna(row[f"{name}_score"])]
    return f"access score {row['access_score']:.0f} of 100, from {_joined(known)}."


def _proximity(row: pd.Series, service: Service, time_limit_min: float) -> str:
    parts = []
    if pd.notna(row["nearest_median_min"]):
        parts.append(f"half of the residents drive {_at_most(row['nearest_median_min'])} or less to the nearest site")
    else:
        parts.append(f"half of the residents or more have no site within {time_limit_min:g} minutes")
    if pd.notna(row["nearest_p90_min"]) and row["nearest_p90_min"] >= LEAST_MIN:
        parts.append(f"one in ten drives over {row['nearest_p90_min']:.0f}")
    parts.append(f"{row['beyond_60_share']:.0%} live over 60 and {row['beyond_120_share']:.0%} over 120 minutes away")
    return f"Proximity {_points(row, 'proximity', service)}: {'; '.join(parts)}."


def _at_most(minutes: float) -> str:
    """Return what minutes are at most, in words: never fewer than are told apart."""
    return f"{max(LEAST_MIN, round(minutes))} minutes"


def _choice(row: pd.Series, service: Service) -> str:
    within = service.number("score.choice_min")
    column = f"practices_within_{within:g}"
    counted = "independent practices in reach"
    if column in row:
        counted = f"on average {row[column]:.1f} independent practices within {within:g} minutes"
    target = service.number("score.choice_target")
    return f"Choice {_points(row, 'choice', service)}: {counted}; {target:g} count as full."


def _capacity(row: pd.Series, service: Service) -> str:
    if pd.isna(row["capacity_score"]):
        return (
            "Capacity: not known for this service (claims tell who does it, not how many more patients they can take); "
            "the other components share its weight."
        )
    return (
        f"Capacity {_points(row, 'capacity', service)}: clinicians per resident within a catchment, where "
        f"{service.number('capacity.reference_per_100k'):g} per 100,000 are 50 and twice that 100."
    )


def _resilience(row: pd.Series, service: Service, time_limit_min: float) -> str:
    head = f"Resilience {_points(row, 'resilience', service)}: "
    if pd.isna(row["second_practice_median_min"]):
        second = f"half of the residents or more have no second practice within {time_limit_min:g} minutes"
    else:
        second = f"the second practice is {_at_most(row['second_practice_median_min'])} or less away for half of them"
    return f"{head}{second}; {row['one_option_share']:.0%} have one practice only."


def _adequacy(row: pd.Series, service: Service) -> str:
    if row["adequacy"] == "unknown":
        return "Medicare Advantage standard: not judged here."
    verdict = {
        "pass": "passes",
        "fail": "fails",
        "passes_on_paper_only": "passes on paper, fails when only clinicians with evidence count",
        "fails_paper_unknown": "fails; whether it passes on paper is not known, since no list of clinicians was read",
    }[row["adequacy"]]
    inside = f"{row['adequate_share']:.0%} of residents within both limits"
    return f"Medicare Advantage standard: {verdict} ({inside}). {standard_note(service)}"


def _places(row: pd.Series, time_limit_min: float) -> tuple[str, ...]:
    """Say what hospitals without a named clinician would change; nothing where the table has no word on them."""
    if row.get("places_status", "not_searched") != "searched":
        return () if "places_status" not in row else ("Hospitals that bill themselves: no price file was read.",)
    median = row["with_places_median_min"]
    minutes = f"no more than {_at_most(median)}" if pd.notna(median) else f"over {time_limit_min:g} minutes, or none"
    words = (
        "Hospitals paid for it that name no clinician are in none of these numbers. With them the way of half of the "
        f"residents would be {minutes}, and {row['beyond_120_with_places_share']:.0%} would live over 120 minutes away."
    )
    return (words,)


def _status_words(status: str, *, service: Service, grade: str) -> str:
    if status == Status.NO_POPULATION:
        return "No residents are counted in this county, so there is nothing to weigh."
    return (
        f"None found at grade {grade} ({service.grade(grade).words}) in these files. "
        "That is no proof that nobody does it: see what the data cannot see, below."
    )


def _points(row: pd.Series, name: str, service: Service) -> str:
    return f"{row[f'{name}_score']:.0f} (weight {service.number(f'score.weight_{name}'):g})"


def _joined(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
