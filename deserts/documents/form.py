"""Read a form (JSON, or the fields of a web page) field by field, collect every problem, raise once.

A form about a patient is private. So a problem names the field and the rule and never repeats what was entered: an
error message may end in a terminal's history or in a log.
"""

from __future__ import annotations

import datetime as dt
import difflib
import json
import math
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from deserts.documents.text import plain
from deserts.errors import InputError
from deserts.typed import DAY_EXPECTED, plain_phone, read_day, word_among

__all__ = ["LARGEST_FORM_BYTES", "FormReader", "parse_form", "read_form_file"]

LARGEST_FORM_BYTES = 256 * 1024
"""A form about one patient is a few kilobytes; anything larger is not such a form."""
_DEEPEST = 6


class FormReader:
    """One group of fields.

    Parameters
    ----------
    data
        The fields. Anything but a mapping is a problem.
    where
        What the user calls the form, for messages.
    path
        Name of this group inside the form, empty for the form itself.
    problems
        List that problems are added to; shared by a form and its groups.
    """

    def __init__(
        self, data: object, *, where: str = "the form", path: str = "", problems: list[str] | None = None
    ) -> None:
        self.where = where
        self._path = path
        self._problems: list[str] = [] if problems is None else problems
        self._read: set[str] = set()
        self._children: list[FormReader] = []
        self._data: Mapping[str, Any] = {}
        if isinstance(data, Mapping):
            self._data = {str(key): value for key, value in data.items()}
        else:
            self._problems.append(f"{path or 'the form'}: expected fields with names and values")

    def problem(self, name: str, what: str) -> None:
        """Add a problem with a field; ``what`` must not repeat what was entered."""
        self._problems.append(f"{self._full(name)}: {what}")

    def has(self, name: str) -> bool:
        """Whether a field is there and not empty."""
        self._read.add(name)
        return self._data.get(name) not in (None, "", [], {})

    def whole(self, name: str) -> Any:
        """Return what was entered as it is, for a reader of its own; None when nothing was."""
        return self._take(name, required=False)

    def text(self, name: str, *, required: bool = False, longest: int = 300, one_line: bool = True) -> str:
        """Return text without control characters, empty when the field is not there."""
        value = self._take(name, required=required)
        if value is None:
            return ""
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            self.problem(name, "expected text")
            return ""
        cleaned = plain(str(value), one_line=one_line).strip()
        if len(cleaned) > longest:
            self.problem(name, f"at most {longest} characters")
        if required and not cleaned:
            self.problem(name, "must be given")
        return cleaned[:longest]

    def number(
        self,
        name: str,
        *,
        required: bool = False,
        above: float | None = None,
        at_least: float | None = None,
        at_most: float | None = None,
    ) -> float | None:
        """Return a finite number, or None when the field is not there."""
        value = self._take(name, required=required)
        if value is None:
            return None
        try:
            found = math.nan if isinstance(value, bool) else float(value)
        except (TypeError, ValueError, OverflowError):
            found = math.nan
        if not math.isfinite(found):
            self.problem(name, "expected a number without a unit, for example 2000")
            return None
        if above is not None and found <= above:
            self.problem(name, f"must be above {above:g}")
        if at_least is not None and found < at_least:
            self.problem(name, f"must be at least {at_least:g}")
        if at_most is not None and found > at_most:
            self.problem(name, f"must be at most {at_most:g}")
        return found

    def day(
        self, name: str, *, required: bool = False, not_before: dt.date | None = None, not_after: dt.date | None = None
    ) -> dt.date | None:
        """Return a day as people write it, or None when the field is not there; see `deserts.typed.read_day`."""
        value = self._take(name, required=required)
        if value is None:
            return None
        found = read_day(value) if isinstance(value, str) else None
        if found is None:
            self.problem(name, f"expected {DAY_EXPECTED}")
            return None
        if not_before is not None and found < not_before:
            self.problem(name, f"must not lie before {not_before.isoformat()}")
        if not_after is not None and found > not_after:
            self.problem(name, f"must not lie after {not_after.isoformat()}")
        return found

    def choice(self, name: str, allowed: Sequence[str], *, default: str | None = None) -> str:
        """Return one of the allowed words, in any case; the field must be there unless a default is given."""
        value = self._take(name, required=default is None)
        if value is None:
            return default or allowed[0]
        found = word_among(value, allowed) if isinstance(value, str) else None
        if found is None:
            self.problem(name, "expected one of " + ", ".join(allowed))
            return default or allowed[0]
        return found

    def phone(self, name: str) -> str:
        """Return a telephone number in one form, empty when the field is not there; see `deserts.typed.plain_phone`."""
        return plain_phone(self.text(name, longest=40))

    def flag(self, name: str) -> bool | None:
        """Return yes or no, or None when the field is not there."""
        value = self._take(name, required=False)
        if value is None or isinstance(value, bool):
            return value
        words = {"yes": True, "true": True, "on": True, "no": False, "false": False}
        if isinstance(value, str) and value.strip().lower() in words:
            return words[value.strip().lower()]
        self.problem(name, "expected yes or no")
        return None

    def group(self, name: str, *, required: bool = False) -> FormReader:
        """Return a reader of a group of fields, an empty one when the group is not there."""
        value = self._take(name, required=required)
        return self._child({} if value is None else value, self._full(name))

    def items(self, name: str, *, most: int = 20, required: bool = False) -> list[FormReader]:
        """Return a reader an entry of a list of groups."""
        return [
            self._child(entry, f"{self._full(name)}[{number}]")
            for number, entry in enumerate(self._list(name, most=most, required=required), start=1)
        ]

    def texts(self, name: str, *, most: int = 40, longest: int = 500) -> tuple[str, ...]:
        """Return a list of texts; one text alone counts as a list of one."""
        found = []
        for number, entry in enumerate(self._list(name, most=most, required=False), start=1):
            if not isinstance(entry, str) or len(entry) > longest:
                self.problem(f"{name}[{number}]", f"expected text of at most {longest} characters")
            elif cleaned := plain(entry, one_line=True).strip():
                found.append(cleaned)
        return tuple(found)

    def finish(self) -> None:
        """Report fields that nobody asked for, then raise if any problem was found.

        Raises
        ------
        InputError
            With every problem, each naming its field and none repeating what was entered.
        """
        self._report_unknown()
        if self._problems:
            raise InputError(
                "; ".join(dict.fromkeys(self._problems)), where=self.where, fix="correct these fields and try again"
            )

    def _report_unknown(self) -> None:
        for name in sorted(set(self._data) - self._read):
            inside = [child._full(name) for child in self._children if name in child._read]
            near = inside or difflib.get_close_matches(name, sorted(self._read), n=1)
            # The name of an unknown field is the user's text too, so only a known neighbour is named.
            hint = f"; did you mean {near[0]}?" if near else f"; known are {', '.join(sorted(self._read))}"
            self._problems.append(f"{self._path or 'the form'}: there is a field that is not known{hint}")
        for child in self._children:
            child._report_unknown()

    def _full(self, name: str) -> str:
        return f"{self._path}.{name}" if self._path else name

    def _take(self, name: str, *, required: bool) -> Any:
        self._read.add(name)
        value = self._data.get(name)
        if value is None or (isinstance(value, str) and not value.strip()):
            if required:
                self.problem(name, "must be given")
            return None
        return value

    def _list(self, name: str, *, most: int, required: bool) -> Sequence[Any]:
        value = self._take(name, required=required)
        if value is None:
            return ()
        if isinstance(value, str):
            value = [value]
        if not isinstance(value, Sequence):
            self.problem(name, "expected a list")
            return ()
        if len(value) > most:
            self.problem(name, f"at most {most} entries")
        if required and not value:
            self.problem(name, "must be given")
        return value[:most]

    def _child(self, data: object, path: str) -> FormReader:
        child = FormReader(data, where=self.where, path=path, problems=self._problems)
        self._children.append(child)
        return child


def parse_form(text: str | bytes, *, where: str = "the form") -> dict[str, Any]:
    """Return the fields of a form written as a JSON object.

    Raises
    ------
    InputError
        If it is too large, not JSON, nested too deeply, or not an object.
    """
    size = len(text.encode("utf-8", "replace")) if isinstance(text, str) else len(text)
    if size > LARGEST_FORM_BYTES:
        raise InputError(
            "the form is too large", where=where, expected=f"at most {LARGEST_FORM_BYTES // 1024} kB of JSON"
        )
    try:
        found = json.loads(text)
    except (UnicodeDecodeError, RecursionError, ValueError) as error:
        place = f", line {error.lineno}, column {error.colno}" if isinstance(error, json.JSONDecodeError) else ""
        raise InputError("the form is not valid JSON", where=where + place, fix="correct it there") from None
    if not isinstance(found, dict) or _depth(found) > _DEEPEST:
        raise InputError("the form is not an object of fields", where=where, expected='{"patient": {...}, ...}')
    return found


def read_form_file(path: Path | None, *, standard_input: Callable[[], str]) -> dict[str, Any]:
    """Return the fields of a form file, or of standard input when the path is None or ``-``.

    Raises
    ------
    InputError
        If it cannot be read or is not a form.
    """
    if path is None or str(path) == "-":
        return parse_form(standard_input(), where="standard input")
    try:
        with path.open("rb") as stream:
            content = stream.read(LARGEST_FORM_BYTES + 1)
    except OSError as error:
        reason = (error.strerror or "unknown reason").lower()
        raise InputError(f"the form cannot be read: {reason}", where=path, fix="check the path") from None
    return parse_form(content, where=str(path))


def _depth(value: object) -> int:
    """Nesting depth; the parser itself has already bounded it by the size of the text."""
    deepest, waiting = 0, [(value, 1)]
    while waiting:
        entry, level = waiting.pop()
        deepest = max(deepest, level)
        children = entry.values() if isinstance(entry, dict) else entry if isinstance(entry, list) else ()
        waiting.extend((child, level + 1) for child in children if isinstance(child, dict | list))
    return deepest
