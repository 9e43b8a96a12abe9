from __future__ import annotations

import os
import signal
import threading
import time

import numpy as np
import pytest

from deserts.cli import main
from deserts.errors import SourceError
from deserts.roads import scale_out, snap, times_to_sites

pytest.importorskip("distributed")

pytestmark = pytest.mark.xdist_group("dask")  # one cluster for all of them


@pytest.fixture(scope="module")
def ends(town_network):
    rng = np.random.default_rng(5)
    lon, lat = rng.uniform(-70, -69.88, 120), rng.uniform(45, 45.1, 120)
    return snap(town_network, lon, lat, max_snap_km=10)


def equal(one, other):
    return all(
        np.array_equal(getattr(one, name), getattr(other, name)) for name in ("point", "site", "drive_min", "dist_km")
    )


@pytest.fixture(scope="module")
def mapped(town_network, tmp_path_factory):
    folder = tmp_path_factory.mktemp("mapped") / "network"
    town_network.save(folder)
    return type(town_network).load(folder)


@pytest.fixture(scope="module")
def cluster():
    from distributed import LocalCluster

    with LocalCluster(n_workers=2, threads_per_worker=1, host="127.0.0.1", dashboard_address=None) as found:
        yield found


def test_a_network_in_memory_on_local_processes(town_network, ends):
    direct = times_to_sites(town_network, ends, ends, limit_min=12)
    assert len(direct) > 1000
    assert equal(direct, times_to_sites(town_network, ends, ends, limit_min=12, processes=1))


def test_a_scheduler_whose_worker_is_lost(mapped, ends, cluster, monkeypatch):
    direct = times_to_sites(mapped, ends, ends, limit_min=12)
    monkeypatch.setattr(scale_out, "_run", _slow_run)
    killer = threading.Timer(0.6, os.kill, (cluster.workers[0].pid, signal.SIGKILL))
    killer.start()
    found = times_to_sites(mapped, ends, ends, limit_min=12, scheduler=cluster.scheduler_address)
    killer.join()
    assert equal(direct, found)


def _slow_run(folder, work, shared, part):
    time.sleep(0.2)
    return work(scale_out._mapped(folder), shared, part)


def test_no_scheduler_there(town_network, ends, monkeypatch):
    monkeypatch.setattr(scale_out, "_CONNECT_SECONDS", 1)
    with pytest.raises(SourceError, match="does not answer"):
        times_to_sites(town_network, ends, ends, limit_min=5, scheduler="tcp://127.0.0.1:9")


def test_drive_times_of_pairs_to_the_byte(mapped, cluster, tmp_path):
    rng = np.random.default_rng(6)
    places = np.column_stack([rng.uniform(-70.02, -69.85, (60, 1)), rng.uniform(44.98, 45.12, (60, 1))])
    rows = ["pair_id,origin_lon,origin_lat,dest_lon,dest_lat"]
    for number, (a, b) in enumerate(rng.integers(0, 60, (500, 2)).tolist()):
        rows.append(",".join(map(str, (number, *places[a].tolist(), *places[b].tolist()))))
    rows.append("far,-60,45,-69.9,45.05")
    (tmp_path / "pairs.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")

    def answer(*more):
        out = tmp_path / "out.csv"
        given = ["--roads", mapped.folder, "--pairs", tmp_path / "pairs.csv", "--out", out, "--max-min", "10"]
        with pytest.raises(SystemExit) as stop:
            main(["access", "drive-times", *map(str, given), *more])
        return stop.value.code, out.read_bytes()

    code, direct = answer()
    assert code == 0
    assert all(word in direct for word in (b",ok", b"beyond_limit", b"unsnapped"))
    assert answer("--scheduler", cluster.scheduler_address) == (0, direct)
    assert answer("--scheduler", cluster.scheduler_address, "--workers", "2")[0] == 2


def test_workers_of_the_command_are_processes(mapped, tmp_path, monkeypatch):
    asked = {}

    def spread(network, work, part, sources, *, shared, **where):
        asked.update(where)
        return [work(network, shared, part(0, sources))]

    monkeypatch.setattr(scale_out, "spread", spread)
    (tmp_path / "pairs.csv").write_text(
        "pair_id,origin_lon,origin_lat,dest_lon,dest_lat\na,-69.97,45.02,-69.9,45.05\n", encoding="utf-8"
    )
    given = ["--roads", mapped.folder, "--pairs", tmp_path / "pairs.csv", "--out", tmp_path / "out.csv"]
    with pytest.raises(SystemExit) as stop:
        main(["access", "drive-times", *map(str, given), "--workers", "3"])
    assert stop.value.code == 0
    assert asked == {"scheduler": None, "processes": 3}
