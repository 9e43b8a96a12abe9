"""A run as a folium map: for notebooks. What is written to be given away is `deserts.publish.desert_map`."""

from __future__ import annotations

import dataclasses
import html
import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd

from deserts.publish import layers
from deserts.publish.assets import find_assets
from deserts.publish.county_colours import NO_DATA, county_measures
from deserts.publish.words import map_title

if TYPE_CHECKING:
    import folium
    import geopandas as gpd

    from deserts.pipeline.run import Run

__all__ = ["draw"]

_TOLERANCE_DEGREES = 0.005
_PRACTICE = {"radius": 5, "color": "#0b4f5c", "weight": 1.5, "fill": True, "fillOpacity": 0.9}


def draw(run: Run, counties: gpd.GeoDataFrame, lines: Sequence[str]) -> folium.Map:
    """Return the counties, coloured by the first measure of the published map, with the practices that count.

    Practices, not persons, and no telephone numbers, as on every public output. Counties and practices are feature
    groups named ``counties`` and ``practices``, so that a folium user adds to them, or a layer control, in a line.

    Parameters
    ----------
    run
        The run.
    counties
        Its table of counties.
    lines
        Sentences that stand on every output.
    """
    import folium

    counties = _coloured(run, counties)
    west, south, east, north = counties.total_bounds
    drawn = folium.Map(tiles=None, location=[(south + north) / 2, (west + east) / 2])
    title = map_title(run.service, run.grade, run.region)
    areas = folium.FeatureGroup(name="counties").add_to(drawn)
    folium.GeoJson(
        json.loads(counties.to_json()), name=_safe(title), style_function=_style,
        tooltip=folium.GeoJsonTooltip(fields=["words"], labels=False),
    ).add_to(areas)  # fmt: skip
    practices = layers.public_practices(run.store.read("sites"), service=run.service, run_grade=run.grade)
    counted = practices[practices["counted"]]
    dots = folium.FeatureGroup(name="practices").add_to(drawn)
    if not counted.empty:
        folium.GeoJson(
            _features(counted), name="practices", marker=folium.CircleMarker(**_PRACTICE),
            tooltip=folium.GeoJsonTooltip(fields=["words"], labels=False),
        ).add_to(dots)  # fmt: skip
    drawn.fit_bounds([[south, west], [north, east]])
    drawn.get_root().html.add_child(folium.Element(_caption(run, title, lines)))
    _carry_leaflet(run, drawn)
    return drawn


def _caption(run: Run, title: str, lines: Sequence[str]) -> str:
    """Return what stands beside the map: title, what it rests on, credits."""
    credit = f"Roads and places: {'; '.join(run.store.provenance().attribution)}."
    return "".join(f"<p>{_safe(line)}</p>" for line in (title, *lines, credit))


def _coloured(run: Run, counties: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return the scored counties with colour and words, simplified for a screen."""
    scores = run.store.read("county_scores").sort_values("county_fips", ignore_index=True)
    limit = run.settings.time_limit_min
    measure = county_measures(scores, service=run.service, limit_min=limit)[0]
    colours = [NO_DATA if number < 0 else measure.shades[number] for number in measure.classes]
    legend = ["nobody lives there" if number < 0 else measure.legend[number] for number in measure.classes]
    words = [_safe(f"{name}: {text}") for name, text in zip(scores["name"], legend, strict=True)]
    shapes = counties[["county_fips", "geometry"]]
    coloured = shapes.merge(scores[["county_fips"]].assign(colour=colours, words=words), on="county_fips")
    return coloured.assign(geometry=coloured.geometry.simplify(_TOLERANCE_DEGREES))


def _style(feature: dict[str, Any]) -> dict[str, Any]:
    return {"fillColor": feature["properties"]["colour"], "fillOpacity": 0.8, "color": "#888", "weight": 0.6}


def _features(practices: pd.DataFrame) -> dict[str, Any]:
    features = [
        {
            "type": "Feature",
            "geometry": {"type": "Point", "coordinates": [lon, lat]},
            "properties": {"words": _safe(f"{name}, {place}")},
        }
        for lon, lat, name, place in zip(
            *(practices[column].tolist() for column in ("lon", "lat", "name", "place")), strict=True
        )
    ]
    return {"type": "FeatureCollection", "features": features}


def _safe(text: str) -> str:
    """Return text that neither HTML nor the template strings in which folium writes it can act on."""
    return html.escape(text).translate({ord("`"): "&#96;", ord("$"): "&#36;", ord("\\"): "&#92;"})


def _carry_leaflet(run: Run, drawn: folium.Map) -> None:
    """Put Leaflet into the map where it is at hand, so that it is drawn without a network; else link to it alone."""
    import folium

    assets = find_assets(dataclasses.replace(run.settings, allow_network=False))
    if not assets.complete:
        drawn.default_js = [(name, url) for name, url in drawn.default_js if name == "leaflet"]
        drawn.default_css = [(name, url) for name, url in drawn.default_css if name == "leaflet_css"]
        return
    drawn.default_js, drawn.default_css = [], []
    head = drawn.get_root().header
    head.add_child(folium.Element(f"<style>{assets.text('leaflet.css')}</style>"), name="leaflet_style")
    head.add_child(folium.Element(f"<script>{assets.text('leaflet.js')}</script>"), name="leaflet_script")
