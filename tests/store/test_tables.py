"""Atomic writes, folders by scope, and tables that refuse what breaks their schema."""

import os
import stat
from pathlib import Path

import pandas as pd
import pytest

from deserts.config import Region, Settings
from deserts.errors import InputError, MissingDataError
from deserts.store import FlowRow, Store, atomic_path, sha256_of, write_json, write_text
from deserts.tables import TABLES, Scope, empty, validate


@pytest.fixture
def store(tmp_path) -> Store:
    settings = Settings(data_dir=tmp_path, local_dir=tmp_path / "local")
    return Store(settings, Region.parse("ME"), "itb", "manages_pumps")


def _zips(**changes: object) -> pd.DataFrame:
    row = {"zip": "04401", "place": "Bangor", "state": "ME", "county_fips": "23019", "lon": -68.8, "lat": 44.8}
    return pd.DataFrame([{**row, "kind": "area", "source": "gazetteer", **changes}])


def test_a_failing_block_leaves_the_old_file_and_no_other(tmp_path):
    target = tmp_path / "a.txt"
    write_text(target, "old")

    def fail_half_way():
        with atomic_path(target) as temporary:
            temporary.write_text("half")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail_half_way()
    assert target.read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["a.txt"]


def test_private_files_are_for_the_owner_only(tmp_path):
    write_text(tmp_path / "patient.txt", "x", private=True)
    assert stat.S_IMODE((tmp_path / "patient.txt").stat().st_mode) == 0o600
    previous = os.umask(0o022)
    try:
        write_text(tmp_path / "public.txt", "x")
    finally:
        os.umask(previous)
    assert stat.S_IMODE((tmp_path / "public.txt").stat().st_mode) == 0o644


def test_equal_values_are_equal_bytes(tmp_path):
    write_json(tmp_path / "a.json", {"b": 1, "a": [2, "é"]})
    write_json(tmp_path / "b.json", {"a": [2, "é"], "b": 1})
    assert sha256_of(tmp_path / "a.json") == sha256_of(tmp_path / "b.json")


def test_nan_never_reaches_json(tmp_path):
    with pytest.raises(ValueError, match="JSON"):
        write_json(tmp_path / "a.json", {"a": float("nan")})
    assert not (tmp_path / "a.json").exists()


def test_tables_go_where_their_scope_says(store, tmp_path):
    assert store.path("zips") == tmp_path / "processed/ME/zips.parquet"
    assert store.path("sites") == tmp_path / "processed/ME/itb/sites.parquet"
    assert store.path("reach") == tmp_path / "processed/ME/itb/manages_pumps/reach.parquet"
    with pytest.raises(ValueError, match="scope"):
        Store(store.settings, store.region).path("sites")


def test_a_table_comes_back_as_it_was_with_declared_columns_first(store):
    frame = _zips(extra=1)[["extra", *_zips().columns]]
    path = store.write("zips", frame)
    first = path.read_bytes()
    assert store.read("zips").columns.tolist() == [*_zips().columns, "extra"]
    store.write("zips", frame)
    assert path.read_bytes() == first
    assert store.read("zips", columns=["zip"])["zip"].tolist() == ["04401"]


@pytest.mark.parametrize(
    ("changes", "words"),
    [({"zip": "4401"}, "zip"), ({"lon": -680.0}, "lon"), ({"kind": "moon"}, "kind"), ({"lat": None}, "lat")],
)
def test_a_table_that_breaks_its_schema_is_refused_and_not_written(store, changes, words):
    with pytest.raises(InputError, match=words):
        store.write("zips", _zips(**changes))
    assert not store.has("zips")


def test_a_missing_or_damaged_table_says_what_to_do(store):
    with pytest.raises(MissingDataError, match="deserts run --region ME --service itb"):
        store.read("sites")
    store.path("zips").parent.mkdir(parents=True)
    store.path("zips").write_bytes(b"PAR1 not really")
    with pytest.raises(MissingDataError, match="its stage was not finished"):
        store.read("zips")


def test_duplicate_keys_are_refused():
    with pytest.raises(InputError, match="zip"):
        validate("zips", pd.concat([_zips(), _zips()]))


@pytest.mark.parametrize("name", sorted(TABLES))
def test_an_empty_table_is_valid(name):
    validate(name, empty(name))


def test_flow_tables_are_csv(store):
    path = store.write_flow("places", Scope.REGION, [FlowRow("zips", 3, 2, "one, without a place")])
    assert Path(path).read_text() == 'step,rows_in,rows_out,why\nzips,3,2,"one, without a place"\n'
