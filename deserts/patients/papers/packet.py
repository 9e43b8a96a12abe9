"""A packet for an insurer: a letter of facts, and what was computed from public files.

It holds what was entered and what was computed, each marked as such; it adds no clinical fact. What the drafter must
still do stands in a paper of its own (`packet_notes`), so that nothing of it reaches the insurer.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from deserts.documents.blocks import Block, bullets, grid, heading, quote, small, text, urgent
from deserts.patients.counted import counted
from deserts.patients.papers.card import BLANK
from deserts.patients.papers.packet_form import PacketForm
from deserts.patients.papers.packet_words import (
    APPEAL_GROUNDS,
    CHECKLISTS,
    EXPEDITED,
    EXPEDITED_EMPTY,
    NETWORK_RULES,
    PRECEDENT_CAVEAT,
    REASONS,
)
from deserts.patients.words import phrases
from deserts.rules.minutes import list_notes

__all__ = ["EXPEDITED_WITHIN_DAYS", "ComputedFacts", "document_checklist", "packet_blocks", "packet_title"]

EXPEDITED_WITHIN_DAYS = 21
"""A run-dry date this near is a reason to ask for an expedited decision: a standard one takes one to two weeks, and the
drug must be ordered after it."""


@dataclass(frozen=True, slots=True)
class ComputedFacts:
    """What was computed from public files, as finished sentences.

    Parameters
    ----------
    sentences
        For example what was found at which grade, the county's limit, minutes to the nearest.
    data_lines
        Dates of the data and what they cannot see, as `Provenance.lines` gives them.
    files
        Name and short hash of each input file.
    plan, evidence_page
        What is filed about the patient's plan: facts of the case, and the page that stands behind them.
    precedents
        Decisions of independent reviewers on the same kind of care, cited, for an appeal.
    drives
        ``give`` and ``unchecked`` of each drive that the sentences name, as `deserts.rules.minutes.list_notes` takes
        them.
    """

    sentences: tuple[str, ...] = ()
    data_lines: tuple[str, ...] = ()
    files: tuple[tuple[str, str], ...] = ()
    precedents: tuple[str, ...] = ()
    plan: tuple[str, ...] = ()
    evidence_page: tuple[str, ...] = ()
    drives: tuple[Mapping[str, Any], ...] = ()


def packet_title(form: PacketForm) -> str:
    """Return the title of the packet."""
    return REASONS[form.reason]


def packet_blocks(form: PacketForm, facts: ComputedFacts) -> list[Block]:
    """Return the pages for the insurer: cover, letter, facts, denial, what is enclosed.

    Parameters
    ----------
    form
        What was entered.
    facts
        What was computed from public files; empty when no region was at hand.
    """
    enclosed = [name for is_there, name in document_checklist(form) if is_there]
    return [
        text(f"{form.made_on.isoformat()}\nTo: {form.payer}" + (f", fax {form.payer_fax}" if form.payer_fax else "")),
        *_expedited(form),
        grid(_about_whom(form)),
        *_request(form),
        *_clinical(form),
        *_computed(form, facts),
        *_denial(form),
        *_precedents(form, facts),
        *([heading("Enclosed"), bullets(enclosed)] if enclosed else []),
        text(f"Signed: {BLANK}   {form.sender.contact or BLANK}"),
        *(small(line) for line in facts.data_lines),
        *_evidence_page(facts),
    ]


def _expedited(form: PacketForm) -> list[Block]:
    timeline = form.timeline
    if timeline is None or timeline.days_left is None or timeline.earliest_empty_on is None:
        return []
    if timeline.days_left < 0:
        return [urgent(EXPEDITED_EMPTY)]
    if timeline.days_left > EXPEDITED_WITHIN_DAYS:
        return []
    days = counted(timeline.days_left, "day")
    return [urgent(EXPEDITED.format(run_dry=timeline.earliest_empty_on.isoformat(), days=days))]


def _about_whom(form: PacketForm) -> list[tuple[str, str]]:
    sender = form.sender
    rows = [
        ("Patient", form.name),
        ("Born", _day(form.born_on)),
        ("Member number", form.member_id or BLANK),
        ("Diagnosis, as entered", "; ".join(form.diagnosis) or BLANK),
        (
            "From",
            ", ".join(part for part in (sender.name, sender.contact, sender.phone, sender.address) if part) or BLANK,
        ),
    ]
    if form.pump.maker or form.pump.model:
        rows.append(("Pump", f"{form.pump.maker} {form.pump.model}".strip()))
    if form.pump.implanted_on:
        rows.append(("Implanted", form.pump.implanted_on.isoformat()))
    rows += [("Drug in the pump", drug.words()) for drug in form.drugs]
    timeline = form.timeline
    if timeline is not None and timeline.earliest_empty_on is not None:
        passed = " (passed)" if timeline.earliest_empty_on < form.made_on else ""
        rows.append(("Pump can be empty on", f"{timeline.earliest_empty_on.isoformat()} at the earliest{passed}"))
    if form.next_refill_on is not None:
        rows.append(("Next refill", form.next_refill_on.isoformat()))
    for entry in form.authorisations:
        window = f"{entry.starts_on.isoformat()} to {entry.ends_on.isoformat()}"
        rows.append((f"Authorisation {entry.number}".strip(), f"{window} {entry.covers}".strip()))
    return rows


def _request(form: PacketForm) -> list[Block]:
    wanted = form.wanted
    who = ", ".join(part for part in (wanted.name, wanted.address, wanted.phone) if part) or BLANK
    sentence = {
        "network_gap": f"We ask the plan to cover refills and care of the implanted pump at {who}, at in-network cost, "
        "because we found nobody in the network who can do it in time and within reach.",
        "continuation": f"We ask the plan to authorise refills of the implanted pump without a gap, at {who}. "
        "The pump is in place; this is not a request for a new treatment.",
        "first_implant": f"We ask the plan to authorise the implant of a pump and its refills, at {who}.",
        "appeal": f"We appeal the denial named below and ask the plan to authorise the care at {who}.",
    }[form.reason]
    found = [heading("What we ask for"), text(sentence)]
    if form.reason == "network_gap" and form.payer_kind in NETWORK_RULES:
        found.append(text(NETWORK_RULES[form.payer_kind]))
    return found


def _clinical(form: PacketForm) -> list[Block]:
    if not form.clinical:
        return []
    found = [heading("Clinical facts, as entered by the clinic")]
    for title, words in form.clinical:
        found += [text(f"{title}: {words}")]
    return found


def _computed(form: PacketForm, facts: ComputedFacts) -> list[Block]:
    sentences = [*facts.plan, *facts.sentences]
    nearest = form.in_network
    if nearest.name:
        answer = f" Asked, the answer was: {nearest.answer}" if nearest.answer else ""
        drive = f"{nearest.drive.words} by car" if nearest.drive.words else "driving time not entered"
        sentences.append(f"Nearest in the plan's network, as entered: {nearest.name}, {drive}.{answer}")
    if not sentences:
        return []
    found = [heading("What public files show"), bullets(sentences)]
    drives = [dict(drive) for drive in (*facts.drives, nearest.drive.doubt)]
    found += [small(note) for note in list_notes(drives, dict(phrases()))]
    if facts.files:
        found.append(small("Files: " + "; ".join(f"{name} ({digest})" for name, digest in facts.files)))
    return found


def _denial(form: PacketForm) -> list[Block]:
    denial = form.denial
    if denial is None:
        return []
    says = APPEAL_GROUNDS[denial.ground][0]
    return [
        heading("The denial"),
        text(f"Dated {_day(denial.denied_on)}, reference {denial.reference or BLANK}. {says}"),
        *([quote(denial.quoted, "the denial letter, as entered")] if denial.quoted else []),
    ]


def _precedents(form: PacketForm, facts: ComputedFacts) -> list[Block]:
    """Cite what independent reviewers decided, in an appeal alone."""
    if form.reason != "appeal" or not facts.precedents:
        return []
    return [
        heading("What independent reviewers decided on the same kind of care"), bullets(facts.precedents),
        small(PRECEDENT_CAVEAT),
    ]  # fmt: skip


def _evidence_page(facts: ComputedFacts) -> list[Block]:
    if not facts.evidence_page:
        return []
    return [
        heading("Evidence page: the plan's directory beside public files"), bullets(facts.evidence_page),
        small(
            "All of this can be checked in files that anybody may get; their hashes say which. It holds no call, no "
            "estimate, and nothing about another patient."
        ),
    ]  # fmt: skip


def document_checklist(form: PacketForm) -> Sequence[tuple[bool, str]]:
    """Return the documents that insurers ask for in this case: whether each is at hand, and its name."""
    wanted: dict[str, str] = {}
    for key in form.checklist_keys:
        wanted.update(CHECKLISTS[key])
    return [(key in form.documents, name) for key, name in wanted.items()]


def _day(day: dt.date | None) -> str:
    return BLANK if day is None else day.isoformat()
