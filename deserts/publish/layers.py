"""Turn tables into what a page holds: short columns of numbers and sentences, nothing that names a person."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from deserts.access.firmness import firmness_words
from deserts.documents import plain
from deserts.publish import geometry
from deserts.publish.county_colours import desert_legend
from deserts.publish.plane import is_national, project_shapes, shown_parts
from deserts.publish.unchecked import NOT_CHECKED, NOTHING_UNCHECKED, Unchecked
from deserts.publish.words import adequacy_words, counted_as, limit_words, minutes_words, percent
from deserts.services import Service
from deserts.tables import Search, Status

__all__ = [
    "Frame",
    "county_layer",
    "county_sentences",
    "frame_of",
    "hospital_layer",
    "on_map",
    "place_layer",
    "place_lines",
    "practice_layer",
    "public_practices",
]

_WIDE_DEG = 12.0
_POINT_DECIMALS = 4


@dataclass(frozen=True, slots=True)
class Frame:
    """How finely a map is drawn, and where it opens.

    Parameters
    ----------
    grid_deg, tolerance_deg
        Grid and first tolerance of the simplification, in degrees.
    max_vertices
        Most vertices of all county borders together.
    bounds
        West, south, east, north of the first view.
    flat
        Whether it is drawn on the plane of `deserts.publish.plane`, in whose units the rest then is.
    """

    grid_deg: float
    tolerance_deg: float
    max_vertices: int
    bounds: tuple[float, float, float, float]
    flat: bool = False


def frame_of(counties: pd.DataFrame) -> Frame:
    """Choose the fineness by the region's extent; a map of the nation is drawn on a plane of equal areas."""
    scored = counties[counties["scored"]]
    home = scored[~scored["state"].isin(("AK", "HI"))]
    shapes = geometry.west_of_date_line(np.array((home if len(home) else scored)["geometry"], dtype=object))
    bounds = _bounds(shapes)
    west, south, east, north = bounds
    if is_national(bounds):
        frames = shapely.box(*np.array([part.box for part in shown_parts(scored["state"])]).T)
        plane = project_shapes(geometry.west_of_date_line(np.array(scored["geometry"], dtype=object)))
        return Frame(1e-3, 2e-3, 150_000, _bounds(np.append(plane, frames)), flat=True)
    if max(east - west, north - south) > _WIDE_DEG:
        return Frame(1e-3, 2e-3, 150_000, (west, south, east, north))
    return Frame(1e-4, 8e-4, 60_000, (west, south, east, north))


def _bounds(shapes: npt.NDArray[Any]) -> tuple[float, float, float, float]:
    west, south, east, north = np.nan_to_num(shapely.total_bounds(shapes)).tolist()
    return west, south, east, north


def on_map(shapes: npt.NDArray[Any], frame: Frame) -> npt.NDArray[Any]:
    """Return shapes in the units of the map: degrees, with Alaska in one piece, or those of the plane."""
    west = geometry.west_of_date_line(shapes)
    return project_shapes(west) if frame.flat else west


def county_layer(counties: pd.DataFrame, scores: pd.DataFrame, *, frame: Frame) -> dict[str, Any]:
    """Return shapes and names of the counties, a point inside each, its row in ``scores``, and the state lines.

    Parameters
    ----------
    counties
        The table ``counties``, the surroundings included: they are drawn pale and without a class.
    scores
        The table ``county_scores``.
    frame
        Fineness.
    """
    ordered = counties.sort_values(["scored", "county_fips"], ascending=[False, True]).reset_index(drop=True)
    shapes, _ = geometry.simplify_coverage(
        on_map(np.array(ordered["geometry"], dtype=object), frame),
        tolerance_deg=frame.tolerance_deg,
        max_vertices=frame.max_vertices,
    )
    row_of = pd.Series(np.arange(len(scores)), index=scores["county_fips"].to_numpy())
    rows = row_of.reindex(ordered["county_fips"].to_numpy()).fillna(-1).to_numpy(dtype=np.int64)
    return {
        "shapes": geometry.encode_polygons(shapes, grid_deg=frame.grid_deg),
        "lines": geometry.encode_lines(
            geometry.state_lines(shapes, ordered["state"].tolist()), grid_deg=frame.grid_deg
        ),
        "names": [
            f"{plain(name, one_line=True)}, {state}"
            for name, state in zip(ordered["name"], ordered["state"], strict=True)
        ],
        "fips": ordered["county_fips"].tolist(),
        "row": rows.tolist(),
        "inside": _inside(shapes, rows >= 0, grid_deg=frame.grid_deg),
    }


def _inside(shapes: npt.NDArray[Any], wanted: npt.NDArray[np.bool_], *, grid_deg: float) -> list[list[int]]:
    """Return a point inside each shape, in steps of the grid: east, north; nothing for one not there or not wanted."""
    points = shapely.point_on_surface(shapes)
    drawn = wanted & ~(shapely.is_missing(points) | shapely.is_empty(points))
    found = iter((shapely.get_coordinates(points[drawn]) / grid_deg).tolist())
    return [[round(value) for value in next(found)] if is_drawn else [] for is_drawn in drawn]


def county_sentences(
    scores: pd.DataFrame, *, service: Service, whom: str, limit_min: float, classes_shown: bool = True,
    numbers_shown: bool = True, rough: Mapping[str, float] = MappingProxyType({}),
    unchecked: Unchecked = NOTHING_UNCHECKED, beside: Sequence[str] = (),
) -> list[tuple[str, ...]]:  # fmt: skip
    """Return for each county what its numbers mean, in plain words, people first, as far as they may be shown.

    Parameters
    ----------
    scores
        The table ``county_scores`` of a view.
    service
        Gives thresholds and words.
    whom
        Who counts, as the end of "drive to …".
    limit_min
        Minutes beyond which a site counts as out of reach.
    classes_shown, numbers_shown
        What the run's checks allow.
    rough
        Residents of a county who live so far from any road of the network that their minutes are rough.
    unchecked
        Counties where minutes were never compared: theirs stand with the band, and it is said.
    beside
        Of each county, what its neighbours and the region have; empty to leave it out.
    """
    severe = int(service.number("desert.severe_min"))
    classes = desert_legend(service, limit_min)
    found: list[tuple[str, ...]] = []
    compared = list(beside) or [""] * len(scores)
    for row, others in zip(scores.to_dict("records"), compared, strict=True):
        if row["status"] == Status.NO_POPULATION:
            found.append(("Nobody lives here by the data used.",))
            continue
        if row["status"] in (Status.NOT_SEARCHED, Status.NOT_ASSESSABLE):
            found.append((row["desert_class"][:1].upper() + row["desert_class"][1:] + ".",))
            continue
        if not numbers_shown:
            found.append(("Not verified: no number is given.",))
            continue
        share = row[f"beyond_{severe}_share"]
        far = f"{row['population'] * share:,.0f} of {row['population']:,.0f} residents ({percent(share)})"
        lines = [f"{far} live more than {limit_words(severe)} away."]
        never = unchecked if row["county_fips"] in unchecked.counties else None
        lines.append(_drive_sentence(row, whom=whom, limit_min=limit_min, unchecked=never))
        if never is not None and not np.isnan(row["nearest_median_min"]):
            lines.append(NOT_CHECKED)
        lines.append(others)
        if classes_shown:
            lines.append(f"{classes[int(row['desert_rank'])].capitalize()}.")
            lines.append(firmness_words(row, service=service, time_limit_min=limit_min))
        if row["adequacy"] != "unknown" and classes_shown:
            lines.append(f"Federal adequacy test: {adequacy_words(row['adequacy'], service)}.")
        if round(people := rough.get(row["county_fips"], 0.0)):
            lines.append(f"{people:,.0f} live far from any road in the data: their minutes are rough.")
        if row["status"] == Status.FEW_POINTS:
            lines.append("Few demand points: read with care.")
        if row["search"] == Search.PARTLY:
            lines.append(f"Partly searched: {row['search_missing']}.")
        found.append(tuple(line for line in lines if line))
    return found


def _drive_sentence(row: Mapping[Hashable, Any], *, whom: str, limit_min: float, unchecked: Unchecked | None) -> str:
    def words(minutes: float, status: str) -> str:
        if unchecked is None or np.isnan(minutes):
            return minutes_words(minutes, status, limit_min=limit_min)
        return unchecked.words(minutes)

    nearest = words(row["nearest_median_min"], row["status"])
    if np.isnan(row["nearest_median_min"]):
        return f"Drive of the middle resident: {nearest}."
    second = words(row["second_practice_median_min"], Status.BEYOND_LIMIT)
    return f"The middle resident drives {nearest} to {whom}; {second} if that practice stops."


def public_practices(
    sites: pd.DataFrame, *, service: Service, run_grade: str, phones: bool = False,
    proven: Collection[str] = (),
) -> pd.DataFrame:  # fmt: skip
    """Merge clinicians' sites into practices at an address, as public outputs may show them.

    Parameters
    ----------
    sites
        The table ``sites``.
    service, run_grade
        Decide which rung each stands on; who was verified by a call stands on the rung of the run, who was
        contradicted is left out.
    phones
        Whether telephone numbers are kept.
    proven
        Sites that are proven by public files (`deserts.publish.supply_views.proven_sites`).

    Returns
    -------
    pandas.DataFrame
        One row a practice and address, sorted: practice_id, name, place, phone, lon, lat, precision, rank, clinicians,
        counted, proven.
    """
    rungs = {g.name: counted_as(service, g.name, run_grade) for g in service.grades}
    shown = sites.assign(rung=sites["grade"].map(rungs))
    shown = shown[shown["rung"].notna() & shown["lon"].notna() & shown["lat"].notna()]
    shown = shown.assign(
        rank=shown["rung"].map({g.name: g.rank for g in service.grades}).astype("int64"),
        counted=shown["supplies"] & (shown["grade_rank"] <= service.rank(run_grade)),
        proven=shown["site_id"].isin(list(proven)),
        place=_place(shown),
        named=shown["practice_name"].fillna(""),
    ).sort_values(["practice_id", "place", "rank", "named", "npi"])
    merged = (
        shown.groupby(["practice_id", "place"], sort=True)
        .agg(
            name=("named", "max"),
            phone=("phone", "max"),
            lon=("lon", "first"),
            lat=("lat", "first"),
            precision=("precision", "first"),
            rank=("rank", "min"),
            clinicians=("npi", "nunique"),
            counted=("counted", "max"),
            proven=("proven", "max"),
            state=("state", "first"),
        )
        .reset_index()
    )
    merged["name"] = np.where(merged["name"] == "", "Practice at " + merged["place"], merged["name"])
    if not phones:
        merged["phone"] = ""
    return merged


def _place(sites: pd.DataFrame) -> pd.Series:
    parts = sites["address"].fillna("") + ", " + sites["city"].fillna("") + ", " + sites["state"].fillna("")
    return (parts + " " + sites["zip"].fillna("")).str.strip(" ,")


_PRECISION_WORDS = {
    "rooftop": "",
    "range": "",
    "given": "",
    "zip": "Placed at the centre of its ZIP code.",
    "city": "Placed in the middle of its city.",
    "zip_nearby": "Placed at the centre of a ZIP code near by.",
    "county": "Placed at the centre of its county.",
}


def practice_layer(practices: pd.DataFrame, *, service: Service) -> dict[str, Any]:
    """Return the practices as points with a title and sentences."""
    lines = []
    for row in practices.to_dict("records"):
        people = "1 clinician" if row["clinicians"] == 1 else f"{row['clinicians']} clinicians"
        text = [
            f"{people}: {service.grades[row['rank']].words}.",
            "" if row["place"] in row["name"] else row["place"],
            row["phone"],
            f"Medicaid: this practice is {row['months']}." if row.get("months") else "",
            _PRECISION_WORDS.get(row["precision"], ""),
        ]
        lines.append([plain(part, one_line=True) for part in text if part])
    return {
        **_points(practices),
        "title": [plain(name, one_line=True) for name in practices["name"]],
        "lines": lines,
        "rank": practices["rank"].tolist(),
    }


def hospital_layer(hospitals: pd.DataFrame) -> dict[str, Any]:
    """Return hospitals with an emergency department as points."""
    shown = hospitals[hospitals["emergency"] & hospitals["lon"].notna() & hospitals["lat"].notna()]
    shown = shown.sort_values("ccn")
    return {
        **_points(shown),
        "title": [plain(name, one_line=True) for name in shown["name"]],
        "lines": [
            ["Hospital with an emergency department.", plain(f"{city}, {state}", one_line=True)]
            for city, state in zip(shown["city"], shown["state"], strict=True)
        ],
    }


def place_layer(places: pd.DataFrame, *, service: Service) -> dict[str, Any]:
    """Return hospitals that were paid for the service without naming a clinician, as points of their own."""
    shown = places[places["supplies"] & places["lon"].notna() & places["lat"].notna()].sort_values("place_id")
    return {
        **_points(shown),
        "title": [plain(name, one_line=True) for name in shown["name"]],
        "lines": [
            [plain(line, one_line=True) for line in place_lines(row, service) if line]
            for row in shown.to_dict("records")
        ],
    }


def place_lines(place: Mapping[Hashable, Any], service: Service) -> tuple[str, ...]:
    """Return what a hospital's price file shows, in plain words, with its day and its limits."""
    low, high = place["payments_low"], place["payments_high"]
    payments = f"{low:,.0f}" if low == high else f"{low:,.0f} to {high:,.0f}"
    drug = " Pump baclofen was among them." if place["drug"] == "baclofen_proven" else ""
    return (
        f"Hospital that {service.does}, by payments in its own price file; no clinician is named: ask for its clinic.",
        f"{payments} payments in 12 to 15 months ({place['payers']}).{drug}",
        f"File of {place['last_updated_on'] or 'an unknown day'}. Not counted in any number on this map.",
        _PRECISION_WORDS.get(str(place["precision"]), ""),
    )


def _points(frame: pd.DataFrame, *, decimals: int = _POINT_DECIMALS) -> dict[str, list[float]]:
    lon = frame["lon"].to_numpy(dtype=float)
    return {
        "lon": np.round(lon - 360 * (lon > 100), decimals).tolist(),
        "lat": np.round(frame["lat"].to_numpy(dtype=float), decimals).tolist(),
    }
