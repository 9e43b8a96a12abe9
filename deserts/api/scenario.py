"""What stands with a scenario of a region at every door: its numbers, its text, and the sentences about them."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from deserts.errors import InputError

if TYPE_CHECKING:
    from deserts.access.gate import Gate
    from deserts.api.answers import Change
    from deserts.api.run import Run

__all__ = ["about_lines", "change_document", "change_summary", "change_text", "read_change", "read_place"]


def read_place(text: str, where: str) -> tuple[float, float]:
    """Return longitude and latitude of ``LON,LAT``.

    Raises
    ------
    InputError
        If it is not on the globe.
    """
    try:
        lon, lat = (float(part) for part in text.split(","))
    except ValueError as error:
        raise InputError("that is not a place", where=where, expected="LON,LAT, e.g. -68.77,44.80") from error
    if not (-180 <= lon <= 180 and -90 <= lat <= 90):
        raise InputError("that is not on the globe", where=where, expected="LON,LAT: longitude first")
    return lon, lat


def read_change(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return the arguments of `deserts.api.run.Run.what_if` from the fields of a form.

    Parameters
    ----------
    data
        ``close`` (NPIs), ``close_practice``, ``add`` (each ``LON,LAT``), ``close_roads`` (GeoJSON, or its text),
        ``close_roads_name``, ``snow``; lists, or one text.

    Raises
    ------
    InputError
        With every problem of the form, or the first place that is none.
    """
    from deserts.documents.form import FormReader
    from deserts.patients.asking.request import read_closings

    form = FormReader(data, where="the scenario")
    found: dict[str, Any] = {
        "close": form.texts("close", longest=20),
        "close_practice": form.texts("close_practice", longest=200),
        "close_roads": read_closings(form),
        "snow": bool(form.flag("snow")),
    }
    places = form.texts("add", longest=60)
    form.finish()
    return {**found, "add": [read_place(text, "add") for text in places]}


def about_lines(run: Run, day: dt.date, *, gate: Gate, panel: bool = False) -> list[str]:
    """Return the sentences on every output of planning: failed checks, whom it counts, sources, limits, credits."""
    from deserts.publish.words import is_upper_bound, who

    provenance = run.store.provenance()
    found = list(provenance.lines(day))
    if is_upper_bound(run.service, run.store.grade):
        found.insert(0, "Upper bound, not access: only specialty is known, not who offers this care.")
    whose = "the panel's patients" if panel else "residents, not patients"
    found.append(
        f"Drives to {who(run.service, run.store.grade)}; people are {whose}. It can't see whether anyone wants to "
        "learn, has room or is paid."
    )
    found.append(run.service.words.get("disclaimer", "This informs and is not medical advice."))
    if provenance.attribution:
        found.append(f"Credits: {'; '.join(provenance.attribution)}.")
    return [*gate.banners(), *found]


def change_summary(change: Change) -> dict[str, Any]:
    """Return what closes and opens, and the region's numbers before and after."""
    result = change.result
    return {
        "closed_sites": list(result.closed), "added": [list(place) for place in result.added],
        "shut_roads": result.shut_roads, **result.totals,
    }  # fmt: skip


def change_text(change: Change) -> str:
    """Return what `what-if` prints: sentences, and a row a county."""
    from deserts.documents.spreadsheet import csv_text

    return "\n".join([*change.sentences, "", csv_text(change.table).rstrip("\n")]) + "\n"


def change_document(change: Change, lines: list[str]) -> dict[str, Any]:
    """Return what `what-if --json` prints, as plain values."""
    rows = json.loads(change.table.to_json(orient="records"))
    return {"summary": change_summary(change), "counties": rows, "provenance": lines}
