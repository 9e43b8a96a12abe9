"""The desert map: counties by how far their residents drive, and what stands behind it, as one HTML file."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import shapely

from deserts.config import Region
from deserts.provenance import OLD_AFTER_DAYS, Provenance
from deserts.publish import layers
from deserts.publish.assets import Assets, find_assets, pinned, web_fetcher
from deserts.publish.gate import UNVERIFIED, Gate, open_gate
from deserts.publish.geometry import west_of_date_line
from deserts.publish.headline import Headline, make_headline, withhold
from deserts.publish.measures import (
    NO_DATA,
    UNKNOWN,
    UNKNOWN_WORDS,
    county_measures,
    payer_measures,
    without_findings,
)
from deserts.publish.page import render_map_page
from deserts.publish.roads import road_layer
from deserts.publish.single_points import NO_POINTS, single_point_layer
from deserts.publish.words import is_upper_bound, limit_words, map_title, region_name, who
from deserts.services import Service
from deserts.specialists.months import last_proven_words, of_practices, with_source
from deserts.store import Store, write_text
from deserts.tables import empty

__all__ = ["MapReport", "about", "build_map", "reproduction", "write_map"]

_SCRIPTS = ("map_core.js", "map_shapes.js", "map_points.js", "map_search.js")
_CORRECTIONS = (
    "Corrections: the entries come from the clinicians' own registrations with Medicare (NPPES and PECOS), which "
    "they can correct there; for this map, ask whoever gave it to you."
)


_LEAFLET = f"{pinned().package} {pinned().version}, {pinned().licence}"


@dataclass(frozen=True, slots=True)
class MapReport:
    """What was written.

    Parameters
    ----------
    path, size_bytes
        The file.
    single_file
        Whether it opens without any other host.
    headline
        The finding that stands on top.
    problems
        Why scripts could not be put into the file, when they could not.
    gate
        The checks of the run.
    """

    path: Path
    size_bytes: int
    single_file: bool
    headline: Headline
    problems: tuple[str, ...] = ()
    gate: Gate = field(default_factory=lambda: Gate(()))


def write_map(
    store: Store, out_path: Path, *, service: Service, today: dt.date, assets: Assets | None = None,
    tiles: str | None = None, tiles_credit: str = "", phones: bool = False, contact: str | None = None,
    force: bool = False,
) -> MapReport:  # fmt: skip
    """Write the map of a run as one HTML file of the public class.

    Parameters
    ----------
    store
        Tables ``counties``, ``county_scores`` and ``sites`` of the run; ``isochrones``, ``hospitals``, ``zips``,
        ``demand``, ``payer_scores`` and the road network are drawn where they are there.
    out_path
        The file to write.
    service
        Profile of the run's service.
    today
        Day from which the age of the data is reckoned.
    assets
        Leaflet; found by `find_assets` when None.
    tiles, tiles_credit
        Address pattern and credit of an online tile server; with it the page fetches pictures when it is opened.
    phones
        Whether practices show their telephone numbers.
    contact
        Where corrections may be sent.
    force
        Show minutes although a check failed that may be overridden (`deserts.publish.gate`); never a headline or a
        class. Without it the counties of a run that failed a check are hatched.

    Raises
    ------
    MissingDataError
        If a stage has not written a table that the map needs.
    """
    chosen = find_assets(store.settings, fetch=web_fetcher(store.settings)) if assets is None else assets
    gate = open_gate(store, service=service, force=force)
    html, headline = build_map(
        store, service=service, today=today, assets=chosen, tiles=tiles, tiles_credit=tiles_credit, phones=phones,
        contact=contact, gate=gate,
    )  # fmt: skip
    write_text(out_path, html)
    return MapReport(
        out_path, out_path.stat().st_size, chosen.complete and tiles is None, headline,
        () if chosen.complete else chosen.problems, gate,
    )  # fmt: skip


def build_map(
    store: Store, *, service: Service, today: dt.date, assets: Assets, gate: Gate | None = None,
    tiles: str | None = None, tiles_credit: str = "", phones: bool = False, contact: str | None = None,
) -> tuple[str, Headline]:  # fmt: skip
    """Return the page of `write_map` and its headline; the run is checked here when no ``gate`` is given."""
    grade = store.grade
    gate = open_gate(store, service=service) if gate is None else gate
    provenance = store.provenance()
    counties, scores, sites = store.read("counties"), store.read("county_scores"), store.read("sites")
    scores = scores.sort_values("county_fips").reset_index(drop=True)
    frame = layers.frame_of(counties)
    headline = make_headline(store, service=service, scores=scores, sites=sites)
    if not gate.is_verified:
        headline = withhold(headline, gate.reasons())
    content = _content(
        store, counties=counties, scores=scores, sites=sites, service=service, frame=frame, phones=phones, gate=gate
    )
    west, south, east, north = frame.bounds
    severe = int(service.number("desert.severe_min"))
    credits_ = (*content.credits, _LEAFLET, *([tiles_credit] if tiles_credit else []))
    body = {
        **about(
            provenance, service=service, grade=grade, today=today, contact=contact, credits=credits_, gate=gate
        ),
        "unverified": None if gate.is_verified else UNVERIFIED,
        "finding": headline.sentence,
        "meaning": headline.meaning,
        "search_hint": _search_hint(content),
        "several_states": bool(content.first["states"]),
        "table_caption": "Counties, the worst first. Minutes are those of the middle resident.",
        "table_heads": (
            "County", "Residents", "Desert class", "To the nearest", "If it stops", f"Over {limit_words(severe)} away",
            "Federal adequacy test",
        ),
        "table_rows": layers.table_rows(
            scores, service=service, grade=grade, limit_min=store.settings.time_limit_min,
            classes_shown=gate.is_verified, numbers_shown=gate.may_show_numbers,
        ),
    }  # fmt: skip
    html = render_map_page(
        title=map_title(service, grade, store.region), body=body, data=content.first,
        later=content.later, assets=assets, scripts=_SCRIPTS, centre=((south + north) / 2, (west + east) / 2),
        tiles=tiles, tiles_credit=tiles_credit,
    )  # fmt: skip
    return html, headline


def about(
    provenance: Provenance, *, service: Service, grade: str, today: dt.date, contact: str | None = None,
    credits: Sequence[str] = (),  # noqa: A002  the everyday word
    gate: Gate | None = None,
) -> dict[str, Any]:  # fmt: skip
    """Return what every public page says about itself: banners, sources, credits, age and how it was made."""
    banners = [f"OLD DATA: last refreshed {provenance.refreshed_on or 'on an unknown day'}."]
    banners = banners if provenance.is_old(today) else []
    banners += [notice[:1].upper() + notice[1:] for notice in provenance.notices]
    if is_upper_bound(service, grade) and not any("upper bound" in text.lower() for text in banners):
        banners.append("Upper bound, not access: only specialty is known, not who offers this care.")
    if (edge := provenance.edge_sentence()) is not None:
        banners.append(edge[:1].upper() + edge[1:] + ". Clinicians there are not counted.")
    if (search := provenance.search_sentence()) is not None:
        banners.append(search[:1].upper() + search[1:] + ".")
    if gate is not None and not gate.is_verified:
        banners.insert(0, f"{UNVERIFIED}: {' '.join(gate.reasons())}")
    check_after = _check_after(provenance)
    return {
        "banners": banners,
        "check_after": check_after or "an unknown day",
        "lines": [
            *provenance.lines(today),
            *(() if gate is None else gate.lines()),
            *([f"Check after {check_after}: by then the data are {OLD_AFTER_DAYS} days old."] if check_after else []),
            service.words.get("disclaimer", ""),
        ],
        "corrections": f"Corrections: {contact}" if contact else _CORRECTIONS,
        "credits": sorted({*provenance.attribution, *credits}) or ["none asked for"],
        "reproduce": reproduction(Region.parse(provenance.region_id), service, grade),
        "inputs": [f"{name} {digest}" for name, digest in provenance.inputs],
    }


def reproduction(region: Region, service: Service, grade: str) -> str:
    """Return the command that makes a run again."""
    return f"make all REGION={region.region_id} SERVICE={service.service_id} GRADE={grade}"


@dataclass(frozen=True, slots=True)
class _Content:
    """What the page draws: at once, when it is asked for, and whom its roads are owed to."""

    first: dict[str, Any]
    later: dict[str, Any]
    credits: tuple[str, ...]


def _content(
    store: Store, *, counties: pd.DataFrame, scores: pd.DataFrame, sites: pd.DataFrame, service: Service,
    frame: layers.Frame, phones: bool, gate: Gate,
) -> _Content:  # fmt: skip
    grade = store.grade
    limit_min = store.settings.time_limit_min
    measures = county_measures(scores, service=service, limit_min=limit_min)
    if store.has("payer_scores"):
        measures += payer_measures(store.read("payer_scores"), scores, grade=grade, limit_min=limit_min)
    if not gate.is_verified:
        measures = without_findings(measures, scores, numbers=gate.may_show_numbers)
    practices = layers.public_practices(sites, service=service, run_grade=grade, phones=phones)
    practices["months"] = practices["practice_id"].map(_last_months(store, sites, service)).fillna("")
    county_data = layers.county_layer(
        counties,
        scores,
        measures,
        layers.county_sentences(
            scores,
            service=service,
            grade=grade,
            limit_min=limit_min,
            classes_shown=gate.is_verified,
            numbers_shown=gate.may_show_numbers,
        ),
        frame=frame,
    )
    later, credits_ = _later(store, fips=county_data["fips"], frame=frame)
    searched = store.provenance().verdict("none_at_grade", service=service).may_be_said
    first = {
        "map": "map_1",
        "grid": frame.grid_deg,
        "bounds": list(frame.bounds),
        "no_data": NO_DATA,
        "unknown": UNKNOWN,
        "unknown_words": UNKNOWN_WORDS,
        "check_after": _check_after(store.provenance()),
        "measures": [
            {"key": m.key, "label": m.label, "legend": m.legend, "shades": m.shades, "hatched": m.hatched}
            for m in measures
        ],
        "counties": county_data,
        "practices": layers.practice_layer(practices, service=service),
        "places": layers.place_layer(_or_empty(store, "hospital_places"), service=service),
        "failures": single_point_layer(store, practices=practices, service=service) if gate.is_verified else NO_POINTS,
        "bands": [limit_words(band["min"]) for band in later["bands"]],
        "amounts": _amounts(later),
        "states": _state_bounds(counties) if len(store.region.states) > 1 else [],
        "close": frame.grid_deg < 1e-3,  # on a map of the nation roads and towns hide the counties
        "counted_known": searched,
        "words": _legend_words(who(service, grade), searched=searched),
    }
    return _Content(first, later, credits_)


def _amounts(later: Mapping[str, Any]) -> dict[str, int]:
    counted = {"hospitals": later["hospitals"]["title"], "roads": later["roads"], "towns": later["towns"]["name"]}
    return {name: len(items) for name, items in counted.items()}


def _legend_words(whom: str, *, searched: bool) -> dict[str, str]:
    return {
        "counted": f"Practices with {whom}" + ("" if searched else ": not searched"),
        "places": "Hospitals paid for it, no clinician named (not counted)",
        "others": "Others on the files, not counted",
        "failures": "Single points of failure",
    }


def _later(store: Store, *, fips: Sequence[str], frame: layers.Frame) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Return the layers that are switched on or searched by hand, and the credits of the roads."""
    demand, zips = _or_empty(store, "demand"), _or_empty(store, "zips")
    roads, credits_ = road_layer(store, frame=frame)
    return {
        "hospitals": layers.hospital_layer(_or_empty(store, "hospitals")),
        "bands": layers.band_layer(store.read("isochrones"), frame=frame) if store.has("isochrones") else [],
        "roads": roads,
        "towns": layers.town_layer(demand[demand["scored"]], zips, most=400),
        "zips": layers.zip_layer(zips, states=store.region.states, fips=fips),
    }, credits_


def _last_months(store: Store, sites: pd.DataFrame, service: Service) -> dict[str, str]:
    """Return until when practices of two or more clinicians are shown by Medicaid: no month of one person."""
    shown = of_practices(with_source(_or_empty(store, "medicaid_months")), sites, service)
    return {str(practice): last_proven_words(row) for practice, row in shown.to_dict("index").items()}


def _check_after(provenance: Provenance) -> str | None:
    """Return the day after which the page warns of its age, None where the day of the data is not known."""
    if provenance.refreshed_on is None:
        return None
    return (dt.date.fromisoformat(provenance.refreshed_on) + dt.timedelta(days=OLD_AFTER_DAYS)).isoformat()


def _state_bounds(counties: pd.DataFrame) -> list[dict[str, Any]]:
    """Return name and bounds of each scored state, for the list that jumps to it."""
    scored = counties[counties["scored"]]
    shapes = pd.Series(west_of_date_line(np.array(scored["geometry"], dtype=object)))
    return [
        {
            "name": region_name(Region.parse(str(state))),
            "bounds": [
                round(float(value), 2) for value in np.nan_to_num(shapely.total_bounds(np.array(group, dtype=object)))
            ],
        }
        for state, group in shapes.groupby(scored["state"].to_numpy(), sort=True)
    ]


def _or_empty(store: Store, name: str) -> pd.DataFrame:
    return store.read(name) if store.has(name) else empty(name)


def _search_hint(content: _Content) -> str:
    names, zips = content.first["counties"]["names"], content.later["zips"]["zip"]
    return " or ".join([*names[:1], *zips[:1]])
