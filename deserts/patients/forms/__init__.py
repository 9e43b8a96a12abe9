"""Forms to copy: blank ones, which hold nothing, and examples, which say of themselves that they are invented."""

from __future__ import annotations

import json
from importlib import resources
from typing import Any, Literal

__all__ = ["EXAMPLE_FIELD", "FormName", "blank_form", "example_form"]

FormName = Literal["card", "clock", "discharge", "packet", "pact"]
EXAMPLE_FIELD = "example"
"""Field that marks a form with invented values; whoever runs it is told."""


def blank_form(name: FormName) -> str:
    """Return the JSON text of a form with every field and nothing in any of them."""
    return _text(_emptied(_values(name)))


def example_form(name: FormName) -> str:
    """Return the JSON text of a form with invented values, marked as such."""
    return _text(
        {EXAMPLE_FIELD: "invented values, not a patient: delete this line once every value is your own"} | _values(name)
    )


def _values(name: FormName) -> dict[str, Any]:
    text = resources.files(__package__).joinpath(f"{name}.json").read_text(encoding="utf-8")
    values: dict[str, Any] = json.loads(text)
    return values


def _emptied(value: Any) -> Any:
    """Return the same fields without their values; a list of groups keeps one empty group."""
    if isinstance(value, dict):
        return {name: _emptied(entry) for name, entry in value.items()}
    if isinstance(value, list):
        return [_emptied(entry) for entry in value[:1] if isinstance(entry, dict)]
    return ""


def _text(values: dict[str, Any]) -> str:
    return json.dumps(values, indent=1, ensure_ascii=False) + "\n"
