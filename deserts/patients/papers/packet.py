"""A packet for an insurer: a letter of facts, what was computed from public files, and a checklist of documents.

A drafting aid. It holds what was entered and what was computed, each marked as such; it adds no clinical fact.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from deserts.documents.blocks import Block, bullets, checks, grid, heading, quote, small, text, urgent
from deserts.documents.html import drive_words
from deserts.patients.counted import counted
from deserts.patients.papers.card import BLANK
from deserts.patients.papers.packet_form import PacketForm
from deserts.patients.papers.packet_words import (
    APPEAL_GROUNDS,
    APPEAL_STEPS,
    CHECKLISTS,
    EXPEDITED,
    NETWORK_RULES,
    REASONS,
)  # fmt: skip

__all__ = ["EXPEDITED_WITHIN_DAYS", "ComputedFacts", "missing_documents", "packet_blocks", "packet_title", "red_flags"]

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
    """

    sentences: tuple[str, ...] = ()
    data_lines: tuple[str, ...] = ()
    files: tuple[tuple[str, str], ...] = ()


def packet_title(form: PacketForm) -> str:
    """Return the title of the packet."""
    return REASONS[form.reason]


def red_flags(form: PacketForm) -> tuple[str, ...]:
    """Return what will go wrong with the dates as entered: authorisations and run-dry date against each other."""
    flags = []
    if form.run_dry_on is not None and form.run_dry_on < form.made_on:
        flags.append("RED: the run-dry date has passed. Emergency department now, call 911; this packet comes second.")
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
    if form.run_dry_on is not None and form.next_refill_on is not None and form.next_refill_on >= form.run_dry_on:
        flags.append("RED: the next refill is not before the run-dry date.")
    if form.denial is not None and form.denial.appeal_by is not None and form.denial.appeal_by < form.made_on:
        flags.append("RED: the last day for the appeal has passed. Ask the plan for good cause, and external review.")
    if form.reason == "continuation" and not form.authorisations:
        flags.append("UNKNOWN: no authorisation was entered. Ask the plan for its first and last day.")
    return tuple(flags)


def missing_documents(form: PacketForm) -> tuple[str, ...]:
    """Return the documents of the checklists that are not at hand."""
    return tuple(name for is_there, name in _checklist(form) if not is_there)


def packet_blocks(form: PacketForm, facts: ComputedFacts) -> list[Block]:
    """Return the packet: cover, letter, facts, steps, checklist, what is missing.

    Parameters
    ----------
    form
        What was entered.
    facts
        What was computed from public files; empty when no region was at hand.
    """
    missing = missing_documents(form)
    return [
        text(f"{form.made_on.isoformat()}\nTo: {form.payer}" + (f", fax {form.payer_fax}" if form.payer_fax else "")),
        *_expedited(form),
        *(urgent(flag) for flag in red_flags(form)),
        grid(_about_whom(form)),
        *_request(form),
        *_clinical(form),
        *_computed(form, facts),
        *_denial(form),
        heading("Documents that insurers ask for in this case"),
        checks(_checklist(form)),
        heading("Still missing"),
        bullets(missing) if missing else text("Nothing on the list is missing."),
        text(f"Signed: {BLANK}   {form.sender.contact or BLANK}"),
        *(small(line) for line in facts.data_lines),
        small(
            "Drafting aid, not legal or medical advice. It holds what was entered and what was computed from public "
            "files. Read every line before it is sent; the plan's own policy and notices go first."
        ),
    ]


def _expedited(form: PacketForm) -> list[Block]:
    if form.run_dry_on is None:
        return []
    days = (form.run_dry_on - form.made_on).days
    if not 0 <= days <= EXPEDITED_WITHIN_DAYS:
        return []
    return [urgent(EXPEDITED.format(run_dry=form.run_dry_on.isoformat(), days=counted(days, "day")))]


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
    rows += [("Run-dry date", _day(form.run_dry_on)), ("Next refill", _day(form.next_refill_on))]
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
        return [heading("Clinical facts"), text(f"None were entered. To be written by the treating clinician: {BLANK}")]
    found = [heading("Clinical facts, as entered by the clinic")]
    for title, words in form.clinical:
        found += [text(f"{title}: {words}")]
    return found


def _computed(form: PacketForm, facts: ComputedFacts) -> list[Block]:
    sentences = list(facts.sentences)
    nearest = form.in_network
    if nearest.name:
        answer = f" Asked, the answer was: {nearest.answer}" if nearest.answer else ""
        drive = "driving time not entered" if nearest.drive_min is None else f"{drive_words(nearest.drive_min)} by car"
        sentences.append(f"Nearest in the plan's network, as entered: {nearest.name}, {drive}.{answer}")
    elif form.reason == "network_gap":
        sentences.append("Nearest in the plan's network: not entered. Search the plan's directory and call.")
    if not sentences:
        return []
    found = [heading("What public files show"), bullets(sentences)]
    if facts.files:
        found.append(small("Files: " + "; ".join(f"{name} ({digest})" for name, digest in facts.files)))
    return found


def _denial(form: PacketForm) -> list[Block]:
    denial = form.denial
    if denial is None:
        return []
    says, steps = APPEAL_GROUNDS[denial.ground]
    kind = {"marketplace": "commercial"}.get(form.payer_kind, form.payer_kind)
    found = [
        heading("The denial"),
        text(f"Dated {_day(denial.denied_on)}, reference {denial.reference or BLANK}. {says}"),
        *([quote(denial.quoted, "the denial letter, as entered")] if denial.quoted else []),
        heading("Answering it, step by step"),
        bullets(steps),
        heading("Where the appeal goes"),
        bullets(APPEAL_STEPS[kind]),
        text(f"Last day on the notice: {_day(denial.appeal_by)}. The notice's own days go before the general ones."),
    ]
    if denial.denied_on is not None and kind == "commercial":
        latest = denial.denied_on + dt.timedelta(days=180)
        found.append(text(f"180 days after the denial is {latest.isoformat()}; check it against the notice."))
    return found


def _checklist(form: PacketForm) -> Sequence[tuple[bool, str]]:
    wanted: dict[str, str] = {}
    for key in form.checklist_keys:
        wanted.update(CHECKLISTS[key])
    return [(key in form.documents, name) for key, name in wanted.items()]


def _day(day: dt.date | None) -> str:
    return BLANK if day is None else day.isoformat()
