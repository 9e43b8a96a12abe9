"""Everything a backup search needs, loaded once: who, where, in which practice, on which road."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from deserts.arrays import Longs
from deserts.errors import InputError, MissingDataError
from deserts.networks.listed_places import parents_of
from deserts.networks.listings import no_listings
from deserts.patients.search.answer import Tier
from deserts.patients.search.links import Links, codes_of, links_of
from deserts.patients.search.place_data import PumpPlaces
from deserts.places.zips import ZipIndex
from deserts.provenance import Provenance
from deserts.services.profile import CONTRADICTED, VERIFIED, Service, load_service
from deserts.specialists.settle import CLOSED, DOUBTED, settle, standing_at_sites
from deserts.specialists.standing import SiteStanding, Standings

if TYPE_CHECKING:
    from deserts.patients.search.ready import Ready
    from deserts.roads import Network, Snaps
    from deserts.store import Store

__all__ = ["SITE_ERROR_MIN", "TIER_ORDER", "BackupData", "base_tiers"]

TIER_ORDER = (Tier.PROVEN, Tier.DRUG_UNKNOWN, Tier.MUST_BE_ASKED)
_MUST_BE_ASKED = TIER_ORDER.index(Tier.MUST_BE_ASKED)

SITE_ERROR_MIN: Mapping[str, int] = {
    "rooftop": 0,
    "range": 0,
    "given": 0,
    "zip": 20,
    "city": 20,
    "zip_nearby": 30,
    "county": 45,
}
"""How wrong minutes can be for a site that is not known to the building. Of 808 real clinic addresses with a
geocoded place, nine in ten lie within 21 km of their ZIP's published centre (median 6 km); at 60 km/h that is about
20 minutes. The two coarser values are our own judgement."""


@dataclass(frozen=True, slots=True, eq=False)
class BackupData:
    """The tables of one region and service, ready for any number of questions.

    Parameters
    ----------
    service, provenance, zips, network
        As loaded.
    region_states
        States of the region itself.
    people
        Rows of ``specialists_unasked``: what answers are laid over.
    sites
        One row a clinician and address, in ``site_id`` order, with the columns of the clinician; also of candidates
        whose evidence is too weak for a grade, whom only an answer can bring in.
    columns
        The same table as one array a column, since a table is slow to read row by row.
    listed
        Which rows could be called: they count as supply, nothing contradicts them, and nobody has moved away.
    snaps
        The same rows on the network.
    links
        The same rows' ties.
    tier
        The same rows' tier by evidence, as position in `TIER_ORDER`.
    stale
        The same rows' evidence is too old to rely on.
    person
        The same rows' clinician, a number in NPI order.
    sole
        Whether nobody else in the data works in the same rows' practice.
    grade_rank, lon, lat
        The same rows' columns as numbers.
    rows_of
        NPI to its rows.
    affiliations
        Columns ``npi, code``: clinician and hospital (CCN).
    contradicted
        Clinicians left out because they were said or shown not to do it: NPI to reason.
    limit_min, max_snap_km
        Limits of the settings.
    standings
        The answers that are laid over, None for none.
    said
        What stands at each row of whose clinician the log speaks.
    places
        Hospitals that supply without a named clinician.
    listings
        Whom payers' directories list: the table ``plan_listings``.
    ready
        What is prepared for many questions, see `prepared`; None in a command that answers one.
    """

    service: Service
    provenance: Provenance
    zips: ZipIndex
    network: Network
    region_states: tuple[str, ...]
    people: pd.DataFrame
    sites: pd.DataFrame
    columns: Mapping[str, npt.NDArray[np.object_]]
    listed: npt.NDArray[np.bool_]
    snaps: Snaps
    links: Links
    tier: Longs
    stale: npt.NDArray[np.bool_]
    person: Longs
    sole: npt.NDArray[np.bool_]
    grade_rank: Longs
    lon: npt.NDArray[np.float64]
    lat: npt.NDArray[np.float64]
    rows_of: Mapping[str, Longs]
    affiliations: pd.DataFrame
    contradicted: Mapping[str, str]
    limit_min: float
    max_snap_km: float
    standings: Standings | None = None
    said: Mapping[int, SiteStanding] = field(default_factory=dict)
    unasked: BackupData | None = None
    places: PumpPlaces = field(default_factory=PumpPlaces.none)
    listings: pd.DataFrame = field(default_factory=no_listings)
    ready: Ready | None = None

    @classmethod
    def load(cls, store: Store, *, service: Service | None = None) -> BackupData:
        """Read the tables of a region, as they stand without any answer; see `asked`.

        Parameters
        ----------
        store
            Where the tables live.
        service
            The profile; None loads it by the store's name.

        Raises
        ------
        MissingDataError
            If a stage has not been run.
        """
        from deserts.roads import Network, Snaps

        sites = store.read("sites_unasked").sort_values("site_id", ignore_index=True)
        snaps = _snap_rows(store.read("site_snaps"), sites["site_id"], str(store.path("site_snaps")))
        return cls.build(
            service=service or load_service(store.service_id, local_dir=store.settings.local_dir),
            provenance=store.provenance(),
            zips=ZipIndex(store.read("zips")),
            network=Network.load(store.find_network(), mmap=True),
            snaps=Snaps.from_frame(snaps),
            sites=sites,
            specialists=store.read("specialists_unasked"),
            affiliations=_affiliations(store),
            region_states=store.region.states,
            limit_min=store.settings.time_limit_min,
            max_snap_km=store.settings.max_snap_km,
            places=PumpPlaces.load(store),
            listings=store.read("plan_listings") if store.has("plan_listings") else None,
        )

    @classmethod
    def build(
        cls,
        *,
        service: Service,
        provenance: Provenance,
        zips: ZipIndex,
        network: Network,
        snaps: Snaps,
        sites: pd.DataFrame,
        specialists: pd.DataFrame,
        affiliations: pd.DataFrame,
        region_states: tuple[str, ...],
        limit_min: float,
        max_snap_km: float,
        places: PumpPlaces | None = None,
        listings: pd.DataFrame | None = None,
    ) -> BackupData:
        """Index tables that are already in memory.

        Parameters
        ----------
        service, provenance, zips, network, region_states, limit_min, max_snap_km
            As in the class.
        snaps
            One a row of ``sites``.
        sites, specialists
            The tables ``sites_unasked``, in ``site_id`` order, and ``specialists_unasked``.
        affiliations
            Columns ``npi, code``: clinician and hospital.
        places
            Hospitals that supply without a named clinician; None when there are none.
        listings
            Whom payers' directories list; None when there are none.
        """
        joined = sites.merge(
            specialists.drop(columns=["grade", "grade_rank", "state", "supplies"]), on="npi", validate="many_to_one"
        )
        if len(joined) != len(sites):
            raise InputError(
                f"{len(sites) - len(joined)} sites belong to nobody in the table of specialists",
                fix="rerun the stage `specialists`",
            )
        tier, stale = base_tiers(joined, service, newest_year=max(provenance.claims_years, default=0))
        listed = _listed(joined, service)
        listings = no_listings() if listings is None else listings
        person = codes_of(joined["npi"])
        links = links_of(joined, affiliations, parents_of(joined, listings))
        return cls(
            service=service,
            provenance=provenance,
            zips=zips,
            network=network,
            region_states=region_states,
            people=specialists,
            sites=joined,
            columns={str(name): joined[name].to_numpy(dtype=object) for name in joined.columns},
            listed=listed,
            snaps=snaps,
            links=links,
            tier=tier,
            stale=stale,
            person=person,
            sole=_sole(person, links.practice, listed),
            grade_rank=joined["grade_rank"].to_numpy(dtype=np.int64),
            lon=joined["lon"].to_numpy(dtype=float),
            lat=joined["lat"].to_numpy(dtype=float),
            rows_of={str(npi): np.asarray(rows) for npi, rows in joined.groupby("npi").indices.items()},
            affiliations=affiliations,
            contradicted=_contradicted(joined, service),
            limit_min=limit_min,
            max_snap_km=max_snap_km,
            places=places or PumpPlaces.none(),
            listings=listings,
        )

    def asked(self, standings: Standings) -> BackupData:
        """Return the same data with answers laid over them: what the stage would make of this log today.

        Parameters
        ----------
        standings
            What the clinics answered. The same object again costs nothing.
        """
        if self.standings is standings:
            return self
        plain = self if self.unasked is None else dataclasses.replace(self.unasked, ready=self.ready)
        known = [npi for npi in standings.by_npi if npi in plain.rows_of]
        if not known:
            return dataclasses.replace(plain, standings=standings, unasked=plain)
        rows = np.sort(np.concatenate([plain.rows_of[npi] for npi in known]))
        own = plain.sites.iloc[rows]
        people, places = settle(plain.people[plain.people["npi"].isin(known)], own, standings, service=self.service)
        settled = places.assign(
            **people.set_index("npi").loc[places["npi"], _OF_THE_CLINICIAN].reset_index(drop=True)
        ).set_axis(own.index)
        return plain._with_rows(rows, settled, standings)

    def _with_rows(self, rows: Longs, settled: pd.DataFrame, standings: Standings) -> BackupData:
        """Return the data with some rows replaced, and all that hangs on them."""
        sites = self.sites.copy()
        changed = [name for name in (*_OF_THE_SITE, *_OF_THE_CLINICIAN) if name in sites]
        columns = dict(self.columns)
        for name in changed:
            column = columns[name].copy()
            column[rows] = settled[name].to_numpy(dtype=object)
            columns[name] = column
            sites[name] = pd.Series(column, index=sites.index).astype(sites[name].dtype)
        said = {int(rows[place]): at for place, at in standing_at_sites(settled, standings).items()}
        part_tier, part_stale = base_tiers(
            settled, self.service, newest_year=max(self.provenance.claims_years, default=0)
        )
        part_tier = np.where(settled["site_status"] == DOUBTED, _MUST_BE_ASKED, part_tier)
        listed = _replaced(self.listed, rows, _listed(settled, self.service))
        unanswered = {npi: why for npi, why in self.contradicted.items() if npi not in standings.by_npi}
        return dataclasses.replace(
            self,
            sites=sites,
            columns=columns,
            listed=listed,
            tier=_replaced(self.tier, rows, part_tier),
            stale=_replaced(self.stale, rows, part_stale),
            sole=_sole(self.person, self.links.practice, listed),
            grade_rank=_replaced(self.grade_rank, rows, settled["grade_rank"].to_numpy(dtype=np.int64)),
            contradicted=dict(sorted({**unanswered, **_contradicted(settled, self.service)}.items())),
            standings=standings,
            said=said,
            unasked=self,
        )

    def prepared(self) -> BackupData:
        """Return the same data with the roads prepared for a program that stays: slower to start, quicker to answer."""
        from deserts.patients.search.ready import Ready

        return dataclasses.replace(self, ready=Ready.of(self.network, self.snaps, self.places.ends, self.zips))

    def row(self, site: int) -> dict[str, Any]:
        """Return one row of ``sites``."""
        return {name: column[site] for name, column in self.columns.items()}

    def missing_from_tables(self) -> int:
        """Return of how many clinicians the log says something whom no table of this region knows."""
        if self.standings is None:
            return 0
        return sum(bool(said.telling) and npi not in self.rows_of for npi, said in self.standings.by_npi.items())


_OF_THE_SITE = ("grade", "grade_rank", "supplies", "site_status", "phone", "share")
_OF_THE_CLINICIAN = [
    "grade_reason", "age_band", "drug", "first_year", "last_year", "p_active", "p_active_basis", "p_accepts_pump",
    "p_accepts_basis", "last_outcome", "outcome_on", "review_on", "verified_on", "evidence_weight",
]  # fmt: skip
"""What answers change of a site and of its clinician."""


def _replaced(column: npt.NDArray[Any], rows: Longs, values: npt.NDArray[Any]) -> npt.NDArray[Any]:
    found = column.copy()
    found[rows] = values
    return found


def _listed(sites: pd.DataFrame, service: Service) -> npt.NDArray[np.bool_]:
    rank = sites["grade_rank"].to_numpy()
    graded = (rank >= 0) & (rank < service.rank(CONTRADICTED))
    return sites["supplies"].to_numpy(dtype=bool) & graded & (sites["site_status"] != CLOSED).to_numpy()


def _contradicted(sites: pd.DataFrame, service: Service) -> dict[str, str]:
    named = sites[(sites["grade_rank"] >= service.rank(CONTRADICTED)).to_numpy()].drop_duplicates("npi")
    return dict(zip(named["npi"], named["grade_reason"], strict=True))


def base_tiers(sites: pd.DataFrame, service: Service, *, newest_year: int) -> tuple[Longs, npt.NDArray[np.bool_]]:
    """Return the tier of each site by evidence, as position in `TIER_ORDER`, and whether its evidence is stale.

    Proven: confirmed by a call, or at the default grade or better with proof of the drug (services without a drug need
    the grade alone). A clinician whose last evidence is older than the profile's ``evidence.pool_years`` before the
    newest claims must be asked, however good that evidence was: many have retired or moved.

    Parameters
    ----------
    sites
        Columns ``grade_rank, drug, last_year``.
    service
        The profile.
    newest_year
        Newest year of claims in the data, 0 when there are none.
    """
    rank = sites["grade_rank"].to_numpy()
    supplied = (rank >= 0) & (rank <= service.rank(service.default_grade))
    proven = sites["drug"].to_numpy() == "baclofen_proven" if service.drug_classes else np.ones(len(sites), dtype=bool)
    confirmed = rank == service.rank(VERIFIED)
    last = sites["last_year"].to_numpy()
    stale = (last > 0) & (last < newest_year - service.number("evidence.pool_years")) & ~confirmed
    tier = np.where(confirmed | (supplied & proven), 0, np.where(supplied, 1, 2))
    return np.where(stale, 2, tier).astype(np.int64), stale


def _sole(person: Longs, practice: Longs, listed: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """Return whether each site's practice has exactly one clinician who could be called."""
    pairs = np.unique(np.column_stack([practice, person])[listed], axis=0)
    clinicians = np.bincount(pairs[:, 0] + 1, minlength=int(practice.max(initial=-1)) + 2)
    return np.asarray(clinicians[practice + 1] == 1)


def _affiliations(store: Store) -> pd.DataFrame:
    """Return clinician and hospital, one row a tie; none when the evidence table is not there."""
    try:
        evidence = store.read("evidence", columns=["npi", "kind", "code"])
    except MissingDataError:
        return pd.DataFrame({"npi": [], "kind": [], "code": []}, dtype="str")
    return evidence[evidence["kind"] == "affiliation"].drop_duplicates()


def _snap_rows(snaps: pd.DataFrame, site_ids: pd.Series, where: str) -> pd.DataFrame:
    rows = snaps.set_index("site_id").reindex(site_ids)
    if rows["status"].isna().any():
        missing = int(rows["status"].isna().sum())
        raise InputError(
            f"{missing} sites are not in the table of snapped sites",
            where=where,
            expected="one row for each site of any grade",
            fix="rerun the stage `times`",
        )
    return rows.reset_index()
