"""A letter to the local emergency department, sent before anything happens: somebody near you lives with a pump."""

from __future__ import annotations

from typing import Any

from deserts.rules import card
from deserts.rules.wording import finding, say

__all__ = ["QUESTIONS", "write"]

QUESTIONS = ("write",)


def write(question: dict[str, Any]) -> dict[str, Any]:
    """Return the letter; clinical sentences are quotations, the rest is what was entered.

    Parameters
    ----------
    question
        As `deserts.rules.card.arrange` takes it, ``fixed`` also with ``clinicians_lines`` by maker and the day on which
        they were seen (``clinicians_lines_seen_on``).

    Returns
    -------
    dict
        ``title`` and ``blocks``: ``kind``, ``text``, ``items`` and ``rows`` as `deserts.documents.blocks.Block`.
    """
    words, made = question["words"], card.arrange(question)
    hospital = question["hospitals"][0]
    address = ", ".join([part for part in (hospital["name"] or card.BLANK, hospital["place"]) if part])
    own = bool(made["quotations"])
    help_rows = [[words["letter.clinic"], _with_hours(question["clinic"], words)]]
    blocks = [
        _block("text", say(words, finding("letter.to", day=question["issued_on"], address=address))),
        _block(
            "text", say(words, finding("letter.lives_near", name=made["name"], drugs=card.drug_names(question, words)))
        ),
        _block("urgent", words["letter.first"] if own else made["mimic"]),
    ]
    blocks += _doubts(question["timeline"], words) + _two_emergencies(made, words)
    blocks += [
        _block("heading", words["letter.entered"]),
        _grid(made["identity"] + made["pump"]),
        _block("heading", words["letter.who_helps"]),
        _block("text", words["letter.hours"]),
        _grid(help_rows + made["hospitals"] + made["lines"] + _clinicians_lines(question, words)),
    ]
    if made["backups"]:
        blocks.append(_list(made["backups"]))
    if made["call_first"]:
        blocks += [_block("text", words["letter.not_confirmed"]), _list(made["call_first"])]
    blocks += [
        _block("heading", words["letter.we_ask"]),
        _list([words["letter.ask_staff"], words["letter.ask_drug"], words["letter.ask_transfer"]]),
        _block("heading", words["letter.sources"]),
    ]
    blocks += _quotations(made, words)
    blocks += [
        _block("text", say(words, finding("letter.answer_to", clinic=made["clinic"], blank=card.BLANK))),
        _block("text", made["validity"]),
    ]
    return {"title": words["letter.title"], "blocks": blocks + [_block("small", line) for line in made["about"]]}


def _block(kind: str, text: str) -> dict[str, Any]:
    return {"kind": kind, "text": text, "items": [], "rows": []}


def _list(lines: list[str]) -> dict[str, Any]:
    return {"kind": "bullets", "text": "", "items": lines, "rows": []}


def _grid(rows: list[list[str]]) -> dict[str, Any]:
    return {"kind": "grid", "text": "", "items": [], "rows": rows}


def _doubts(timeline: dict[str, Any] | None, words: dict[str, str]) -> list[dict[str, Any]]:
    """Return what makes the dates on this letter doubtful or pressing, in words for a clinician."""
    if timeline is None or not timeline["is_red"]:
        return []
    doubts = "; ".join(timeline["emergency"] + timeline["red"])
    return [_block("urgent", say(words, finding("letter.doubts", doubts=doubts)))]


def _two_emergencies(made: dict[str, Any], words: dict[str, str]) -> list[dict[str, Any]]:
    """Return the signs of both emergencies side by side, where they are known for the drug."""
    lists = made["sign_lists"]
    if len(lists) < 2:
        return [_list(lists[0]["signs"])]
    rows = [
        [""] + [entry["title"] for entry in lists],
        [words["letter.signs"]] + [", ".join(entry["signs"]) for entry in lists],
        [words["letter.family_told"]] + [" ".join(entry["do"]) for entry in lists],
    ]
    found = [_block("heading", words["letter.two"]), _grid(rows), _block("text", words["overdose.clinician"])]
    return found + ([_block("small", made["note"])] if made["note"] else [])


def _with_hours(contact: dict[str, str], words: dict[str, str]) -> str:
    told = ", ".join([part for part in (contact["name"], contact["phone"], contact["note"]) if part])
    if not told:
        return card.BLANK
    return told if contact["note"] else told + ", " + words["letter.hours_unknown"]


def _clinicians_lines(question: dict[str, Any], words: dict[str, str]) -> list[list[str]]:
    """Return the lines that the maker keeps for clinicians, with the day they were seen."""
    fixed, maker = question["fixed"], question["pump"]["maker"].strip().lower().split(" ")[0]
    seen = fixed["clinicians_lines_seen_on"]
    return [
        [name, say(words, finding("letter.line_seen", number=number, day=seen))]
        for name, number in fixed["clinicians_lines"].get(maker, [])
    ]


def _quotations(made: dict[str, Any], words: dict[str, str]) -> list[dict[str, Any]]:
    if not made["quotations"]:
        return [_block("text", words["letter.no_quotations"])]
    found = [
        {"kind": "quote", "text": entry["text"], "items": [entry["source"]], "rows": []} for entry in made["quotations"]
    ]
    return found + [_list(made["reading"])]
