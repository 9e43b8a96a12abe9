"""People who lost their nearest between two years: by hand on the example's roads, and as the command tells it."""

from __future__ import annotations

import dataclasses
import json

import numpy as np
import pandas as pd
import pytest

from deserts.access.registry_change import RegistryLoss, Residents, lost_between
from deserts.cli import main
from deserts.errors import UnknownNameError
from deserts.roads import Network, Snaps, snap, times_to_sites
from deserts.store import Store


def rows(*entries: tuple[str, int, str, int]) -> pd.DataFrame:
    return pd.DataFrame(list(entries), columns=["npi", "year", "zip", "grade_rank"]).assign(state="")


def lost(store: Store, years: pd.DataFrame, earlier: int = 2022, later: int = 2024) -> RegistryLoss:
    return lost_between(
        years, earlier, later, residents=dataclasses.replace(Residents.load(store), limit_min=480.0), grade_rank=3
    )


def minutes_to(store: Store, zip_code: str) -> np.ndarray:
    """Minutes from every point to the middle of one ZIP; infinite beyond the limit."""
    network = Network.load(store.find_network())
    row = store.read("zips").set_index("zip").loc[zip_code]
    there = snap(network, np.array([row["lon"]]), np.array([row["lat"]]), max_snap_km=store.settings.max_snap_km)
    points = Snaps.from_frame(store.read("point_snaps"))
    times = times_to_sites(network, points, there, limit_min=480.0)
    found = np.full(len(points), np.inf)
    found[times.point] = times.drive_min
    return found


@pytest.fixture(scope="module")
def towns(example_store: Store) -> tuple[str, str]:
    """Two ZIPs with clinicians, some way from each other."""
    sites = example_store.read("sites")
    known = set(example_store.read("zips")["zip"])
    placed = sites[sites["supplies"] & sites["zip"].isin(known)].sort_values("lon")
    return placed["zip"].iloc[0], placed["zip"].iloc[-1]


def test_whoever_was_nearest_to_the_place_that_emptied(example_store: Store, towns: tuple[str, str]) -> None:
    west, east = towns
    found = lost(example_store, rows(("1", 2022, west, 3), ("2", 2022, east, 0), ("2", 2024, east, 0)))
    demand = example_store.read("demand")
    people = demand["population"].to_numpy() * demand["scored"].to_numpy()
    to_west, to_east = minutes_to(example_store, west), minutes_to(example_store, east)
    assert found.lost == pytest.approx(people[to_west < to_east].sum())
    assert found.lost == found.lost_longer > 0
    assert found.lost_stranded == pytest.approx(people[np.isfinite(to_west) & np.isinf(to_east)].sum())
    assert found.had_one == pytest.approx(people[np.isfinite(np.minimum(to_west, to_east))].sum())
    assert found.residents == pytest.approx(people.sum())
    assert (found.clinicians_earlier, found.clinicians_later, found.shorter) == (2, 1, 0)


def test_a_colleague_at_the_place_keeps_it(example_store: Store, towns: tuple[str, str]) -> None:
    found = lost(example_store, rows(("1", 2022, towns[0], 3), ("2", 2024, towns[0], 3)))
    assert (found.lost, found.lost_stranded, found.shorter) == (0, 0, 0)


def test_whoever_stays_below_the_grade_does_not_count(example_store: Store, towns: tuple[str, str]) -> None:
    found = lost(example_store, rows(("1", 2022, towns[0], 3), ("1", 2024, towns[0], 4)))
    assert found.lost == found.lost_stranded == found.had_one > 0


def test_nobody_at_the_grade_in_either_year(example_store: Store, towns: tuple[str, str]) -> None:
    found = lost(example_store, rows(("1", 2022, towns[0], 5), ("1", 2024, towns[0], 5)))
    assert (found.lost, found.had_one, found.clinicians_earlier) == (0, 0, 0)


def test_a_zip_without_a_place_is_said(example_store: Store, towns: tuple[str, str]) -> None:
    found = lost(example_store, rows(("1", 2022, "", 3), ("2", 2022, towns[0], 3), ("2", 2024, towns[0], 3)))
    assert (found.unplaced, found.lost) == (1, 0)


def test_a_year_without_bills_is_refused(example_store: Store, towns: tuple[str, str]) -> None:
    with pytest.raises(UnknownNameError, match="2019"):
        lost(example_store, rows(("1", 2022, towns[0], 3)), 2019, 2022)


def test_the_command_says_the_same(example_store: Store, capsys: pytest.CaptureFixture[str]) -> None:
    years = example_store.read("registry_years")
    earlier, later = int(years["year"].min()), int(years["year"].max())
    command = ["evidence", "registry", "lost", str(earlier), str(later), "--data", str(example_store.settings.data_dir)]
    with pytest.raises(SystemExit) as left:
        main([*command, "--json"])
    assert not left.value.code
    told = json.loads(capsys.readouterr().out)
    expected = lost(example_store, years, earlier, later)
    assert told["lost"] == pytest.approx(expected.lost)
    assert 0 <= told["lost_stranded"] <= told["lost_longer"] <= told["lost"] <= told["had_one"] <= told["residents"]
    with pytest.raises(SystemExit):
        main(command)
    out = capsys.readouterr().out
    assert f"{told['lost']:,.0f} of {told['residents']:,.0f} residents lost" in out
    assert "ten or fewer" in out
