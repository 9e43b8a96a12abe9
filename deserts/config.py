"""Frozen settings, loaded once and passed explicitly: where things live, which region, which limits.

No module keeps global state: a function that needs a setting takes it as an argument.
"""

from __future__ import annotations

import csv
import datetime as dt
import functools
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path

from deserts.errors import InputError, UnknownNameError

__all__ = ["EXAMPLE", "US_STATES", "Region", "Settings", "UserFiles", "state_by_fips", "state_fips", "state_names"]

EXAMPLE = "example"
EXAMPLE_STATES = ("XA", "XB")
"""The synthetic state and its neighbour; codes that the Postal Service has not assigned."""


@functools.cache
def _state_rows() -> tuple[dict[str, str], ...]:
    text = resources.files("deserts").joinpath("states.csv").read_text(encoding="utf-8")
    return tuple(csv.DictReader(text.splitlines()))


@functools.cache
def state_fips() -> Mapping[str, str]:
    """Return postal code to two-digit FIPS code, for the 50 states, DC and the example's two."""
    return {row["postal"]: row["fips"] for row in _state_rows()}


@functools.cache
def state_by_fips() -> Mapping[str, str]:
    """Return two-digit FIPS code to postal code."""
    return {row["fips"]: row["postal"] for row in _state_rows()}


@functools.cache
def state_names() -> Mapping[str, str]:
    """Return postal code to name, for the 50 states, DC and the example's two."""
    return {row["postal"]: row["name"] for row in _state_rows()}


@functools.cache
def _near_states() -> Mapping[str, tuple[str, ...]]:
    return {row["postal"]: tuple(row["within_600_km"].split()) for row in _state_rows()}


US_STATES = tuple(row["postal"] for row in _state_rows() if row["postal"] not in EXAMPLE_STATES)
"""The 50 states and DC, by postal code, sorted."""


@dataclass(frozen=True, slots=True)
class Region:
    """What is scored, and what surrounds it.

    Parameters
    ----------
    region_id
        Canonical name: sorted postal codes joined by ``-``, or ``US``, or ``example``.
    states
        Postal codes whose demand points are scored.
    supply_states
        Postal codes whose clinicians, roads and competing demand take part: every state within the time
        limit at motorway speed (about 600 km), the region's own included.
    county_vintage
        Year of the county codes. 2020 keeps the eight Connecticut counties.
    """

    region_id: str
    states: tuple[str, ...]
    supply_states: tuple[str, ...]
    county_vintage: int = 2020

    @classmethod
    def parse(cls, text: str, *, county_vintage: int = 2020) -> Region:
        """Read a region's name as users type it (``ME``, ``vt-nh``, ``US``, ``example``).

        Raises
        ------
        UnknownNameError
            If a part is not a postal code of a state.
        """
        wanted = text.strip()
        if wanted.lower() == EXAMPLE:
            return cls(EXAMPLE, EXAMPLE_STATES[:1], EXAMPLE_STATES, county_vintage)
        if wanted.upper() == "US":
            return cls("US", US_STATES, US_STATES, county_vintage)
        states = tuple(sorted({part.strip().upper() for part in wanted.replace(",", "-").split("-")}))
        unknown = [state for state in states if state not in US_STATES]
        if unknown:
            raise UnknownNameError(
                f"region {text!r} names no state that is known: {', '.join(map(repr, unknown))}",
                expected="postal codes joined by '-' (ME or NH-VT), US, or example",
                fix="check the two-letter codes; territories are not covered",
            )
        near = {other for state in states for other in _near_states()[state]}
        return cls("-".join(states), states, tuple(sorted(near.union(states))), county_vintage)

    @property
    def is_example(self) -> bool:
        """Whether this is the embedded synthetic state."""
        return self.region_id == EXAMPLE


@dataclass(frozen=True, slots=True)
class UserFiles:
    """A user's own files, which take the place of what the publishers offer. None means: as published.

    ``others`` holds files of any further dataset, each as its name and path.
    """

    roads: tuple[Path, ...] = ()
    claims: tuple[Path, ...] = ()
    directory: Path | None = None
    counties: Path | None = None
    demand: Path | None = None
    zips: Path | None = None
    others: tuple[tuple[str, Path], ...] = ()


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that a run depends on beside its region and service.

    Parameters
    ----------
    data_dir
        Folder that holds ``raw`` and ``processed``.
    local_dir
        Folder of the user's own tables (``DESERTS_HOME`` moves it); never cleaned, mode 0700.
    mirror
        Folder laid out as ``<host>/<url path>`` that is asked before any socket is opened.
    allow_network
        False forbids outside sockets.
    time_limit_min
        Minutes of driving beyond which a site counts as out of reach.
    max_snap_km
        Longest access leg from a point to the nearest road edge.
    max_workers
        Threads for searches; None takes all cores.
    scheduler
        Address of a Dask scheduler, or None for this machine alone.
    frozen_lock
        A lock whose files, byte for byte, are the only ones that the stage ``data`` accepts; None takes today's.
    files
        The user's own input files.
    also
        Further datasets to fetch that are left out by default, most for their size; see ``deserts source list``.
    as_of
        Day that ages are reckoned from; None takes the newest day on which a publisher's file was fetched.
    calls_of_pack
        What clinics told the team that made a region pack, where one that holds it is open.
    """

    data_dir: Path = Path("data")
    local_dir: Path = Path("data/local")
    mirror: Path | None = None
    allow_network: bool = True
    time_limit_min: float = 480.0
    max_snap_km: float = 40.0
    max_workers: int | None = None
    scheduler: str | None = None
    frozen_lock: Path | None = None
    files: UserFiles = field(default_factory=UserFiles)
    also: tuple[str, ...] = ()
    as_of: dt.date | None = None
    calls_of_pack: Path | None = None

    @classmethod
    def from_environment(cls, *, data_dir: Path | None = None) -> Settings:
        """Build settings from ``DESERTS_DATA``, ``DESERTS_HOME``, ``DESERTS_MIRROR`` and ``DESERTS_NO_NETWORK``."""
        base = data_dir or Path(os.environ.get("DESERTS_DATA", "data"))
        mirror = os.environ.get("DESERTS_MIRROR")
        if mirror is not None and not Path(mirror).is_dir():
            raise InputError(
                "the mirror is not a folder",
                where=mirror,
                expected="a folder laid out as <host>/<url path>",
                fix="correct or unset DESERTS_MIRROR",
            )
        return cls(
            data_dir=base,
            local_dir=Path(os.environ.get("DESERTS_HOME", base / "local")),
            mirror=None if mirror is None else Path(mirror),
            allow_network=os.environ.get("DESERTS_NO_NETWORK", "") in ("", "0"),
        )

    @property
    def raw_dir(self) -> Path:
        """Folder of files as the publishers serve them."""
        return self.data_dir / "raw"

    @property
    def processed_dir(self) -> Path:
        """Folder of the tables that the stages write."""
        return self.data_dir / "processed"

    def raw_area(self, region: Region) -> Path:
        """Folder of raw files for a region: the example's are kept apart from the real ones."""
        return self.raw_dir / ("example" if region.is_example else "public")
