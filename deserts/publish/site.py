"""A static site of a run, for any web host: start page, map, fact sheets, figures, methods and downloads. Public class.

Tables that are derived from OpenStreetMap roads (minutes and all that is computed from them) carry that database's
licence, the Open Database License; they are put in only when asked for.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import pandas as pd
from markupsafe import escape

from deserts.documents import write_csv
from deserts.documents.language import ENGLISH
from deserts.errors import InputError
from deserts.publish.area_facts import FactBase, list_areas, load_fact_base
from deserts.publish.assets import Assets
from deserts.publish.audit_page import write_audit_page
from deserts.publish.desert_map import MapReport, Share, write_map
from deserts.publish.drawing import style, write_drawing
from deserts.publish.fact_sheet import make_sheets, write_sheets
from deserts.publish.figure_data import load_figure_data
from deserts.publish.figures import write_figures
from deserts.publish.layers import public_practices
from deserts.publish.notes import about, publish_command
from deserts.publish.page import LOCKED, inline_style, read_static, render_page
from deserts.publish.picture import draw_picture, load_picture, picture_words
from deserts.publish.policy import read_allowed, write_policy_page
from deserts.publish.words import region_name
from deserts.services import Service
from deserts.store import Store, gathered, write_text

__all__ = ["SiteReport", "write_site"]

_BY = ("state",)
_PREVIEW, _EMBED = "preview.png", "map_embed.html"
_ODBL = "road-derived, Open Database License 1.0"
_FREE = "from public files of United States agencies"


@dataclass(frozen=True, slots=True)
class SiteReport:
    """The start page and everything that was written."""

    index: Path
    written: tuple[Path, ...]


def write_site(
    store: Store, folder: Path, *, service: Service, today: dt.date, include_odbl: bool = False,
    by: Sequence[str] = _BY, contact: str | None = None, assets: Assets | None = None, force: bool = False,
    address: str | None = None,
) -> SiteReport:  # fmt: skip
    """Write the site of a run into a folder.

    Parameters
    ----------
    store
        Tables of the run.
    folder
        Where to; files of the same name are replaced.
    service
        Profile of the run's service.
    today
        Day from which the age of the data is reckoned.
    include_odbl
        Whether to put in tables that are derived from roads, with their licence named.
    by
        Kinds of area that get fact sheets: state, cd, sldu, sldl.
    contact
        Where corrections may be sent.
    assets
        Leaflet; found when None.
    address
        Where the site will stand, such as ``https://example.org/map``: links that are shared then name the preview by
        its full address, as most readers of links want it, and the code to embed can be copied as it is.
    force
        Override failed checks that may be overridden; the pages then have no headline and say `UNVERIFIED`.

    Raises
    ------
    NotPublishableError
        If a check failed; nothing is written.
    """
    base = load_fact_base(store, service=service, force=force)  # refuses before anything is written
    command = publish_command(
        "site", store, today=today, by=() if tuple(by) == _BY else by, address=address, include_odbl=include_odbl,
        contact=contact, force=base.gate.is_forced,
    )  # fmt: skip
    with gathered(folder) as temporary:
        made = _write_into(
            base, temporary, today=today, include_odbl=include_odbl, by=by, contact=contact, assets=assets, force=force,
            address=_address(address), command=command,
        )  # fmt: skip
    return SiteReport(*_moved(made, temporary, folder))


def _moved(made: SiteReport, temporary: Path, folder: Path) -> tuple[Path, tuple[Path, ...]]:
    paths = tuple(folder / path.relative_to(temporary) for path in made.written)
    return folder / made.index.relative_to(temporary), paths


def _write_into(
    base: FactBase, folder: Path, *, today: dt.date, include_odbl: bool, by: Sequence[str], contact: str | None,
    assets: Assets | None, force: bool, address: str, command: str,
) -> SiteReport:  # fmt: skip
    store, service = base.store, base.service
    report, share = _write_maps(
        base, folder, today=today, contact=contact, assets=assets, force=force, address=address, command=command
    )
    checks = write_audit_page(
        store, folder / "checks.html", service=service, gate=base.gate, today=today, command=command
    )
    kinds = [list_areas(base, by=kind) for kind in by]
    areas = [area for own in kinds for area in own]
    allowed = read_allowed(base)
    sheets = make_sheets(base, areas, today=today, allowed=allowed, contact=contact, among=kinds, command=command)
    pages = write_sheets(sheets, folder / "fact-sheets")
    figures = write_figures(load_figure_data(store, service=service, force=force), folder / "figures")
    downloads = _downloads(store, folder / "downloads", service=service, include_odbl=include_odbl)
    notes = about(
        store.provenance(), service=service, grade=store.grade, today=today, contact=contact, gate=base.gate,
        command=command,
    )  # fmt: skip
    looks = inline_style(read_static("page.css", "site.css"))
    title, finding = f"{region_name(store.region)}: access to {service.title}", report.headline.sentence
    shared = {"style": looks, "policy": LOCKED.replace("img-src data:", "img-src data: 'self' file:"), **notes}
    drawn = [path for path in figures.written if path.suffix == ".svg"]
    index, methods = folder / "index.html", folder / "methods.html"
    page = render_page(
        "site.html", title=f"{title}. {finding}", subject=title, finding=finding, meaning=report.headline.meaning,
        share=dataclasses.replace(share, address=f"{address}index.html" if address else ""),
        embed_code=_embed_code(address, finding),
        sheets=[(sheet.area.name, f"fact-sheets/{sheet.area.file_name}") for sheet in sheets],
        figures=[(f"figures/{path.name}", figures.words[path.stem]) for path in drawn],
        downloads=[(f"downloads/{path.name}", words) for path, words in downloads], **shared,
    )  # fmt: skip
    write_text(index, page)
    write_text(methods, render_page("methods.html", title=f"Methods: {service.title}", service=service, **shared))
    policy = write_policy_page(
        folder / "policy.html", service=service, allowed=allowed, language=ENGLISH, notes=notes, index=index.name
    )
    maps = (report.path, folder / _EMBED, folder / _PREVIEW)
    tables = (path for path, _ in downloads)
    return SiteReport(index, (index, *maps, checks, methods, policy, *pages, *figures.written, *tables))


def _write_maps(
    base: FactBase, folder: Path, *, today: dt.date, contact: str | None, assets: Assets | None, force: bool,
    address: str, command: str,
) -> tuple[MapReport, Share]:  # fmt: skip
    """Write the map, the one for frames, and the picture that stands for shared links."""
    store, service = base.store, base.service
    words = _write_preview(base, folder / _PREVIEW, today=today)
    share = Share(f"{address}{_PREVIEW}", words, f"{address}map.html" if address else "")
    report = write_map(
        store, folder / "map.html", service=service, today=today, contact=contact, assets=assets, force=force,
        share=share, command=command,
    )  # fmt: skip
    write_map(
        store, folder / _EMBED, service=service, today=today, contact=contact, assets=assets, force=force,
        embed_of="map.html", command=command,
    )  # fmt: skip
    return report, share


def _address(address: str | None) -> str:
    """Return the address with a slash at its end, empty where none is known.

    Raises
    ------
    InputError
        If it is no address of the web.
    """
    if address is None:
        return ""
    parts = urlsplit(address)
    if parts.scheme not in ("http", "https") or not parts.netloc or parts.query or parts.fragment:
        raise InputError(
            "that is no address of a site", where=address, expected="https://example.org/map, without ? and #"
        )
    return address.rstrip("/") + "/"


def _write_preview(base: FactBase, path: Path, *, today: dt.date) -> str:
    """Write the picture that stands for a shared link, and return what it shows."""
    picture = load_picture(base.store, service=base.service, today=today, gate=base.gate)
    with style():
        write_drawing(draw_picture(picture, preview=True), path, "png")
    return picture_words(picture)


def _embed_code(address: str, finding: str) -> str:
    """Return the code that shows the map in a frame of another page."""
    source = escape(f"{address or 'https://YOUR-SITE/'}map_embed.html")
    return (
        f'<iframe src="{source}" title="{escape(finding)}" width="640" height="520" loading="lazy" '
        'style="border:0;max-width:100%"></iframe>'
    )


def _downloads(store: Store, folder: Path, *, service: Service, include_odbl: bool) -> list[tuple[Path, str]]:
    """Write the tables that may be public, each with a word on its licence."""
    practices = public_practices(store.read("sites"), service=service, run_grade=store.grade)
    shown = practices.assign(
        what_files_show=[service.grades[rank].words for rank in practices["rank"]], counted=practices["counted"]
    )
    columns = ["name", "place", "lon", "lat", "precision", "clinicians", "what_files_show", "counted"]
    tables: list[tuple[str, pd.DataFrame, str]] = [
        ("practices.csv", shown[columns], _FREE),
        ("counties.csv", pd.DataFrame(store.read("counties").drop(columns="geometry")), _FREE),
    ]
    if store.has("reconciliation"):
        tables.append(("reconciliation.csv", store.read("reconciliation"), _FREE))
    if include_odbl:
        tables.append(("county_scores.csv", store.read("county_scores"), _ODBL))
        reach = store.read("reach", columns=["point_id", "basis", "rank", "drive_min", "status"])
        tables.append(("minutes_of_demand_points.csv", reach, _ODBL))
        if store.has("payer_scores"):
            tables.append(
                ("payer_scores.csv", store.read("payer_scores"), f"{_ODBL}; networks by the user's own table")
            )
    written = []
    for name, table, licence in tables:
        write_csv(table, folder / name)
        written.append((folder / name, licence))
    return written
