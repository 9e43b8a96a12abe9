"""The probability that a clinician still practises the service, by a volume that wanders and a yearly chance to stop.

A clinician's people (log of people over 11, the smallest count that is published) wander from year to year; below 11
nothing is published, so who is not in a file may be hidden and not gone. Each year a clinician stops for good with a
chance that falls with the volume and rises with a falling trend. The three states (shown, hidden, gone) are followed on
a grid of volumes: a year that was read and does not show the clinician speaks for hidden or gone, a year that nobody
read says nothing. The numbers ``active.TERM`` of the profile are fitted at one and two years ahead
(`deserts.specialists.activity_fit`); the same yearly chances carry on beyond, which is marked as extrapolated.

References
----------
Zucchini W, MacDonald IL, Langrock R (2016), Hidden Markov Models for Time Series, 2nd ed., doi 10.1201/b20790
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from deserts.arrays import Floats
from deserts.services import Service
from deserts.specialists.evidence import BILL_PAYERS, billed_rows

__all__ = [
    "BORROWED", "BORROWED_FROM", "EXTRAPOLATED", "FITTED_YEARS", "TERMS", "Ahead", "Terms", "borrowed_from",
    "borrowed_words", "look_ahead", "probability_active", "starts_of_year", "yearly_volumes",
]  # fmt: skip

TERMS: Final = (
    "spread", "spread_volume", "pull", "newcomer_growth", "stop", "stop_volume", "stop_trend", "stop_newcomer",
    "stop_no_history",
)  # fmt: skip
"""Terms of the model; numbers ``active.TERM`` of the profile."""
BORROWED: Final = "borrowed, not validated"
"""What must stand beside every number whose terms were fitted to another service."""
BORROWED_FROM: Final = "How likely clinicians are to stop is learned from {service}: borrowed, not validated."
_ANOTHER = "another service"
EXTRAPOLATED: Final = "extrapolated beyond two years"
FITTED_YEARS: Final = 2
"""Years ahead at which the terms were fitted and tested."""

SMALLEST_PUBLISHED: Final = 11.0
USUAL_VOLUME: Final = 2.5
"""Log volume to which volumes are pulled: 134 people, about the median of Mohs surgeons."""
_TREND_LIMIT = 1.0
_SMALLEST_COHORT = 30
_STEP = 0.2
VOLUMES: Final = np.round(np.arange(-3.0, 7.0 + _STEP / 2, _STEP), 6)
"""The grid: from half a person to 12,000."""
SHOWN: Final = np.where(np.isclose(VOLUMES, 0.0), 0.5, (VOLUMES > 0).astype(np.float64))
"""Share of each cell of the grid that is published."""
_EDGES = np.concatenate([[-np.inf], (VOLUMES[1:] + VOLUMES[:-1]) / 2, [np.inf]])

Terms = Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Ahead:
    """Clinicians some years ahead: arrays of one row a clinician.

    Parameters
    ----------
    volumes
        Chance of each volume of the grid, for who has not stopped; sums to the chance of being active.
    """

    volumes: Floats

    @property
    def active(self) -> Floats:
        """Chance of not having stopped."""
        chance: Floats = self.volumes.sum(axis=1)
        return chance

    @property
    def shown(self) -> Floats:
        """Chance of standing in the file of that year."""
        chance: Floats = self.volumes @ SHOWN
        return chance


def yearly_volumes(bills: pd.DataFrame) -> pd.DataFrame:
    """Return people and billed units by clinician and year, dated bills only.

    The same person can stand under several codes, so people are the largest count of a code, units are the sum.
    """
    dated = bills[bills["year"] > 0]
    grouped = dated.groupby(["npi", "year"], sort=True)
    return grouped.agg(people=("beneficiaries", "max"), units=("services", "sum")).reset_index()


def starts_of_year(volumes: pd.DataFrame, year: int) -> pd.DataFrame:
    """Return what is known in ``year`` of everybody who billed in it, indexed by NPI.

    Returns
    -------
    DataFrame
        ``volume`` (log of people over 11), ``trend`` (log ratio of units to the year before, against the median of all,
        cut at 1 either way; 0 where unknown), ``newcomer``, ``no_history`` (1 or 0), ``people``, ``tenure``.
    """
    now = volumes[volumes["year"] == year].set_index("npi")
    before = volumes[volumes["year"] == year - 1].set_index("npi").reindex(now.index)
    has_history = bool((volumes["year"] < year).any())
    ratio = (now["units"].clip(lower=1) / before["units"].clip(lower=1)).transform(np.log)
    # A year in which everybody did less (2020) is no sign of anyone's leaving: the trend counts against the cohort's.
    if ratio.notna().sum() >= _SMALLEST_COHORT:
        ratio = ratio - ratio.median()
    people = now["people"].fillna(SMALLEST_PUBLISHED).clip(lower=SMALLEST_PUBLISHED)
    earlier = now.index.isin(volumes.loc[volumes["year"] < year, "npi"])
    return pd.DataFrame(
        {
            "volume": (people / SMALLEST_PUBLISHED).transform(np.log),
            "trend": ratio.clip(-_TREND_LIMIT, _TREND_LIMIT).fillna(0.0),
            "newcomer": (~earlier).astype(float) if has_history else 0.0,
            "no_history": 0.0 if has_history else 1.0,
            "people": people,
            "tenure": np.where(earlier, "established", "newcomer") if has_history else "unknown",
        },
        index=now.index,
    )


def look_ahead(starts: pd.DataFrame, terms: Terms, *, unseen: Sequence[bool]) -> Ahead:
    """Follow clinicians from a year in which they billed.

    Parameters
    ----------
    starts
        Rows of `starts_of_year`.
    terms
        Values of `TERMS`.
    unseen
        One entry for each year ahead: whether the file of that year was read and does not show them.
    """
    moved, spread, stop = first_step(starts, terms)
    hidden = over_cells(moved, spread) * (1.0 - stop)[:, None]
    step = None
    for place, is_unseen in enumerate(unseen):
        if place:
            step = later_step(terms) if step is None else step
            hidden = hidden @ step
        if is_unseen:
            gone = 1.0 - hidden.sum(axis=1)
            hidden = hidden * (1.0 - SHOWN)
            hidden = hidden / np.maximum(gone + hidden.sum(axis=1), 1e-300)[:, None]
    return Ahead(hidden)


def first_step(starts: pd.DataFrame, terms: Terms, *, drift: float = 0.0) -> tuple[Floats, Floats, Floats]:
    """Return middle and spread of next year's log volume and the chance to stop before it, one a clinician."""
    volume, newcomer = starts["volume"].to_numpy(np.float64), starts["newcomer"].to_numpy(np.float64)
    logit = (
        _stop_logit(volume, terms)
        + terms["stop_trend"] * starts["trend"].to_numpy(np.float64)
        + terms["stop_newcomer"] * newcomer
        + terms["stop_no_history"] * starts["no_history"].to_numpy(np.float64)
    )
    return _moved(volume, terms, drift) + terms["newcomer_growth"] * newcomer, _spread(volume, terms), _logistic(logit)


def later_step(terms: Terms, *, drift: float = 0.0) -> Floats:
    """Return the chances of a later year, grid x grid: staying active and moving from one volume to another."""
    stays = 1.0 - _logistic(_stop_logit(VOLUMES, terms))
    moves: Floats = stays[:, None] * over_cells(_moved(VOLUMES, terms, drift), _spread(VOLUMES, terms))
    return moves


def over_cells(middle: Floats, spread: Floats) -> Floats:
    """Return the chance of each cell of the grid, by Student's t with three degrees of freedom."""
    scaled = (_EDGES[None, :] - middle[:, None]) / (np.sqrt(3.0) * spread[:, None])
    with np.errstate(invalid="ignore"):
        below = 0.5 + (np.arctan(scaled) + np.where(np.isfinite(scaled), scaled / (1.0 + scaled**2), 0.0)) / np.pi
    cells: Floats = np.diff(below, axis=1)
    return cells


def _moved(volume: Floats, terms: Terms, drift: float) -> Floats:
    return volume + drift + terms["pull"] * (USUAL_VOLUME - volume)


def _spread(volume: Floats, terms: Terms) -> Floats:
    spread: Floats = np.exp(terms["spread"] + terms["spread_volume"] * np.clip(volume, -0.5, 5.0))
    return spread


def _stop_logit(volume: Floats, terms: Terms) -> Floats:
    return np.asarray(terms["stop"] + terms["stop_volume"] * np.clip(volume, -1.0, 5.0), dtype=np.float64)


def _logistic(logit: Floats) -> Floats:
    return np.asarray(1.0 / (1.0 + np.exp(-logit)), dtype=np.float64)


def probability_active(
    evidence: pd.DataFrame,
    npis: pd.Index,
    *,
    years: tuple[int, int],
    service: Service,
    as_of: dt.date,
    last_months: pd.Series | None = None,
) -> pd.DataFrame:
    """Return the probability that each clinician still practises the service on the day of the data, by bills alone.

    Each payer's bills speak alone and the best stands: files of one more payer never lower it. Where months are known,
    time runs from the end of the last one shown. Without bills there is nothing to go by: null. An answer comes on top
    in `deserts.specialists.settle`.

    Parameters
    ----------
    evidence
        Finished evidence rows; a year of which any bill of a payer stands there was read of that payer.
    npis
        Clinicians, in the order wanted.
    years
        First and last year that the profile pools; the last one was read even where no bill of it stands there.
    service
        The profile with the model's numbers.
    as_of
        The day of the data.
    last_months
        Last proven month (YYYY-MM) of Medicaid by NPI; None where no months were read.

    Returns
    -------
    DataFrame
        Indexed by ``npis``: ``p_active`` and ``basis`` (``bills`` or ``none``, with what must be said beside it).
    """
    every_bill = billed_rows(evidence)
    terms = {term: service.number(f"active.{term}") for term in TERMS}
    chance, ahead = pd.Series(np.nan, index=npis), pd.Series(0.0, index=npis)
    for payer, bills in every_bill[every_bill["for_against"] == "for"].groupby(every_bill["source"].map(BILL_PAYERS)):
        volumes = yearly_volumes(bills)
        read = {*volumes["year"], *([years[1]] if years[1] and payer == "medicare" else [])}
        found = _of_payer(volumes, terms, read, as_of, last_months if payer == "medicaid" else None).reindex(npis)
        better = found["chance"].notna() & ~(found["chance"] <= chance)
        chance, ahead = chance.mask(better, found["chance"]), ahead.mask(better, found["ahead"])
    words = {span: _basis(int(np.ceil(span)), service) for span in ahead[chance.notna()].unique()}
    basis = np.where(chance.notna(), ahead.map(words), "none")
    return pd.DataFrame({"p_active": chance.astype("float64"), "basis": basis}, index=npis)


def _of_payer(
    volumes: pd.DataFrame, terms: Terms, read: set[int], as_of: dt.date, last_months: pd.Series | None
) -> pd.DataFrame:
    """Return the chance by one payer's bills alone, and the years from the last of them, one row a clinician."""
    last = volumes.groupby("npi")["year"].max()
    parts = [pd.DataFrame(columns=["chance", "ahead"], dtype="float64")]
    for year in sorted(int(year) for year in last.unique()):
        starts = starts_of_year(volumes[volumes["year"] <= year], year)
        starts = starts[starts.index.isin(last.index[last == year])]
        ahead = _years_since(starts.index, year, as_of, last_months)
        parts.append(pd.DataFrame({"chance": _after(starts, terms, ahead, year, read), "ahead": ahead}, starts.index))
    return pd.concat(parts)


def _years_since(npis: pd.Index, year: int, as_of: dt.date, last_months: pd.Series | None) -> Floats:
    """Return the years from the last bill of clinicians, by its month where that is known, else whole years."""
    whole = np.full(len(npis), float(max(as_of.year - year, 0)))
    if last_months is None:
        return whole
    ends = pd.PeriodIndex(last_months.reindex(npis), freq="M").end_time
    days = (pd.Timestamp(as_of) - ends).days.to_numpy(dtype=np.float64)
    return np.where(np.isnan(days), whole, np.maximum(days, 0.0) / 365.25)


def _after(starts: pd.DataFrame, terms: Terms, ahead: Floats, year: int, read: set[int]) -> Floats:
    """Return the chance so many years after ``year``; between whole years the log of the chance runs evenly."""

    def after(rows: pd.DataFrame, count: int) -> Floats:
        unseen = [y in read for y in range(year + 1, year + 1 + count)]
        return look_ahead(rows, terms, unseen=unseen).active if count else np.ones(len(rows))

    whole = np.floor(ahead).astype(np.int64)
    chance = np.empty(len(starts))
    for count in np.unique(whole).tolist():
        at = whole == count
        part = ahead[at] - count
        chance[at] = after(starts[at], count)
        if part.any():
            chance[at] = chance[at] ** (1.0 - part) * after(starts[at], count + 1) ** part
    return chance


def _basis(years_ahead: int, service: Service) -> str:
    words = ["bills"]
    if service.number("active.borrowed"):
        words.append(BORROWED)
    if years_ahead > FITTED_YEARS:
        words.append(EXTRAPOLATED)
    return ", ".join(words)


def borrowed_words(service: Service) -> str:
    """Return what must stand beside every number that rests on chances of another service; empty where none does."""
    if not borrowed_from(service):
        return ""
    return BORROWED_FROM.format(service=borrowed_from(service))


def borrowed_from(service: Service) -> str:
    """Return the service whose chances are borrowed, empty where they are the service's own."""
    return service.words.get("borrowed_from", _ANOTHER) if service.number("active.borrowed") else ""
