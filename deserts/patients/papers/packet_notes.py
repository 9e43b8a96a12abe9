"""Notes for whoever drafts a packet: what is red, what is missing, how an appeal goes. None of it is sent."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from deserts.documents.blocks import Block, bullets, checks, heading, small, text, urgent
from deserts.patients.papers.packet import document_checklist
from deserts.patients.papers.packet_form import PacketForm
from deserts.patients.papers.packet_words import APPEAL_GROUNDS, APPEAL_STEPS
from deserts.patients.words import two_emergencies

__all__ = ["NOTES_TITLE", "missing_documents", "notes_blocks", "notes_path", "red_flags"]

NOTES_TITLE = "Notes for the drafter: not for the insurer"


def notes_path(path: Path) -> Path:
    """Return where the notes for a packet stand: beside it, with a name that says what they are."""
    return path.with_name(f"{path.stem}-notes-not-to-send{path.suffix}")


def red_flags(form: PacketForm) -> tuple[str, ...]:
    """Return what will go wrong with the dates as entered: the pump's days, authorisations and refill together."""
    timeline, empty_on = form.timeline, None
    flags = []
    if timeline is not None:
        empty_on = timeline.earliest_empty_on
        if timeline.is_red:
            flags += [line for line in (timeline.first_line, timeline.safe_line) if line]
        flags += [f"RED: {line}." for line in (*timeline.emergency, *timeline.red)]
        flags += [f"Ask the clinic: {line}" for line in timeline.ask]
        if not timeline.is_known and not timeline.is_red:
            flags.append(timeline.first_line)
    for entry in form.authorisations:
        label = f"authorisation {entry.number}".strip()
        if entry.ends_on < form.made_on:
            flags.append(f"RED: {label} ended on {entry.ends_on.isoformat()}.")
        elif form.next_refill_on is not None and entry.ends_on < form.next_refill_on:
            flags.append(
                f"RED: {label} ends on {entry.ends_on.isoformat()}, before the next refill on "
                f"{form.next_refill_on.isoformat()}. Ask for its extension with this packet."
            )
        if form.next_refill_on is not None and entry.starts_on > form.next_refill_on:
            flags.append(f"RED: {label} starts on {entry.starts_on.isoformat()}, after the next refill.")
    if empty_on is not None and form.next_refill_on is not None and form.next_refill_on >= empty_on:
        flags.append(f"RED: the next refill is not before {empty_on.isoformat()}, when the pump can be empty.")
    if form.denial is not None and form.denial.appeal_by is not None and form.denial.appeal_by < form.made_on:
        flags.append("RED: the last day for the appeal has passed. Ask the plan for good cause, and external review.")
    if form.reason == "continuation" and not form.authorisations:
        flags.append("UNKNOWN: no authorisation was entered. Ask the plan for its first and last day.")
    return tuple(flags)


def missing_documents(form: PacketForm) -> tuple[str, ...]:
    """Return the documents of the checklists that are not at hand."""
    return tuple(name for is_there, name in document_checklist(form) if not is_there)


def notes_blocks(form: PacketForm) -> list[Block]:
    """Return the notes: what is red first, then what to add, the checklist, and the steps of an appeal."""
    return [
        *(urgent(flag) for flag in red_flags(form)),
        *_two_emergencies(form),
        *_to_add(form),
        heading("Documents that insurers ask for in this case"),
        checks(document_checklist(form)),
        *_appeal(form),
        small(
            "Drafting aid, not legal or medical advice. The packet holds what was entered and what was computed from "
            "public files. Read every line before it is sent; the plan's own policy and notices go first."
        ),
    ]


def _two_emergencies(form: PacketForm) -> list[Block]:
    if form.timeline is None:
        return []
    both = two_emergencies()
    return [
        text(f"{both.withdrawal_title}: {', '.join(both.withdrawal_signs)}. {both.withdrawal_do}"),
        text(f"{both.overdose_title}: {', '.join(both.overdose_signs)}. {both.overdose_do} {both.overdose_when}"),
        *([small(both.note)] if both.note else []),
    ]


def _to_add(form: PacketForm) -> list[Block]:
    lines = []
    if not form.clinical:
        lines.append("Clinical facts: none were entered; the treating clinician writes them.")
    if form.reason == "network_gap" and not form.in_network.name:
        lines.append(
            "Nearest in the plan's network: not entered. Call whom the evidence page names, and enter the answer."
            if form.plan
            else "Nearest in the plan's network: not entered. Search the plan's directory and call."
        )
    if not form.member_id:
        lines.append("Member number: not entered.")
    if not form.diagnosis:
        lines.append("Diagnosis: not entered.")
    return [heading("To add before it is sent"), bullets(lines)] if lines else []


def _appeal(form: PacketForm) -> list[Block]:
    denial = form.denial
    if denial is None:
        return []
    kind = {"marketplace": "commercial"}.get(form.payer_kind, form.payer_kind)
    last = "not entered" if denial.appeal_by is None else denial.appeal_by.isoformat()
    found = [
        heading("Answering the denial, step by step"),
        bullets(APPEAL_GROUNDS[denial.ground][1]),
        heading("Where the appeal goes"),
        bullets(APPEAL_STEPS[kind]),
        text(f"Last day on the notice: {last}. The notice's own days go before the general ones."),
    ]
    if denial.denied_on is not None and kind == "commercial":
        latest = denial.denied_on + dt.timedelta(days=180)
        found.append(text(f"180 days after the denial is {latest.isoformat()}; check it against the notice."))
    return found
