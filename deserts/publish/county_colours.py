"""What a map can colour its counties by: the breaks, the words of the legend, and the class of every county.

Every measure has at most five shades, from pale to dark, whose lightness falls step by step: the order survives any
kind of colour blindness and a grey printer. Dark is worse in all of them.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from deserts.access.coverage import told
from deserts.access.gate import NO_FINDING
from deserts.documents import plain
from deserts.publish.words import adequacy_words, limit_words, minutes_words
from deserts.services import Service
from deserts.tables import Status

__all__ = [
    "NOBODY",
    "NO_DATA",
    "SHADES",
    "UNKNOWN",
    "UNKNOWN_WORDS",
    "Measure",
    "county_measures",
    "desert_legend",
    "payer_measures",
    "without_findings",
]

SHADES = ("#fcf3dc", "#f4cf8e", "#e29a52", "#b4582f", "#63231c")
"""Pale to dark, better to worse."""
NO_DATA = "#dfe3e6"
NOBODY, UNKNOWN = -1, -2
"""Classes outside every scale: nobody lives there; nothing can be told, which is drawn as stripes without a shade."""
UNKNOWN_WORDS = "not assessed: sources not read, or not usable"


@dataclass(frozen=True, slots=True)
class Measure:
    """One way to colour the map.

    Parameters
    ----------
    key, label
        Name in the page, and for people.
    legend
        Words of each class, in the order of the classes.
    shades
        Colour of each class.
    hatched
        Classes that are drawn with stripes, so that they stand out in grey print.
    classes
        Class of each county; `NOBODY` where nobody lives, `UNKNOWN` where nothing can be told.
    notes
        A sentence of each county that stands beside the others while the map is coloured by this measure, or none.
    """

    key: str
    label: str
    legend: tuple[str, ...]
    shades: tuple[str, ...]
    hatched: tuple[int, ...]
    classes: npt.NDArray[np.int64]
    notes: tuple[str, ...] = ()


def county_measures(scores: pd.DataFrame, *, service: Service, limit_min: float) -> tuple[Measure, ...]:
    """Return the measures that the scores allow, the most telling first.

    Parameters
    ----------
    scores
        The table ``county_scores``.
    service
        Gives the thresholds.
    limit_min
        Minutes beyond which a site counts as out of reach.

    Returns
    -------
    tuple of Measure
        Classes in the order of the rows of ``scores``.
    """
    severe = int(service.number("desert.severe_min"))
    found = [
        _desert_class(scores, service, limit_min),
        _minutes(scores, "nearest", "Minutes to the nearest"),
        _minutes(scores, "second_practice", "Minutes if the nearest practice stops"),
    ]
    if "places_status" in scores and (scores["places_status"] == "searched").any():
        found.append(_minutes(scores, "with_places", "Minutes to the nearest, hospitals without a named clinician too"))
    if f"beyond_{severe}_share" in scores:
        found.append(_share(scores, f"beyond_{severe}_share", f"Residents more than {limit_words(severe)} away"))
    if (scores["adequacy"] != "unknown").any():
        found.append(_adequacy(scores, service))
    if scores["access_score"].notna().any():
        found.append(_score(scores))
    return tuple(found)


def without_findings(measures: Sequence[Measure], scores: pd.DataFrame, *, numbers: bool) -> tuple[Measure, ...]:
    """Return what a map of an unverified run may be coloured by.

    Parameters
    ----------
    measures
        All measures of the run.
    scores
        The table ``county_scores``.
    numbers
        Whether a failed check was overridden: minutes and shares are then shown, never a class or a score. Otherwise
        every county is hatched.
    """
    if numbers:
        return tuple(measure for measure in measures if measure.key not in _FINDINGS)
    classes = _outside_scale(scores, np.full(len(scores), UNKNOWN))
    return (Measure("unverified", NO_FINDING.rstrip("."), (), SHADES, (), classes),)


_FINDINGS = ("class", "adequacy", "score")
"""Measures that judge a county."""


def payer_measures(payer_scores: pd.DataFrame, scores: pd.DataFrame, *, limit_min: float) -> tuple[Measure, ...]:
    """Return one measure a payer: minutes to the nearest in its network, with those to any network in the notes.

    Parameters
    ----------
    payer_scores
        The table ``payer_scores``.
    scores
        The table ``county_scores``; its rows order the classes.
    limit_min
        Minutes beyond which a site counts as out of reach.
    """
    found = []
    for number, (payer, own) in enumerate(payer_scores.groupby("payer", sort=True)):
        rows = own.set_index("county_fips").loc[scores["county_fips"]].reset_index()
        name = plain(str(payer), one_line=True)
        measure = _minutes(rows, "nearest", f"Minutes to the nearest in {name}'s network")
        found.append(
            dataclasses.replace(
                measure, key=f"payer_{number}", notes=_payer_notes(rows, scores, name, limit_min=limit_min)
            )
        )
    return tuple(found)


def _payer_notes(rows: pd.DataFrame, scores: pd.DataFrame, payer: str, *, limit_min: float) -> tuple[str, ...]:
    inside, outside = (
        [
            minutes_words(minutes, status, limit_min=limit_min)
            for minutes, status in zip(table["nearest_median_min"], table["status"], strict=True)
        ]
        for table in (rows, scores)
    )
    refusals = (rows["network_basis"] == "refusals").any()
    counted = " (it names only who is out; everybody else counts)" if refusals else ""
    return tuple(
        f"{payer}, by the user's own table{counted}: the middle resident's drive to the nearest in network: {own}; "
        f"in any network: {every}."
        for own, every in zip(inside, outside, strict=True)
    )


def _outside_scale(scores: pd.DataFrame, classes: npt.NDArray[np.integer[Any]]) -> npt.NDArray[np.int64]:
    """Return classes with those of counties that no scale holds in their place."""
    nobody = (scores["status"] == Status.NO_POPULATION).to_numpy()
    return np.select([nobody, ~told(scores).to_numpy()], [NOBODY, UNKNOWN], default=classes).astype(np.int64)


def desert_legend(service: Service, limit_min: float) -> tuple[str, ...]:
    """Return short words for the desert ranks 0 to 4, made of the same thresholds as the classes."""
    near, moderate, severe = (
        limit_words(service.number(f"desert.{name}_min")) for name in ("near", "moderate", "severe")
    )
    return (
        f"most live within {near}",
        f"most live over {near} away",
        f"most live over {moderate} away",
        f"most live over {severe} away",
        f"most have none within {limit_words(limit_min)}",
    )


def _desert_class(scores: pd.DataFrame, service: Service, limit_min: float) -> Measure:
    ranks = scores["desert_rank"].fillna(0).to_numpy(dtype=np.int64)
    legend = desert_legend(service, limit_min)
    return Measure("class", "Where most residents live", legend, SHADES, (), _outside_scale(scores, ranks))


_MINUTE_BREAKS = (30, 60, 120, 180)


def _minutes(scores: pd.DataFrame, which: str, label: str) -> Measure:
    minutes = scores[f"{which}_median_min"].to_numpy(dtype=float)
    classes = np.digitize(minutes, _MINUTE_BREAKS, right=True)
    classes[np.isnan(minutes)] = len(_MINUTE_BREAKS) + 1  # beyond the limit, without a road, or none at all
    classes = _outside_scale(scores, classes)
    legend = ("up to 30 min", "30 to 60 min", "1 to 2 hours", "2 to 3 hours", "over 3 hours", "none within reach")
    return Measure(which, label, legend, (*SHADES, SHADES[-1]), (5,), classes)


def _share(scores: pd.DataFrame, column: str, label: str) -> Measure:
    breaks = (0.1, 0.25, 0.5, 0.75)
    legend = ("up to 10%", "10 to 25%", "25 to 50%", "50 to 75%", "over 75%")
    return Measure(column, label, legend, SHADES, (), _banded(scores, column, breaks))


def _score(scores: pd.DataFrame) -> Measure:
    legend = ("80 to 100 (best)", "60 to 80", "40 to 60", "20 to 40", "0 to 20 (worst)")
    flipped = pd.DataFrame({"status": scores["status"], "gap": 100 - scores["access_score"]})
    return Measure("score", "Access score", legend, SHADES, (), _banded(flipped, "gap", (20, 40, 60, 80)))


def _banded(frame: pd.DataFrame, column: str, breaks: Sequence[float]) -> npt.NDArray[np.int64]:
    values = frame[column].to_numpy(dtype=float)
    classes = np.digitize(values, breaks, right=True)
    classes[np.isnan(values)] = NOBODY
    return _outside_scale(frame, classes)


def _adequacy(scores: pd.DataFrame, service: Service) -> Measure:
    order = ("pass", "passes_on_paper_only", "fail", "fails_paper_unknown", "unknown")
    position = {name: place for place, name in enumerate(order)}
    classes = _outside_scale(scores, scores["adequacy"].map(position).to_numpy(dtype=np.int64))
    return Measure(
        "adequacy", "Federal adequacy test", tuple(adequacy_words(name, service) for name in order),
        (SHADES[0], SHADES[2], SHADES[4], SHADES[4], NO_DATA), (1, 3), classes,
    )  # fmt: skip
