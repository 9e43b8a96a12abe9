"""What is wrong, told where there are no options of commands: an option is named as the field that it is here."""

from __future__ import annotations

import re

from deserts.errors import DesertsError

__all__ = ["told_here", "with_fields"]

_OPTION = re.compile(r"(`[^`]*`)|--([a-z][a-z-]*)")


def with_fields(text: str) -> str:
    """Return a text whose options are named as fields; a command in backquotes stays, since it is typed elsewhere."""
    return _OPTION.sub(lambda found: found[1] or found[2].replace("-", "_"), text)


def told_here(error: DesertsError) -> DesertsError:
    """Return what an error says in the words of the page and its interface."""
    where, expected, fix = (
        None if text is None else with_fields(text) for text in (error.where, error.expected, error.fix)
    )
    return DesertsError(with_fields(error.what), where=where, expected=expected, fix=fix)
