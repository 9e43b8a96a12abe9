"""Write a call down: whose it is, what it corrects, and where it goes when the log cannot be written."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from deserts.config import Region, Settings
from deserts.errors import DesertsError, MissingDataError, SourceError, UnknownNameError
from deserts.services import Service
from deserts.specialists.entries import Answer, Verification, make_entry
from deserts.specialists.log.database import Kept, open_log
from deserts.specialists.log.reading import read_calls
from deserts.specialists.log.waiting import keep_waiting, merge_waiting, waiting_rows
from deserts.specialists.outcomes import OUTCOMES
from deserts.store import Store

__all__ = ["Clinician", "Recorded", "entry_words", "find_clinician", "place_words", "prepare_entry", "record_entries"]


_PLACE_COLUMNS = ["npi", "site_id", "practice_name", "address", "city", "state"]


@dataclass(frozen=True, slots=True)
class Clinician:
    """Whom an answer is about.

    Parameters
    ----------
    npi, name
        The clinician; no name where no table knows the number.
    sites
        Known sites: site id to its address in words.
    """

    npi: str
    name: str = ""
    sites: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Recorded:
    """What became of entries.

    Parameters
    ----------
    kept
        How many were new in the log.
    waiting
        How many wait on this machine because the log could not be written.
    why_waiting
        Why, empty when they do not wait.
    """

    kept: Kept
    waiting: int = 0
    why_waiting: str = ""


def find_clinician(settings: Settings, service: Service, npi: str) -> Clinician | None:
    """Return a clinician from the tables of the regions made here, None when none of them knows the NPI."""
    name, found = "", False
    sites: dict[str, str] = {}
    for folder in sorted(settings.processed_dir.glob(f"*/{service.service_id}")):
        try:
            store = Store(settings, Region.parse(folder.parent.name), service.service_id)
            people, places = _people_and_places(store)
        except DesertsError:
            continue  # a folder of the user's own, or a region that is not whole: another may know the clinician
        own = people[people["npi"] == npi]
        if own.empty:
            continue
        found = True
        name = name or str(own["name"].iloc[0])
        sites |= {str(row["site_id"]): place_words(row) for row in places[places["npi"] == npi].to_dict("records")}
    return Clinician(npi, name, dict(sorted(sites.items()))) if found else None


def _people_and_places(store: Store) -> tuple[pd.DataFrame, pd.DataFrame]:
    try:
        return (
            store.read("specialists_unasked", columns=["npi", "name"]),
            store.read("sites_unasked", columns=_PLACE_COLUMNS),
        )
    except MissingDataError:  # an earlier version knew no tables without the calls
        return store.read("specialists", columns=["npi", "name"]), store.read("sites", columns=_PLACE_COLUMNS)


def place_words(site: Mapping[Any, Any]) -> str:
    """Return where a site is, in words."""
    parts = [str(site[name]) for name in ("practice_name", "address", "city", "state") if site[name]]
    return ", ".join(parts)


def prepare_entry(
    answer: Answer,
    *,
    clinician: Clinician | None,
    is_new: bool,
    settings: Settings,
    service: Service,
    today: dt.date,
) -> Verification:
    """Check an answer, look up what it corrects, and return it as an entry; nothing is written.

    Parameters
    ----------
    answer
        As entered.
    clinician
        Whom the tables know under its NPI, None when nobody.
    is_new
        Whether it was said that the tables do not know the clinician yet.

    Raises
    ------
    InputError
        With every problem of the answer.
    UnknownNameError
        If nobody is known under the NPI and that was not expected, or there is no entry to correct.
    """
    entry = make_entry(answer, today=today, service=service, sites=tuple(clinician.sites) if clinician else ())
    if clinician is None and not is_new:
        raise UnknownNameError(
            "no table of a region made here knows this NPI",
            where="npi",
            expected="the NPI of a clinician whom `deserts backup` or `deserts evidence specialist` shows",
            fix="check the digits; for somebody who is new in the area say so (--new)",
        )
    if not entry.corrects:
        return entry
    rows = read_calls(settings, service=service.service_id).rows
    return dataclasses.replace(entry, corrects=_whole_key(entry.corrects, rows))


def _whole_key(start: str, rows: pd.DataFrame) -> str:
    found = sorted(set(rows.loc[rows["entry"].str.startswith(start), "entry"]))
    if len(found) != 1:
        raise UnknownNameError(
            f"{'several entries begin' if found else 'no entry begins'} with this key",
            where="corrects",
            expected="the key of one entry, as `deserts evidence specialist` shows it",
            fix="give more characters" if found else "check the key",
        )
    return str(found[0])


def record_entries(settings: Settings, entries: Sequence[Verification]) -> Recorded:
    """Write entries to the log with all that waits for it; where it cannot be written, let them wait, never lose them.

    Raises
    ------
    InputError
        If the address of the database cannot be read: nothing was written and nothing waits then.
    """
    log = open_log(settings)
    moment = dt.datetime.now(dt.UTC).isoformat(timespec="microseconds")
    keep_waiting(settings, entries, recorded_at=moment)
    try:
        # Through the folder of what waits, so that a crash between the two loses nothing.
        return Recorded(merge_waiting(settings, log))
    except SourceError as error:
        return Recorded(Kept(0), len(waiting_rows(settings)), error.what)


def entry_words(entry: Verification, clinician: Clinician | None) -> str:
    """Return an entry as a sentence that names clinician, site and answer."""
    who = f"{clinician.name} (NPI {entry.npi})" if clinician is not None and clinician.name else f"NPI {entry.npi}"
    if entry.site_id:
        where = f"at {clinician.sites.get(entry.site_id, entry.site_id) if clinician else entry.site_id}"
    else:
        where = "at all sites" if entry.scope else "site not stated"
    told = ", ".join(part for part in (entry.source, entry.answered_by, entry.answered_role) if part)
    words = f"{who}, {where}: {OUTCOMES[entry.outcome].words}; {entry.observed_on}, told by {told}"
    asked = [part for part in (entry.asked_age, entry.asked_payer) if part]
    words += f"; asked for {' and '.join(asked)}" if asked else ""
    words += f"; earliest visit in {entry.visit_weeks:g} weeks" if entry.visit_weeks is not None else ""
    words += f"; ask again on {entry.review_on}" if entry.review_on else ""
    words += f"; follow up on {entry.follow_up_on}" if entry.follow_up_on else ""
    return words + (f"; corrects entry {entry.corrects[:8]}" if entry.corrects else "")
