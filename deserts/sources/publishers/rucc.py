"""Rural-urban continuum codes 2023 of the USDA: 1 to 3 metro, 4 to 9 not, by size and nearness to a metro area."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from deserts.errors import InputError
from deserts.sandbox import reader
from deserts.sources.readers import repair
from deserts.sources.readers.delimited import Field, Layout, Raw, read_rows
from deserts.sources.readers.parsed import Parsed, rejects

__all__ = ["RUCC", "read_rucc"]

RUCC = Layout(
    "rural-urban continuum codes",
    (
        Field("county_fips", ("FIPS", "FIPS_Code"), required=True),
        Field("attribute", ("Attribute",)),
        Field("value", ("Value",)),
        Field("rucc", ("RUCC_2023",)),
        Field("population", ("Population_2020",)),
    ),
)


@reader("rural-urban continuum codes")
def read_rucc(path: Path) -> Parsed:
    """Read ``county_fips, rucc, population`` from the long CSV, the wide one, or the workbook's sheet saved as CSV.

    ``rucc`` and ``population`` are null where the publisher gives none (two islands of American Samoa).
    Connecticut has its nine planning regions.
    """
    raw = read_rows(path, RUCC)
    if (raw.frame["attribute"] != "").any():
        return _from_long(raw)
    if len(raw.frame) and not (raw.frame["rucc"] != "").any():
        raise InputError("no continuum codes in the file", where=path, expected="Attribute and Value, or RUCC_2023")
    frame = raw.frame[["county_fips", "rucc", "population"]].copy()
    frame["county_fips"] = repair.fips(frame["county_fips"], 5)
    bad = {"the county code is not valid": frame["county_fips"] == ""}
    for column in ("rucc", "population"):
        frame[column], damaged = repair.number(frame[column])
        bad[f"{column} is not a number"] = damaged
    bad["the code is not 1 to 9"] = frame["rucc"].notna() & ~frame["rucc"].isin(range(1, 10))
    bad["a second row of the same county"] = frame["county_fips"].duplicated()
    return raw.settle(frame, bad)


def _from_long(raw: Raw) -> Parsed:
    found = raw.frame.apply(repair.tidy)
    county = repair.fips(found["county_fips"], 5)
    attribute = found["attribute"].str.lower()
    wanted = {"rucc": "rucc_2023", "population": "population_2020"}
    values, damaged = repair.number(found["value"])
    number_wanted = attribute.isin(wanted.values())
    reason = pd.Series(np.where(county == "", "the county code is not valid", ""), index=found.index, dtype="str")
    reason = reason.mask(number_wanted & damaged & (reason == ""), "the value is not a number")
    wrong = (attribute == "rucc_2023") & values.notna() & ~values.isin(range(1, 10))
    reason = reason.mask(wrong & (reason == ""), "the code is not 1 to 9")
    long = pd.DataFrame({"county_fips": county, "attribute": attribute, "value": values})[reason == ""]
    repeated = long.duplicated(["county_fips", "attribute"])
    reason.loc[repeated.index[repeated]] = "a second row of the same county and attribute"
    wide = long[~repeated].pivot_table(
        index="county_fips", columns="attribute", values="value", dropna=False, sort=True
    )
    frame = wide.reindex(columns=list(wanted.values())).set_axis(list(wanted), axis=1).reset_index()
    frame = frame.astype({"county_fips": "str", "rucc": "float64", "population": "float64"})
    frame.columns.name = None
    dropped = (reason != "").to_numpy()
    listed = rejects(
        np.concatenate([raw.rejected["line"].to_numpy(), raw.lines[dropped]]),
        [*raw.rejected["reason"], *reason[dropped]],
    )
    return Parsed(frame, listed)
