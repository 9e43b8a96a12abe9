"""Turn answers into plain values for JSON: dates as text, no NaN, nothing that only Python knows."""

from __future__ import annotations

import dataclasses
import datetime as dt
import functools
import json
import math
from collections.abc import Mapping
from enum import Enum
from typing import Any

__all__ = ["Jsonable", "jsonable"]


def jsonable(value: Any) -> Any:
    """Return dataclasses, dates, enums and sequences as what JSON knows; a number that is not finite becomes null."""
    if value is None or type(value) in (str, int, bool):
        return value
    if names := _field_names(type(value).__mro__):
        return {name: jsonable(getattr(value, name)) for name in names}
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {str(key): jsonable(entry) for key, entry in value.items()}
    if isinstance(value, (list, tuple)):
        return [jsonable(entry) for entry in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


@functools.cache
def _field_names(kinds: tuple[type, ...]) -> tuple[str, ...]:
    """Return the fields of a class, given with those that it stems from; none when it is no dataclass."""
    return tuple(field.name for field in dataclasses.fields(kinds[0])) if dataclasses.is_dataclass(kinds[0]) else ()


class Jsonable:
    """Gives a frozen dataclass ``to_dict`` and ``to_json``."""

    __slots__ = ()

    def to_dict(self) -> dict[str, Any]:
        """Return the answer as plain values."""
        plain: dict[str, Any] = jsonable(self)
        return plain

    def to_json(self) -> str:
        """Return the answer as JSON text; keys keep the order of the fields, most urgent first."""
        return json.dumps(self.to_dict(), indent=1, ensure_ascii=False, allow_nan=False) + "\n"
