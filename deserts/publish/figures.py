"""The figures of a run as SVG and PNG, the same bytes in every run, readable in grey.

Each figure is a function from a `FigureData` to a matplotlib figure; `write_figures` writes them all. A figure whose
data the run does not have is left out, and the report says why.
"""

from __future__ import annotations

import itertools
import textwrap
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from deserts.earth import KM_PER_MILE
from deserts.publish.county_colours import SHADES
from deserts.publish.drawing import INK, SHARED_SETTINGS, SOFT, TEAL, stamp, write_drawing
from deserts.publish.figure_data import FigureData
from deserts.publish.figure_frame import make_room_for_title, write_foot
from deserts.publish.words import limit_words, percent, who
from deserts.services.profile import CONTRADICTED, SPECIALTY_ONLY, VERIFIED
from deserts.store import gathered

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["FIGURES", "FigureReport", "write_figures"]

_SETTINGS: dict[Any, Any] = {
    **SHARED_SETTINGS, "font.size": 10,
    "text.color": INK, "axes.edgecolor": SOFT, "axes.labelcolor": INK, "axes.spines.top": False,
    "axes.spines.right": False, "axes.titlelocation": "left", "axes.titlesize": 13, "axes.titleweight": "bold",
    "axes.grid": True, "axes.axisbelow": True, "grid.color": "#e3e7e9", "xtick.color": SOFT, "ytick.color": SOFT,
    "figure.facecolor": "white", "figure.dpi": 100,
}  # fmt: skip
_RURALITY = (("metropolitan", 1, 3), ("small towns", 4, 7), ("remote", 8, 9))
_UNCODED = "#bdbdbd"
_TITLE_LETTERS = 58
_LEAST = 11
"""Totals of call outcomes smaller than this are not public."""


@dataclass(frozen=True, slots=True)
class FigureReport:
    """Files that were written, figures that were left out with the reason, and what each shows, in words.

    Parameters
    ----------
    written, left_out
        Paths, and reasons by the name of the figure.
    words
        What a figure shows, by its name, for readers who do not see it: its finding, and how it is drawn.
    """

    written: tuple[Path, ...]
    left_out: Mapping[str, str]
    words: Mapping[str, str]


class _NothingToDrawError(Exception):
    """The run has no data for this figure."""


def write_figures(data: FigureData, folder: Path) -> FigureReport:
    """Write every figure as SVG and PNG into a folder: all of them, or none when something fails."""
    with gathered(folder) as temporary:
        report = _draw_all(data, temporary)
    return FigureReport(tuple(folder / path.name for path in report.written), report.left_out, report.words)


def _draw_all(data: FigureData, folder: Path) -> FigureReport:
    import matplotlib as mpl  # heavy: only figures need it

    written: list[Path] = []
    left_out: dict[str, str] = {}
    words: dict[str, str] = {}
    for name, draw in FIGURES.items():
        with mpl.rc_context(_SETTINGS):
            try:
                figure = draw(data)
            except _NothingToDrawError as reason:
                left_out[name] = str(reason)
                continue
            words[name] = f"{_title(figure)}. {_SHOWN[name]}."
            make_room_for_title(figure)
            write_foot(figure, (data.source, data.provenance.reconciliation, data.credits))
            stamp(figure, data.gate.stamp, size=60)
            for kind in ("svg", "png"):
                path = folder / f"{name}.{kind}"
                write_drawing(figure, path, kind)
                written.append(path)
    return FigureReport(tuple(written), left_out, words)


_SHOWN: Mapping[str, str] = {
    "drive_time_by_rurality": "Bars: share of residents by minutes to the nearest, for each kind of county",
    "cumulative_share": "Lines: share of residents within each number of minutes of one practice and of two",
    "before_after_closure": "Lines: share of residents within each number of minutes, today and after the closure",
    "registry_flow": "Line and bars: clinicians with a bill in each year, who was new and who was not seen again",
    "directory_meter": "Bars: clinicians and organisations on file, by what the files show them doing",
    "mileage_clock": "Bars: hours and miles a year on the road, by how often visits are",
    "exclusion_flow": "Bars: rows that went into each step and came out of it",
}


def _title(figure: Figure) -> str:
    return " ".join(str(figure.axes[0].get_title(loc="left")).split())


def _canvas(title: str, *, height: float = 4.6) -> tuple[Figure, Any]:
    """Return a figure and its axes; the title is the finding that it shows."""
    from matplotlib.figure import Figure as MplFigure  # not pyplot: it keeps global state

    figure = MplFigure(figsize=(8, height))
    axes = figure.add_axes((0.1, 0.16, 0.86, 0.70))
    axes.set_title("\n".join(textwrap.wrap(title, _TITLE_LETTERS)), pad=12)
    return figure, axes


def _share_within(
    minutes: npt.NDArray[np.float64], people: npt.NDArray[np.float64], grid: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    """Return the share of people within each of the given minutes; people without a site stay in the denominator."""
    order = np.argsort(minutes, kind="stable")  # not-a-number sorts last
    reached = np.concatenate([[0.0], np.cumsum(people[order])])
    within: npt.NDArray[np.float64] = reached[np.searchsorted(minutes[order], grid, side="right")] / people.sum()
    return within


def _reached(data: FigureData) -> pd.DataFrame:
    if not data.points["nearest_min"].notna().any():
        message = f"nobody is within the limit of {who(data.service, data.store.grade)}"
        raise _NothingToDrawError(message)
    return data.points


def _ticks(axes: Any, limit: float) -> npt.NDArray[np.float64]:
    axes.set_xlabel("minutes of driving, one way")
    axes.set_xticks(np.arange(0, limit + 1, 60))
    axes.set_xlim(0, limit)
    return np.arange(0, limit + 1.0)


def draw_by_rurality(data: FigureData) -> Figure:
    """Draw the distribution of drive times for metropolitan, small-town and remote counties."""
    _reached(data)
    points = data.points_by_code()
    limit = min(data.store.settings.time_limit_min, 360.0)
    edges = np.arange(0, limit + 1, 30)
    groups = [(name, points[points["rucc"].between(low, high)]) for name, low, high in _RURALITY]
    groups = [(name, group) for name, group in groups if len(group)]
    if not groups:
        message = "no rural-urban codes in this run"
        raise _NothingToDrawError(message)
    severe = data.service.number("desert.severe_min")
    figure, axes = _canvas(_rurality_finding(groups, severe))
    uncoded = points[points["rucc"].isna()]
    groups += [("no code", uncoded)] if len(uncoded) else []
    width = 30 / (len(groups) + 1)
    for place, (name, group) in enumerate(groups):
        people = group["population"].to_numpy(dtype=float)
        minutes = group["nearest_min"].to_numpy(dtype=float)
        share = np.histogram(minutes, bins=edges, weights=people)[0] / people.sum()
        beyond = 1 - share.sum()
        colour = (SHADES[1], SHADES[3], SHADES[4], _UNCODED)[place]
        axes.bar(
            np.append(edges[:-1], limit) + width * (place + 0.7), np.append(share, beyond), width, color=colour,
            edgecolor=INK, linewidth=0.4, label=f"{name} ({people.sum():,.0f} residents)",
        )  # fmt: skip
    labels = [f"{int(edge)}" for edge in edges[:-1]] + [f"over {int(limit)}\nor none"]
    axes.set_xticks(np.append(edges[:-1], limit + 15), labels, fontsize=8)
    axes.set_xlabel("minutes to the nearest, in steps of 30")
    axes.set_ylabel("share of residents")
    axes.yaxis.set_major_formatter(_percent)
    axes.legend(frameon=False)
    return figure


def _rurality_finding(groups: Sequence[tuple[str, pd.DataFrame]], severe: float) -> str:
    far = {name: percent(_beyond(group, "nearest_min", severe)) for name, group in groups}
    places = {name: name if name.endswith("towns") else f"{name} counties" for name in far}
    *others, last = far
    end = "".join(f", {far[name]} in {places[name]}" for name in reversed(others))
    return f"In {places[last]} {far[last]} of residents live over {limit_words(severe)} away{end}"


def _beyond(points: pd.DataFrame, column: str, limit: float) -> float:
    """Return the share of people farther than a limit; who has none at all is farther."""
    people = points["population"].to_numpy(dtype=float)
    minutes = points[column].fillna(np.inf).to_numpy(dtype=float)
    return float(people[minutes > limit].sum() / people.sum())


def draw_cumulative(data: FigureData) -> Figure:
    """Draw the share of people within each number of minutes of the nearest and of a second practice."""
    points = _reached(data)
    severe = data.service.number("desert.severe_min")
    one, two = (percent(1 - _beyond(points, column, severe)) for column in ("nearest_min", "second_min"))
    within = limit_words(severe)
    figure, axes = _canvas(f"{one} of residents reach a practice within {within}, {two} a second one too")
    grid = _ticks(axes, data.store.settings.time_limit_min)
    people = points["population"].to_numpy(dtype=float)
    for column, label, style in (("nearest_min", "nearest practice", "-"), ("second_min", "a second practice", "--")):
        share = _share_within(points[column].to_numpy(dtype=float), people, grid)
        axes.plot(grid, share, style, color=TEAL, linewidth=2.2, label=label)
    axes.axvline(severe, color=SHADES[3], linewidth=1.2)
    axes.text(severe + 4, 0.03, limit_words(severe), color=SHADES[3])
    _share_axis(axes)
    return figure


def draw_closure(data: FigureData) -> Figure:
    """Draw the share within reach before and after the practice closes that most people have as their nearest."""
    points = _reached(data)
    weight = data.nearest_for
    lost = str(weight.idxmax())
    people = points["population"].to_numpy(dtype=float)
    before = points["nearest_min"].to_numpy(dtype=float)
    # Where another practice is exactly as near, nobody loses by this closure: the second is the first.
    after = np.where(points["practice_id"] == lost, points["second_min"], before)
    severe = data.service.number("desert.severe_min")
    far = [percent(float(people[~(minutes <= severe)].sum() / people.sum())) for minutes in (before, after)]
    change = f"{far[1]} of residents live over {limit_words(severe)} away" + (
        f", up from {far[0]}" if far[0] != far[1] else ", as today"
    )
    figure, axes = _canvas(f"If the practice that most depend on closes, {change}")
    grid = _ticks(axes, data.store.settings.time_limit_min)
    axes.plot(grid, _share_within(before, people, grid), "-", color=TEAL, linewidth=2.2, label="today")
    axes.plot(grid, _share_within(after, people, grid), "--", color=SHADES[3], linewidth=2.2, label="after the closure")
    axes.text(
        0.98, 0.06, data.nearest_words(lost),
        transform=axes.transAxes, ha="right", color=SOFT, parse_math=False,
    )  # fmt: skip
    _share_axis(axes)
    return figure


def _share_axis(axes: Any) -> None:
    axes.set_ylim(0, 1.02)
    axes.set_ylabel("share of residents")
    axes.yaxis.set_major_formatter(_percent)
    axes.legend(frameon=False, loc="center right")


def _percent(value: float, _place: int) -> str:
    return f"{value:.0%}"


def draw_registry_flow(data: FigureData) -> Figure:
    """Draw how many clinicians had evidence in each year of claims, and how many came and went."""
    rungs = data.service.grades[: data.service.rank(data.store.grade) + 1]
    telling = {kind for rung in rungs for kind in rung.any_class}  # what lifts a clinician to the run's grade or above
    bills = data.evidence[(data.evidence["source"] == "claims") & data.evidence["kind"].isin(telling)]
    seen = bills[["npi", "year"]].drop_duplicates()
    years = sorted(seen["year"].unique())
    if len(years) < 2:
        message = "fewer than two years of claims"
        raise _NothingToDrawError(message)
    sets = {year: set(seen.loc[seen["year"] == year, "npi"]) for year in years}
    came = [len(sets[b] - sets[a]) for a, b in itertools.pairwise(years)]
    went = [-len(sets[a] - sets[b]) for a, b in itertools.pairwise(years)]
    figure, axes = _canvas(
        f"Clinicians with a bill for this care in {years[-1]}: {len(sets[years[-1]]):,}, of whom {came[-1]:,} new "
        f"since {years[-2]}; of those in {years[-2]}, {-went[-1]:,} not seen again"
    )
    axes.plot(years, [len(sets[year]) for year in years], "o-", color=INK, linewidth=2, label="with a bill that year")
    axes.bar(years[1:], came, 0.5, color=TEAL, label="new since the year before")
    axes.bar(years[1:], went, 0.5, color=SHADES[2], edgecolor=INK, linewidth=0.4, label="not seen again that year")
    axes.axhline(0, color=SOFT, linewidth=0.8)
    axes.set_xticks(years, [str(year) for year in years])
    axes.set_ylabel("clinicians")
    axes.legend(frameon=False)
    return figure


def draw_directory_meter(data: FigureData) -> Figure:
    """Draw how many of the clinicians on file stand on each rung of the ladder.

    An organisation whose individuals bill themselves is left out, as from every other count of supply.
    """
    found = data.specialists
    twice = (found["entity"] == "O") & ~found["supplies"] & (found["grade"] != CONTRADICTED)
    counts = found.loc[~twice, "grade"].value_counts()
    hidden = {CONTRADICTED, VERIFIED} & {name for name in counts.index if counts[name] < _LEAST}
    rungs = [g for g in data.service.grades if counts.get(g.name, 0) and g.name not in hidden]
    if not rungs:
        message = "no clinician on any rung"
        raise _NothingToDrawError(message)
    doing = sum(int(counts[rung.name]) for rung in rungs if rung.rank <= data.service.rank(data.service.default_grade))
    whole = sum(int(counts[rung.name]) for rung in rungs)
    figure, axes = _canvas(f"Of {whole:,} on file, public files show {doing:,} doing this care")
    figure.set_size_inches(8, 1.9 + 0.55 * len(rungs))
    axes.set_position((0.5, 0.2, 0.44, 0.62))
    axes.set_title(axes.get_title(loc="left"), x=-1.12, pad=12)
    for place, rung in enumerate(rungs):
        weak = rung.rank >= data.service.rank(SPECIALTY_ONLY)
        axes.barh(-place, counts[rung.name], color="#d7dcdf" if weak else TEAL, edgecolor=INK, linewidth=0.4)
        axes.text(counts[rung.name], -place, f"  {counts[rung.name]:,}", va="center")
    axes.set_yticks(
        [-place for place in range(len(rungs))], [_wrapped(rung.words) for rung in rungs], color=INK, fontsize=8
    )
    axes.set_xlabel("clinicians and organisations")
    axes.margins(x=0.15)
    return figure


def _wrapped(text: str) -> str:
    import textwrap

    return "\n".join(textwrap.wrap(text, 46))


def draw_mileage_clock(data: FigureData) -> Figure:
    """Draw hours and miles a year on the road for the middle and the ninetieth resident, by refill interval."""
    from deserts.access.areas import weighted_quantile
    from deserts.access.burden import visit_schedules

    points = _reached(data).dropna(subset=["nearest_min"])
    schedules = visit_schedules(data.service)
    people = points["population"].to_numpy(dtype=float)
    area = np.zeros(len(points), dtype=np.int64)
    often, most = max(schedules.items(), key=lambda entry: entry[1])
    middle = weighted_quantile(points["nearest_min"].to_numpy(dtype=float), people, area, 1, 0.5)[0]
    figure, axes = _canvas(
        f"With visits {often} the middle resident within reach is {most * 2 * middle / 60:.0f} hours a year on the road"
    )
    for place, (level, label, colour) in enumerate(
        ((0.5, "middle resident", TEAL), (0.9, "one in ten drives more", SHADES[3]))
    ):
        one_way_min = weighted_quantile(points["nearest_min"].to_numpy(dtype=float), people, area, 1, level)[0]
        one_way_km = weighted_quantile(points["nearest_km"].to_numpy(dtype=float), people, area, 1, level)[0]
        hours = np.array([visits * 2 * one_way_min / 60 for visits in schedules.values()])
        spots = np.arange(len(schedules)) + 0.38 * place - 0.19
        axes.bar(spots, hours, 0.36, color=colour, edgecolor=INK, linewidth=0.4, label=label)
        for spot, hour, visits in zip(spots, hours, schedules.values(), strict=True):
            miles = visits * 2 * one_way_km / KM_PER_MILE
            axes.text(spot, hour, f"{hour:.0f} h\n{miles:,.0f} mi", ha="center", va="bottom", fontsize=8)
    axes.set_xticks(np.arange(len(schedules)), list(schedules))
    axes.set_ylabel("hours a year, there and back")
    axes.margins(y=0.18)
    axes.legend(frameon=False)
    return figure


def draw_exclusions(data: FigureData) -> Figure:
    """Draw how many rows went into and came out of each step of the clinicians' stage that left any out.

    A step that makes more rows, such as one row a clinician and address, leaves nobody out and isn't drawn.
    """
    steps = data.flow[data.flow["rows_in"] > data.flow["rows_out"]]
    if steps.empty:
        message = "no step left anything out"
        raise _NothingToDrawError(message)
    lost = (steps["rows_in"] - steps["rows_out"]).to_numpy()
    most = steps["step"].iloc[int(lost.argmax())]
    figure, axes = _canvas(
        f"Steps that left rows out: {len(steps)}; the most rows ({lost.max():,}) at this one: {most}",
        height=1.8 + 0.5 * len(steps),
    )
    axes.set_position((0.42, 0.2, 0.5, 0.64))
    axes.set_title(axes.get_title(loc="left"), x=-0.8, pad=12)
    places = -np.arange(len(steps))
    axes.barh(places, steps["rows_in"], color="#e3e7e9", edgecolor=SOFT, linewidth=0.4, label="in")
    axes.barh(places, steps["rows_out"], 0.45, color=TEAL, label="out")
    for place, entered, left in zip(places, steps["rows_in"], steps["rows_out"], strict=True):
        axes.text(max(entered, left), place, f"  {entered:,} to {left:,}", va="center", fontsize=8)
    axes.set_yticks(places, [_wrapped(step) for step in steps["step"]], color=INK, fontsize=8)
    axes.margins(x=0.25)
    axes.set_xlabel("rows")
    axes.legend(frameon=False, fontsize=8)
    return figure


FIGURES: Mapping[str, Callable[[FigureData], Figure]] = {
    "drive_time_by_rurality": draw_by_rurality,
    "cumulative_share": draw_cumulative,
    "before_after_closure": draw_closure,
    "registry_flow": draw_registry_flow,
    "directory_meter": draw_directory_meter,
    "mileage_clock": draw_mileage_clock,
    "exclusion_flow": draw_exclusions,
}
"""Every figure by the name of its files."""
