"""Arbitrary bytes and cells: a parser returns rows and rejects, or raises a DesertsError, and nothing else."""

from __future__ import annotations

import contextlib
import gzip
import json
import random
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from deserts.errors import DesertsError
from deserts.sources.lock import read_lock
from deserts.sources.publishers.adequacy import read_adequacy
from deserts.sources.publishers.affiliations import AFFILIATIONS, read_affiliations
from deserts.sources.publishers.centres import CENTRES, read_centres
from deserts.sources.publishers.claims import CLAIMS, read_claims
from deserts.sources.publishers.claims_totals import BY_GEOGRAPHY, BY_PROVIDER, read_geography, read_providers
from deserts.sources.publishers.counties import read_county_polygons
from deserts.sources.publishers.directory import DIRECTORY, read_directory
from deserts.sources.publishers.districts import read_districts
from deserts.sources.publishers.drug_spending import read_drug_spending
from deserts.sources.publishers.gazetteer import ZCTA, ZCTA_COUNTY, read_zcta, read_zcta_county
from deserts.sources.publishers.geocoder import parse_batch
from deserts.sources.publishers.geonames import POSTAL_CODES, read_postal_codes
from deserts.sources.publishers.hospitals import HOSPITALS, REHAB_HOSPITALS, read_hospitals, read_rehab_hospitals
from deserts.sources.publishers.medicaid import MEDICAID, read_medicaid
from deserts.sources.publishers.nppes import (
    DEACTIVATED,
    LOCATIONS,
    REGISTRY,
    read_deactivated,
    read_locations,
    read_nppes,
)
from deserts.sources.publishers.outpatient import BY_PROVIDER as OUTPATIENT_BY_PROVIDER
from deserts.sources.publishers.outpatient import read_outpatient_geography, read_outpatient_hospitals
from deserts.sources.publishers.penetration import PENETRATION, read_penetration
from deserts.sources.publishers.population import POPULATION, read_county_population
from deserts.sources.publishers.psps import read_psps
from deserts.sources.publishers.ruca import RUCA, read_ruca
from deserts.sources.publishers.rucc import RUCC, read_rucc
from deserts.sources.readers import repair
from deserts.sources.readers.delimited import Field, Keep, Layout, read_rows
from deserts.sources.readers.json_answers import parse_json
from deserts.sources.readers.parsed import Parsed

PARSERS: dict[str, tuple[Callable[[Path], Parsed], Layout | None]] = {
    "claims": (lambda path: read_claims(path, year=2023), CLAIMS),
    "providers": (lambda path: read_providers(path, year=2023), BY_PROVIDER),
    "geography": (lambda path: read_geography(path, year=2023), BY_GEOGRAPHY),
    "medicaid": (read_medicaid, MEDICAID),
    "directory": (read_directory, DIRECTORY),
    "affiliations": (read_affiliations, AFFILIATIONS),
    "hospitals": (read_hospitals, HOSPITALS),
    "rehab": (read_rehab_hospitals, REHAB_HOSPITALS),
    "nppes": (read_nppes, REGISTRY),
    "locations": (read_locations, LOCATIONS),
    "deactivated": (read_deactivated, DEACTIVATED),
    "centres": (read_centres, CENTRES),
    "zcta": (read_zcta, ZCTA),
    "zcta_county": (read_zcta_county, ZCTA_COUNTY),
    "postal": (read_postal_codes, POSTAL_CODES),
    "rucc": (read_rucc, RUCC),
    "ruca": (read_ruca, RUCA),
    "population": (read_county_population, POPULATION),
    "penetration": (read_penetration, PENETRATION),
    "drug_spending": (read_drug_spending, None),
    "psps": (lambda path: read_psps(path, year=2023), None),
    "outpatient_hospitals": (lambda path: read_outpatient_hospitals(path, year=2023), OUTPATIENT_BY_PROVIDER),
    "outpatient_geography": (lambda path: read_outpatient_geography(path, year=2023), None),
    "adequacy": (read_adequacy, None),
    "counties": (read_county_polygons, None),
    "districts": (read_districts, None),
}

_FEW = settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
_MORE = settings(_FEW, max_examples=10)

_STARTS = st.sampled_from(
    [
        b"",
        b"\xef\xbb\xbf",
        b"PK\x03\x04",
        b"\x1f\x8b\x08",
        b"PAR1",
        b"{",
        b"[",
        b'[{"NPI":',
        b"<html",
        b"\xff\xfe",
        b'"',
    ]
)
_BYTES = st.one_of(
    st.builds(bytes.__add__, _STARTS, st.binary(max_size=200)),
    st.text(alphabet="NPI,\t|;\"'\r\n 01.é-{}[]:", max_size=120).map(str.encode),
    st.binary(max_size=100).map(gzip.compress),
    st.recursive(
        st.none() | st.booleans() | st.floats(allow_nan=False) | st.text(max_size=8),
        lambda inner: st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["results", "NPI", "number", "addresses", "basic", "taxonomies", "Errors",
                                           "practiceLocations", "result_count"]), inner, max_size=4),
        max_leaves=12,
    ).map(lambda value: json.dumps(value).encode()),
)  # fmt: skip


@pytest.mark.parametrize("name", sorted(PARSERS))
@_FEW
@given(body=_BYTES)
def test_arbitrary_bytes_raise_nothing_else(name: str, body: bytes, tmp_path: Path) -> None:
    path = tmp_path / "file.dat"
    path.write_bytes(body)
    with contextlib.suppress(DesertsError):
        PARSERS[name][0](path)


_CELL = st.one_of(
    st.text(max_size=12).filter(lambda text: "\x00" not in text),
    st.integers(-(10**12), 10**12).map(str),
    st.floats().map(str),
    st.sampled_from(["1234567893", "04401", "4401.0", "62370", "O", "F", "ME", "23019", "US", "01/02/2021", "", "*",
                     "1,234",
                     "National", "050", "UNKNOWN", "2023-05-01", "RUCC_2023", "+44.8", "-68.7"]),
)  # fmt: skip


def _quoted(cell: str) -> str:
    return '"' + cell.replace('"', '""').replace("\r", " ").replace("\n", " ") + '"'


@pytest.mark.parametrize("name", sorted(name for name, (_, layout) in PARSERS.items() if layout is not None))
@_MORE
@given(data=st.data())
def test_no_row_is_lost_whatever_its_cells(name: str, data: st.DataObject, tmp_path: Path) -> None:
    read, layout = PARSERS[name]
    assert layout is not None
    names = list(layout.header) if layout.header else [field.aliases[0] for field in layout.fields]
    pool = data.draw(st.lists(_CELL, min_size=3, max_size=10))  # wide rows are picked from a few cells: drawing is slow
    pick = random.Random(data.draw(st.integers(0, 10**6)))
    rows = [[pick.choice(pool) for _ in names] for _ in range(data.draw(st.integers(1, 4)))]
    delimiter = "\t" if layout.header else ","
    lines = ([] if layout.header else [delimiter.join(map(_quoted, names))]) + [
        delimiter.join(map(_quoted, row)) for row in rows
    ]
    path = tmp_path / "file.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8", errors="replace", newline="")
    try:
        parsed = read(path)
    except DesertsError:
        return  # such as a column of years that holds none
    if name != "rucc":  # its rows of one county become one
        assert parsed.rows_in == len(rows)
    assert set(parsed.rejected["line"]) <= set(range(1, len(rows) + 2))
    assert (parsed.rejected["reason"] != "").all()
    for column in ("npi", "zip", "ccn", "county_fips"):
        if column in parsed.frame:
            assert parsed.frame[column].map(lambda text: text == "" or (text.isascii() and len(text) >= 5)).all()


_LINE = st.sampled_from(
    [
        "1,a,x",
        "2,b,y",
        "1,c,z",
        '1,"q, ""r""",s',
        '2,"line\nbreak",t',
        "broken",
        "1,too,many,fields",
        "",
        "1,,",
        '3,"é",u',
    ]
)


@_MORE
@given(lines=st.lists(_LINE, max_size=60), block_bytes=st.integers(8, 200), last=st.booleans())
@example(lines=['2,"line\nbreak",t', "2,b,y", "1,a,x"], block_bytes=23, last=False)
def test_filtering_block_by_block_is_filtering_the_whole(
    lines: list[str], block_bytes: int, last: bool, tmp_path: Path
) -> None:
    layout = Layout(
        "letters", (Field("key", ("key",), required=True), Field("text", ("text",)), Field("end", ("end",)))
    )
    path = tmp_path / "letters.csv"
    path.write_text("\n".join(["key,text,end", *lines]) + ("\n" if last else ""), encoding="utf-8", newline="")
    whole = read_rows(path, layout)
    some = read_rows(path, layout, keep=Keep({"key": ("1", "3")}), block_bytes=block_bytes)
    wanted = whole.frame["key"].isin(["1", "3"]).to_numpy()
    assert some.frame.to_dict("list") == whole.frame[wanted].to_dict("list")
    assert list(some.lines) == list(whole.lines[wanted])
    assert some.rejected.to_dict("list") == whole.rejected.to_dict("list")


@_MORE
@given(st.lists(st.from_regex(r"[0-9]{5}", fullmatch=True), min_size=1, max_size=20))
def test_a_zip_that_lost_its_zeros_comes_back(zips: list[str]) -> None:
    whole = pd.Series([text for text in zips if int(text) >= 501] or ["00501"], dtype="str")
    damaged = whole.str.lstrip("0")
    assert list(repair.zip5(damaged)) == list(whole)
    assert list(repair.zip5(damaged + ".0")) == list(whole)
    nine = (whole + "1234").str.lstrip("0")
    assert list(repair.zip5(nine)) == list(whole)
    assert list(repair.zip5(repair.zip5(damaged))) == list(whole)  # mending twice changes nothing


@_MORE
@given(st.lists(st.floats(-1e8, 1e12, allow_nan=False).map(lambda x: round(x, 6)), min_size=1, max_size=20))
def test_numbers_survive_being_written(values: list[float]) -> None:
    read, damaged = repair.number(pd.Series([repr(value) for value in values], dtype="str"))
    assert not damaged.any()
    assert list(read) == values


@_FEW
@given(_BYTES)
def test_other_readers_of_answers(body: bytes) -> None:
    for read in (lambda: parse_json(body, where="x"), lambda: parse_batch(body, where="x")):
        with contextlib.suppress(DesertsError):
            read()


@_FEW
@given(body=_BYTES)
def test_locks_of_arbitrary_bytes(body: bytes, tmp_path: Path) -> None:
    path = tmp_path / "lock.json"
    path.write_bytes(body)
    with contextlib.suppress(DesertsError):
        read_lock(path)
