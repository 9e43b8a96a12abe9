"""What a map page holds: its shapes once, and for each view of the supply its colours, dots, sentences and finding."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import shapely

from deserts.access.gate import Gate
from deserts.arrays import Ints
from deserts.config import Region
from deserts.errors import MissingDataError
from deserts.publish import layers
from deserts.publish.area_facts import AREA_KINDS, district_areas, district_shapes
from deserts.publish.comparison import Beside, Comparer, beside_words
from deserts.publish.county_colours import (
    NO_DATA,
    UNKNOWN,
    UNKNOWN_WORDS,
    Measure,
    county_measures,
    payer_measures,
    without_findings,
)
from deserts.publish.geometry import encode_polygons
from deserts.publish.headline import Headline, area_finding, make_headline, view_headlines, withhold
from deserts.publish.notes import check_after
from deserts.publish.packing import pack_sentences
from deserts.publish.plan_layer import plan_measures
from deserts.publish.plane import NEIGHBOURS_CREDIT, neighbouring_land, project_layer, project_points, shown_parts
from deserts.publish.reach_bands import ReachBands, minute_steps, reach_bands, reach_measure
from deserts.publish.roads import road_layer
from deserts.publish.search_layer import Places, area_layer, bounds_of, joined_areas, town_layer, zip_layer
from deserts.publish.single_points import NO_POINTS, SinglePoints, single_points
from deserts.publish.supply_views import PROVEN, SupplyView, supply_views, view_points
from deserts.publish.unchecked import NOT_CHECKED, Unchecked
from deserts.publish.words import limit_words, region_name, who, who_is_proven
from deserts.rules.minutes import LEAST_MIN
from deserts.services import Service
from deserts.specialists.months import last_proven_words, of_practices, with_source
from deserts.store import Store
from deserts.tables import empty

__all__ = ["MapContent", "load_content"]

_MOST_TOWNS = 400


@dataclass(frozen=True, slots=True, eq=False)
class MapContent:
    """What the page draws: at once, when it is asked for, whom its roads are owed to, and its views.

    Parameters
    ----------
    first, later
        What the first view needs, and what is switched on or searched by hand.
    credits
        Credits of the roads.
    views
        The views of the supply, the one that opens first.
    headlines
        Finding of each view by its key.
    headline
        Finding of the run as a range.
    reach
        Land by driving time, None where the run has no roads.
    """

    first: dict[str, Any]
    later: dict[str, Any]
    credits: tuple[str, ...]
    views: tuple[SupplyView, ...]
    headlines: Mapping[str, Headline]
    headline: Headline
    reach: ReachBands | None


@dataclass(frozen=True, slots=True, eq=False)
class _Source:
    """Where all parts of a map come from."""

    store: Store
    service: Service
    gate: Gate
    frame: layers.Frame
    views: tuple[SupplyView, ...]
    plans: tuple[Measure, ...]
    reach: ReachBands | None
    comparer: Comparer

    @property
    def severe_min(self) -> int:
        return int(self.service.number("desert.severe_min"))

    @property
    def limit_min(self) -> float:
        return self.store.settings.time_limit_min

    def table(self, name: str) -> pd.DataFrame:
        return self.store.read(name) if self.store.has(name) else empty(name)


def load_content(
    store: Store, *, service: Service, gate: Gate, phones: bool = False, plan: str | None = None
) -> MapContent:
    """Return everything that a map page holds.

    Parameters
    ----------
    store, service, gate
        The run and its checks.
    phones
        Whether practices show their telephone numbers.
    plan
        The only plan of the run's payers' directories to show; None shows the first ones.
    """
    views = supply_views(store, service=service, gate=gate)
    headline = make_headline(store, service=service, views=views)
    if not gate.is_verified:
        headline = withhold(headline, gate.reasons())
    counties = store.read("counties")
    plans = plan_measures(store, views[-1].scores, service=service, plan=plan)
    frame = layers.frame_of(counties)
    reach = reach_bands(store, views, counties, frame=frame) if gate.is_verified else None
    source = _Source(store, service, gate, frame, views, plans, reach, Comparer.of(counties, views[-1].scores))
    practices = _practices(source, phones=phones)
    shapes = layers.county_layer(counties, views[-1].scores, frame=source.frame)
    headlines = view_headlines(store, headline, service=service, views=views)
    places = _places(source)
    unchecked = Unchecked.of(store, next(iter(places.points.values())))
    stops = {view.key: _single_points(source, view, practices, places) for view in views}
    later, credits_ = _later(source, places, stops, fips=shapes["fips"])
    dots = {
        "practices": layers.practice_layer(practices, service=service),
        "places": layers.place_layer(source.table("hospital_places"), service=service),
    }
    if source.frame.flat:
        dots = {name: project_layer(layer) for name, layer in dots.items()}
        later |= {name: project_layer(later[name]) for name in ("hospitals", "towns", "zips")}
    first = {
        "map": "map_1",
        "grid": source.frame.grid_deg,
        "bounds": list(source.frame.bounds),
        "counties": shapes,
        **dots,
        "flat": source.frame.flat,
        "neighbours": _neighbours(source.frame) if source.frame.flat else None,
        "frames": _frames(source),
        "views": [
            _view(source, view, practices, headlines[view.key], places, unchecked, stops[view.key].layer)
            for view in views
        ],
        "amounts": _amounts(later),
        "states": _states(source, places, counties) if len(store.region.states) > 1 else None,
        **_words(source, unchecked),
        "close": source.frame.grid_deg < 1e-3,  # on a map of the nation roads and towns hide the counties
    }
    credits_ = (*credits_, NEIGHBOURS_CREDIT) if source.frame.flat else credits_
    return MapContent(first, later, credits_, views, headlines, headline, reach)


def _words(source: _Source, unchecked: Unchecked) -> dict[str, Any]:
    """Return what the page's scripts say and colour in the same way in every view."""
    provenance = source.store.provenance()
    return {
        "no_data": NO_DATA,
        "unknown": UNKNOWN,
        "unknown_words": UNKNOWN_WORDS,
        "check_after": check_after(provenance),
        "steps": minute_steps(),
        "counted_known": provenance.verdict("none_at_grade", service=source.service).may_be_said,
        "within": limit_words(source.limit_min),
        "least_min": LEAST_MIN,
        "unchecked_words": unchecked.every_minute(source.limit_min),
        "not_checked": NOT_CHECKED,
        "region": region_name(source.store.region),
    }


def _frames(source: _Source) -> list[dict[str, Any]]:
    parts = shown_parts(source.store.region.states) if source.frame.flat else ()
    return [{"words": part.label, "box": part.box} for part in parts]


def _neighbours(frame: layers.Frame) -> list[list[str]]:
    (shape,) = encode_polygons(np.array([shapely.union_all(neighbouring_land())]), grid_deg=frame.grid_deg)
    return shape


def _practices(source: _Source, *, phones: bool) -> pd.DataFrame:
    sites = source.store.read("sites")
    proven = next((view.site_ids for view in source.views if view.key == PROVEN), frozenset())
    practices = layers.public_practices(
        sites, service=source.service, run_grade=source.store.grade, phones=phones, proven=proven
    )
    months = _last_months(source, sites)
    return practices.assign(months=[months.get(str(practice), "") for practice in practices["practice_id"]])


def _last_months(source: _Source, sites: pd.DataFrame) -> dict[str, str]:
    """Return until when practices of two or more clinicians are shown by Medicaid: no month of one person."""
    shown = of_practices(with_source(source.table("medicaid_months")), sites, source.service)
    return {str(practice): last_proven_words(row) for practice, row in shown.to_dict("index").items()}


def _view(
    source: _Source, view: SupplyView, practices: pd.DataFrame, headline: Headline, places: Places,
    unchecked: Unchecked, failures: dict[str, Any],
) -> dict[str, Any]:  # fmt: skip
    """Return what the page shows while this view of the supply is chosen."""
    service, gate = source.service, source.gate
    proven = view.key == PROVEN
    measures = _measures(source, view)
    whom = who_is_proven(service) if proven else who(service, source.store.grade)
    sentences = layers.county_sentences(
        view.scores, service=service, whom=whom, limit_min=source.limit_min, classes_shown=gate.is_verified,
        numbers_shown=gate.may_show_numbers, rough=places.rough_by_county(), unchecked=unchecked,
        beside=_beside(source, source.comparer.of_counties(view.scores, limit_min=source.severe_min)),
    )  # fmt: skip
    return {
        "key": view.key,
        "label": "Proven only" if proven else "Possible too",
        "finding": headline.sentence,
        "meaning": headline.meaning,
        "area_finding": area_finding(source.store, service=service, view=view) if headline.has_number else "",
        "measures": [
            {"key": m.key, "label": m.label, "legend": m.legend, "shades": m.shades, "hatched": m.hatched}
            for m in measures
        ],
        "classes": {measure.key: measure.classes.tolist() for measure in measures},
        "notes": {measure.key: list(measure.notes) for measure in measures if measure.notes},
        "sentences": pack_sentences(sentences),
        "far": _far(source, view),
        "counted": _counted(view, practices).astype(int).tolist(),
        "failures": failures,
        "words": _legend_words(whom),
    }


def _beside(source: _Source, found: Sequence[Beside]) -> list[str]:
    """Return what stands beside each area in words; nothing is compared in an unverified run."""
    return (
        [beside_words([one], source.store.region, limit_min=source.severe_min) for one in found]
        if source.gate.is_verified
        else []
    )


def _beside_areas(source: _Source, places: Places, areas: Sequence[Ints]) -> dict[str, list[str]]:
    """Return the same of states, or of districts of one chamber, by view."""
    return {
        key: _beside(
            source,
            source.comparer.of_points(
                points, points["nearest_min"].to_numpy(dtype=float), areas, limit_min=source.severe_min
            ),
        )
        for key, points in places.points.items()
    }


def _counted(view: SupplyView, practices: pd.DataFrame) -> pd.Series:
    return practices["proven"] if view.key == PROVEN else practices["counted"]


def _single_points(source: _Source, view: SupplyView, practices: pd.DataFrame, places: Places) -> SinglePoints:
    """Return whom the closing of a practice moves, on the map's plane; an unverified run tells of none."""
    if not source.gate.is_verified:
        return SinglePoints(NO_POINTS, ())
    counted = practices.assign(counted=_counted(view, practices))
    found = single_points(source.store, view, places.points[view.key], practices=counted, service=source.service)
    if not source.frame.flat:
        return found
    return SinglePoints(project_layer(found.layer), tuple(project_layer(dots, decimals=3) for dots in found.dots))


def _measures(source: _Source, view: SupplyView) -> tuple[Measure, ...]:
    measures = county_measures(view.scores, service=source.service, limit_min=source.limit_min)
    if source.store.has("payer_scores") and view.key != PROVEN:
        payers = source.store.read("payer_scores")
        measures += payer_measures(payers, view.scores, limit_min=source.limit_min)
    if source.reach is not None:
        measures += (reach_measure(view.scores),)
    measures += source.plans  # of public files, the same in every view
    if source.gate.is_verified:
        return measures
    return without_findings(measures, view.scores, numbers=source.gate.may_show_numbers)


def _far(source: _Source, view: SupplyView) -> dict[str, list[int | None]]:
    """Return residents of each county, and how many of them live beyond the severe limit; null where not known."""
    scores = view.scores
    share = scores[f"beyond_{source.service.number('desert.severe_min'):.0f}_share"].to_numpy(dtype=float)
    people = scores["population"].to_numpy(dtype=float)
    far = people * share
    shown = source.gate.is_verified
    return {
        "people": [None if np.isnan(value) else round(value) for value in people],
        "far": [None if np.isnan(value) or not shown else round(value) for value in far],
    }


def _amounts(later: Mapping[str, Any]) -> dict[str, int]:
    counted = {"hospitals": later["hospitals"]["title"], "roads": later["roads"], "towns": later["towns"]["name"]}
    return {name: len(items) for name, items in counted.items()}


def _legend_words(whom: str) -> dict[str, str]:
    return {
        "counted": f"Practices with {whom}",
        "places": "Hospitals paid for it, no clinician named (not counted)",
        "others": "Others on the files, not counted",
        "failures": "Single points of failure",
    }


def _later(
    source: _Source, places: Places, stops: Mapping[str, SinglePoints], *, fips: Sequence[str]
) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Return the layers that are switched on or searched by hand, and the credits of the roads."""
    store = source.store
    roads, credits_ = road_layer(store, frame=source.frame)
    return {
        "hospitals": layers.hospital_layer(source.table("hospitals")),
        "reach": None if source.reach is None else source.reach.encoded(source.frame),
        "stops": {key: list(found.dots) for key, found in stops.items()},
        "roads": roads,
        "towns": town_layer(places, fips=fips, most=_MOST_TOWNS),
        "zips": zip_layer(places, fips=fips),
        "districts": _districts(source, places),
    }, credits_


def _places(source: _Source) -> Places:
    """Return the points of each view; of an unverified run nothing is told of any."""
    points = {view.key: view_points(source.store, view) for view in source.views}
    if not source.gate.is_verified:
        points = {key: frame.assign(told=False) for key, frame in points.items()}
    return Places.of(
        points, source.table("zips"), states=source.store.region.states,
        limit_min=source.service.number("desert.severe_min"),
    )  # fmt: skip


def _states(source: _Source, places: Places, counties: pd.DataFrame) -> dict[str, Any]:
    """Return the scored states with their bounds and numbers, for the list that jumps to them."""
    scored = counties[counties["scored"]]
    shapes = pd.Series(layers.on_map(np.array(scored["geometry"], dtype=object), source.frame))
    groups = {str(s): np.array(own, dtype=object) for s, own in shapes.groupby(scored["state"].to_numpy(), sort=True)}
    points = next(iter(places.points.values()))
    area = pd.Index(list(groups)).get_indexer(pd.Index(points["state"]))
    names = [region_name(Region.parse(state)) for state in groups]
    rows = [np.flatnonzero(area == place) for place in range(len(groups))]
    layer = area_layer(places, names, area, [bounds_of(own) for own in groups.values()])
    return {**layer, "beside": _beside_areas(source, places, rows)}


def _districts(source: _Source, places: Places) -> dict[str, Any]:
    """Return congressional and state legislative districts, where files of them are there, with their own numbers."""
    points = next(iter(places.points.values()))
    found: list[tuple[str, Any]] = []
    beside: dict[str, list[str]] = {key: [] for key in places.points}
    for by in (kind for kind in AREA_KINDS if kind != "state"):
        try:
            shapes = district_shapes(source.store, service=source.service, by=by)
        except MissingDataError:  # the raw files were cleaned away since: a map needs none of them
            shapes = None
        areas = () if shapes is None else district_areas(points, shapes, by=by)
        found += [(area.name, area.rows) for area in areas]
        for key, words in _beside_areas(source, places, [area.rows for area in areas]).items():
            beside[key] += words
    tables = []
    lonlat = points[["lon", "lat"]].to_numpy(dtype=float)
    if source.frame.flat:
        lonlat = np.column_stack(project_points(lonlat[:, 0], lonlat[:, 1]))
    for name, rows in found:
        area = np.full(len(points), -1, dtype=np.int64)
        area[rows] = 0
        box = [*lonlat[rows].min(axis=0), *lonlat[rows].max(axis=0)]
        tables.append(area_layer(places, [name], area, [box]))
    return {**joined_areas(tables), "beside": beside}
