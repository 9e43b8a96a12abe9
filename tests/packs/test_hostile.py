"""A pack from a stranger is refused with a message, or does nothing but show its text."""

from __future__ import annotations

import json
import shutil
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import deserts
from deserts.errors import DesertsError
from deserts.packs import opening
from deserts.packs.record import RECORD
from deserts.store import read_sealed, write_sealed
from tests.packs.conftest import edit_json, rebuilt

SCRIPT = "<script>alert(1)</script>=1+1"


def _edges(**columns: object) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        file = folder / "network/edges.parquet"
        table = pq.read_table(file)
        for name, value in columns.items():
            kind = table.schema.field(name).type
            table = table.set_column(
                table.column_names.index(name), name, pa.array(np.full(table.num_rows, value), type=kind)
            )
        pq.write_table(table, file)

    return change


def _table(name: str, /, **columns: object) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        file = folder / f"tables/{name}.parquet"
        pd.read_parquet(file).assign(**columns).to_parquet(file)

    return change


def _record(**changes: object) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        write_sealed(folder / RECORD, {**read_sealed(folder / RECORD, fix=""), **changes})

    return change


def _many_equal_rows(folder: Path) -> None:
    """A hundred million equal numbers, in some kilobytes."""
    file = folder / "network/bends.parquet"
    rows = pa.array(np.zeros(1 << 22, dtype=np.int32))
    chunk = pa.table({"lon": rows, "lat": rows})
    with pq.ParquetWriter(file, chunk.schema, compression="zstd") as writer:
        for _ in range(12):
            writer.write_table(chunk)
    assert file.stat().st_size < 1_000_000


HOSTILE: dict[str, Callable[[Path], object]] = {
    "an edge to nowhere": _edges(to_head=1 << 20),
    "an edge from before the first": _edges(tail=-5),
    "a time below nothing": _edges(ms=-1),
    "bends that run backwards": _edges(bends=-1),
    "a place on a road that is not there": _table("site_snaps", edge=1 << 24),
    "a place beyond the end of its road": _table("site_snaps", fraction=7.0),
    "a column of another kind": _table("zips", lon="east"),
    "a table that is no table": lambda f: (f / "tables/evidence.parquet").write_bytes(b"PAR1" + b"\0" * 99 + b"PAR1"),
    "a table without a column": lambda f: (f / "tables/zips.parquet").write_bytes(
        (f / "tables/evidence.parquet").read_bytes()
    ),
    "a sea of equal rows": _many_equal_rows,
    "roads without facts": lambda f: (f / "network.json").write_text("[]"),
    "roads without classes": lambda f: edit_json(f / "network.json", road_classes=None),
    "roads without ends": lambda f: edit_json(f / "network.json", ends={}),
    "a season that is none": lambda f: edit_json(f / "network.json", season="monsoon"),
    "provenance that is none": lambda f: (f / "provenance.json").write_text('{"region_id": 7}'),
    "a day that is none": lambda f: edit_json(f / "provenance.json", refreshed_on="soon"),
    "JSON without an end": lambda f: (f / "provenance.json").write_text("[" * 100_000),
    "a table too few": lambda f: (f / "tables/zips.parquet").unlink(),
    "a part of the roads too few": lambda f: (f / "network/nodes.parquet").unlink(),
    "a file that no pack has": lambda f: (f / "setup.py").write_text("print(1)"),
    "calls that it does not speak of": lambda f: (f / "calls.json").write_text("[]"),
    "another region's name": _record(region_id="../../etc"),
    "another service's path": _record(service_id="../itb.toml"),
    "a grade that is none": _record(grade="best"),
    "another version": _record(format=99),
    "a limit that is none": _record(time_limit_min="long"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_pack_that_fits_its_own_hashes_and_lies_is_refused(example_pack, tmp_path, name, monkeypatch):
    monkeypatch.setattr(opening, "_MOST_VALUES", 50_000_000)
    bad = rebuilt(example_pack, tmp_path / "bad.deserts", HOSTILE[name])
    with pytest.raises(DesertsError) as caught:
        deserts.open(pack=bad, local=tmp_path / "local")
    assert "bad.deserts" in str(caught.value)
    assert caught.value.fix


def test_other_bytes_than_the_record_says_are_refused(example_pack, tmp_path):
    for name in ("tables/sites_unasked.parquet", "network/nodes.parquet", "provenance.json"):

        def flip(folder: Path, name: str = name) -> None:
            content = bytearray((folder / name).read_bytes())
            content[len(content) // 2] ^= 1
            (folder / name).write_bytes(content)

        bad = rebuilt(example_pack, tmp_path / f"{zlib.crc32(name.encode())}.deserts", flip, seal=False)
        with pytest.raises(DesertsError, match="damaged or was exchanged"):
            deserts.open(pack=bad)


@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 0.9, 0.999])
def test_a_cut_pack_is_refused(example_pack, tmp_path, share):
    whole = example_pack.read_bytes()
    cut = tmp_path / "cut.deserts"
    cut.write_bytes(whole[: int(len(whole) * share)])
    with pytest.raises(DesertsError, match=r"cut\.deserts"):
        deserts.open(pack=cut)


@pytest.mark.parametrize("name", ["../escaped", "/escaped", "tables/../../escaped", "C:\\escaped"])
def test_a_name_that_leads_out_is_refused_and_nothing_is_written(example_pack, tmp_path, name):
    bad = tmp_path / "bad.deserts"
    shutil.copy(example_pack, bad)
    with zipfile.ZipFile(bad, "a") as archive:
        archive.writestr(name, "x")
    with pytest.raises(DesertsError, match=r"bad\.deserts"):
        deserts.open(pack=bad)
    assert not list(tmp_path.rglob("escaped"))


def test_a_bomb_is_refused_before_it_fills_the_disk(example_pack, tmp_path):
    bad = tmp_path / "bad.deserts"
    with zipfile.ZipFile(example_pack) as old, zipfile.ZipFile(bad, "w", zipfile.ZIP_DEFLATED) as new:
        for info in old.infolist():
            if info.filename != "tables/zips.parquet":
                new.writestr(info.filename, old.read(info))
        new.writestr("tables/zips.parquet", b"\0" * (300 << 20))
    with pytest.raises(DesertsError, match="longer than the pack says"):
        deserts.open(pack=bad)


def test_no_file_another_file_and_a_file_twice(example_pack, tmp_path):
    with pytest.raises(DesertsError, match="no such pack"):
        deserts.open(pack=tmp_path / "none.deserts")
    other = tmp_path / "other.zip"
    with zipfile.ZipFile(other, "w") as archive:
        archive.writestr("a.txt", "x")
    with pytest.raises(DesertsError, match="no region pack"):
        deserts.open(pack=other)
    twice = tmp_path / "twice.deserts"
    shutil.copy(example_pack, twice)
    with pytest.warns(UserWarning, match="Duplicate"), zipfile.ZipFile(twice, "a") as archive:
        archive.writestr("provenance.json", json.dumps({}))
    with pytest.raises(DesertsError, match=r"twice\.deserts"):
        deserts.open(pack=twice)


def test_script_in_names_is_text_at_every_door(example_pack, tmp_path):
    """Names of people, practices and places come from strangers: the page shows them, and runs nothing."""
    from starlette.testclient import TestClient

    from deserts.web.desk import load_desk
    from tests.web.conftest import ADDRESS
    from tests.web.neighbourhood import make_app

    def change(folder: Path) -> None:
        _table("specialists_unasked", name=SCRIPT, specialty=SCRIPT)(folder)
        _table("sites_unasked", practice_name=SCRIPT, city=SCRIPT, phone=SCRIPT, address=SCRIPT)(folder)
        _table("hospitals", name=SCRIPT, city=SCRIPT, phone=SCRIPT)(folder)
        _table("zips", place=SCRIPT)(folder)

    pack = rebuilt(example_pack, tmp_path / "script.deserts", change)
    run = deserts.open(pack=pack, local=tmp_path)
    client = TestClient(make_app(load_desk(run)), base_url=ADDRESS, headers={"origin": ADDRESS})
    answer = client.post("/search", data={"zip": "86901", "withdrawal_signs": "yes"}, follow_redirects=True)
    assert answer.status_code == 200
    assert "<script>alert" not in answer.text
    assert "&lt;script&gt;alert(1)" in answer.text
