"""County population estimates of the Census Bureau: totals, and totals by age where the file gives them."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pandas as pd

from deserts.errors import InputError
from deserts.sandbox import reader
from deserts.sources.readers import repair
from deserts.sources.readers.delimited import Field, Layout, read_rows
from deserts.sources.readers.parsed import Parsed

__all__ = ["POPULATION", "read_county_population"]

_YEARS = range(2020, 2031)
_FIRST_ESTIMATE = 2020
_CODE_OF_FIRST: Final = 2
"""In the files by age, YEAR 1 is the census base of April 2020, 2 is July 2020, 3 is July 2021, and so on."""

_MOST_CODES: Final = 12
"""A decade of estimates, the census and its base: no file has more."""

POPULATION = Layout(
    "county population estimates",
    (
        Field("level", ("SUMLEV",), required=True),
        Field("state_fips", ("STATE",), required=True),
        Field("county", ("COUNTY",), required=True),
        Field("name", ("CTYNAME",), required=True),
        Field("year_code", ("YEAR",)),
        Field("population", ("POPESTIMATE",)),
        Field("under_5", ("UNDER5_TOT",)),
        Field("age_5_13", ("AGE513_TOT",)),
        Field("age_14_17", ("AGE1417_TOT",)),
        Field("age_65_plus", ("AGE65PLUS_TOT",)),
        *(Field(f"population_{year}", (f"POPESTIMATE{year}",)) for year in _YEARS),
    ),
)


@reader("population estimates")
def read_county_population(path: Path) -> Parsed:
    """Read ``county_fips, name, year, population, under_18, age_65_plus`` of the newest year in the file.

    Accepts ``co-est…-alldata.csv`` (totals alone; ages null) and ``cc-est…-agesex-all.csv``. The county codes are those
    of the file's vintage: from 2022 on Connecticut has nine planning regions.

    Raises
    ------
    InputError
        If the file holds no estimate.
    """
    raw = read_rows(path, POPULATION)
    found = raw.frame.apply(repair.tidy).astype("str")
    by_age = bool((found["year_code"] != "").any())
    if by_age:
        code, broken_year = repair.number(found["year_code"])
        broken_year |= ~code.between(1, _MOST_CODES) | (code % 1 != 0)
        code = code.mask(broken_year)
        newest = code.max()
        year, column = int(newest) - _CODE_OF_FIRST + _FIRST_ESTIMATE if pd.notna(newest) else 0, "population"
        old = code != newest
    else:
        given = [f"population_{year}" for year in _YEARS if (found[f"population_{year}"] != "").any()]
        if len(found) and not given:
            raise InputError("no population estimate in the file", where=path, expected="POPESTIMATE of some year")
        column = max(given, default=f"population_{_FIRST_ESTIMATE}")
        year, old = int(column[-4:]), pd.Series(False, index=found.index)
        broken_year = old
    state, county = repair.fips(found["state_fips"], 2), repair.digits(found["county"], 3, shortest=1)
    frame = pd.DataFrame({"county_fips": state + county, "name": found["name"]})
    frame["year"] = pd.Series(year, index=frame.index, dtype="int64")
    frame["population"], damaged = repair.number(found[column])
    frame["under_18"] = sum(repair.number(found[part])[0] for part in ("under_5", "age_5_13", "age_14_17"))
    frame["age_65_plus"], _ = repair.number(found["age_65_plus"])
    level = found["level"].str.zfill(3)
    bad = {
        "a state or the nation, not a county": (level == "040") | (level == "010") | (county == "000"),
        "not a county": (level != "050") | (state == "") | (county == ""),
        "an earlier year": old & ~broken_year,
        "population is not a number": damaged | broken_year | frame["population"].isna(),
        "a second row of the same county": frame.assign(old=old).duplicated(["county_fips", "old"]),
    }
    return raw.settle(frame, bad)
