"""Which counties can be told about: whether what the run needs was read there, and whether enough of it could be used.

A source that was not read in a county's state, or coverage below the profile's least share, blanks the county's
numbers and names the reason. States within the time limit that were not read touch only those counties whose people
could be nearer to that state's border than to the nearest site found.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
import shapely

from deserts.access.areas import weighted_mean
from deserts.arrays import Bools, Floats, Ints
from deserts.config import Region
from deserts.earth import EARTH_RADIUS_KM, on_sphere
from deserts.errors import MissingDataError
from deserts.provenance import Provenance
from deserts.searches import LISTS, Verdict
from deserts.sentences import say, sentence
from deserts.services import Service
from deserts.tables import Search, Status

__all__ = [
    "Coverage",
    "blank",
    "county_search",
    "edge_exposed",
    "exposed_by_county",
    "measure_coverage",
    "require_searched",
    "told",
    "without_lists",
]

_TOP_SPEED_KMH = 120.0
"""No drive is faster than this in a straight line: a site across a border farther away than that cannot be nearer."""
_LEAST_EXPOSED = 0.01
"""A county counts as touched by an unread border from this share of its residents on."""


@dataclass(frozen=True, slots=True)
class Coverage:
    """What the run searched, and where coverage is too low.

    Parameters
    ----------
    verdict
        How far the run's question was searched.
    unlisted_states
        States in which no list of clinicians was read: who passes on paper is not known there.
    weak_states
        Postal code to the reason why its counties cannot be assessed, empty key for the whole region.
    weak_counties
        County code to such a reason.
    """

    verdict: Verdict = field(default_factory=Verdict)
    unlisted_states: tuple[str, ...] = ()
    weak_states: Mapping[str, str] = field(default_factory=dict)
    weak_counties: Mapping[str, str] = field(default_factory=dict)


def measure_coverage(
    provenance: Provenance, *, service: Service, demand: pd.DataFrame, point_snaps: pd.DataFrame,
    sites: pd.DataFrame, site_snaps: pd.DataFrame,
) -> Coverage:  # fmt: skip
    """Return what a run searched, and where too little could be used.

    Parameters
    ----------
    provenance
        What was read.
    service
        Gives the least shares (``audit.*``), each with its reason.
    demand, point_snaps
        The tables of demand points and of their ends on the roads.
    sites
        Sites that supply at the run's grade, also those without a place.
    site_snaps
        Their ends on the roads.
    """
    weak: dict[str, list[str]] = {}
    scored = demand[demand["scored"]]
    on_road = scored["point_id"].isin(point_snaps.loc[point_snaps["status"] == Status.OK, "point_id"])
    _note_weak(
        weak, scored["state"], scored["population"], on_road, service.number("audit.points_snapped_share"),
        "of residents have a point near a road of the network",
    )  # fmt: skip
    placed = sites["lon"].notna()
    _note_weak(
        weak, sites["state"], sites["share"], placed, service.number("audit.sites_placed_share"),
        "of the sites have a known place",
    )  # fmt: skip
    there = sites[placed]
    snapped = there["site_id"].isin(site_snaps.loc[site_snaps["status"] == Status.OK, "site_id"])
    _note_weak(
        weak, there["state"], there["share"], snapped, service.number("audit.sites_snapped_share"),
        "of the sites lie near a road of the network",
    )  # fmt: skip
    claims = next((read for read in provenance.sources if read.source == "claims"), None)
    if claims is not None and claims.damaged_share > 1.0 - service.number("audit.claims_used_share"):
        weak.setdefault("", []).append(f"{claims.damaged_share:.0%} of the claims rows could not be read")
    return Coverage(
        provenance.verdict("share_beyond", service=service),
        _unlisted(provenance),
        {state: "; ".join(reasons) for state, reasons in weak.items()},
        _misplaced(scored, service.number("audit.county_factor")),
    )


def _unlisted(provenance: Provenance) -> tuple[str, ...]:
    lists = {state for read in provenance.sources if read.source in LISTS for state in read.states}
    return tuple(state for state in Region.parse(provenance.region_id).states if state not in lists)


def _misplaced(demand: pd.DataFrame, most: float) -> dict[str, str]:
    """Return the counties whose people had to be scaled too far: their points stand for somebody else."""
    if "county_factor" not in demand:
        return {}
    factor = demand.groupby("county_fips")["county_factor"].max().dropna()
    far = factor[(factor > most) | (factor < 1.0 / most)]
    return {
        str(fips): f"its points held {1.0 / value:.2f} times its residents before they were scaled to the census"
        for fips, value in far.items()
    }


def _note_weak(
    weak: dict[str, list[str]], state: pd.Series, amount: pd.Series, good: pd.Series, least: float, what: str
) -> None:
    """Add a reason for every state of whose amount too small a share is good."""
    whole = amount.groupby(state.to_numpy()).sum()
    share = (amount * good).groupby(state.to_numpy()).sum() / whole.where(whole > 0)
    for name, value in share[share < least].items():
        weak.setdefault(str(name), []).append(f"only {value:.0%} {what}")


def county_search(counties: pd.DataFrame, coverage: Coverage, *, reached: Bools, exposed_share: Floats) -> pd.DataFrame:
    """Return ``search``, ``search_missing``, ``blank_status`` and ``blank_reason`` of each county.

    Parameters
    ----------
    counties
        ``county_fips, state``, a row for each county.
    coverage
        What was searched.
    reached
        Whether anybody of the county reaches a site.
    exposed_share
        Share of residents whom a site in a state that was not, or only half read could be nearer (`edge_exposed`).
    """
    verdict = coverage.verdict
    everywhere = coverage.weak_states.get("", "")
    rows: list[tuple[str, str, str, str]] = []
    for fips, state, found, exposed in zip(
        counties["county_fips"], counties["state"], reached, exposed_share, strict=True
    ):
        weak = everywhere or coverage.weak_states.get(state, "") or coverage.weak_counties.get(fips, "")
        if verdict.is_needed_missing or state in verdict.not_searched:
            rows.append((Search.NOT, verdict.words(), Status.NOT_SEARCHED, verdict.words()))
            continue
        missing = verdict.missing if exposed >= _LEAST_EXPOSED else verdict.missing_inside
        outcome = Search.PARTLY if missing else (Search.FOUND if found else Search.NONE)
        rows.append((outcome, "; ".join(missing), Status.NOT_ASSESSABLE if weak else "", weak))
    return pd.DataFrame(
        [tuple(map(str, row)) for row in rows], columns=["search", "search_missing", "blank_status", "blank_reason"]
    )


def require_searched(provenance: Provenance, *, service: Service) -> None:
    """Refuse to say who is nearest for how many, before or after anything changes, where nobody looked.

    Raises
    ------
    MissingDataError
        If a source without which there is no answer was not read in every state of the region.
    """
    verdict = provenance.verdict("nearest_for", service=service)
    if not verdict.may_be_said:
        raise MissingDataError(
            say("nearest_for", verdict), where=f"the run of {provenance.region_id}",
            fix="give what is missing and run the region again; `deserts doctor` says what each source is for",
        )  # fmt: skip


def told(scores: pd.DataFrame) -> pd.Series:
    """Say for each row of ``county_scores`` whether anything can be told: what it needs was searched and usable."""
    return ~scores["status"].isin([Status.NOT_SEARCHED, Status.NOT_ASSESSABLE])


def blank(scores: pd.DataFrame, search: pd.DataFrame) -> pd.DataFrame:
    """Put the columns ``search`` and ``search_missing`` on scores, and null the numbers of what cannot be told.

    Parameters
    ----------
    scores
        Rows of ``county_scores``.
    search
        Result of `county_search`, in the same order, with ``edge_share``.
    """
    gone = search["blank_status"].ne("").to_numpy()
    result = scores.assign(search=search["search"].to_numpy(), search_missing=search["search_missing"].to_numpy())
    for name in result.columns:
        if pd.api.types.is_float_dtype(result[name]) and name != "population":
            result[name] = result[name].where(~gone)
    result["edge_share"] = search["edge_share"].to_numpy()
    result["desert_rank"] = result["desert_rank"].astype("Int64").where(~gone)
    result["status"] = result["status"].where(~gone, search["blank_status"].to_numpy())
    unknown = sentence("desert_class").unknown
    words = search["blank_reason"].map(lambda reason: unknown.format(missing=reason)).to_numpy()
    result["desert_class"] = result["desert_class"].where(~gone, words)
    result["mean_is_lower_bound"] &= ~gone
    result["adequacy"] = result["adequacy"].where(~gone, "unknown")
    if "desert_firmness" in result:
        result["desert_firmness"] = result["desert_firmness"].where(~gone, "")
    return result


def without_lists(scores: pd.DataFrame, coverage: Coverage) -> pd.DataFrame:
    """Leave open who passes the adequacy test on paper where no list of clinicians was read."""
    unlisted = scores["state"].isin(coverage.unlisted_states)
    fails = unlisted & scores["adequacy"].isin(["fail", "passes_on_paper_only"])
    return scores.assign(
        adequate_on_paper_share=scores["adequate_on_paper_share"].where(~unlisted),
        adequacy=scores["adequacy"].where(~fails, "fails_paper_unknown"),
    )


def edge_exposed(
    demand: pd.DataFrame, nearest_min: Floats, counties: pd.DataFrame, unread: tuple[str, ...], *,
    time_limit_min: float,
) -> Bools:  # fmt: skip
    """Say for each demand point whether a site in a state that was not read could be nearer than the nearest found.

    A straight line at `_TOP_SPEED_KMH` from the point to that state's border bounds the drive from below.

    Parameters
    ----------
    demand
        ``lon, lat`` of the points.
    nearest_min
        Minutes to the nearest site found; infinite where there is none.
    counties
        ``state, geometry`` of all counties within the time limit.
    unread
        Postal codes of the states that were not read.
    time_limit_min
        Beyond it a site counts for nothing.
    """
    from scipy.spatial import cKDTree

    if not unread or demand.empty:
        return np.zeros(len(demand), dtype=bool)
    shapes = counties.loc[counties["state"].isin(unread) & counties["geometry"].notna(), "geometry"]
    if shapes.empty:  # nothing tells where such a state lies
        return np.ones(len(demand), dtype=bool)
    border = np.unique(shapely.get_coordinates(np.asarray(shapes, dtype=object)), axis=0)
    chord, _ = cKDTree(on_sphere(border[:, 0], border[:, 1])).query(
        on_sphere(demand["lon"].to_numpy(np.float64), demand["lat"].to_numpy(np.float64))
    )
    km = 2.0 * EARTH_RADIUS_KM * np.arcsin(np.clip(chord / 2.0, 0.0, 1.0))
    least_min = km / _TOP_SPEED_KMH * 60.0
    return np.asarray(least_min < np.minimum(nearest_min, time_limit_min))


def exposed_by_county(exposed: Bools, population: Floats, county: Ints, n_counties: int) -> Floats:
    """Return the share of residents of each county who are exposed; 0 for a county without residents."""
    return np.nan_to_num(weighted_mean(exposed.astype(np.float64), population, county, n_counties))
