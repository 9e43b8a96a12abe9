"""What a profile lacks: everything at once, in the words of the file; and what an earlier version could not know of.

A table that a profile holds is completed from the packaged profiles, since a later version may know a number more; that
is said. A table that it lacks altogether is asked for, but for those that its version did not know.
"""

from __future__ import annotations

import functools
import logging
import tomllib
from collections.abc import Mapping, Sequence
from importlib import resources
from typing import Any, Final

__all__ = ["complete", "missing_keys", "packaged", "service_names"]

LOG = logging.getLogger("deserts.services")

_HEAD: Final = ("title", "does", "default_grade", "specialties")
_RUNG: Final = ("name", "words")
_NO_NUMBERS: Final = ("service", "codes", "grades", "taxonomies", "non_evidence", "words", "hospital")
_TEXTS: Final = {
    "service": ("specialties", "pain_specialties", "drug_classes", "drug_names", "other_drug_names"),
    "leads": ("products",),
    "appeals": ("find",),
    "hospital": ("place_classes", "supply_codes", "implant_apcs"),
}
_LATER_TABLES: Final = ("audit", "choice")
"""Tables that profiles of an earlier version had no way to hold."""


def service_names() -> tuple[str, ...]:
    """Return the names of the profiles that come with the package, sorted."""
    folder = resources.files("deserts.services")
    return tuple(sorted(entry.name[:-5] for entry in folder.iterdir() if entry.name.endswith(".toml")))


@functools.cache
def packaged() -> Mapping[str, Mapping[str, Mapping[str, Any]]]:
    """Return the tables of numbers of each packaged profile."""
    folder = resources.files("deserts.services")
    read = {name: tomllib.loads(folder.joinpath(f"{name}.toml").read_text("utf-8")) for name in service_names()}
    return {name: _tables(data) for name, data in read.items()}


def _tables(data: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    return {name: entry for name, entry in data.items() if name not in _NO_NUMBERS and isinstance(entry, Mapping)}


def missing_keys(data: Mapping[str, Any]) -> list[str]:
    """Return every key that a profile must have and has not, as ``[table] key``, in the order of the packaged ones."""
    head = data.get("service")
    found = [f"[service] {key}" for key in _HEAD if not isinstance(head, Mapping) or key not in head]
    rungs = data.get("grades")
    if not isinstance(rungs, Sequence) or not rungs:
        found.append("[[grades]], the ladder")
    else:
        found += [
            f"{key} of the {_ordinal(place)} of [[grades]]"
            for place, rung in enumerate(rungs, start=1)
            for key in _RUNG
            if not isinstance(rung, Mapping) or key not in rung
        ]
    classes = data.get("codes")
    if not isinstance(classes, Mapping) or not classes:
        found.append("[codes.CLASS] codes")
    else:
        found += [
            f"[codes.{name}] codes"
            for name, entry in classes.items()
            if not isinstance(entry, Mapping) or "codes" not in entry
        ]
    return found + _not_lists_of_texts(data) + _missing_tables(data) + _without_reason(data)


def _not_lists_of_texts(data: Mapping[str, Any]) -> list[str]:
    found = []
    for table, names in _TEXTS.items():
        entries = data.get(table, {})
        if not isinstance(entries, Mapping):
            found.append(f"[{table}], a table")
            continue
        for name in names:
            texts = entries.get(name, [])
            if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
                found.append(f"[{table}] {name}, a list of texts")
    return found


def _missing_tables(data: Mapping[str, Any]) -> list[str]:
    profiles = list(packaged().values())
    wanted = [name for name in profiles[0] if all(name in tables for tables in profiles)]
    return [
        f"[{name}] {', '.join(key for key in profiles[0][name] if all(key in tables[name] for tables in profiles))}"
        for name in wanted
        if name not in data and name not in _LATER_TABLES
    ]


def _without_reason(data: Mapping[str, Any]) -> list[str]:
    """Return the numbers that stand there without their reason, the reasons without a number."""
    entries = [
        (f"[{table}.{key}]", entry)
        for table, entries in _tables(data).items()
        for key, entry in entries.items()
        if isinstance(entry, Mapping) and ("value" in entry or "why" in entry)
    ]
    reasons = [f"{name} why" for name, entry in entries if "why" not in entry]
    return reasons + [f"{name} value, a number" for name, entry in entries if not _is_number(entry.get("value"))]


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def complete(data: Mapping[str, Any], *, where: str) -> dict[str, Any]:
    """Return a profile whose tables hold every number that this version knows; what was added is told once.

    Parameters
    ----------
    data
        The profile as it was read.
    where
        What to call it.
    """
    completed, added = dict(data), []
    for tables in packaged().values():
        for name, entries in tables.items():
            own = completed.get(name, {} if name in _LATER_TABLES else None)
            if not isinstance(own, Mapping):
                continue
            lacking = {key: entry for key, entry in entries.items() if key not in own and _in_every(name, key)}
            if lacking:
                completed[name] = {**own, **lacking}
                added += [f"{name}.{key}" for key in lacking]
    if added:
        LOG.warning(
            "%s has no %s: the values of the packaged profiles are taken. Copy them into yours, with your own reasons",
            where,
            ", ".join(sorted(added)),
        )
    return completed


def _in_every(name: str, key: str) -> bool:
    """Whether every packaged profile that has the table has the key, so that whoever has the table needs it."""
    return all(key in tables[name] for tables in packaged().values() if name in tables)


def _ordinal(place: int) -> str:
    return f"{place}{'th' if 10 <= place % 100 <= 20 else {1: 'st', 2: 'nd', 3: 'rd'}.get(place % 10, 'th')} entry"
