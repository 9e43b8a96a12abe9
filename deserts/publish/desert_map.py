"""The desert map: counties by how far their residents drive, and what stands behind it, as one HTML file."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from pathlib import Path

from deserts.access.gate import Gate, open_gate
from deserts.publish.assets import Assets, find_assets, pinned, web_fetcher
from deserts.publish.county_table import county_rows, county_table_heads
from deserts.publish.headline import Headline
from deserts.publish.map_data import MapContent, load_content
from deserts.publish.notes import about, publish_command
from deserts.publish.page import render_map_page
from deserts.publish.words import map_title, region_name
from deserts.services import Service
from deserts.store import Store, write_text

__all__ = ["MapReport", "Share", "build_map", "write_map"]

_SCRIPTS = ("map_core.js", "map_shapes.js", "map_people.js", "map_reach.js", "map_points.js", "map_search.js")
_LEAFLET = f"{pinned().package} {pinned().version}, {pinned().licence}"


@dataclass(frozen=True, slots=True)
class Share:
    """What stands in the head of a page for those who get its link.

    Parameters
    ----------
    picture
        Address of the picture that stands for it.
    picture_words
        What the picture shows.
    address
        Address of the page itself, empty where it is not known.
    """

    picture: str
    picture_words: str
    address: str = ""


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
    force: bool = False, embed_of: str | None = None, share: Share | None = None, plan: str | None = None,
    command: str | None = None,
) -> MapReport:  # fmt: skip
    """Write the map of a run as one HTML file of the public class.

    Parameters
    ----------
    store
        Tables ``counties``, ``county_scores`` and ``sites`` of the run; ``hospitals``, ``zips``,
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
    embed_of
        Address of the full map: the page is then one for a frame in somebody else's page, with a compact head, no
        table, and a wheel that scrolls the page around it.
    share
        What is said of the page where it is shared as a link.
    force
        Show minutes although a check failed that may be overridden (`deserts.access.gate`); never a headline or a
        class. Without it the counties of a run that failed a check are hatched.
    plan
        The only plan of the run's payers' directories to show; None shows the first ones.
    command
        The command that makes this very page; None names `deserts publish map`.

    Raises
    ------
    MissingDataError
        If a stage has not written a table that the map needs.
    """
    chosen = find_assets(store.settings, fetch=web_fetcher(store.settings)) if assets is None else assets
    gate = open_gate(store, service=service, force=force)
    html, headline = build_map(
        store, service=service, today=today, assets=chosen, tiles=tiles, tiles_credit=tiles_credit, phones=phones,
        contact=contact, gate=gate, embed_of=embed_of, share=share, plan=plan, command=command,
    )  # fmt: skip
    write_text(out_path, html)
    return MapReport(
        out_path, out_path.stat().st_size, chosen.complete and tiles is None, headline,
        () if chosen.complete else chosen.problems, gate,
    )  # fmt: skip


def build_map(
    store: Store, *, service: Service, today: dt.date, assets: Assets, gate: Gate | None = None,
    tiles: str | None = None, tiles_credit: str = "", phones: bool = False, contact: str | None = None,
    embed_of: str | None = None, share: Share | None = None, plan: str | None = None, command: str | None = None,
) -> tuple[str, Headline]:  # fmt: skip
    """Return the page of `write_map` and its headline; the run is checked here when no ``gate`` is given."""
    gate = open_gate(store, service=service) if gate is None else gate
    provenance = store.provenance()
    content = load_content(store, service=service, gate=gate, phones=phones, plan=plan)
    views = content.views
    opening = content.headlines[views[0].key]
    command = command or publish_command(
        "map", store, today=today, tiles=tiles, tiles_credit=tiles_credit, phones=phones, contact=contact,
        plan=plan, force=gate.is_forced, embed_of=embed_of,
    )  # fmt: skip
    credits_ = (*content.credits, _LEAFLET, *([tiles_credit] if tiles_credit else []))
    body = {
        **about(
            provenance, service=service, grade=store.grade, today=today, contact=contact, credits=credits_, gate=gate,
            command=command,
        ),
        "unverified": gate.stamp,
        "subject": map_title(service, store.grade, store.region),
        "finding": opening.sentence,
        "meaning": opening.meaning,
        "embed_of": embed_of,
        "share": share,
        "search_hint": _search_hint(content),
        "table_caption": "Counties, the worst first. Minutes are those of the middle resident.",
        "table_heads": county_table_heads(views, service=service),
        "table_rows": county_rows(
            views, service=service, limit_min=store.settings.time_limit_min, classes_shown=gate.is_verified,
            numbers_shown=gate.may_show_numbers,
        ),
    }  # fmt: skip
    west, south, east, north = content.first["bounds"]
    html = render_map_page(
        title=f"{region_name(store.region)}: {opening.sentence}", body=body,
        data={**content.first, "embed": embed_of is not None}, flat=content.first["flat"],
        later=content.later, assets=assets, scripts=_SCRIPTS, centre=((south + north) / 2, (west + east) / 2),
        tiles=tiles, tiles_credit=tiles_credit,
    )  # fmt: skip
    return html, content.headline


def _search_hint(content: MapContent) -> str:
    towns, zips = content.later["towns"]["name"], content.later["zips"]["zip"]
    return " or ".join([*towns[:1], *zips[:1]])
