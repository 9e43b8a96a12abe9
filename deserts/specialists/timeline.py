"""Everything about one clinician, oldest first, and why the grade is what it is."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from deserts.errors import UnknownNameError
from deserts.provenance import OLD_AFTER_DAYS
from deserts.services import Service
from deserts.specialists.outcomes import OUTCOMES, Standing
from deserts.specialists.said import Said, said_rows
from deserts.specialists.standing import corrected_entries

__all__ = ["Timeline", "timeline"]

_KIND_WORDS = {
    "specialty": "listed as",
    "taxonomy": "declares the taxonomy",
    "affiliation": "affiliated with hospital",
    "deactivated": "identifier deactivated",
    "verified": "answer:",
    "contradicted": "answer:",
    "asked": "answer:",
}

_SAID_OF_SITE = {
    "moved": ["said not to be found here"],
    "doubted": ["may be the site that was said to be left"],
    "wrong_number": ["number said to be wrong"],
}


@dataclass(frozen=True, slots=True)
class Timeline:
    """What is known about one clinician.

    Parameters
    ----------
    npi, name
        Who.
    facts
        Label and text, in reading order.
    events
        ``when``, ``source``, ``what``, ``for_against``, oldest first.
    sites
        Addresses at which the clinician is registered.
    """

    npi: str
    name: str
    facts: tuple[tuple[str, str], ...]
    events: tuple[tuple[str, str, str, str], ...]
    sites: tuple[str, ...]

    def lines(self) -> list[str]:
        """Return the timeline as lines of text."""
        width = max((len(label) for label, _ in self.facts), default=0)
        found = [f"{self.name or 'unknown name'} (NPI {self.npi})", ""]
        found += [f"{label:<{width}}  {text}" for label, text in self.facts]
        found += ["", "evidence, oldest first:"]
        found += [f"  {when:<10}  {source:<12}  {what} [{sign}]" for when, source, what, sign in self.events]
        found += ["", "registered at (not necessarily refilling there):"]
        return found + ([f"  {site}" for site in self.sites] or ["  no address known"])

    def to_dict(self) -> dict[str, Any]:
        """Return the timeline for JSON."""
        keys = ("when", "source", "what", "for_against")
        return {
            "npi": self.npi,
            "name": self.name,
            "facts": dict(self.facts),
            "events": [dict(zip(keys, event, strict=True)) for event in self.events],
            "sites": list(self.sites),
        }


def timeline(
    npi: str,
    *,
    evidence: pd.DataFrame,
    specialists: pd.DataFrame,
    sites: pd.DataFrame,
    answers: pd.DataFrame | None,
    service: Service,
    today: dt.date,
) -> Timeline:
    """Gather what the registry and the verification log hold about one clinician.

    Parameters
    ----------
    npi
        The clinician.
    evidence, specialists, sites
        Tables of the registry.
    answers
        Rows of the verification log, also those newer than the registry; None when there are none.
    service
        The profile.
    today
        Day from which the age of an answer is counted.

    Raises
    ------
    UnknownNameError
        If nothing is known about the clinician.
    """
    own = evidence[evidence["npi"] == npi]
    said = None if answers is None else answers[(answers["npi"] == npi) & (answers["service"] == service.service_id)]
    if own.empty and (said is None or said.empty):
        raise UnknownNameError(
            f"nothing is known about NPI {npi!r} for {service.title} in this region",
            expected="an NPI of the table specialists or evidence",
            fix="check the digits and the region; absence here is not absence of care",
        )
    rows = specialists[specialists["npi"] == npi]
    person = None if rows.empty else rows.iloc[0]
    places = sites[sites["npi"] == npi].sort_values("site_id")
    return Timeline(
        npi=npi,
        name="" if person is None else str(person["name"]),
        facts=tuple(_facts(person, said, service, today)),
        events=tuple(_events(own[own["source"] != "verification"], said)),
        sites=tuple(_site_line(row) for row in places.to_dict("records")),
    )


def _facts(
    person: pd.Series | None, said: pd.DataFrame | None, service: Service, today: dt.date
) -> list[tuple[str, str]]:
    last = _last_answer(said, today)
    if person is None:
        return [("grade", "none: the evidence is too weak or too old for any rung of the ladder"), *last]
    grade = service.grade(str(person["grade"]))
    facts = [
        ("grade", f"{grade.name}: {grade.words}"),
        ("why", str(person["grade_reason"])),
        ("specialty", str(person["specialty"]) or "unknown"),
        ("drug", str(person["drug"]).replace("_", " ")),
        ("ages", str(person["age_band"])),
        ("still active", _chance(person["p_active"], str(person.get("p_active_basis", "")))),
        ("accepts", _chance(person["p_accepts_pump"], str(person.get("p_accepts_basis", "")))),
    ]
    return facts + last


def _chance(value: float, basis: str) -> str:
    # The model of activity was fitted on another service; whoever reads the number must read that too.
    words = {"bills": "from bills; model fitted on Mohs surgery, a different service", "answer": "from an answer"}
    text = "unknown" if pd.isna(value) else f"{value:.2f}"
    return f"{text} ({words.get(basis, basis)})" if basis else text


def _last_answer(said: pd.DataFrame | None, today: dt.date) -> list[tuple[str, str]]:
    if said is None or said.empty:
        return [("last answer", "never asked")]
    counted = said[~said["entry"].isin(corrected_entries(said)) & (said["outcome"] != "withdrawn")]
    if counted.empty:
        return [("last answer", "never asked: what was written down was withdrawn")]
    row = counted.sort_values(["observed_on", "recorded_at"]).iloc[-1]
    age = (today - dt.date.fromisoformat(str(row["observed_on"]))).days
    old = f" ({age} days ago: call again)" if age > OLD_AFTER_DAYS else ""
    return [("last answer", f"{row['observed_on']}, {row['source']}: {OUTCOMES[str(row['outcome'])].words}{old}")]


def _events(own: pd.DataFrame, said: pd.DataFrame | None) -> Sequence[tuple[str, str, str, str]]:
    found = [
        (
            str(row["observed_on"]) or (str(row["year"]) if row["year"] else "undated"),
            str(row["source"]),
            _what(row),
            str(row["for_against"]),
        )
        for row in own.to_dict("records")
    ]
    if said is not None:
        corrected = corrected_entries(said)
        found += [
            (told.on.isoformat(), told.source, _answer(told), "corrected" if told.entry in corrected else _sign(told))
            for told in said_rows(said)
        ]
    return sorted(found, key=lambda event: (event[0] == "undated", event))


def _sign(told: Said) -> str:
    if told.kind.standing is Standing.SILENT:
        return "neutral"
    return "against" if told.kind.standing is Standing.PERMANENT else "for"


def _answer(told: Said) -> str:
    """Return an answer in words, with the site, who answered, and the key by which a correction names it."""
    parts = [told.kind.words]
    parts += [f"site {told.site_id}"] if told.site_id else []
    parts += [who] if (who := ", ".join(part for part in (told.answered_by, told.answered_role) if part)) else []
    parts += [f"first visit in {told.wait_days} days"] if told.wait_days is not None else []
    parts += [f"note: {told.note}"] if told.note else []
    return "; ".join(parts) + (f" (entry {told.entry[:12]})" if told.entry else "")


def _what(row: dict[Any, Any]) -> str:
    if (words := _KIND_WORDS.get(str(row["kind"]))) is not None:
        return f"{words} {row['code']}".strip()
    place = {"F": " at a facility", "O": " in the office"}.get(str(row["place_of_service"]), "")
    people = "" if pd.isna(row["beneficiaries"]) else f", {row['beneficiaries']:.0f} people"
    units = "" if pd.isna(row["services"]) else f", {row['services']:.0f} units"
    return f"billed {row['code']} ({str(row['kind']).replace('_', ' ')}){place}{people}{units}"


def _site_line(row: dict[Any, Any]) -> str:
    parts = [str(row[c]) for c in ("practice_name", "address", "city", "state", "zip") if row[c]]
    marks = [f"site {row['site_id']}", f"share {row['share']:.2f}"]
    marks += _SAID_OF_SITE.get(str(row.get("site_status")), [])
    marks += ["telehealth, which is no refill access"] if row["telehealth"] else []
    return ", ".join(parts) + f" [{'; '.join(marks)}]"
