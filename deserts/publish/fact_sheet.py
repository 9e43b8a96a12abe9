"""The fact sheet: one page on a state or district, as HTML and PDF, of the public class.

Five numbers as ranges from proven to possible supply, in that order, one map, what they mean and how sure they are,
the best single fix, a box on policy, and how to make it again.
"""

from __future__ import annotations

import base64
import dataclasses
import datetime as dt
import io
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from deserts.documents import plain
from deserts.documents.html import drive_words
from deserts.documents.language import ENGLISH
from deserts.errors import UnknownNameError
from deserts.publish.area_facts import Area, AreaFacts, FactBase, Range, area_facts
from deserts.publish.best_fix import Candidates, Fix, best_fix, find_candidates
from deserts.publish.comparison import beside_in_base
from deserts.publish.county_colours import desert_legend
from deserts.publish.how_firm import firm_words
from deserts.publish.notes import about, publish_command
from deserts.publish.page import LOCKED, inline_style, read_static, render_page
from deserts.publish.payer_facts import payer_lines
from deserts.publish.plan_layer import plan_lines
from deserts.publish.policy import policy_lines
from deserts.publish.static_map import draw_static_map, prepare_counties
from deserts.publish.words import (
    counted_words,
    is_upper_bound,
    limit_words,
    percent,
    proven_rank,
    range_words,
    share_of_residents,
    who,
)
from deserts.sentences import say
from deserts.store import gathered, write_bytes, write_text

__all__ = ["Sheet", "areas_of_zip", "make_sheets", "write_sheets"]


_PDF_MARGIN = 40.0


@dataclass(frozen=True, slots=True, eq=False)
class Sheet:
    """The content of one fact sheet.

    Parameters
    ----------
    headline
        Empty where only specialties are known, or where a check failed: such a region gets no headline.
    numbers
        What is counted, and the number in words.
    fix
        The best single fix, empty when there is none.
    payers
        A sentence a payer, where the user gave a table of their networks.
    map_words
        What the map shows, for readers who do not see it.
    beside
        What the area's neighbours and the region have, empty where nothing is compared.
    """

    area: Area
    title: str
    headline: str
    numbers: tuple[tuple[str, str], ...]
    meaning: str
    certainty: str
    fix: str
    policy: tuple[str, ...]
    map_png: bytes
    notes: dict[str, Any]
    payers: tuple[str, ...] = ()
    map_words: str = ""
    beside: str = ""


def make_sheets(
    base: FactBase, areas: Sequence[Area], *, today: dt.date, allowed: pd.DataFrame | None = None,
    contact: str | None = None, among: Sequence[Sequence[Area]] = (), command: str | None = None,
) -> tuple[Sheet, ...]:  # fmt: skip
    """Return the sheets of some areas of one run.

    Parameters
    ----------
    base, areas
        See `deserts.publish.area_facts`.
    today
        Day from which the age of the data is reckoned.
    allowed
        Mean allowed amounts by code and year, see `deserts.specialists.replicate.allowed_by_year`.
    contact
        Where corrections may be sent.
    among
        Areas with which they are compared, a group for each kind; the given ones when empty.
    command
        The command that makes these very pages; None names `deserts publish sheets` for states.
    """
    store, service = base.store, base.service
    drawn = prepare_counties(
        store.read("counties"), store.read("county_scores"), service=service, limit_min=store.settings.time_limit_min
    )
    upper_bound = is_upper_bound(service, store.grade)
    withheld = upper_bound or not base.gate.is_verified
    candidates: Candidates | None = None if withheld else find_candidates(base)
    forced = base.gate.is_forced
    command = command or publish_command("sheets", store, today=today, contact=contact, force=forced)
    notes = about(
        store.provenance(), service=service, grade=store.grade, today=today, contact=contact, gate=base.gate,
        command=command,
    )  # fmt: skip
    policy = tuple(line.english for line in policy_lines(base, allowed, ENGLISH))
    beside = {} if withheld else beside_in_base(base, among or [areas])
    sheets = []
    for area in areas:
        facts = area_facts(base, area)
        fips = set(base.points["county_fips"].iloc[area.rows])
        fix = None if candidates is None else best_fix(base, area, candidates)
        picture = draw_static_map(drawn, fips=fips, stamp=base.gate.stamp)
        sheet = _sheet(base, facts, fix, policy, picture, notes)
        sheet = dataclasses.replace(sheet, map_words=map_words(base, area), beside=beside.get(area.name, ""))
        sheets.append(sheet if upper_bound else dataclasses.replace(sheet, payers=_networks(base, area)))
    return tuple(sheets)


def _networks(base: FactBase, area: Area) -> tuple[str, ...]:
    return (*payer_lines(base, area), *plan_lines(base, area))


def _sheet(
    base: FactBase, facts: AreaFacts, fix: Fix | None, policy: tuple[str, ...], picture: bytes, notes: dict[str, Any]
) -> Sheet:
    service, grade = base.service, base.store.grade
    target = who(service, grade)
    severe = limit_words(service.number("desert.severe_min"))
    if is_upper_bound(service, grade):
        return Sheet(
            facts.area, f"{facts.area.name}: upper bound, not access", "", (),
            f"Counted is {target}. Most of them do not offer this care, so no number is given.",
            "Ask each by phone and log the answers; then make this sheet again.", "", policy, picture, notes,
        )  # fmt: skip
    title = f"{facts.area.name}: access to {service.title}"
    shares = share_of_residents(facts.over_severe.proven, facts.over_severe.possible)
    verdict = base.store.provenance().verdict("share_beyond", service=service)
    headline = say("share_beyond", verdict, shares=shares, limit=severe, whom=target)
    if facts.practices.possible == 0 and verdict.may_be_said:
        headline = f"Within {severe} of {facts.area.name}, nobody was found of whom public files show this care."
    rung = service.grades[min(proven_rank(service), service.rank(grade))]
    if not base.gate.is_verified:
        headline = ""
    return Sheet(
        facts.area, title, headline, _numbers(base, facts),
        f"Each visit is a return trip, again and again for as long as the treatment lasts; {facts.residents:,.0f} "
        "residents are counted, not patients.",
        f"Proven is who, by public files, {rung.words}; possible is {counted_words(service, grade=grade)}. "
        "Public files miss children, Medicare Advantage, Medicaid and hospital billing."
        + (firm_words(base, facts.area) if base.gate.is_verified else ""),
        _fix_words(base, fix, severe) if base.gate.is_verified else "", policy, picture, notes,
    )  # fmt: skip


def _numbers(base: FactBase, facts: AreaFacts) -> tuple[tuple[str, str], ...]:
    severe, moderate = (limit_words(base.service.number(f"desert.{name}_min")) for name in ("severe", "moderate"))
    return (
        (f"practices within {severe} of somebody here", _count(facts.practices)),
        (f"of residents live more than {moderate} away", _shares(facts.over_moderate)),
        (f"residents live more than {severe} away",
         _span(facts.over_severe, lambda v: f"{v * facts.residents:,.0f}")),
        ("drive of the middle resident to the nearest", _span(facts.middle_min, _minutes)),
        ("drive of the middle resident if that practice stops", _span(facts.backup_min, _minutes)),
    )  # fmt: skip


def _count(value: Range) -> str:
    if value.proven == value.possible:
        return f"{value.possible:,.0f}"
    return f"{value.proven:,.0f} proven, up to {value.possible:,.0f} possible"


def _shares(value: Range) -> str:
    return _span(value, percent)


def _minutes(value: float) -> str:
    return "none within reach" if math.isnan(value) else drive_words(value)


def _span(value: Range, words: Callable[[float], str]) -> str:
    return range_words(words(value.proven), words(value.possible))


def _fix_words(base: FactBase, fix: Fix | None, severe: str) -> str:
    provenance = base.store.provenance()
    if fix is None:
        return say("no_fix", provenance.verdict("no_fix", service=base.service), limit=severe)
    return say(
        "best_fix", provenance.verdict("best_fix", service=base.service), limit=severe,
        practice=plain(fix.practice, one_line=True), before=percent(fix.before), after=percent(fix.after),
    )  # fmt: skip


def map_words(base: FactBase, area: Area) -> str:
    """Return what the small map shows, for readers who do not see it: how many counties are in each class."""
    scores = base.store.read("county_scores")
    own = scores[scores["county_fips"].isin(set(base.points["county_fips"].iloc[area.rows]))]
    if not base.gate.is_verified:
        return f"Map of {area.name} without colours: not verified."
    classes = desert_legend(base.service, base.store.settings.time_limit_min)
    counts = own["desert_rank"].dropna().astype(int).value_counts().sort_index(ascending=False)
    parts = [f"in {number} counties {classes[int(str(rank))]}" for rank, number in counts.items()]
    if unknown := int(own["desert_rank"].isna().sum()):
        parts.append(f"{unknown} are not assessed")
    return f"Map of the {len(own)} counties of {area.name}, possible practices counted: {'; '.join(parts)}."


def write_sheets(sheets: Sequence[Sheet], folder: Path) -> tuple[Path, ...]:
    """Write each sheet as HTML and PDF: all of them, or none when something fails."""
    with gathered(folder) as temporary:
        names = [name for sheet in sheets for name in _write_sheet(sheet, temporary)]
    return tuple(folder / name for name in names)


def _write_sheet(sheet: Sheet, folder: Path) -> tuple[str, str]:
    """Write a sheet, and return the names of its two files."""
    stem = folder / sheet.area.file_name
    picture = base64.b64encode(sheet.map_png).decode("ascii")
    html = render_page(
        "fact_sheet.html", title=sheet.title, policy=LOCKED, sheet=sheet,
        style=inline_style(read_static("page.css", "sheet.css")),
        picture=f"data:image/png;base64,{picture}", **sheet.notes,
    )  # fmt: skip
    write_text(stem.with_suffix(".html"), html)
    write_bytes(stem.with_suffix(".pdf"), _pdf(sheet, twin=stem.with_suffix(".html").name))
    return stem.with_suffix(".html").name, stem.with_suffix(".pdf").name


def _pdf(sheet: Sheet, *, twin: str) -> bytes:
    from reportlab.lib.pagesizes import letter
    from reportlab.platypus import Image, KeepInFrame, Table, TableStyle

    from deserts.documents.pdf import bullets, grid, make_pdf, paragraph, twin_line

    story: list[Any] = [paragraph(text, "strong") for text in sheet.notes["banners"]]
    story += [paragraph(sheet.title, "strong"), paragraph(sheet.headline or sheet.title, "title")]
    story += [
        paragraph(sheet.notes["dated"], "small"),
        *(paragraph(text) for text in (sheet.beside, sheet.meaning, sheet.certainty) if text),
    ]
    picture = Image(io.BytesIO(sheet.map_png), width=215, height=193.5)
    cells = [(value, words) for words, value in sheet.numbers]
    row = [grid(cells, (140, 160), head=False, strong_first=True), picture] if cells else [picture]
    together = Table([row], hAlign="LEFT")
    together.setStyle(TableStyle([("VALIGN", (0, 0), (-1, -1), "TOP"), ("LEFTPADDING", (0, 0), (0, 0), 0)]))
    story.append(together)
    if sheet.fix:
        story += [paragraph("The best single fix", "heading"), paragraph(sheet.fix)]
    if sheet.payers:
        story += [paragraph("Payer networks", "heading"), *bullets(sheet.payers)]
    if sheet.policy:
        story += [paragraph("Policy", "heading"), *bullets(sheet.policy)]
    story.append(paragraph("What this rests on", "heading"))
    story += [paragraph(line, "small") for line in sheet.notes["lines"] if line]
    story.append(paragraph(sheet.notes["corrections"], "small"))
    story.append(paragraph(twin_line(twin), "small"))
    story.append(paragraph(f"Credits: {'; '.join(sheet.notes['credits'])}.", "small"))
    story.append(paragraph(f"Made by: {sheet.notes['reproduce']}", "small"))
    # One page, whatever the notices and payers: what is too long is printed smaller. The frame keeps 6 points inside.
    room = [side - 2 * (_PDF_MARGIN + 6) for side in letter]
    return make_pdf([KeepInFrame(*room, story, mode="shrink")], title=sheet.title, margin=_PDF_MARGIN)


def areas_of_zip(base: FactBase, areas: Sequence[Area], zip_code: str) -> tuple[Area, ...]:
    """Return the areas in which the people around a ZIP live, the one with most of them first.

    A demand point counts for the ZIP whose centre is nearest. More than one area: the ZIP may cross a border.

    Raises
    ------
    UnknownNameError
        If the ZIP is not in the table, or nobody lives around it.
    """
    from scipy.spatial import cKDTree

    zips = base.store.read("zips", columns=["zip", "lon", "lat"]).drop_duplicates("zip").sort_values("zip")
    points = base.points
    nearest = cKDTree(zips[["lon", "lat"]]).query(points[["lon", "lat"]])[1]
    own = points.index[(zips["zip"].to_numpy(dtype=object)[nearest] == zip_code)]
    people = {area.area_id: points["population"].loc[own.intersection(area.rows)].sum() for area in areas}
    hit = sorted((area for area in areas if people[area.area_id] > 0), key=lambda area: -people[area.area_id])
    if not hit:
        raise UnknownNameError(
            "nobody of this region is known to live around that ZIP", where="--zip",
            expected="a ZIP of the region with residents", fix="check the digits and --region",
        )  # fmt: skip
    return tuple(hit)
