"""HTML from templates in which every value is escaped and a missing value is an error."""

from __future__ import annotations

import functools
import json
import math

import jinja2
from markupsafe import Markup

from deserts.documents.text import plain
from deserts.earth import KM_PER_MILE
from deserts.tables.drives import minutes_words

__all__ = ["drive_words", "environment", "json_for_script", "miles"]


def miles(dist_km: float | None) -> str:
    """Return a distance in whole miles for people to read; a dash when it is not known."""
    return "–" if dist_km is None or math.isnan(dist_km) else f"{dist_km / KM_PER_MILE:.0f} miles"


def drive_words(drive_min: float | None) -> str:
    """Return driving time as ``45 min``, ``2 h 05 min`` or ``under 10 min``; a dash when it is not known."""
    if drive_min is None or math.isnan(drive_min):
        return "–"
    hours, minutes = divmod(round(drive_min), 60)
    return f"{hours} h {minutes:02d} min" if hours else minutes_words(drive_min)


def json_for_script(value: object) -> Markup:
    """Return JSON that is safe inside a script element: no character in it can end the element or start a comment."""
    text = json.dumps(value, sort_keys=True, ensure_ascii=True, allow_nan=False)
    for char in "<>&'":
        text = text.replace(char, f"\\u{ord(char):04x}")
    return Markup(text)  # noqa: S704  every character that HTML could act on is escaped above


@functools.cache
def environment(package: str, folder: str = "templates") -> jinja2.Environment:
    """Return the template environment of a package; ``paper.html``, the frame of printed pages, is in each.

    Parameters
    ----------
    package
        Dotted name of the package that holds the templates, for example ``deserts.publish``.
    folder
        Folder of the templates inside it.
    """
    made = jinja2.Environment(
        loader=jinja2.ChoiceLoader(
            [jinja2.PackageLoader(package, folder), jinja2.PackageLoader("deserts.documents", "templates")]
        ),
        autoescape=True,
        auto_reload=False,  # templates are part of the package: looking at their files again takes time for nothing
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    made.filters["plain"] = plain
    made.filters["miles"] = miles
    made.filters["drive"] = drive_words
    made.filters["json_for_script"] = json_for_script
    return made
