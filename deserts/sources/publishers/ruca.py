"""Rural-urban commuting area codes 2020 of the USDA, by tract or by ZIP: 1 to 3 metro, 4 to 6 large town, 10 rural.

The file by ZIP also says which ZIPs have an area and which are post-office boxes or belong to one large customer
(a hospital, a university); it does not part these two.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from deserts.errors import InputError
from deserts.sandbox import reader
from deserts.sources.readers import repair
from deserts.sources.readers.delimited import Field, Layout, read_rows
from deserts.sources.readers.parsed import Parsed

__all__ = ["RUCA", "read_ruca"]

RUCA = Layout(
    "rural-urban commuting area codes",
    (
        Field("zip", ("ZIPCode", "ZIP_CODE")),
        Field("tract", ("TractFIPS20", "TractFIPS", "State-County-Tract FIPS Code")),
        Field("zip_type", ("ZIPCodeType", "ZIP_TYPE")),
        Field("ruca", ("PrimaryRUCA", "Primary RUCA Code 2020", "Primary RUCA", "RUCA1"), required=True),
        Field("ruca_secondary", ("SecondaryRUCA", "Secondary RUCA Code 2020", "RUCA2")),
    ),
)


@reader("commuting area codes")
def read_ruca(path: Path) -> Parsed:
    """Read ``geoid`` (tract of 11 digits, or ZIP), ``kind`` (tract or zip), ``zip_type``, ``ruca``, ``ruca_secondary``.

    Code 99 ("not coded", no people) becomes null. ``zip_type`` is the publisher's own word, empty for tracts.

    Raises
    ------
    InputError
        If the file has neither a column of tracts nor one of ZIPs.
    """
    raw = read_rows(path, RUCA)
    by_tract = bool((raw.frame["tract"] != "").any())
    if len(raw.frame) and not by_tract and not (raw.frame["zip"] != "").any():
        raise InputError("neither tracts nor ZIPs in the file", where=path, expected="TractFIPS20 or ZIPCode")
    geoid = repair.fips(raw.frame["tract"], 11) if by_tract else repair.zip5(raw.frame["zip"])
    frame = pd.DataFrame({"geoid": geoid, "kind": "tract" if by_tract else "zip"}, index=raw.frame.index)
    frame["kind"] = frame["kind"].astype("str")
    frame["zip_type"] = repair.tidy(raw.frame["zip_type"])
    bad = {"the area code is not valid": geoid == "", "a second row of the same area": geoid.duplicated()}
    for column in ("ruca", "ruca_secondary"):
        values, damaged = repair.number(raw.frame[column])
        frame[column] = values.mask(values == 99)
        bad[f"{column} is not a number"] = damaged
    bad["the code is not 1 to 10"] = frame["ruca"].notna() & ~frame["ruca"].between(1, 11, inclusive="left")
    return raw.settle(frame, bad)
