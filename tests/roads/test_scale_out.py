from __future__ import annotations

import os
import signal
import threading
import time

import numpy as np
import pytest

from deserts.errors import SourceError
from deserts.roads import scale_out, snap, times_to_sites

pytest.importorskip("distributed")


@pytest.fixture(scope="module")
def ends(town_network):
    rng = np.random.default_rng(5)
    lon, lat = rng.uniform(-70, -69.88, 120), rng.uniform(45, 45.1, 120)
    return snap(town_network, lon, lat, max_snap_km=10)


def equal(one, other):
    return all(
        np.array_equal(getattr(one, name), getattr(other, name)) for name in ("point", "site", "drive_min", "dist_km")
    )


def test_local_processes_give_the_same(town_network, ends):
    direct = times_to_sites(town_network, ends, ends, limit_min=12)
    assert len(direct) > 1000
    assert equal(direct, times_to_sites(town_network, ends, ends, limit_min=12, processes=2))


def test_a_scheduler_whose_worker_is_lost(town_network, ends, tmp_path, monkeypatch):
    from distributed import LocalCluster

    town_network.save(tmp_path / "network")
    mapped = type(town_network).load(tmp_path / "network")
    direct = times_to_sites(mapped, ends, ends, limit_min=12)
    monkeypatch.setattr(scale_out, "_search", _slow_search)
    options = {"n_workers": 2, "threads_per_worker": 1, "host": "127.0.0.1", "dashboard_address": None}
    with LocalCluster(**options) as cluster:
        victim = cluster.workers[0].pid
        killer = threading.Timer(1.0, os.kill, (victim, signal.SIGKILL))
        killer.start()
        found = times_to_sites(mapped, ends, ends, limit_min=12, scheduler=cluster.scheduler_address)
        killer.join()
    assert equal(direct, found)


def _slow_search(folder, points, places, limit_min):
    from deserts.roads.scale_out import _mapped
    from deserts.roads.times import batch_search

    time.sleep(0.4)
    return batch_search(_mapped(folder), points, limit_min)(places)


def test_no_scheduler_there(town_network, ends, monkeypatch):
    monkeypatch.setattr(scale_out, "_CONNECT_SECONDS", 1)
    with pytest.raises(SourceError, match="does not answer"):
        times_to_sites(town_network, ends, ends, limit_min=5, scheduler="tcp://127.0.0.1:9")
