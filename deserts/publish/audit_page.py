"""The page of a run's checks: what a journalist or a referee is shown before the map."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from deserts.access.gate import Gate
from deserts.documents import plain
from deserts.provenance import Provenance
from deserts.publish.notes import about, publish_command
from deserts.publish.page import LOCKED, inline_style, read_static, render_page
from deserts.publish.words import region_name
from deserts.searches import source_words
from deserts.services import Service
from deserts.store import Store, write_text

__all__ = ["write_audit_page"]

_WORDS: Mapping[str, str] = {"pass": "passed", "warn": "said on every output", "fail": "FAILED"}
_MOST_ROWS = 200


def write_audit_page(
    store: Store, path: Path, *, service: Service, gate: Gate, today: dt.date, command: str | None = None
) -> Path:
    """Write the checks of a run as a page of the public class.

    Parameters
    ----------
    store, service
        The run.
    path
        The file to write.
    gate
        Its checks.
    today
        Day from which the age of the data is reckoned.
    command
        The command that makes this very page; None names `deserts publish audit`.
    """
    provenance = store.provenance()
    made_by = command or publish_command("audit", store, today=today)
    failed = len(gate.failed)
    finding = f"{len(gate.checks) - failed} of {len(gate.checks)} checks passed."
    meaning = "This run may be published." if gate.is_verified else " ".join(gate.reasons())
    page = render_page(
        "audit.html",
        title=f"{region_name(store.region)}: may this be published?",
        policy=LOCKED,
        style=inline_style(read_static("page.css", "site.css", "audit.css")),
        finding=finding,
        meaning=meaning,
        checks=gate.checks,
        words=_WORDS,
        sources=_sources(provenance),
        differences=_differences(store, service),
        **about(provenance, service=service, grade=store.grade, today=today, gate=gate, command=made_by),
    )
    write_text(path, page)
    return path


def _sources(provenance: Provenance) -> list[Mapping[str, str]]:
    return [
        {
            "name": source_words(read.source),
            "read": _states(read.states),
            "missing": _states(read.missing_states),
            "years": ", ".join(map(str, read.years)),
            "rows": f"{read.rows_used:,} of {read.rows_read:,}" if read.rows_read else "–",
            "why": plain(read.why, one_line=True),
        }
        for read in provenance.sources
    ]


def _states(states: tuple[str, ...]) -> str:
    if len(states) > 12:
        return f"{len(states)} states"
    return ", ".join(states) or "–"


def _differences(store: Store, service: Service) -> list[Mapping[str, str]]:
    """Return the counties whose points do not hold the people of the census, the largest difference first."""
    totals = store.read("county_totals")
    names = store.read("counties", columns=["county_fips", "name", "state"]).set_index("county_fips")
    off = totals[totals["difference_share"].abs() > service.number("audit.county_total_tolerance")]
    ordered = off.reindex(off["difference"].abs().sort_values(ascending=False, kind="stable").index).head(_MOST_ROWS)
    return [_difference(row, names) for _, row in ordered.iterrows()]


def _difference(row: pd.Series, names: pd.DataFrame) -> Mapping[str, str]:
    county = names.loc[row["county_fips"]]
    return {
        "county": plain(f"{county['name']}, {county['state']} ({row['county_fips']})", one_line=True),
        "census": f"{row['population_census']:,.0f}",
        "points": f"{row['population_points']:,.0f}",
        "difference": f"{row['difference']:+,.0f} ({row['difference_share']:+.0%})",
    }
