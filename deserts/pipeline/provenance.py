"""Stage ``provenance``: what every output of a run must say: years, days, notices, credits, states, settings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd

from deserts.pipeline.code import code_version
from deserts.pipeline.inputs import InputFile, as_of, file_hashes, files_for, network_hash, table_hashes
from deserts.pipeline.run import Run
from deserts.pipeline.searched import reads_of
from deserts.pipeline.stage import Stage
from deserts.provenance import LOCK_NAME, Provenance
from deserts.roads import Network
from deserts.searches import SourceRead, Verdict, judge
from deserts.sentences import sentence
from deserts.services.profile import SPECIALTY_ONLY, is_packaged
from deserts.sources.fetch import region_area
from deserts.sources.lock import write_lock
from deserts.sources.raw import DATASETS
from deserts.specialists.reconcile_words import reconciliation_line
from deserts.store import FlowRow, sha256_of, write_text
from deserts.tables import Scope, Status

__all__ = [
    "STAGE", "border_notices", "build_provenance", "lock_path", "place_notices", "provenance_hash", "vintage_notices",
]  # fmt: skip

_UPPER_BOUND = (
    "upper bound, not access: these clinicians are listed under a specialty that could do this; "
    "nothing shows that they do"
)
_NAMED = 5
_LEAST_NODES = 20
"""A state counts as covered by the road data from this many network nodes on."""
_QUESTION = "share_beyond"
"""The sentence that a run answers: how far residents live from those at its grade."""


def provenance_hash(run: Run) -> dict[str, str]:
    """Return the hash of the record that this stage wrote, for the manifests of those that read it."""
    return {"provenance": sha256_of(run.store.find_file(run.store.provenance_path, "the record of sources"))}


def _files(run: Run) -> list[InputFile]:
    return [file for dataset in DATASETS for file in files_for(run, dataset)]


def _inputs(run: Run) -> Mapping[str, str]:
    # The drive times are read by nobody here, but a record of sources must not outlive those that it tells of.
    tables = table_hashes(
        run, "evidence", "searches", "sites", "counties", "demand", "hospitals", "drive_times", "reconciliation"
    )
    return {**tables, **network_hash(run), **file_hashes(_files(run))}


def _parameters(run: Run) -> Mapping[str, object]:
    files = _files(run)
    told = [[f.name, f.fetched_on, f.published_on, f.notice, f.attribution] for f in files]
    return {"grade": run.grade, "options": dict(_options(run)), "as_of": as_of(run).isoformat(), "files": told}


def _options(run: Run) -> tuple[tuple[str, str], ...]:
    """Return every setting that a result depends on, by the name of its option where it has one."""
    settings = run.settings
    found = {
        "also": " ".join(settings.also),
        "county_vintage": str(run.region.county_vintage),
        "max_snap_km": f"{settings.max_snap_km:g}",
        "profile": run.service.service_id if is_packaged(run.service) else f"{run.service.service_id}.toml",
        "profile_sha256": run.service.sha256,
        "supply_states": " ".join(run.region.supply_states),
        "time_limit": f"{settings.time_limit_min:g}",
    }
    return tuple(sorted(found.items()))


def lock_path(run: Run) -> Path:
    """Return where the record of a run's raw files lies, for a frozen run."""
    return run.store.folder(Scope.GRADE) / LOCK_NAME


def _outputs(run: Run) -> Sequence[Path]:
    return [run.store.provenance_path, lock_path(run)]


def _work(run: Run) -> Sequence[FlowRow]:
    facts = build_provenance(run, Network.load(run.store.find_network()))
    write_text(run.store.provenance_path, facts.to_json())
    write_lock(lock_path(run), region_area(run.region, run.service, run.settings))
    missing = f"states whose roads or clinicians are missing: {', '.join(facts.missing_states) or 'none'}"
    return [FlowRow("files", len(facts.inputs), len(facts.inputs), f"raw files and your own; {missing}")]


def build_provenance(run: Run, network: Network) -> Provenance:
    """Return the provenance of a run from its input files, its evidence and its network."""
    files = _files(run)
    evidence = run.store.read("evidence", columns=["source", "year"])
    years = evidence.loc[(evidence["source"] == "claims") & (evidence["year"] > 0), "year"]
    sources = (*reads_of(run.store.read("searches")), *_place_reads(run, network))
    region = run.region
    verdict = judge(
        sentence(_QUESTION).needs, sources, service=run.service, grade=run.grade, own=region.states,
        near=region.supply_states,
    )  # fmt: skip
    return Provenance(
        region_id=region.region_id,
        service_id=run.service.service_id,
        grade=run.grade,
        claims_years=tuple(int(year) for year in sorted(years.unique())),
        directory_date=_newest(files, "directory"),
        deactivation_date=_newest(files, "nppes_deactivated"),
        refreshed_on=max((file.fetched_on for file in files if file.fetched_on), default=as_of(run).isoformat()),
        notices=(*_notices(run, files), *network.meta["notices"]),
        attribution=tuple(
            sorted({*network.meta.get("attribution", ()), *(f.attribution for f in files if f.attribution)})
        ),
        missing_states=_missing_states(run, verdict),
        reconciliation=reconciliation_line(
            run.store.read("reconciliation"), service=run.service, states=run.region.states
        ),
        inputs=tuple(sorted((file.name, file.sha256[:12]) for file in files)),
        own=tuple((dataset, name, sha256[:12]) for dataset, name, sha256 in run.store.own.files),
        as_of=as_of(run).isoformat(),
        options=_options(run),
        code=code_version(),
        sources=sources,
        search=verdict.outcome(found=_any_site(run)),
        missing=verdict.missing,
    )


def _any_site(run: Run) -> bool:
    sites = run.store.read("sites", columns=["supplies", "grade_rank", "lon"])
    counts = sites["supplies"] & sites["lon"].notna() & (sites["grade_rank"] <= run.service.rank(run.grade))
    return bool(counts.any())


def _newest(files: list[InputFile], dataset: str) -> str | None:
    """Return the newest day that a publisher gives a dataset's files, else that on which they were fetched."""
    days = [file.published_on or file.fetched_on for file in files if file.dataset == dataset]
    return max(filter(None, days), default=None)


def _notices(run: Run, files: list[InputFile]) -> list[str]:
    found = sorted({file.notice for file in files if file.notice})
    if own := [f"{name} ({dataset})" for dataset, name, _ in run.store.own.files if dataset != "roads"]:
        found.append(f"not made from publishers' files alone: {', '.join(own)}")
    if run.service.rank(run.grade) >= run.service.rank(SPECIALTY_ONLY):
        found.append(_UPPER_BOUND)
    sites = run.store.read("sites", columns=["supplies", "grade_rank", "precision", "place_check"])
    is_asked = not run.store.read("geocoded", columns=["key"]).empty
    return [
        *found,
        *vintage_notices(run.store.read("demand")),
        *place_notices(sites, least_rank=run.service.rank(run.grade), is_asked=is_asked),
        *border_notices(run.store.read("counties")),
    ]


def vintage_notices(demand: pd.DataFrame) -> list[str]:
    """Return what must be said of a user's points that carry county codes of another year than the counties here."""
    if "given_fips" not in demand:
        return []
    other = demand[demand["scored"] & (demand["given_fips"].fillna("") != "")]
    if other.empty:
        return []
    codes = ", ".join(sorted(set(other["given_fips"]))[:_NAMED])
    head = f"{len(other):,} of your points ({other['population'].sum():,.0f} residents)"
    where = "their place decides, among the counties that such an area overlaps where that is known"
    return [f"{head} carry county codes of another year ({codes}): {where}"]


def border_notices(counties: pd.DataFrame) -> list[str]:
    """Return what must be said of counties that no map can draw: the file of borders is of another year than they."""
    gaps = counties[counties["scored"] & (counties["status"] == Status.VINTAGE_GAP)]
    if gaps.empty or len(gaps) == counties["scored"].sum():  # without any border there is no map to be misread
        return []
    named = [f"{name}, {state}" for name, state in zip(gaps["name"], gaps["state"], strict=True)]
    more = f" and {len(named) - _NAMED} more" if len(named) > _NAMED else ""
    why = "are counted and not drawn, because the borders at hand are of another year"
    return [f"{len(named)} counties {why}: {'; '.join(named[:_NAMED])}{more}"]


def place_notices(sites: pd.DataFrame, *, least_rank: int, is_asked: bool) -> list[str]:
    """Return what must be said of where the counted sites stand: unplaced, contradicting, at the centre of a ZIP.

    Parameters
    ----------
    sites
        ``supplies, grade_rank, precision, place_check``.
    least_rank
        Rank of the run's grade.
    is_asked
        Whether any street address was looked up, now or in an earlier run.
    """
    counted = sites[sites["supplies"] & (sites["grade_rank"] <= least_rank)]
    whole = len(counted)
    unplaced = int((counted["precision"] == "none").sum())
    moved = int(((counted["place_check"] != "") & (counted["precision"] != "none")).sum())
    rough = int(counted["precision"].isin(["zip", "city", "zip_nearby"]).sum())
    found = []
    if unplaced:
        found.append(f"{unplaced} of {whole} counted sites have no known place and are not on the map")
    if moved:
        found.append(f"{moved} of {whole} counted sites have a contradicting address and stand where its parts agree")
    if whole and not is_asked:
        found.append(
            f"no street address was looked up: {rough} of {whole} counted sites stand in the middle of a ZIP or city"
        )
    return found


def _missing_states(run: Run, verdict: Verdict) -> tuple[str, ...]:
    """Return the surrounding states in which what the run needs was not read."""
    unread = set(verdict.unread_states) - set(run.region.states)
    return tuple(state for state in run.region.supply_states if state in unread)


def _place_reads(run: Run, network: Network) -> tuple[SourceRead, ...]:
    """Return what was read of the sources about places: roads, people, counties, hospitals, adequacy limits."""
    near = run.region.supply_states
    demand = run.store.read("demand", columns=["state", "population"])
    hospitals = run.store.read("hospitals", columns=["state"])
    counties = run.store.read("counties", columns=["state", "population"])
    peopled = demand[demand["population"] > 0]
    limits = files_for(run, "adequacy")
    return (
        _read_in("roads", near, _states_with_roads(run, network), network.nodes),
        # People matter in the region itself; those of the surroundings only compete.
        _read_in("demand", near, {*peopled["state"], *(set(near) - set(run.region.states))}, len(peopled)),
        _read_in("hospitals", near, set(hospitals["state"]), len(hospitals)),
        _read_in("county_totals", near, set(counties.loc[counties["population"] > 0, "state"]), len(counties)),
        _read_in("adequacy", near, set(near) if limits else set(), len(limits)),
    )


def _read_in(source: str, near: tuple[str, ...], covered: set[str], rows: int) -> SourceRead:
    states = tuple(state for state in near if state in covered)
    missing = tuple(state for state in near if state not in covered)
    return SourceRead(source, states, missing, rows_read=rows, rows_used=rows if states else 0)


def _states_with_roads(run: Run, network: Network) -> set[str]:
    """Return the states in which the network has roads; one without a polygon cannot be told and counts as covered."""
    counties = run.store.read("counties", columns=["state", "geometry"])
    shapes = counties[counties.geometry.notna()]
    nodes = gpd.GeoDataFrame(
        geometry=gpd.points_from_xy(np.asarray(network.node_lon), np.asarray(network.node_lat)), crs="EPSG:4326"
    )
    inside = gpd.sjoin(nodes, shapes, predicate="intersects")
    per_state = pd.Series(inside["state"]).value_counts()
    return set(per_state[per_state >= _LEAST_NODES].index) | (set(run.region.supply_states) - set(shapes["state"]))


STAGE = Stage("provenance", "where the data come from", Scope.GRADE, _inputs, _parameters, _outputs, _work)
