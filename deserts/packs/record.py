"""What a pack says of itself, and the names of its members: nothing else is ever unpacked."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Final

from deserts.errors import WRONG_SHAPE, InputError
from deserts.roads.packing import TABLES_OF_A_NETWORK

__all__ = [
    "CALLS", "FORMAT", "MEMBERS", "NETWORK", "PROFILE", "PROVENANCE", "RECORD", "TABLES", "Member", "PackRecord",
    "network_member", "table_member",
]  # fmt: skip

FORMAT: Final = 1
"""Version of the layout; a pack of another is refused."""

RECORD: Final = "pack.json"
PROVENANCE: Final = "provenance.json"
NETWORK: Final = "network.json"
CALLS: Final = "calls.json"
PROFILE: Final = "profile.toml"

TABLES: Final[Mapping[str, bool]] = {
    "zips": True,
    "counties": True,
    "hospitals": False,
    "specialists_unasked": True,
    "sites_unasked": True,
    "evidence": True,
    "site_snaps": True,
    "hospital_snaps": False,
    "hospital_places": False,
    "hospital_systems": False,
    "plan_listings": False,
}
"""Tables that answers read, and whether a pack must have each."""


def table_member(name: str) -> str:
    """Return the name of a table's member."""
    return f"tables/{name}.parquet"


def network_member(name: str) -> str:
    """Return the name of the member of a table of the road network."""
    return f"network/{name}.parquet"


MEMBERS: Final = frozenset(
    {
        PROVENANCE, NETWORK, CALLS, PROFILE,
        *(table_member(name) for name in TABLES), *(network_member(name) for name in TABLES_OF_A_NETWORK),
    }
)  # fmt: skip
"""Every member that a pack may have beside its record."""


@dataclass(frozen=True, slots=True)
class Member:
    """Size and sha256 of a member."""

    size_bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class PackRecord:
    """What a pack says of itself.

    Parameters
    ----------
    region_id, service_id, grade
        The run.
    made_on
        Day of packing (YYYY-MM-DD).
    code
        Version of the program that packed it.
    team
        Whether it holds what clinics told a team: then it is for that team alone.
    time_limit_min, max_snap_km
        Limits that the run was made with.
    members
        Name to size and hash.
    """

    region_id: str
    service_id: str
    grade: str
    made_on: str
    code: str
    team: bool
    time_limit_min: float
    max_snap_km: float
    members: Mapping[str, Member] = field(default_factory=dict)

    def notice(self) -> str:
        """Return the sentence that stands on every answer made from the pack."""
        if self.team:
            return f"TEAM PACK of {self.made_on}: holds what clinics told your team, for your team alone."
        return f"Pack of public files made on {self.made_on}: calls not included."

    def to_json(self) -> dict[str, Any]:
        """Return the record as plain values."""
        return {"format": FORMAT, **asdict(self)}

    @classmethod
    def from_json(cls, facts: Mapping[str, Any]) -> PackRecord:
        """Read what `to_json` gave.

        Raises
        ------
        InputError
            If it is of another version or shape.
        """
        if facts.get("format") != FORMAT:
            raise InputError(
                f"the pack is of version {facts.get('format')!r}, this program reads version {FORMAT}",
                fix="make it again with `deserts publish pack`, or update the program",
            )
        try:
            members = {
                str(name): Member(int(m["size_bytes"]), str(m["sha256"])) for name, m in facts["members"].items()
            }
            made_on = dt.date.fromisoformat(str(facts["made_on"])).isoformat()
            return cls(
                str(facts["region_id"]), str(facts["service_id"]), str(facts["grade"]), made_on, str(facts["code"]),
                facts["team"] is True, float(facts["time_limit_min"]), float(facts["max_snap_km"]), members,
            )  # fmt: skip
        except WRONG_SHAPE as error:
            raise InputError(f"the pack's record is of another shape: {error}") from error
