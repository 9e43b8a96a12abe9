"""Backups on the example's real tables and roads: equal to brute force for 500 random patients and option sets."""

from __future__ import annotations

import datetime as dt
import itertools
import random
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

from deserts.patients.search.answer import BackupQuery
from deserts.patients.search.backups import BackupData, find_backups
from deserts.patients.search.emergency import find_emergency, load_hospitals
from deserts.patients.search.origin import Origin
from deserts.roads import snap, times_to_sites
from tests.patients import reference
from tests.patients.world import call, told

TODAY = dt.date(2026, 11, 22)
PATIENTS = 500


@pytest.fixture(scope="module")
def data(example_store) -> BackupData:
    return BackupData.load(example_store)


@pytest.fixture(scope="module")
def ready(data) -> BackupData:
    """The same, prepared for many questions as the page and its API do."""
    return data.prepared()


@pytest.fixture(scope="module")
def tables(example_store):
    """Raw rows for the reference: sites with their clinicians' columns and their ties."""
    own = example_store.read("specialists").drop(columns=["grade", "grade_rank", "state", "supplies"])
    sites = example_store.read("sites").merge(own, on="npi")
    evidence = example_store.read("evidence")
    ties = evidence[evidence["kind"] == "affiliation"]
    hospitals: dict[str, set[str]] = {}
    for npi, ccn in zip(ties["npi"], ties["code"], strict=True):
        hospitals.setdefault(npi, set()).add(ccn)
    rows = reference.rows(sites)
    return [{**row, "ties": reference.ties(row, hospitals)} for row in rows]


@pytest.fixture(scope="module")
def patients(data):
    """Random places near the example's ZIPs, and the minutes to every site by the *reverse* search without a limit."""
    rng = np.random.default_rng(11)
    places = data.zips.columns(["lon", "lat"])
    chosen = rng.integers(0, len(data.zips), PATIENTS)
    lon = places["lon"][chosen] + rng.normal(0, 0.05, PATIENTS)
    lat = places["lat"][chosen] + rng.normal(0, 0.05, PATIENTS)
    points = snap(data.network, lon, lat, max_snap_km=data.max_snap_km)
    pairs = times_to_sites(data.network, points, data.snaps, limit_min=100_000)
    site_ids = data.sites["site_id"].to_numpy()
    minutes: list[dict[str, float]] = [{} for _ in range(PATIENTS)]
    for point, site, drive_min in zip(pairs.point, pairs.site, pairs.drive_min, strict=True):
        minutes[point][site_ids[site]] = drive_min
    return lon, lat, minutes


def random_question(rng: random.Random, npis: list[str], practices: list[str]) -> reference.Question:
    outcomes = ["accepting", "full", "retired", "no_pumps", "age", "payer"]
    makers = [(), ("medtronic",), ("flowonix",)]
    return reference.Question(
        k=rng.randint(1, 8),
        exclude=tuple(rng.sample(npis, rng.choice([0, 0, 1, 2])) + rng.sample(practices, rng.choice([0, 0, 0, 1]))),
        keep_practice=rng.random() < 0.3,
        pediatric=rng.random() < 0.3,
        payer=rng.choice([None, None, "acme", "unknown plan"]),
        pump=rng.choice([None, None, "medtronic"]),
        limit=rng.choice([480.0, 480.0, 30.0, 90.0, 240.0]),
        calls={npi: (rng.choice(outcomes), rng.choice(makers)) for npi in rng.sample(npis, rng.randint(0, 12))},
        network={"acme": set(rng.sample(npis, 40))},
    )


def ask(data: BackupData, question: reference.Question, lon: float, lat: float, k: int | None = None):
    query = BackupQuery(
        origin=Origin(lon, lat, "", zip_precise=False),
        today=TODAY,
        k=k or question.k,
        exclude=question.exclude,
        keep_practice=question.keep_practice,
        pediatric=question.pediatric,
        payer=question.payer,
        pump=question.pump,
        max_min=question.limit,
    )
    calls = [
        call(npi, outcome, days_ago=0, today=TODAY, pump_makers=makers)
        for npi, (outcome, makers) in question.calls.items()
    ]
    networks = pd.DataFrame(
        [("Acme", npi, "", "in") for npi in sorted(question.network["acme"])],
        columns=["payer", "npi", "practice_id", "network"],
    )
    return find_backups(query, data, told(*calls, networks=networks, today=TODAY))


@pytest.mark.parametrize("count", [150, pytest.param(PATIENTS, marks=pytest.mark.slow)])
def test_random_patients_and_options_equal_brute_force(data, ready, tables, patients, count):
    """One in five as a command answers, the others as the page does."""
    sites = tables
    lon, lat, minutes = patients
    ladder = [grade.name for grade in data.service.grades]
    npis = sorted({s["npi"] for s in sites})
    practices = sorted({s["practice_id"] for s in sites})
    newest = max(data.provenance.claims_years)
    rng = random.Random(23)
    beyond = folded = 0
    for number in range(count):
        question = random_question(rng, npis, practices)
        asked = ready if number % 5 else data
        answer = ask(asked, question, float(lon[number]), float(lat[number]))
        expected = reference.backups(sites, minutes[number], question, ladder, newest)
        lost = {s["practice_id"] for s in sites if s["npi"] in question.exclude} | set(question.exclude)
        for tier in answer.tiers:
            wanted = expected[tier.tier.value]
            away = expected["said_no"][tier.tier.value]
            assert [c.site_id for c in tier.said_no] == away[: question.k]
            assert tier.said_no_in_all == len(away), (question, [c.npi for c in tier.said_no], away)
            folded += len(away)
            if wanted and isinstance(wanted[0], tuple):
                (only,) = tier.candidates
                assert only.status == "beyond_limit"
                assert only.drive_min == wanted[0][1]
                beyond += 1
                continue
            found = [c for c in tier.candidates if c.status == "ok"]
            assert [c.site_id for c in found] == wanted
            assert [c.drive_min for c in found] == [minutes[number][c.site_id] for c in found]
        shown = {c.npi for c in answer.candidates}
        assert shown.isdisjoint(question.exclude)
        if not question.keep_practice:
            assert {c.practice_id for c in answer.candidates}.isdisjoint(lost)
    assert beyond > count // 25
    assert folded > 2 * count // 5


def test_a_shorter_list_begins_a_longer_one(ready, tables, patients):
    sites = tables
    lon, lat, _ = patients
    npis, practices = sorted({s["npi"] for s in sites}), sorted({s["practice_id"] for s in sites})
    rng = random.Random(29)
    for number in range(25):
        question = random_question(rng, npis, practices)
        answers = [ask(ready, question, float(lon[number]), float(lat[number]), k=k) for k in (1, 3, 9)]
        for shorter, longer in itertools.pairwise(answers):
            for short, long in zip(shorter.tiers, longer.tiers, strict=True):
                ids = [c.site_id for c in short.candidates]
                assert [c.site_id for c in long.candidates][: len(ids)] == ids


def test_backup_loads_no_heavy_library_and_answers(example_data):
    """In a process of its own: what is imported by then is what a coordinator waits for."""
    code = (
        "import sys\nfrom deserts.cli import main\n"
        "try:\n    main(sys.argv[1:])\nexcept SystemExit as done:\n    assert not done.code, done.code\n"
        "heavy = {'osmnx', 'folium', 'geopandas', 'matplotlib', 'networkx', 'fastapi', 'reportlab', 'docx'}\n"
        "found = sorted(heavy & set(sys.modules))\nassert not found, found\n"
    )
    zip_code = "86801"
    done = subprocess.run(
        [sys.executable, "-c", code, "backup", "--zip", zip_code, "--data", str(example_data)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "BACLOFEN PROVEN" in done.stdout
    assert "synthetic" in done.stdout
    assert "not medical advice" in done.stdout


@pytest.mark.parametrize("pediatric", [False, True])
def test_hospitals_on_the_roads_change_no_answer(example_store, data, ready, pediatric):
    """Snapped before or on demand, searched by the command or by the page: the same hospitals and minutes."""
    placed, bare = load_hospitals(example_store), example_store.read("hospitals")
    assert "edge" in placed
    assert "edge" not in bare
    places = data.zips.columns(["lon", "lat"])
    for row in range(0, len(data.zips), max(1, len(data.zips) // 12)):
        origin = Origin(float(places["lon"][row]), float(places["lat"][row]), "", zip_precise=True)
        answers = [
            find_emergency(origin, asked, hospitals, today=TODAY, pediatric=pediatric, k=4).to_dict()
            for asked, hospitals in ((data, bare), (data, placed), (ready, placed))
        ]
        assert answers[0]["nearest"]
        assert answers[1] == answers[0]
        assert answers[2] == answers[0]
