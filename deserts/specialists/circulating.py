"""Register of the numbers that circulate about access to pump care, with what can be said for each.

A number stands here so that nobody quotes it unchecked. Checks are code paths: they run on whatever files are at hand,
and the figure appears when the file is there.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from deserts.specialists.trend import NOT_FEWER_PUMPS

__all__ = ["REGISTER", "Circulating", "Verdict", "render_register"]


class Verdict(StrEnum):
    """What may be done with a number."""

    REPLICATED = "replicated"
    CLOSE = "close"
    UNSUPPORTED = "unsupported: do not quote"


@dataclass(frozen=True, slots=True)
class Circulating:
    """One number that circulates.

    Parameters
    ----------
    key
        Short name, also that of the check.
    says
        What is claimed, in our own words.
    verdict
        Standing verdict, before any file is looked at.
    why
        Reason for the verdict and what the number really is.
    needs
        Files from which the check computes a figure, empty where no file can.
    claimed
        The number itself, where one number can be held against a figure.
    """

    key: str
    says: str
    verdict: Verdict
    why: str
    needs: str = ""
    claimed: float | None = None


REGISTER: tuple[Circulating, ...] = (
    Circulating(
        "injectors-566",
        "566 providers manage baclofen pumps in the United States.",
        Verdict.UNSUPPORTED,
        "566 clinicians had at least 11 Medicare patients for spasticity injections (chemodenervation) in 2017: "
        "Kazerooni, Healy and Verduzco-Gutierrez 2023, doi 10.1097/phm.0000000000002375. It says nothing about pumps. "
        "The check counts injectors and pump managers side by side.",
        "claims by provider and service of 2017",
        566,
    ),
    Circulating(
        "providers-million",
        "About a million providers bill Medicare.",
        Verdict.UNSUPPORTED,
        "The by-provider file has a row for each of them; the check counts its rows. It is the size of the "
        "haystack, not of pump care.",
        "claims by provider",
        1_000_000,
    ),
    Circulating(
        "paediatric-250",
        "There are about 250 paediatric physiatrists.",
        Verdict.UNSUPPORTED,
        "Unsourced; an older interview says at most 150. The check counts persons in the provider registry who declare "
        "the taxonomy 2081P0010X and are not deactivated. Declaring it is not managing pumps.",
        "NPPES",
        250,
    ),
    Circulating(
        "states-none",
        "Some states have no one who manages pumps, others fewer than five.",
        Verdict.UNSUPPORTED,
        "True only of a named grade and year of data. The check counts clinicians by state at the run's grade and says "
        "'none found', since rows of ten or fewer people are not published.",
        "a finished region (REGION=US for all states)",
    ),
    Circulating(
        "directories-40-30-20-10",
        "Of directory entries 40, 30, 20 and 10 per cent are right, outdated, wrong and unreachable.",
        Verdict.UNSUPPORTED,
        "No source was found that measured these four shares for pump care. The meter (`deserts evidence accuracy`) "
        "measures what can be measured, with intervals.",
        "a finished region",
    ),
    Circulating(
        "waits-87",
        "87 per cent wait too long.",
        Verdict.UNSUPPORTED,
        "Waits are not in provider files. The verification log records the days that clinics name.",
    ),
    Circulating(
        "complications-42",
        "42 per cent have complications.",
        Verdict.UNSUPPORTED,
        "Complications are not in provider files; they need patient records.",
    ),
    Circulating(
        "costs-tripled",
        "What Medicare allows for a refill has tripled since 2017.",
        Verdict.UNSUPPORTED,
        "The check takes the mean allowed amount of each code and year, weighted by services, in constant dollars.",
        "claims by provider and service of 2017 and a later year",
        3.0,
    ),
    Circulating(
        "refill-interval",
        "Pumps are refilled every 1 to 3 months; every 3 to 6 months; every 1.5 months.",
        Verdict.UNSUPPORTED,
        "The three contradict one another. The check divides refills by people for each clinician. Partial years and "
        "people who change clinics make the true interval shorter than the figure.",
        "claims by provider and service",
    ),
    Circulating(
        "abilene-granbury",
        "A family drives two hours from Abilene to Granbury every six weeks.",
        Verdict.UNSUPPORTED,
        "One family's story. The drive can be checked on a road network of Texas, the visits cannot.",
        "a road network that covers Texas",
        120,
    ),
    Circulating(
        "seven-hours",
        "Some people drive seven hours or more.",
        Verdict.UNSUPPORTED,
        "The check reports the longest drive to the nearest site at the run's grade, and how many have none within the "
        "limit.",
        "a finished region",
        420,
    ),
    Circulating(
        "miles-300-200-100-10",
        "The nearest pump clinic is 300, 200, 100 or 10 miles away.",
        Verdict.UNSUPPORTED,
        "Four anecdotes. The check gives the share of residents whose nearest site by time lies beyond each distance.",
        "a finished region",
    ),
    Circulating(
        "j0475-trend",
        "Medicare patients with pump baclofen (J0475) fell by 31 per cent from 2011 to 2023.",
        Verdict.UNSUPPORTED,
        "The check reads every edition of Part B spending by drug at hand and divides the patients of 2023 by those of "
        f"2011 (`deserts evidence replicate j0475-trend` prints all years). {NOT_FEWER_PUMPS}",
        "editions of Part B spending by drug that hold 2011 and 2023",
        0.69,
    ),
)


def render_register() -> str:
    """Return the register as Markdown, as it stands in ``docs/claims.md``."""
    lines = [
        "# Numbers that circulate, and what can be said for them",
        "",
        "This page is written by `deserts evidence replicate --write docs/claims.md`; a test keeps both equal.",
        "The verdict is the one that stands before any file is looked at: a number is *unsupported: do not quote*",
        "until the check has been run on the file that it needs. `deserts evidence replicate` prints the figure and",
        "the verdict for the files that you have: *replicated* (within 2 %), *close* (within 15 %), otherwise",
        "*unsupported*.",
        "",
        "| key | it is said that | verdict | why | the check needs |",
        "| --- | --- | --- | --- | --- |",
    ]
    lines += [
        f"| {item.key} | {item.says} | {item.verdict} | {item.why} | {item.needs or 'no file can tell'} |"
        for item in REGISTER
    ]
    return "\n".join(lines) + "\n"
