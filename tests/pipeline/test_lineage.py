"""One lineage: readers get whole runs, checked; damage is made anew or refused; two demands stand side by side."""

from __future__ import annotations

import dataclasses
import json
from functools import partial
from pathlib import Path

import pandas as pd
import pytest

from deserts.access.asked import inputs_as_asked
from deserts.commands.context import made_run
from deserts.config import UserFiles
from deserts.errors import DamagedDataError, MissingDataError, MixedRunsError, UnknownNameError
from deserts.pipeline import addresses, places, roads, scores, specialists, times
from deserts.pipeline.inputs import files_for
from deserts.pipeline.run import Run
from deserts.pipeline.stage import run_stage
from deserts.pipeline.stages import stages_until
from deserts.roads import Network
from deserts.sources.raw import RawArea
from deserts.store import Store, sha256_of, write_sealed
from tests.example_data import example_run


def fresh(run: Run) -> Store:
    """Return the store of a run as a new process would open it."""
    return dataclasses.replace(run.store)


def damage(path: Path) -> None:
    """Zero the second half of a file, as a power cut may."""
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2] + bytes(len(content) - len(content) // 2))


def renew(run: Run, dataset: str, change) -> None:
    """Replace a raw file and what its lock says of it, as a refresh does."""
    area = RawArea.open(run.settings.raw_area(run.region))
    entry = area.of(dataset)[0]
    path = area.folder / entry.path
    path.write_bytes(change(path.read_bytes()))
    area.adding([dataclasses.replace(entry, sha256=sha256_of(path), size_bytes=path.stat().st_size)]).save()


def more_people(content: bytes) -> bytes:
    """Give the first block group ten times its people."""
    head, first, rest = content.split(b"\n", 2)
    place = head.removeprefix(b"\xef\xbb\xbf").split(b",").index(b"POPULATION")
    cells = first.split(b",")
    cells[place] = str(10 * int(cells[place])).encode()
    return b"\n".join([head, b",".join(cells), rest])


@pytest.mark.parametrize("name", ["demand", "sites", "drive_times", "county_scores"])
def test_a_damaged_table_is_refused_and_made_again(own_example, name):
    before = sha256_of(own_example.store.path(name))
    damage(own_example.store.path(name))
    with pytest.raises(DamagedDataError, match=r"damaged[\s\S]*deserts run --region example"):
        fresh(own_example).read(name)
    stage = {"demand": places, "sites": addresses, "drive_times": times, "county_scores": scores}[name].STAGE
    assert run_stage(stage, own_example).ran
    assert sha256_of(own_example.store.path(name)) == before
    assert len(fresh(own_example).read(name))


@pytest.mark.parametrize("name", ["forward_costs.npy", "reverse_costs.npy", "forward_heads.npy", "meta.json"])
def test_a_damaged_network_never_reaches_compiled_code(own_example, name):
    folder = own_example.store.network_dir
    damage(folder / name)
    with pytest.raises(DamagedDataError):
        Network.load(folder)
    with pytest.raises(DamagedDataError):
        fresh(own_example).find_network()
    assert run_stage(roads.STAGE, own_example).ran
    Network.load(fresh(own_example).find_network())


def test_what_is_said_of_a_network_is_sealed_where_no_manifest_stands_by(own_example):
    path = own_example.store.network_dir / "meta.json"
    text = path.read_text(encoding="utf-8")
    assert '"rural_kmh": 4' in text
    path.write_text(text.replace('"rural_kmh": 4', '"rural_kmh": 5'), encoding="utf-8")  # one flipped bit
    with pytest.raises(DamagedDataError, match="seal"):
        Network.load(own_example.store.network_dir)


def test_drives_to_a_site_that_an_answer_adds_are_searched_on_the_roads_of_the_run(own_example):
    store, service, grade = fresh(own_example), own_example.service, own_example.grade
    sites, placed = store.read("sites"), store.read("site_snaps")
    added = sites["site_id"].isin(placed.loc[placed["status"] == "ok", "site_id"]) & (
        sites["grade_rank"] > service.rank(grade)
    )
    assert added.any()
    sites.loc[added, "grade_rank"] = service.rank(grade)
    ask = partial(inputs_as_asked, sites=sites, service=service, time_limit_min=120.0, max_workers=1)
    assert len(ask(store).drive_times) > len(store.read("drive_times"))
    other = Network.load(store.network_dir)
    folder = own_example.store.network_dir
    dataclasses.replace(other, meta={**other.meta, "season": "winter"}).save(folder)  # whole, but not that of the run
    with pytest.raises(DamagedDataError):
        ask(fresh(own_example))


def test_a_damaged_record_of_sources_or_raw_file_is_refused(own_example):
    damage(own_example.store.provenance_path)
    with pytest.raises(DamagedDataError):
        fresh(own_example).provenance()
    file = files_for(own_example, "hospitals")[0]
    damage(file.place)
    with pytest.raises(DamagedDataError, match="doctor --repair"):
        assert file.path


def test_an_edited_manifest_counts_as_none(own_example):
    path = own_example.store.folder("grade") / "manifest" / "times.json"
    facts = json.loads(path.read_text())
    facts["parameters"]["time_limit_min"] = 30
    path.write_text(json.dumps(facts))
    assert run_stage(times.STAGE, own_example).ran


def test_readers_keep_the_last_whole_run_while_newer_tables_are_made(own_example):
    old = fresh(own_example).read("demand")["population"].sum()
    renew(own_example, "centres_block_group", more_people)
    assert run_stage(places.STAGE, own_example).ran
    assert pd.read_parquet(own_example.store.path("demand"))["population"].sum() > old
    reader = fresh(own_example)
    assert reader.read("demand")["population"].sum() == old  # the scores that stand there are of these people
    assert len(reader.read("county_scores"))
    for stage in (specialists.STAGE, times.STAGE):
        run_stage(stage, own_example)
        assert fresh(own_example).read("demand")["population"].sum() == old
    run_stage(scores.STAGE, own_example)
    assert fresh(own_example).read("demand")["population"].sum() > old
    assert not list(own_example.store.region_dir.rglob("kept"))


def test_without_the_record_of_a_whole_run_a_mix_is_refused(own_example):
    renew(own_example, "centres_block_group", more_people)
    run_stage(places.STAGE, own_example)
    own_example.store.run_path.unlink()
    with pytest.raises(MixedRunsError, match=r"made from another demand[\s\S]*deserts run"):
        fresh(own_example).read("county_scores")
    assert len(fresh(own_example).read("demand"))


def test_an_unfinished_stage_vouches_for_nothing(own_example):
    own_example.store.run_path.unlink()
    (own_example.store.folder("service") / "manifest" / "specialists.json").unlink()
    with pytest.raises(MissingDataError, match="not finished"):
        fresh(own_example).read("specialists")


def test_two_demands_stand_side_by_side(own_example, tmp_path):
    published = fresh(own_example).read("county_scores")
    points = fresh(own_example).read("demand")
    own = tmp_path / "own points.csv"
    points[points["scored"]].iloc[::2][["point_id", "lon", "lat", "population"]].to_csv(own, index=False)
    settings = dataclasses.replace(own_example.settings, files=UserFiles(demand=own))
    other = dataclasses.replace(own_example, settings=settings)
    ran = [report.name for stage in stages_until("scores") if (report := run_stage(stage, other)).ran]
    assert ran == ["data", "places", "times", "scores"]  # clinicians and roads are those of the run above
    data = own_example.settings.data_dir

    def asked(region: str) -> pd.DataFrame:
        return made_run(region=region, service="itb", data=data).store.read("county_scores")

    tag = other.store.own.tag("grade")
    assert asked("example").equals(asked(f"example@{tag}"))  # the run that was finished last
    assert asked("example@published").equals(published)
    assert asked("example")["population"].sum() < published["population"].sum()
    assert "own points.csv" in " ".join(made_run(region="example", service="itb", data=data).store.provenance().notices)
    with pytest.raises(UnknownNameError, match="published files"):
        made_run(region="example@own-nothing", service="itb", data=data)
    assert not any(run_stage(stage, other).ran for stage in stages_until("scores"))
    run_stage(scores.STAGE, own_example)
    assert asked("example").equals(published)


def test_a_run_that_was_finished_last_and_is_not_there_is_told(own_example, tmp_path):
    own = tmp_path / "points.csv"
    own.write_text("point_id,lon,lat,population\n1,-68.0,45.0,10\n")
    settings = dataclasses.replace(own_example.settings, files=UserFiles(demand=own))
    elsewhere = dataclasses.replace(own_example, settings=settings).store.own
    write_sealed(own_example.store.folder("grade") / "current.json", {"own": elsewhere.to_json()})
    with pytest.raises(DamagedDataError, match="finished last is not there") as told:
        made_run(region="example", service="itb", data=own_example.settings.data_dir)
    assert "deserts run" in str(told.value)
    assert made_run(region="example@published", service="itb", data=own_example.settings.data_dir).store.has("demand")


def test_what_a_grade_was_made_from_stays_when_another_grade_is_made_from_newer_data(own_example):
    old = fresh(own_example).read("demand")["population"].sum()
    renew(own_example, "centres_block_group", more_people)
    looser = example_run(own_example.settings.data_dir, grade="specialty_only")
    for stage in stages_until("scores")[1:]:
        run_stage(stage, looser)
    assert fresh(looser).read("demand")["population"].sum() > old
    assert fresh(own_example).read("demand")["population"].sum() == old
    run_stage(times.STAGE, own_example)
    run_stage(scores.STAGE, own_example)
    assert fresh(own_example).read("demand")["population"].sum() > old
    assert not list(own_example.store.region_dir.rglob("kept"))
