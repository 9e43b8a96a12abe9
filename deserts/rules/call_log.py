"""The calls that were written down in a page, as the sheet that `deserts log verifications import` reads, and back."""

from __future__ import annotations

from typing import Any

__all__ = ["COLUMNS", "QUESTIONS", "inert", "read_sheet", "sheet"]

QUESTIONS = ("read_sheet", "sheet")

COLUMNS = (
    "npi", "outcome", "date", "source", "site_id", "answered_by", "logged_by", "visit_weeks", "asked_age", "note",
)  # fmt: skip
_TRIGGERS = "=+-@\t\r\n\uff1d\uff0b\uff0d\uff20"
_SPACES = " \t\r\n\x0b\x0c\x1c\x1d\x1e\x1f\x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000"
_DIGITS = "0123456789"
_MOST_ROWS = 20000


def inert(text: str) -> str:
    """Return text that a spreadsheet shows as text: a formula gets a quote before it, a plain number stays."""
    if _is_number(text):
        return text
    for letter in text:
        if letter in _TRIGGERS:
            return "'" + text
        if letter not in _SPACES and not 0x2000 <= ord(letter) <= 0x200A:
            return text
    return text


def _is_number(text: str) -> bool:
    base, sign, power = text.replace("E", "e").partition("e")
    whole, _, rest = _unsigned(base).partition(".")
    return _are_digits(whole + rest) and (not sign or _are_digits(_unsigned(power)))


def _unsigned(text: str) -> str:
    return text[1:] if text[:1] in ("+", "-") else text


def _are_digits(text: str) -> bool:
    for letter in text:
        if letter not in _DIGITS:
            return False
    return text != ""


def sheet(question: dict[str, Any]) -> dict[str, Any]:
    """Return ``entries`` (dicts of `COLUMNS`) as the ``text`` of a CSV file."""
    rows = [[_quoted(inert(str(entry.get(name) or ""))) for name in COLUMNS] for entry in question["entries"]]
    return {"text": "\r\n".join([",".join(row) for row in [list(COLUMNS)] + rows]) + "\r\n"}


def _quoted(text: str) -> str:
    if "," in text or '"' in text or "\n" in text or "\r" in text:
        return '"' + text.replace('"', '""') + '"'
    return text


def read_sheet(question: dict[str, Any]) -> dict[str, Any]:
    """Return the ``entries`` of a sheet that `sheet` wrote, and the ``problem`` when the text is none.

    Parameters
    ----------
    question
        ``text`` of the file.
    """
    rows = _rows(question["text"])
    if not rows or len(rows) > _MOST_ROWS:
        return {"entries": [], "problem": "That file is no sheet of calls."}
    header = [name.strip().lower() for name in rows[0]]
    if not ("npi" in header and "outcome" in header and "date" in header):
        return {"entries": [], "problem": "That file has no columns npi, outcome and date."}
    entries = []
    for row in rows[1:]:
        entry = {}
        for place, name in enumerate(header):
            if name in COLUMNS:
                entry[name] = _bare(row[place]) if place < len(row) else ""
        if "".join([entry[name] for name in entry]):
            for name in COLUMNS:
                entry[name] = entry.get(name, "")
            entries.append(entry)
    return {"entries": entries, "problem": ""}


def _bare(text: str) -> str:
    """Undo `inert`."""
    return text[1:] if text.startswith("'") and inert(text[1:]) == text else text


def _rows(text: str) -> list[list[str]]:
    """Return the cells of a CSV text, quoted ones with what stands between their quotes."""
    rows: list[list[str]] = []
    row: list[str] = []
    cell: list[str] = []
    is_quoted, place = False, 0
    while place < len(text):
        letter = text[place]
        following = text[place + 1] if place + 1 < len(text) else ""
        if is_quoted and letter == '"' and following == '"':
            cell.append(letter)
            place += 1
        elif letter == '"' and (is_quoted or not cell):
            is_quoted = not is_quoted
        elif is_quoted or letter not in ",\r\n":
            cell.append(letter)
        else:
            row.append("".join(cell))
            cell = []
            if letter != ",":
                rows.append(row)
                row = []
        place += 1
    if cell or row:
        rows.append(row + ["".join(cell)])
    return [cells for cells in rows if "".join(cells)]
