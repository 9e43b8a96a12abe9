"""A page that is one file: folium's map without what it does not need, equal bytes for equal input, nothing fetched."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from importlib import resources
from typing import Any
from urllib.parse import urlsplit

from markupsafe import Markup

from deserts.documents.html import environment, json_for_script
from deserts.errors import InputError
from deserts.publish.assets import Assets, pinned

__all__ = ["LOCKED", "inline_script", "inline_style", "read_static", "render_map_page", "render_page"]

LOCKED = "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data:"
"""Content security policy of a page that fetches nothing."""


def read_static(*names: str) -> str:
    """Return the text of our own scripts or styles, one after the other."""
    folder = resources.files("deserts.publish").joinpath("static")
    return "\n".join(folder.joinpath(name).read_text(encoding="utf-8") for name in names)


def inline_script(text: str) -> Markup:
    """Return text for the inside of a script element; an end tag in it would end the element, so it is broken up."""
    return Markup(re.sub(r"</(?=script)", r"<\\/", text, flags=re.IGNORECASE))  # noqa: S704  our own or pinned text


def inline_style(text: str) -> Markup:
    """Return text for the inside of a style element, without references to files that a single page does not have."""
    local = re.sub(r"url\((?!#|data:)[^)]*\)", "none", text)
    return Markup(re.sub(r"</(?=style)", r"<\\/", local, flags=re.IGNORECASE))  # noqa: S704  our own or pinned text


def render_page(template: str, **values: Any) -> str:
    """Render one of our templates; every value is escaped unless it was made by the functions above."""
    rendered: str = environment("deserts.publish").get_template(template).render(**values)
    return rendered


def render_map_page(
    *, title: str, body: Mapping[str, Any], data: Mapping[str, Any], later: Mapping[str, Any], assets: Assets,
    scripts: Sequence[str], centre: tuple[float, float], flat: bool = False, tiles: str | None = None,
    tiles_credit: str = "",
) -> str:  # fmt: skip
    """Render a page around a folium map that is drawn from ``data`` by our own scripts.

    Parameters
    ----------
    title
        Title of the document.
    body
        Values of the template ``map.html``.
    data
        What the first view needs; stands in the page as JSON.
    later
        What is drawn or searched only when somebody asks; the same, in a text of its own that is read then.
    assets
        Leaflet; without contents it is linked to.
    scripts
        Names of our scripts, in order.
    centre
        Latitude and longitude where the map starts before it is fitted to its bounds.
    flat
        Whether the map's coordinates are those of a plane, which Leaflet then does not project.
    tiles, tiles_credit
        Address pattern of an online tile server, which makes the page fetch pictures; None keeps it silent.
    """
    leaflet = {file.name: file for file in pinned().files}
    name, script = _folium_script(centre, tiles, tiles_credit, flat=flat)
    return render_page(
        "map.html",
        title=title,
        map_name=name,
        policy=_policy(tiles=tiles, linked=() if assets.complete else tuple(file.url for file in leaflet.values())),
        libraries=None if assets.complete else leaflet,
        library_style=inline_style(assets.text("leaflet.css")),
        library_script=inline_script(assets.text("leaflet.js")),
        licence=assets.text("LICENSE"),
        style=inline_style(read_static("page.css", "map.css")),
        data=json_for_script(data),
        later=json_for_script(later),
        folium_script=inline_script(script),
        script=inline_script(read_static(*scripts)),
        **body,
    )


def _policy(*, tiles: str | None, linked: Sequence[str]) -> str:
    """Return the content security policy of a map: what it may fetch is named, and nothing else may be.

    Raises
    ------
    InputError
        If the tile server is no address of the web.
    """
    pictures = f" {_origin(tiles)}" if tiles is not None else ""
    rules = {"default-src": "'none'", "script-src": "'unsafe-inline'", "style-src": "'unsafe-inline'"}
    for name, suffix in (("script-src", ".js"), ("style-src", ".css")):
        rules[name] = " ".join([rules[name], *(url for url in linked if url.endswith(suffix))])
    return "; ".join([*(f"{name} {value}" for name, value in rules.items()), f"img-src data:{pictures}"])


def _origin(url: str) -> str:
    """Return scheme and host of an address; a placeholder that begins a host's name (``{s}``) stands for any."""
    parts = urlsplit(re.sub(r"//\{\w+\}\.", "//*.", url))
    if parts.scheme not in ("http", "https") or not re.fullmatch(r"(?:\*\.)?[A-Za-z0-9.-]+(?::\d+)?", parts.netloc):
        raise InputError("that is no tile server", where=url, expected="https://{s}.host/{z}/{x}/{y}.png")
    return f"{parts.scheme}://{parts.netloc}"


def _folium_script(centre: tuple[float, float], tiles: str | None, tiles_credit: str, *, flat: bool) -> tuple[str, str]:
    """Return the name of folium's map and the script that creates it, with names that are the same in every run."""
    import folium  # heavy: only a page with a map needs it

    drawn = folium.Map(
        location=list(centre), tiles=None, zoom_start=6, zoom_control=False, attributionControl=False, zoomSnap=0.25,
        crs="Simple" if flat else "EPSG3857", minZoom=2 if flat else 3, maxZoom=14,
    )  # fmt: skip
    drawn._id = "1"  # folium draws a random one
    script: str = drawn._template.module.script(drawn, {})
    if tiles is not None:
        layer = folium.TileLayer(tiles, attr=tiles_credit or tiles, max_zoom=14)
        layer._id = "2"
        script += f"{layer._template.module.script(layer, {})}\n{layer.get_name()}.addTo({drawn.get_name()});"
    return drawn.get_name(), script
