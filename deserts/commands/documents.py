"""Commands that write papers about one patient: card, letter to the emergency department, packet for the insurer."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from deserts.commands.context import made_run, parse_day
from deserts.commands.options import (
    Blank,
    BlankCard,
    DataDir,
    Example,
    JsonOut,
    LocalDir,
    PaperForm,
    PaperOut,
    QuotedRegion,
    ServiceName,
    Strict,
    TodayDate,
)
from deserts.commands.patient_input import print_json, print_made_form, read_form

if TYPE_CHECKING:
    from deserts.api.run import Run
    from deserts.patients.papers.card_form import CardForm
    from deserts.provenance import Provenance

__all__ = ["card", "checked_paths", "ed_letter", "packet", "words", "write_private"]


def card(
    *,
    form: PaperForm = None,
    out: PaperOut = None,
    blank: BlankCard = False,
    example: Example = False,
    region: QuotedRegion = None,
    service: ServiceName = "itb",
    strict: Strict = False,
    data: DataDir = None,
    local: LocalDir = None,
    today: TodayDate = None,
) -> None:
    """Write a wallet card and a sheet for a patient with a pump (PDF, HTML).

    Holds what the form says and nothing else about the patient; what was not entered is a blank line. Files can be
    read by their owner alone (mode 0600).

    **Examples**

    `deserts paper card --blank > alex.json`

    `deserts paper card alex.json --out card.pdf --out card.html`

    `deserts paper card --blank --out empty.pdf` (to fill in by hand)

    `deserts paper card - --region ME --out card.pdf < alex.json`
    """
    if example or (blank and not out):
        print_made_form("card", blank=blank)
        return
    from deserts.patients.papers.card import blank_card, build_card, card_html
    from deserts.patients.papers.card_pdf import card_pdf
    from deserts.patients.search.unread import search_behind
    from deserts.services import load_service

    paths = checked_paths(out, (".pdf", ".html"))
    day = parse_day(today, option="--today")
    if blank:
        made = blank_card()
    else:
        read, provenance = _read_card(form, _run(service, region, data, local), region, day, strict=strict)
        if provenance is None:
            made = build_card(read)
        else:
            search = search_behind(provenance, service=load_service(service))
            made = build_card(read, data_lines=provenance.lines(day), search=search)
    for path in paths:
        write_private(path, card_pdf(made) if path.suffix.lower() == ".pdf" else card_html(made).encode("utf-8"))


def ed_letter(
    *,
    form: PaperForm = None,
    out: PaperOut = None,
    region: QuotedRegion = None,
    service: ServiceName = "itb",
    strict: Strict = False,
    data: DataDir = None,
    local: LocalDir = None,
    today: TodayDate = None,
) -> None:
    """Write a letter that tells the local emergency department of a patient with a pump (DOCX, PDF, HTML).

    Takes the same form as `deserts paper card`.

    **Examples**

    `deserts paper letter alex.json --out letter.docx`
    """
    from deserts.documents.blocks import SUFFIXES, render
    from deserts.patients.papers.ed_letter import TITLE, ed_letter_blocks

    paths = checked_paths(out, SUFFIXES)
    day = parse_day(today, option="--today")
    read, provenance = _read_card(form, _run(service, region, data, local), region, day, strict=strict)
    blocks = ed_letter_blocks(read, data_lines=() if provenance is None else provenance.lines(day))
    for path in paths:
        footer = f"Issued on {read.issued_on.isoformat()}"
        write_private(path, render(blocks, path.suffix.lower(), title=TITLE, footer=footer))


def packet(
    *,
    form: PaperForm = None,
    out: PaperOut = None,
    blank: Blank = False,
    example: Example = False,
    region: QuotedRegion = None,
    service: ServiceName = "itb",
    strict: Strict = False,
    data: DataDir = None,
    local: LocalDir = None,
    today: TodayDate = None,
) -> None:
    """Draft a packet for an insurer: network gap, continuation, first implant or appeal (DOCX, PDF, HTML).

    Holds what the form says and, with `--region` and a ZIP on the form, what public files show; with the plan on the
    form, and a payer's directory in the run, also whom the plan lists who does it, and an evidence page. What is red or
    missing stands in a second file of notes, which is not to be sent, and is printed as messages. A drafting aid, not
    legal or medical advice.

    **Examples**

    `deserts paper packet --blank > alex-packet.json`

    `deserts paper packet alex-packet.json --region ME --out packet.docx --out packet.pdf`
    """
    if blank or example:
        print_made_form("packet", blank=blank)
        return
    from deserts.documents.blocks import SUFFIXES, render
    from deserts.patients.papers.packet import ComputedFacts, packet_blocks, packet_title
    from deserts.patients.papers.packet_form import read_packet_form
    from deserts.patients.papers.packet_notes import (
        NOTES_TITLE,
        missing_documents,
        notes_blocks,
        notes_path,
        red_flags,
    )

    paths = checked_paths(out, SUFFIXES)
    day, run = parse_day(today, option="--today"), _run(service, region, data, local)
    read = read_packet_form(read_form(form), service=run.service, today=day)
    facts = ComputedFacts()
    if region is not None:
        from deserts.patients.papers.packet_facts import COUNTY_COLUMNS, computed_facts
        from deserts.patients.search.backups import BackupData
        from deserts.patients.search.facts import load_team_facts

        loaded = BackupData.load(run.store, service=run.service)
        if strict:
            _refuse_old(loaded.provenance, (), day)
        counties = run.store.read("counties", columns=COUNTY_COLUMNS)
        team = load_team_facts(run.settings, run.service, today=day, data_on=run.store.data_day())
        facts = computed_facts(
            loaded, counties=counties, zip_code=read.zip_code, today=day, facts=team, local_dir=run.settings.local_dir,
            plan=read.plan_in_question,
        )  # fmt: skip
    for path in paths:
        write_private(path, render(packet_blocks(read, facts), path.suffix.lower(), title=packet_title(read)))
        write_private(notes_path(path), render(notes_blocks(read), path.suffix.lower(), title=NOTES_TITLE))
    for line in red_flags(read):
        typer.echo(line, err=True)
    for name in missing_documents(read):
        typer.echo(f"missing: {name}", err=True)


def words(*, json_out: JsonOut = False) -> None:
    """List the sentences for patients and families: who may act on each, its sources, its hash, who reviewed it.

    A reviewer is entered in `deserts/patients/words/reviews.toml` with the hash that stands here.

    **Example**

    `deserts paper words --json`
    """
    from deserts.patients.words import sentences

    listed = list(sentences().values())
    if json_out:
        print_json([sentence.to_dict() for sentence in listed])
        return
    for sentence in listed:
        by = ", ".join(f"{one.reviewer} ({one.role}) {one.date}" for one in sentence.reviews)
        typer.echo(f"{sentence.code}  for {sentence.who}  {by or 'not reviewed by a clinician'}")
        typer.echo(f"  {sentence.text}")
        typer.echo(f"  {'; '.join(sentence.cites)}  sha256 {sentence.sha256}")


def write_private(path: Path, content: bytes) -> None:
    """Write a paper that its owner alone can read."""
    from deserts import store

    store.write_private(path, content)
    typer.echo(f"wrote {path} (readable by you alone)", err=True)


def checked_paths(out: list[Path] | None, suffixes: tuple[str, ...]) -> list[Path]:
    """Return the files to write, whose endings name formats that can be written."""
    from deserts.errors import InputError

    if not out:
        raise InputError(
            "no file to write was named", where="--out", expected="a name ending in " + ", ".join(suffixes)
        )
    for path in out:
        if path.suffix.lower() not in suffixes:
            raise InputError(
                "the file's ending names no format that can be written",
                where=path,
                expected="one of " + ", ".join(suffixes),
            )
    return out


def _run(service: str, region: str | None, data: Path | None, local: Path | None) -> Run:
    """Return the run whose profile is used, and whose region is quoted where one was named."""
    return made_run(region=region or "example", service=service, data=data, local=local)


def _read_card(
    form: Path | None, run: Run, region: str | None, day: dt.date, *, strict: bool
) -> tuple[CardForm, Provenance | None]:
    from deserts.patients.papers.card_form import read_card_form

    read = read_card_form(read_form(form), service=run.service, today=day)
    provenance = None if region is None else run.store.provenance()
    if strict:
        _refuse_old(provenance, tuple(backup.verified_on for backup in read.backups), day)
    if read.timeline is not None and read.timeline.is_red:
        for line in filter(None, (read.timeline.first_line, read.timeline.safe_line, *read.timeline.red)):
            typer.echo(line, err=True)
    return read, provenance


def _refuse_old(provenance: Provenance | None, verified: tuple[dt.date | None, ...], day: dt.date) -> None:
    from deserts.errors import StaleDataError
    from deserts.patients.papers.card import is_recent

    if provenance is not None and provenance.is_old(day):
        raise StaleDataError("the region's data are over 90 days old", fix="refresh them with make, or drop --strict")
    if any(on is not None and not is_recent(on, day) for on in verified):
        raise StaleDataError("a backup was verified over 90 days ago", fix="call again, or drop --strict")
