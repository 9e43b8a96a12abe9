"""Plain sentences that map, fact sheet and figures share, so that one finding is worded once."""

from __future__ import annotations

import math

from deserts.config import Region, state_names
from deserts.documents.html import drive_words
from deserts.services import Service
from deserts.services.profile import CONTRADICTED, SPECIALTY_ONLY
from deserts.tables import Status

__all__ = [
    "adequacy_words",
    "counted_as",
    "counted_words",
    "is_upper_bound",
    "limit_words",
    "map_title",
    "minutes_words",
    "people_words",
    "percent",
    "possible_rank",
    "proven_rank",
    "range_words",
    "region_name",
    "share_of_residents",
    "who",
    "who_is_proven",
]

_ADEQUACY = {
    "pass": "would pass the federal time-and-distance test",
    "fail": "fails even on paper",
    "fails_paper_unknown": "fails for this service; on paper not searched",
    "unknown": "not known",
}


def counted_words(service: Service, *, grade: str) -> str:
    """Return who is counted, in words, for readers who know no grade by its name."""
    return f"everyone of whom public files show at least this: {service.grade(grade).words}"


def region_name(region: Region) -> str:
    """Return the region's name for headings: ``Maine``, ``New Hampshire and Vermont``, ``United States``."""
    if region.region_id == "US":
        return "United States"
    names = [state_names()[state] for state in region.states]
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def is_upper_bound(service: Service, grade: str) -> bool:
    """Whether a run at this grade counts people by specialty alone, which bounds access and does not show it."""
    return service.rank(grade) >= service.rank(SPECIALTY_ONLY)


def who(service: Service, grade: str) -> str:
    """Return whom a run counts, as the end of "drive to …"."""
    if is_upper_bound(service, grade):
        return "anyone listed under a fitting specialty"
    return (
        f"someone found to: {service.grade(grade).words}"
        if grade != service.default_grade
        else (f"a clinician who {service.does}")
    )


def who_is_proven(service: Service) -> str:
    """Return whom the proven view counts, as the end of "drive to …"."""
    return f"a clinician who, by public files, {service.grades[proven_rank(service)].words}"


def map_title(service: Service, grade: str, region: Region) -> str:
    """Return the title of a map; a specialty-only run is called what it is."""
    if is_upper_bound(service, grade):
        return f"{region_name(region)}: upper bound, not access to {service.title}"
    return f"{region_name(region)}: access to {service.title}"


def proven_rank(service: Service) -> int:
    """Return the worst rank that counts as proven from public files: the first rung below ``verified``."""
    return min(1, len(service.grades) - 1)


def possible_rank(service: Service) -> int:
    """Return the worst rank that counts as possible: the profile's default grade."""
    return service.rank(service.default_grade)


def counted_as(service: Service, grade: str, run_grade: str) -> str | None:
    """Return the rung under which a public output may show a site, or None when it may not.

    A call's outcome is not public: who is verified stands under the rung of the run, together with everyone else
    there, and who is contradicted is not shown.
    """
    if grade == CONTRADICTED:
        return None
    if service.rank(grade) == 0:
        return run_grade
    return grade


def minutes_words(minutes: float | None, status: str, *, limit_min: float = 480.0) -> str:
    """Return minutes for people to read, or the reason why there are none."""
    if minutes is not None and not math.isnan(minutes):
        return drive_words(minutes)
    return {
        Status.NONE_AT_GRADE: "none found in these files",
        Status.UNREACHABLE: "no road to any",
        Status.UNSNAPPED: "no road near by",
        Status.NO_POPULATION: "nobody lives here",
        Status.VINTAGE_GAP: "not known for this county's code",
        Status.NOT_SEARCHED: "not searched",
        Status.NOT_ASSESSABLE: "not assessed",
    }.get(Status(status), f"over {limit_words(limit_min)}")


def limit_words(minutes: float) -> str:
    """Return a limit for people to read: ``30 minutes``, ``1 hour``, ``8 hours``."""
    hours, rest = divmod(round(minutes), 60)
    if rest or hours == 0:
        return f"{minutes:g} minutes"
    return "1 hour" if hours == 1 else f"{hours} hours"


def percent(share: float | None) -> str:
    """Return a share as whole per cent; small and large ones are not rounded to nobody or everybody."""
    if share is None or math.isnan(share):
        return "–"
    if 0 < share < 0.01:
        return "under 1%"
    if 0.99 < share < 1:
        return "over 99%"
    return f"{share:.0%}"


def people_words(people: float, share: float) -> str:
    """Return people and their share as the subject of a sentence: ``12,300 residents (14%)``; nobody is said so."""
    return f"{people:,.0f} residents ({percent(share)})" if people >= 0.5 else "no residents (0%)"


def range_words(proven: str, possible: str) -> str:
    """Return a finding in words as a range, proven supply first, so that it is understood where it stands.

    Parameters
    ----------
    proven, possible
        The number counting only those proven by public files, and counting everyone at the run's grade.
    """
    if proven == possible:
        return proven
    return f"{proven} (proven only), {possible} (with possible)"


def share_of_residents(proven: float, possible: float) -> str:
    """Return a share as the subject of a sentence: one figure, or the proven one with the possible one beside it."""
    first, second = percent(proven), percent(possible)
    if first == second:
        return f"{first} of residents"
    return f"{first} of residents (counting proven practices only; {second} with possible ones)"


def adequacy_words(adequacy: str, service: Service) -> str:
    """Return the result of the adequacy test in plain words."""
    if adequacy == "passes_on_paper_only":
        return service.words.get("on_paper_only", "passes on paper, fails for this service")
    return _ADEQUACY[adequacy]
