"""A table of numbers as the speed table is written: every number with its reason, faults named by section and name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from importlib import resources
from pathlib import Path
from typing import Any, Self, TypeVar

from deserts.errors import InputError
from deserts.sandbox import load_toml

__all__ = ["NumberTable"]

N = TypeVar("N")


class NumberTable:
    """Sections of numbers, each with its reason."""

    def __init__(self, values: Mapping[str, Any], where: str) -> None:
        self._values, self._where = values, where

    def has(self, section: str) -> bool:
        """Return whether a section holds anything."""
        return bool(self.section(section))

    def number(self, section: str, name: str, *, zero: bool = False) -> float:
        """Return a number above zero, or from zero on; one without a reason is refused."""
        entry = self.section(section).get(name, {})
        value = entry.get("value") if isinstance(entry, Mapping) else None
        if isinstance(value, bool) or not isinstance(value, int | float) or value < 0 or (value == 0 and not zero):
            raise InputError(
                f"no usable number for {section}.{name}",
                where=self._where,
                expected=f"{name} = {{ value = NUMBER, why = REASON }} with a number above zero",
            )
        if not str(entry.get("why", "")).strip():
            raise InputError(f"{section}.{name} has no reason", where=self._where, expected="a sentence under `why`")
        return float(value)

    def count(self, section: str, name: str, *, most: int) -> int:
        """Return a whole number from 1 to a greatest one."""
        value = self.number(section, name)
        if value != int(value) or value > most:
            raise InputError(
                f"{section}.{name} is {value:g}", where=self._where, expected=f"1 to {most}, a whole number"
            )
        return int(value)

    def record(self, section: str, kind: type[N], *, zero: tuple[str, ...] = ()) -> N:
        """Fill a dataclass of numbers from a section."""
        names = [field.name for field in fields(kind)]  # type: ignore[arg-type]
        return kind(**{name: self.number(section, name, zero=name in zero) for name in names})

    def section(self, section: str) -> Mapping[str, Any]:
        """Return a section by its names with points between; one that is missing is empty."""
        found: Any = self._values
        for name in section.split("."):
            found = found.get(name, {}) if isinstance(found, Mapping) else {}
        return found if isinstance(found, Mapping) else {}

    @classmethod
    def read(cls, path: Path | None) -> Self:
        """Read a table; None takes the one of this package."""
        where = "deserts/roads/speeds.toml" if path is None else str(path)
        source = resources.files("deserts.roads") / "speeds.toml" if path is None else path
        try:
            content = source.read_bytes()
        except OSError as error:
            raise InputError(f"the speed table cannot be read: {error}", where=where) from error
        return cls(load_toml(content, where=where, what="a speed table"), where)
