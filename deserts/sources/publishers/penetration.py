"""Medicare Advantage penetration by county (CMS): how many who could join a plan did. Optional.

Status: unverified against the live service; the columns are those that working code of others reads.
"""

from __future__ import annotations

from pathlib import Path

from deserts.sandbox import reader
from deserts.sources.readers import repair
from deserts.sources.readers.delimited import Field, Layout, read_rows
from deserts.sources.readers.parsed import Parsed

__all__ = ["PENETRATION", "read_penetration"]

PENETRATION = Layout(
    "Medicare Advantage penetration by county",
    (
        Field("state_name", ("State Name",), required=True),
        Field("county_name", ("County Name",), required=True),
        Field("county_fips", ("FIPS", "FIPS Code"), required=True),
        Field("ssa", ("SSA", "SSA Code")),
        Field("eligible", ("Eligibles",), required=True),
        Field("enrolled", ("Enrolled",), required=True),
        Field("share", ("Penetration",)),
    ),
    member=r"State_County_Penetration_MA.*\.csv$",
)


@reader("penetration rates")
def read_penetration(path: Path) -> Parsed:
    """Read ``county_fips, state_name, county_name, ssa, eligible, enrolled, enrolled_share`` (0 to 1).

    ``enrolled`` of ten or fewer is ``*`` in the file and null here, and so is the share.
    """
    raw = read_rows(path, PENETRATION)
    frame = raw.frame.apply(repair.tidy).astype("str")
    frame["county_fips"] = repair.fips(frame["county_fips"], 5)
    frame["ssa"] = repair.digits(frame["ssa"], 5, shortest=4)
    bad = {"the county code is not valid": frame["county_fips"] == ""}
    for column in ("eligible", "enrolled"):
        frame[column], damaged = repair.number(frame[column])
        bad[f"{column} is not a number"] = damaged
    frame["enrolled_share"] = (frame["enrolled"] / frame["eligible"]).where(frame["eligible"] > 0)
    bad["a second row of the same county"] = frame["county_fips"].duplicated()
    return raw.settle(frame.drop(columns="share"), bad)
