"""What an attacker who holds the payers' directories learns from what is public of plans: nobody's contradiction."""

from __future__ import annotations

import datetime as dt
import json
import random
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import linprog
from typer.testing import CliRunner

from deserts.api.run import Run
from deserts.cli import build_app
from deserts.config import Settings
from deserts.errors import DamagedDataError
from deserts.example.plan_files import CONTRACT, HIOS
from deserts.networks import Listed
from deserts.networks.totals import LEAST, LEDGER_NAME, public_total
from deserts.pipeline.plan_check import check_directory
from deserts.specialists.entries import Verification
from deserts.specialists.log import open_log
from tests.example_data import example_run, make_example

DAY = dt.date(2026, 11, 28)


def _listed(npis: list[str], against: set[str]) -> pd.DataFrame:
    standing = [Listed.CONTRADICTED if npi in against else Listed.NOT_SHOWN for npi in npis]
    return pd.DataFrame({"npi": npis, "standing": standing})


def _recovered(told: list[tuple[set[str], int]], everybody: list[str]) -> set[str]:
    """Solve for each person: who must be contradicted, given every total that was published?"""
    if not told:
        return set()
    sums = np.array([[npi in people for npi in everybody] for people, _ in told], dtype=float)
    totals = np.array([total for _, total in told], dtype=float)
    found = set()
    for place, npi in enumerate(everybody):
        wish = np.zeros(len(everybody))
        wish[place] = 1.0
        least = linprog(wish, A_eq=sums, b_eq=totals, bounds=(0, 1))
        assert least.success
        if least.fun > 1e-6:
            found.add(npi)
    return found


@pytest.mark.parametrize("seed", range(4))
def test_no_sum_or_difference_of_totals_speaks_of_anybody(tmp_path: Path, seed: int) -> None:
    """Plans that overlap, dates at which one clinician comes or goes: every total together bounds nobody from below."""
    draw = random.Random(seed)
    everybody = [f"{number:010d}" for number in range(180)]
    against = set(draw.sample(everybody, 80))
    blocks = [set(everybody[start : start + 60]) for start in range(0, 180, 60)]
    told: list[tuple[set[str], int]] = []
    people = set().union(*draw.sample(blocks, 2))
    for _ in range(20):
        kind = draw.choice(["one more or less", "another plan", "again"])
        if told and kind == "one more or less":
            people = people ^ {draw.choice(everybody)}
        elif told and kind == "another plan":
            people = set().union(*draw.sample(blocks, draw.choice([1, 2, 3])))
        total = public_total(_listed(sorted(people), against & people), tmp_path / LEDGER_NAME, today=DAY)
        if total is not None:
            assert total >= LEAST
            assert len(people) - total >= LEAST
            told.append((set(people), total))
    assert told  # something is published, or the test proves nothing
    assert _recovered(told, everybody) == set()


def test_a_naive_rule_would_fall_to_the_same_attack() -> None:
    """The attack works: totals of two lists that differ by one person give that person away."""
    everybody = [f"{number:010d}" for number in range(40)]
    told = [(set(everybody), 15), (set(everybody[1:]), 14)]
    assert _recovered(told, everybody) == {everybody[0]}


@pytest.mark.parametrize(("count", "rest"), [(10, 50), (50, 10), (11, 11), (0, 40)])
def test_a_total_needs_eleven_on_both_sides(tmp_path: Path, count: int, rest: int) -> None:
    npis = [f"{number:010d}" for number in range(count + rest)]
    total = public_total(_listed(npis, set(npis[:count])), tmp_path / LEDGER_NAME, today=DAY)
    assert total == (count if min(count, rest) >= LEAST else None)


def test_crossing_the_threshold_by_one_person_says_nothing(tmp_path: Path) -> None:
    npis = [f"{number:010d}" for number in range(60)]
    ledger = tmp_path / LEDGER_NAME
    assert public_total(_listed(npis[1:], set(npis[1:11])), ledger, today=DAY) is None
    assert public_total(_listed(npis, set(npis[:11])), ledger, today=DAY) is None
    changed = tmp_path / "other.json"
    assert public_total(_listed(npis, set(npis[:20])), changed, today=DAY) == 20
    # A number ended since: the same list gets the answer that it had, and no other.
    assert public_total(_listed(npis, set(npis[:21])), changed, today=DAY) == 20


def test_without_its_record_nothing_is_said(tmp_path: Path) -> None:
    ledger = tmp_path / LEDGER_NAME
    ledger.write_text("[{", encoding="utf-8")
    with pytest.raises(DamagedDataError, match="published totals"):
        public_total(_listed(["1"], set()), ledger, today=DAY)


def _public(run: Run, tmp_path: Path, name: str) -> list[str]:
    found = []
    for plan in (CONTRACT, HIOS):
        out = tmp_path / f"{name}-{plan}.csv"
        words = ["network", "check", "--plan", plan, "--region", "example", "--out", str(out)]
        words += ["--data", str(run.settings.data_dir), "--local", str(run.settings.local_dir)]
        for more in ([], ["--json"]):
            done = CliRunner().invoke(build_app(), [*words, *more, "--today", "2026-11-28"])
            assert done.exit_code == 0, done.output
            found.append(done.stdout)
        found.append(out.read_text(encoding="utf-8-sig"))
    return found


@pytest.mark.slow
def test_what_clinics_said_changes_no_byte_of_what_is_public(own_example: Run, tmp_path: Path) -> None:
    """A listed and shown clinician says on the telephone that it stopped: staged or not, nothing public tells."""
    made = own_example
    before = _public(made, tmp_path, "before")
    shown = check_npi(made)
    said = Verification(shown, "itb", "retired", "2026-11-20", "phone", scope="clinician")
    open_log(made.settings).append([said])
    live = _public(made, tmp_path, "live")
    make_example(made)
    made = example_run(made.settings.data_dir)
    assert made.store.read("specialists").set_index("npi").loc[shown, "grade"] == "contradicted"
    staged = _public(made, tmp_path, "staged")
    assert before == live
    for text, after in zip(before, staged, strict=True):
        assert after == text
    team = CliRunner().invoke(
        build_app(),
        ["network", "check", "--plan", CONTRACT, "--team", "--json", "--data", str(made.settings.data_dir),
         "--local", str(made.settings.local_dir)],
    )  # fmt: skip
    standing = {row["npi"]: row["standing"] for row in json.loads(team.stdout)["clinicians"]}
    assert standing[shown] == Listed.CONTRADICTED


def check_npi(run: Run) -> str:
    """Return a listed clinician whom public files show."""
    listed = check_directory(run, plans=[CONTRACT]).check.listed
    return str(listed.loc[listed["standing"] == Listed.SHOWN, "npi"].iloc[0])


def test_the_record_is_for_its_owner_alone(example_data: Path, tmp_path: Path) -> None:
    made = example_run(example_data)
    settings = Settings(data_dir=example_data, local_dir=tmp_path / "local", allow_network=False)
    _public(Run(settings, made.region, made.service, made.grade), tmp_path, "x")
    ledger = tmp_path / "local" / LEDGER_NAME
    assert {entry["total"] for entry in json.loads(ledger.read_text(encoding="utf-8"))} == {None}
    assert ledger.stat().st_mode & 0o077 == 0
