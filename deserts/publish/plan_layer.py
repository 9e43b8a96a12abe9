"""What a map and a fact sheet show of payers' directories: how many they list, and of how many files show the work.

Counts of public files alone, whatever clinics said on the telephone: nobody is named, and who is not shown is never
called untrue. Whom a public file contradicts is among those not shown.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from deserts.documents import plain
from deserts.networks import Listed, check_listings
from deserts.networks.listings import plans_in, rows_of_plan
from deserts.publish.area_facts import Area, FactBase
from deserts.publish.county_colours import SHADES, UNKNOWN, Measure
from deserts.services import Service
from deserts.store import Store
from deserts.tables import empty

__all__ = ["plan_lines", "plan_measures"]

_MOST = 4
"""Plans shown where none is chosen, in the order of their identifiers."""
_MOST_ON_PAPER = 2
_LEGEND = (
    "lists some whom these files show", "lists some, these files show none of them", "lists nobody by name here",
)  # fmt: skip
_COLOURS = (SHADES[0], SHADES[2], SHADES[3])


def plan_measures(
    store: Store, scores: pd.DataFrame, *, service: Service, plan: str | None = None
) -> tuple[Measure, ...]:
    """Return one measure a plan: whether the directory lists, in a county, anybody whom public files show.

    Parameters
    ----------
    store
        ``plan_listings``, ``specialists_unasked``, ``sites_unasked``, ``zips`` of the run; without directories nothing.
    scores
        The table ``county_scores``; its rows order the classes.
    service
        Profile of the run's service.
    plan
        Identifier or name of the only plan to show; None shows the first ones.

    Raises
    ------
    UnknownNameError
        If no directory of the run has the plan.
    """
    listings = _listings(store)
    chosen = [plan] if plan else [identifier or name for identifier, name in plans_in(listings)[:_MOST]]
    return tuple(
        _measure(number, rows_of_plan(listings, name), store, scores, service) for number, name in enumerate(chosen)
    )


def plan_lines(base: FactBase, area: Area) -> tuple[str, ...]:
    """Return a sentence a plan on the counties of an area; a county that a district cuts counts with all of it.

    Parameters
    ----------
    base, area
        The run, with or without payers' directories, and the area.
    """
    listings = _listings(base.store)
    fips = frozenset(base.points.iloc[area.rows]["county_fips"])
    plans, searched = plans_in(listings), _is_searched(base.store, base.service)
    lines = []
    for identifier, name in plans[:_MOST_ON_PAPER]:
        rows = rows_of_plan(listings, identifier or name)
        people = _people(rows, base.store, base.service)
        own = people[people["county_fips"].isin(fips)].drop_duplicates("npi")
        least = "at least " if (rows["gaps"] != "").any() else ""
        seen = f"; public files show of {int(own['is_shown'].sum())} that they do" if searched else ""
        lines.append(f"{_name(rows)} lists {least}{len(own)} here whose specialty could do this{seen}.")
    return (*lines, "Not shown is not the same as not doing it.") if lines and searched else tuple(lines)


def _listings(store: Store) -> pd.DataFrame:
    return store.read("plan_listings") if store.has("plan_listings") else empty("plan_listings")


def _measure(number: int, rows: pd.DataFrame, store: Store, scores: pd.DataFrame, service: Service) -> Measure:
    people = _people(rows, store, service).drop_duplicates(["npi", "county_fips"])
    by_county = people.groupby("county_fips")["is_shown"].agg(["size", "sum"]).reindex(scores["county_fips"])
    listed, shown = (by_county[name].fillna(0).to_numpy(dtype=np.int64) for name in ("size", "sum"))
    searched = _is_searched(store, service)
    # Of a directory that was not read whole nobody knows whom it lacks; without claims nobody knows who is shown.
    unknown = (listed == 0) & bool((rows["gaps"] != "").any()) | (shown == 0) & (not searched)
    classes = np.where(unknown, UNKNOWN, np.select([shown > 0, listed > 0], [0, 1], default=2)).astype(np.int64)
    notes = [_words(rows, count, seen, "here", searched=searched) for count, seen in zip(listed, shown, strict=True)]
    label = f"Plan: {_name(rows)}"
    return Measure(f"plan_{number}", label, _LEGEND, _COLOURS, (1,), classes, tuple(notes))


def _people(rows: pd.DataFrame, store: Store, service: Service) -> pd.DataFrame:
    """Return one row a listed clinician of the service's specialties and place, with its county and whether shown."""
    check = check_listings(
        rows, specialists=store.read("specialists_unasked"), sites=store.read("sites_unasked"), service=service,
        grade=store.grade, states=store.region.states,
    )  # fmt: skip
    standing = check.listed.set_index("npi")["standing"]
    own = rows[(rows["entity"] == "individual") & rows["npi"].isin(standing.index)]
    zips = store.read("zips").set_index("zip")["county_fips"] if store.has("zips") else pd.Series(dtype="str")
    return pd.DataFrame(
        {
            "npi": own["npi"],
            "county_fips": own["zip"].map(zips).fillna("").astype("str"),
            "is_shown": own["npi"].map(standing).eq(str(Listed.SHOWN)),
        }
    )


def _words(rows: pd.DataFrame, listed: int, shown: int, where: str, *, searched: bool) -> str:
    days = ", ".join(sorted({str(day) for day in rows["retrieved_on"] if day})) or "a day not recorded"
    head = f"The directory of {_name(rows)}, got on {days},"
    is_whole = not (rows["gaps"] != "").any()
    if not listed:
        unread = "" if is_whole else "; it could not be read whole"
        return f"{head} names nobody {where} whose specialty could do this{unread}."
    said = f"{head} lists {'' if is_whole else 'at least '}{listed} {where} whose specialty could do this"
    if not searched:
        return f"{said}; whether they do was not searched."
    said += f"; of {shown} public files show that they do"
    if listed > shown:
        said += f"; of the other {listed - shown} they do not show it, which is not the same as not doing it"
    return f"{said}."


def _is_searched(store: Store, service: Service) -> bool:
    return store.provenance().verdict("none_at_grade", service=service).may_be_said


def _name(rows: pd.DataFrame) -> str:
    named = next((str(text) for text in (*rows["plan_name"], *rows["plan_id"]) if text), "a plan without a name")
    return plain(named, one_line=True)
