"""A press kit: one folder with what a newsroom may print, and how to check and make again every number of it.

Public class. The folder appears whole or not at all, and only where the run's checks passed and there is a finding.
"""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from deserts.documents import plain, write_csv
from deserts.documents.language import ENGLISH, Language, Said, language_codes, load_language
from deserts.publish.area_facts import load_fact_base
from deserts.publish.drawing import drawing_bytes, style
from deserts.publish.notes import about, publish_command
from deserts.publish.page import LOCKED, inline_style, read_static, render_page
from deserts.publish.picture import Picture, draw_picture, load_picture, picture_words
from deserts.publish.policy import policy_lines, read_allowed, write_policy_page
from deserts.publish.press_facts import RESULT_MEANINGS, PressFacts, load_press_facts
from deserts.publish.press_words import PressText, county_finding, minutes_said, percent_said, press_text
from deserts.publish.supply_views import POSSIBLE, PROVEN
from deserts.services import Service
from deserts.store import Store, gathered, write_bytes, write_text

__all__ = ["PressReport", "texts_of", "write_press"]


@dataclass(frozen=True, slots=True)
class PressReport:
    """The first page, everything that was written, and the finding."""

    index: Path
    written: tuple[Path, ...]
    finding: str


def write_press(
    store: Store, folder: Path, *, service: Service, today: dt.date, state: str | None = None,
    contact: str | None = None,
) -> PressReport:  # fmt: skip
    """Write the press kit of a state.

    Parameters
    ----------
    store, service
        The run.
    folder
        Where to; files of the same name are replaced.
    today
        Day from which the age of the data is reckoned.
    state
        Postal code; the run's only one when None.
    contact
        Where corrections may be sent.

    Raises
    ------
    NotPublishableError
        If a check failed or there is no finding; nothing is written.
    UnknownNameError
        If the run has no such state.
    """
    base = load_fact_base(store, service=service)
    facts = load_press_facts(base, state)
    command = publish_command("press", store, today=today, state=facts.area.area_id, contact=contact)
    notes = about(
        store.provenance(), service=service, grade=store.grade, today=today, contact=contact,
        credits=facts.content.credits, gate=base.gate, command=command,
    )  # fmt: skip
    with gathered(folder) as temporary:
        names = [path.relative_to(temporary) for path in _write_all(facts, temporary, notes, today=today)]
    finding = press_text(facts, load_language("en")).finding.english
    return PressReport(folder / names[0], tuple(folder / name for name in names), finding)


def _write_all(facts: PressFacts, folder: Path, notes: dict[str, Any], *, today: dt.date) -> list[Path]:
    base = facts.base
    picture = load_picture(base.store, service=base.service, today=today, gate=base.gate, content=facts.content)
    tables = _write_tables(facts, folder)
    drawn = _write_pictures(picture, folder)
    sheets = {
        str(row["county_fips"]): _write_county(row, facts, folder, notes)
        for _, row in facts.results.iterrows()
    }  # fmt: skip
    allowed = read_allowed(base)
    pages, policies = [], []
    for code in language_codes():
        language, ending = load_language(code), "html" if code == "en" else f"{code}.html"
        path = folder / f"index.{ending}"
        page = _page(facts, language, notes, alt=picture_words(picture), sheets=sheets, allowed=allowed)
        write_text(path, page)
        pages.append(path)
        policies.append(
            write_policy_page(
                folder / f"policy.{ending}", service=base.service, allowed=allowed, language=language, notes=notes,
                index=path.name,
            )
        )  # fmt: skip
    return [*pages, *policies, *tables, *drawn, *itertools.chain(*sheets.values())]


def _write_tables(facts: PressFacts, folder: Path) -> list[Path]:
    results, book = folder / "results.csv", folder / "results_codebook.csv"
    write_csv(facts.results, results)
    meanings = pd.DataFrame({"column": list(RESULT_MEANINGS), "meaning": list(RESULT_MEANINGS.values())})
    write_csv(meanings, book)
    return [results, book]


def _write_pictures(picture: Picture, folder: Path) -> list[Path]:
    paths = [folder / f"map.{kind}" for kind in ("png", "svg")]
    with style():
        for path in paths:
            write_bytes(path, drawing_bytes(draw_picture(picture), path.suffix[1:]))
    words = folder / "map_alt.txt"
    write_text(words, picture_words(picture) + "\n")
    return [*paths, words]


def _people_said(value: float, _: Language) -> Said:
    words = f"{value:,.0f}"
    return Said(words, words)


_COUNTY_NUMBERS: tuple[tuple[str, str, Callable[[float, Language], Said]], ...] = (
    ("residents far away", "residents_far", _people_said),
    ("their share", "share_far", percent_said),
    ("drive of the middle resident to the nearest", "middle_drive_min", minutes_said),
    ("the same if that practice stops", "middle_drive_if_it_stops_min", minutes_said),
)
_HEADS = (
    "County", "Residents", "Far away, proven only", "Far away, possible too", "Share, proven", "Share, possible",
    "Middle drive, proven", "Middle drive, possible", "If it stops, proven", "If it stops, possible", "Sheet",
)  # fmt: skip


def _county_rows(row: pd.Series, language: Language) -> list[tuple[str, Said, Said]]:
    """Return the numbers of a county: what, proven only, possible too."""
    is_known = not pd.isna(row[f"{POSSIBLE}_share_far"])

    def told(key: str, name: str, words: Callable[[float, Language], Said]) -> Said:
        return words(float(row[f"{key}_{name}"]), language) if is_known else language.say("not assessed")

    return [(what, told(PROVEN, name, words), told(POSSIBLE, name, words)) for what, name, words in _COUNTY_NUMBERS]


def _write_county(row: pd.Series, facts: PressFacts, folder: Path, notes: dict[str, Any]) -> tuple[Path, Path]:
    """Write the sheet of one county: a page, and one sheet of paper (PDF) that names the page as its twin."""
    from deserts.documents.pdf import grid, make_pdf, paragraph, twin_line

    name = plain(f"{row['county']}, {row['state']}", one_line=True)
    finding = plain(county_finding(row, facts, ENGLISH).english, one_line=True)
    heads = ("", "proven practices only", "possible practices too")
    rows = [(what, proven.english, possible.english) for what, proven, possible in _county_rows(row, ENGLISH)]
    beside = facts.beside[str(row["county_fips"])]
    counted = f"{row['residents']:,.0f} residents are counted, not patients."
    caveats = [caveat.english for caveat in press_text(facts, ENGLISH).caveats[:2]]
    page, path = (folder / f"county-{row['county_fips']}.{kind}" for kind in ("html", "pdf"))
    html = render_page(
        "county.html", title=finding, name=name, counted=counted, heads=heads, rows=rows, beside=beside,
        caveats=caveats, policy=LOCKED, style=inline_style(read_static("page.css", "site.css", "press.css")), **notes,
    )  # fmt: skip
    story = [paragraph(text, "strong") for text in notes["banners"]]
    story += [paragraph(name, "strong"), paragraph(finding, "title"), paragraph(notes["dated"], "small")]
    story += [paragraph(counted), grid([heads, *rows], (230, 140, 150)), paragraph(beside)]
    story += [paragraph(caveat) for caveat in caveats]
    story += [paragraph(line, "small") for line in (*notes["lines"], notes["corrections"]) if line]
    story.append(paragraph(twin_line(page.name), "small"))
    story.append(paragraph(f"Credits: {'; '.join(notes['credits'])}. Made by: {notes['reproduce']}", "small"))
    write_text(page, html)
    write_bytes(path, make_pdf(story, title=finding))
    return page, path


def _page(
    facts: PressFacts, language: Language, notes: dict[str, Any], *, alt: str, sheets: dict[str, tuple[Path, Path]],
    allowed: pd.DataFrame | None,
) -> str:  # fmt: skip
    text = press_text(facts, language)
    counties = [
        {
            "name": plain(f"{row['county']}, {row['state']}", one_line=True),
            "people": f"{row['residents']:,.0f}",
            "cells": [cell for _, *both in _county_rows(row, language) for cell in both],
            "page": sheets[str(row["county_fips"])][0].name,
            "sheet": sheets[str(row["county_fips"])][1].name,
        }
        for _, row in facts.results.iterrows()
    ]
    return render_page(
        "press.html", title=text.finding.text, lang=language.code, policy=LOCKED.replace("data:", "data: 'self' file:"),
        style=inline_style(read_static("page.css", "site.css", "press.css")), text=text, draft=language.draft,
        word=language.say, alt=alt, counties=counties, insurers=policy_lines(facts.base, allowed, language),
        heads=[language.say(head) for head in _HEADS],
        languages=[code for code in language_codes() if code != language.code], **notes,
    )  # fmt: skip


def texts_of(text: PressText) -> tuple[Said, ...]:
    """Return every sentence of a kit, for whoever checks its translation."""
    answers = [said for pair in text.questions for said in pair]
    numbers = [said for number in text.numbers for said in (number.what, number.value, number.source)]
    return (text.subject, text.finding, *text.caveats, *numbers, *text.methods, *answers)
