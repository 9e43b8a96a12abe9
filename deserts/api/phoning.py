"""Whom to phone next, composed once for command, page and API: the calls worth most, and leads that are no evidence."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from deserts.tables.drives import minutes_words

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from deserts.access.prepared import Prepared
    from deserts.api.run import Run
    from deserts.patients.search.team import TeamFacts
    from deserts.store import Store

__all__ = ["LISTS", "ToPhone", "list_calls", "list_leads", "load_live", "notes_of_list"]

_LEADS_LIMITS = (
    "team only: holds names and telephones",
    "a lead is no evidence: most payments of makers are meals. It changes no grade, no count and no map; a call does",
)


@dataclass(frozen=True, slots=True, eq=False)
class ToPhone:
    """A list for the telephone.

    Parameters
    ----------
    name
        ``calls`` or ``leads``.
    table
        A row a call, the most useful first.
    lines
        What has to be known of it.
    """

    name: str
    table: pd.DataFrame
    lines: tuple[str, ...]

    def text(self, *, top: int) -> str:
        """Return its first rows, a few lines each, and what has to be known of them."""
        head = self.table.head(top).astype(object).fillna("")
        rows = [dict(zip(head.columns, values, strict=True)) for values in head.to_numpy().tolist()]
        more = f" (first {top} of {len(self.table)})" if len(self.table) > top else ""
        about = _about_call if self.name == "calls" else _about_lead
        entries = [line for row in rows for line in (_who(row), *(f"    {text}" for text in about(row)), "")]
        return "\n".join([f"{self.name}{more}", *(entries or ["none found", ""]), *self.lines])

    def to_dict(self, *, top: int) -> dict[str, Any]:
        """Return its first rows and the lines, for machines."""
        return {self.name: json.loads(self.table.head(top).to_json(orient="records")), "sources": list(self.lines)}


def load_live(run: Run, today: dt.date, *, store: Store | None = None) -> tuple[Prepared, pd.DataFrame, TeamFacts]:
    """Return a run with the log of this moment laid over it: an answer counts before the stages are run again.

    Parameters
    ----------
    run
        The run.
    today
        Day of which the log counts.
    store
        Where the drives are, if not the run's own.
    """
    from deserts.access.asked import inputs_as_asked
    from deserts.access.prepared import prepare
    from deserts.patients.search.facts import load_team_facts
    from deserts.specialists.acceptance_sample import read_rate
    from deserts.specialists.live import live_registry

    settings = run.settings
    team = load_team_facts(settings, run.service, today=today, data_on=run.store.data_day())
    rate = read_rate(settings.local_dir, team.standings, service=run.service)
    specialists, sites = live_registry(run.store, team.standings, service=run.service, rate=rate)
    inputs = inputs_as_asked(
        store or run.store, sites, service=run.service, time_limit_min=settings.time_limit_min,
        max_workers=settings.max_workers,
    )  # fmt: skip
    return prepare(inputs, time_limit_min=settings.time_limit_min), specialists, team


def notes_of_list(run: Run, team: TeamFacts) -> list[str]:
    """Return what a list must say of what was not read, is borrowed, or is known of how many take new patients."""
    from deserts.patients.search.unread import unread_words
    from deserts.specialists.acceptance_sample import rate_words, read_rate
    from deserts.specialists.activity import borrowed_words

    unread = unread_words(run.store.provenance(), service=run.service, name="backups")
    rate = read_rate(run.settings.local_dir, team.standings, service=run.service)
    return [*filter(None, [unread, borrowed_words(run.service)]), rate_words(rate)]


def list_calls(run: Run, today: dt.date) -> ToPhone:
    """Return the clinicians whose answer would change most people's drive.

    The value of a call is the minutes at stake times p (1 - p), p being the chance of a yes. Clinicians without
    evidence take part when the region was also run at grade specialty_only.

    Parameters
    ----------
    run
        A finished run.
    today
        Day of which the log counts.
    """
    from deserts.access.worth_of_calls import call_list
    from deserts.services.profile import SPECIALTY_ONLY

    store = run.store.beside(SPECIALTY_ONLY, "drive_times", "site_snaps") or run.store
    prepared, specialists, team = load_live(run, today, store=store)
    ranked = call_list(
        prepared.pairs, prepared.own_population, prepared.sites, specialists, service=run.service, grade=run.grade,
        time_limit_min=run.settings.time_limit_min,
    )  # fmt: skip
    lines = (
        *team.warnings, *notes_of_list(run, team), "For the team: holds names, telephones and probabilities.",
        *run.store.provenance().lines(today), team.last_call_line(),
    )  # fmt: skip
    return ToPhone("calls", ranked, lines)


def list_leads(run: Run, today: dt.date) -> ToPhone:
    """Return who may do this by signs that are no evidence, ordered by the minutes of driving that a yes would save.

    Parameters
    ----------
    run
        A finished run.
    today
        Day on which the data's age is told.
    """
    ask = f"when they answer: deserts log verify NPI --outcome …; ask: {run.service.words.get('ask', '')}"
    return ToPhone("leads", _ranked_leads(run), (*_LEADS_LIMITS, ask, *run.store.provenance().lines(today)))


def _who(row: Mapping[str, Any]) -> str:
    """Return rank, name, place and telephone of a row."""
    where = ", ".join(str(row[name]) for name in ("practice_name", "city", "state") if row.get(name))
    npi = f" (NPI {row['npi']})" if row["npi"] else ""
    return f"{row['rank']:>3}. {row['name']}{npi}, {where}: {row['phone'] or 'no telephone known'}"


def _about_call(row: Mapping[str, Any]) -> tuple[str, ...]:
    people, at_stake = row["people_at_stake"], row["person_min_at_stake"]
    each = f"{minutes_words(at_stake / people)} of driving for each of {people:,.0f} residents" if people else "nothing"
    known = f"{_plain(row['grade'])}, {_plain(row['drug'])}; chance of a yes {row['p_yes']:.0%}"
    return f"{known}; at stake: {each} ({row['why']})", f"ask: {row['ask']}"


def _plain(name: str) -> str:
    return name.replace("_", " ")


def _about_lead(row: Mapping[str, Any]) -> tuple[str, ...]:
    people, saved = row["people_gaining"], row["person_min_saved"]
    each = f"{minutes_words(saved / people)} of driving for each of {people:,.0f} residents" if people else "nothing"
    seen = f", {row['seen_on']}" if row["seen_on"] else ""
    return f"{row['source']}{seen}: {row['hint']}", f"{row['standing']}; a yes would save {each}"


LISTS = {"calls": list_calls, "leads": list_leads}


def _ranked_leads(run: Run) -> pd.DataFrame:
    """Gather leads, place them, and order them."""
    import numpy as np

    from deserts.access.drives_on_demand import drives_to_places
    from deserts.access.lead_order import order_leads
    from deserts.access.prepared import AccessInputs, prepare
    from deserts.roads import Network
    from deserts.specialists.leads import LEADS_FILE, gather_leads, read_leads

    store, limit = run.store, run.settings.time_limit_min
    found = gather_leads(store.read("leads"), read_leads(run.settings.local_dir / LEADS_FILE))
    found["standing"] = _standing(run, found["npi"])
    prepared = prepare(AccessInputs.from_store(store, service=run.service), time_limit_min=limit)
    lon, lat = _places(run, found)
    placed = np.isfinite(lon)
    pairs = drives_to_places(
        Network.load(store.find_network()), _points(run, prepared), lon[placed], lat[placed], limit_min=limit,
        max_snap_km=run.settings.max_snap_km, max_workers=run.settings.max_workers,
    )  # fmt: skip
    row = np.where(placed, np.cumsum(placed) - 1.0, np.nan)
    now = np.minimum(prepared.pairs.minutes_at(prepared.pairs.nearest(1)[:, 0]), limit)
    return order_leads(found, row, pairs, prepared.own_population, now)


def _points(run: Run, prepared: Prepared) -> pd.DataFrame:
    snaps = run.store.read("point_snaps").set_index("point_id")
    return snaps.loc[prepared.point_ids].reset_index(drop=True)


def _standing(run: Run, npis: pd.Series) -> pd.Series:
    """Say what the registry knows of a lead; that it knows nothing is the usual case."""
    grades = run.store.read("specialists").set_index("npi")["grade"]
    known = npis.map(grades).astype("object").fillna("")
    return ("in the registry: " + known).where(known != "", "not in the registry").astype("str")


def _places(run: Run, found: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Return where each lead is: its first site, a teaching hospital's own place, else its ZIP; null where unknown."""
    from deserts.places.placing import place_zips
    from deserts.places.zips import ZipIndex

    sites = run.store.read("sites").sort_values("site_id").drop_duplicates("npi").set_index("npi")
    hospitals = run.store.read("hospitals")
    hospitals.index = "H" + hospitals["ccn"]
    by_zip = place_zips(found["zip"], index=ZipIndex(run.store.read("zips")))
    columns = []
    for name in ("lon", "lat"):
        of_site = found["npi"].map(sites[name]).astype("float64")
        of_hospital = found["lead_id"].map(hospitals[name]).astype("float64")
        columns.append(of_site.fillna(of_hospital).fillna(by_zip[name]).to_numpy(dtype="float64"))
    return columns[0], columns[1]
