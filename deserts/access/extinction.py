"""The extinction plan: what happens when a practice stops, for a region, for one clinic's panel, and for one ZIP."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from deserts.access.closures import Groups, close_sites, single_closures
from deserts.access.displacement import displaced_flows, practice_volumes, required_growth
from deserts.access.hospital_options import HospitalDrives, hospital_options
from deserts.access.pairs import PairTable
from deserts.access.prepared import Prepared
from deserts.arrays import Bools, Floats, Longs
from deserts.errors import UnknownNameError
from deserts.services import Service

__all__ = [
    "ClinicPlan",
    "clinic_plan",
    "find_practices",
    "place_plan",
    "practice_names",
    "region_plan",
    "single_points",
]


@dataclass(frozen=True, slots=True)
class ClinicPlan:
    """What happens when one practice stops.

    Parameters
    ----------
    summary
        One row: people (or the panel's patients) who lose it, minutes added, stranded.
    takers
        Next practices, most people first, each with its required growth as an interval and a verdict.
    places
        Where the people live who lose it: counties, or the ZIPs of a panel.
    hospitals
        Hospitals paid for it without a named clinician, whom they can ask; counted nowhere else in the plan.
    """

    summary: pd.DataFrame
    takers: pd.DataFrame
    places: pd.DataFrame
    hospitals: pd.DataFrame


def practice_names(sites: pd.DataFrame) -> pd.DataFrame:
    """Return one row a practice, indexed by ``practice_id``: name (or address), city, state, number of clinicians."""
    ordered = sites.sort_values(["practice_id", "site_id"], kind="stable")
    first = ordered.drop_duplicates("practice_id").set_index("practice_id")
    name = first["practice_name"].where(first["practice_name"] != "", first["address"])
    return pd.DataFrame(
        {
            "practice": name,
            "city": first["city"],
            "state": first["state"],
            "clinicians": ordered.groupby("practice_id")["npi"].nunique(),
        }
    )


def region_plan(
    prepared: Prepared, specialists: pd.DataFrame, *, service: Service, time_limit_min: float
) -> pd.DataFrame:
    """Rank the practices of a region by what their closure would cost its people.

    Only the region's own people count; clinics of the surroundings take part as takers and as losses alike.

    Returns
    -------
    Costliest first: ``rank, practice_id, practice, city, state, clinicians`` and the columns of
    ``closures.single_closures``, ``single_point_of_failure`` (somebody is left without a backup), ``next_practice``,
    ``next_people_share``, ``next_growth_low``, ``next_growth_high``,
    ``next_verdict`` (of the practice that most would turn to). Practices that are nobody's nearest are left out.
    """
    population = prepared.own_population
    labels = prepared.sites["practice_id"]
    cost = single_closures(prepared.pairs, population, Groups.from_labels(labels), time_limit_min=time_limit_min)
    flows = displaced_flows(prepared.pairs, prepared.population, labels)
    growth = required_growth(flows, practice_volumes(prepared.sites, specialists, service=service), service=service)
    total = flows.groupby("group_id")["people"].sum()
    main = growth.sort_values(["group_id", "people", "next_id"], ascending=[True, False, True])
    main = main.drop_duplicates("group_id").set_index("group_id")
    names = practice_names(prepared.sites)
    table = cost.rename(columns={"group_id": "practice_id"}).join(names, on="practice_id")
    next_of = main.reindex(table["practice_id"]).reset_index(drop=True)
    table["single_point_of_failure"] = table["people_without_backup"] > 0
    table["next_practice"] = names["practice"].reindex(next_of["next_id"]).fillna("").to_numpy()
    table["next_people_share"] = next_of["people"].to_numpy() / total.reindex(table["practice_id"]).to_numpy()
    for column in ("growth_low", "growth_high"):
        table[f"next_{column}"] = next_of[column].to_numpy()
    table["next_verdict"] = next_of["verdict"].fillna("nobody_left").to_numpy()
    table = table[table["people_nearest"] > 0]
    ranked = table.sort_values(["added_person_min", "practice_id"], ascending=[False, True], ignore_index=True)
    ranked.insert(0, "rank", np.arange(1, len(ranked) + 1))
    front = ["rank", "practice_id", "practice", "city", "state", "clinicians"]
    return ranked[front + [column for column in ranked.columns if column not in front]]


def single_points(plan: pd.DataFrame) -> pd.DataFrame:
    """Rank the single points of failure of a region by the people left without a backup.

    Parameters
    ----------
    plan
        Result of `region_plan`.

    Returns
    -------
    Most people first: ``rank, practice_id, practice, city, state, clinicians, people_without_backup,
    people_stranded, people_nearest``.
    """
    found = plan[plan["single_point_of_failure"]]
    ranked = found.sort_values(["people_without_backup", "practice_id"], ascending=[False, True], ignore_index=True)
    columns = ["practice_id", "practice", "city", "state", "clinicians"]
    table = ranked[[*columns, "people_without_backup", "people_stranded", "people_nearest"]]
    table.insert(0, "rank", np.arange(1, len(table) + 1))
    return table


def find_practices(sites: pd.DataFrame, clinic: str) -> tuple[str, ...]:
    """Return the practices that an NPI, a practice id, or a part of a name means.

    Raises
    ------
    UnknownNameError
        If nothing fits, or a part of a name fits several practices.
    """
    wanted = clinic.strip()
    exact = sites.loc[(sites["npi"] == wanted) | (sites["practice_id"] == wanted), "practice_id"]
    if len(exact):
        return tuple(sorted(set(exact)))
    hit = sites["practice_name"].str.contains(wanted, case=False, regex=False) if wanted else sites["npi"] == ""
    fits = sites.loc[hit, ["practice_id", "practice_name", "city", "state"]].drop_duplicates("practice_id")
    if len(fits) == 1:
        return tuple(fits["practice_id"])
    shown = "; ".join(
        f"{row.practice_name}, {row.city} {row.state} [{row.practice_id}]" for row in fits.head(5).itertuples()
    )
    raise UnknownNameError(
        f"{clinic!r} fits {len(fits)} practices of this grade" + (f": {shown}" if shown else ""),
        where="--clinic",
        expected="an NPI, a practice id, or a part of a name that fits one practice",
        fix="give the NPI or the id in brackets, or another --grade",
    )


def clinic_plan(
    pairs: PairTable,
    people: Floats,
    place: pd.Series,
    prepared: Prepared,
    practices: Sequence[str],
    specialists: pd.DataFrame,
    *,
    service: Service,
    time_limit_min: float,
    all_of_panel: bool = False,
    next_site: Longs | None = None,
    hospitals: HospitalDrives | None = None,
) -> ClinicPlan:
    """Plan for the closure of some practices, whole.

    Parameters
    ----------
    pairs
        Drives from the points (demand points, or the ZIPs of a panel) to ``prepared.sites``.
    people
        Residents, or the panel's patients, at each point.
    place
        County or ZIP of each point, for the table of who loses.
    prepared
        The run.
    practices
        Practices that close together.
    all_of_panel
        Whether all people are patients of the clinic (a panel), wherever else may be nearer; otherwise those whose
        nearest site it is stand in for its patients.
    next_site
        Position of the site that takes over the people of each point, -1 where nobody does; None takes the nearest
        that is left.
    hospitals
        Drives from the same points to hospitals without a named clinician; None where no price file was read.
    """
    closed = prepared.sites["practice_id"].isin(practices).to_numpy()
    change = close_sites(pairs, closed)
    if all_of_panel:
        own = pairs.select(sites=closed)
        change = dataclasses.replace(change, before_min=own.minutes_at(own.nearest(1)[:, 0]))
        affected = people > 0
    else:
        affected = np.append(closed, False)[change.before_site] & (people > 0)
    weight = np.where(affected, people, 0.0)
    added = np.where(affected, change.added_min(time_limit_min=time_limit_min), 0.0)
    stranded = affected & ~np.isfinite(change.after_min)
    summary, places = _losses(weight, added, stranded, place)
    takes_over = change.after_site if next_site is None else next_site
    takers = _takers(takes_over, weight, prepared, practices, specialists, service, known=all_of_panel)
    systems = prepared.sites.loc[closed, "system_id"] if "system_id" in prepared.sites else ()
    ask = pd.DataFrame() if hospitals is None else hospital_options(hospitals, weight, stranded, frozenset(systems))
    return ClinicPlan(summary, takers, places, ask)


def _losses(weight: Floats, added: Floats, stranded: Bools, place: pd.Series) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return what the people lose in all, and by place, most people first."""
    total = float(weight.sum())
    summary = pd.DataFrame(
        {
            "people": [total],
            "people_stranded": [float(weight @ stranded)],
            "added_mean_min": [float(weight @ added) / total if total > 0 else np.nan],
            "people_losing_over_60_min": [float(weight @ (added > 60))],
        }
    )
    lost = pd.DataFrame({"place": place.to_numpy(), "people": weight, "people_stranded": weight * stranded})
    lost["added_mean_min"] = weight * added
    places = lost[weight > 0].groupby("place", sort=True).sum().reset_index()
    places["added_mean_min"] /= places["people"]
    return summary, places.sort_values(["people", "place"], ascending=[False, True], ignore_index=True)


def place_plan(pairs: PairTable, prepared: Prepared, ranked: pd.DataFrame, p_available: Floats) -> pd.DataFrame:
    """Answer for one place, before an implant, who will refill this pump here, and who after that.

    Parameters
    ----------
    pairs
        Drives from the one place (row 0) to ``prepared.sites``.
    ranked
        Whom to ask in this order, each at one site: ``site_id, tier, drive_min``; those of one practice may repeat.
    p_available
        Probability that each site's clinician is there for a new patient.

    Returns
    -------
    One row a practice in the order of ``ranked``: ``rank, practice, city, state, clinicians, tier, drive_min,
    added_if_all_before_close_min`` (against the first), ``p_available`` (that at least one of its clinicians within
    the limit is there), and ``p_all_before_gone`` (that nobody before is).
    """
    at = prepared.site_ids.get_indexer(pd.Index(ranked["site_id"]))
    known = ranked.assign(number=np.where(at >= 0, prepared.practice[at], -1))
    first = known[known["number"] >= 0].drop_duplicates("number").reset_index(drop=True)
    numbers = first["number"].to_numpy(dtype=np.int64)
    reached = np.zeros(len(prepared.sites), dtype=bool)
    reached[pairs.site] = True
    practice = prepared.practice
    chance = np.array([_any_there(prepared.sites, p_available, reached & (practice == number)) for number in numbers])
    ids = prepared.sites["practice_id"].to_numpy()[prepared.site_ids.get_indexer(pd.Index(first["site_id"]))]
    table = practice_names(prepared.sites).reindex(ids).reset_index(names="practice_id")
    table.insert(0, "rank", np.arange(1, len(table) + 1))
    table["tier"] = first["tier"].to_numpy()
    table["drive_min"] = first["drive_min"].to_numpy(dtype=np.float64)
    table["added_if_all_before_close_min"] = table["drive_min"] - table["drive_min"].head(1).sum()
    table["p_available"] = chance
    table["p_all_before_gone"] = [
        1.0 - _any_there(prepared.sites, p_available, reached & np.isin(practice, numbers[:before]))
        for before in range(len(numbers))
    ]
    return table


def _any_there(sites: pd.DataFrame, p_available: Floats, chosen: Bools) -> float:
    """Return the probability that at least one clinician is there; several sites of one person count once."""
    _, first = np.unique(sites["npi"].to_numpy(dtype=object)[chosen], return_index=True)
    return float(1.0 - np.prod(1.0 - p_available[chosen][first]))


def _takers(
    after_site: Longs,
    weight: Floats,
    prepared: Prepared,
    practices: Sequence[str],
    specialists: pd.DataFrame,
    service: Service,
    *,
    known: bool,
) -> pd.DataFrame:
    """Return the next practices with their share of the people and their required growth."""
    labels = np.append(prepared.sites["practice_id"].to_numpy(dtype=object), "")
    flows = pd.DataFrame({"next_id": labels[after_site], "people": weight})
    flows = flows[flows["people"] > 0].groupby("next_id", sort=True)["people"].sum().reset_index()
    flows.insert(0, "group_id", "closed")
    volumes = practice_volumes(prepared.sites, specialists, service=service)
    closed = volumes.loc[volumes.index.isin(practices)].sum()
    if known:  # a panel is a count, not an estimate
        closed["volume_low"] = closed["volume_high"] = weight.sum()
    volumes.loc["closed"] = closed
    growth = required_growth(flows, volumes, service=service)
    growth["share"] = growth["people"] / max(weight.sum(), 1e-300)
    joined = growth.join(practice_names(prepared.sites), on="next_id").drop(columns="group_id")
    return joined.sort_values(["people", "next_id"], ascending=[False, True], ignore_index=True)
