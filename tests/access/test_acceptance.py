"""One unknown common rate: learned from a drawn sample alone, drawn once a draw, and nowhere near a public table."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from deserts.access import AccessInputs
from deserts.access.acceptance import accepting_access
from deserts.access.chances import takes_new
from deserts.access.prepared import prepare
from deserts.cli import build_app
from deserts.errors import DamagedDataError, InputError
from deserts.services import Service
from deserts.specialists.acceptance import NOT_CALIBRATED
from deserts.specialists.acceptance_sample import (
    FOLDER,
    CallSample,
    CommonRate,
    common_rate,
    draw_sample,
    read_samples,
    save_sample,
)
from deserts.web.answers import Answers
from deserts.web.desk import load_desk
from tests.access.conftest import LIMIT_MIN, make_specialists

DAY = dt.date(2026, 11, 20)
FRAME = [f"1{i:09d}" for i in range(30)]


def sample_of(size: int = 8, *, seed: int = 3) -> CallSample:
    return draw_sample(FRAME, size, on=DAY, region_id="ME", service_id="itb", grade="manages_pumps", seed=seed)


class Last:
    def __init__(self, outcome: str, on: dt.date) -> None:
        self.outcome, self.on = outcome, on


class Words:
    def __init__(self, last: Last | None) -> None:
        self.last = last


class Log:
    """The newest word of each clinician, as `Standings` gives it."""

    def __init__(self, answers: dict[str, tuple[str, dt.date]]) -> None:
        self.by_npi = {npi: Words(Last(*answer)) for npi, answer in answers.items()}


# --- the sample -------------------------------------------------------------------------------------------------------


def test_a_sample_is_the_same_for_the_same_frame_and_seed_whatever_its_order() -> None:
    again = draw_sample(FRAME[::-1] * 2, 8, on=DAY, region_id="ME", service_id="itb", grade="manages_pumps", seed=3)
    assert again == sample_of()
    assert len(set(again.sampled)) == 8
    assert again.sampled != sample_of(seed=4).sampled
    with pytest.raises(InputError, match="a sample of 31 cannot be drawn from a frame of 30"):
        sample_of(31)


def test_every_clinician_is_as_likely_as_any_other() -> None:
    drawn = np.array([[npi in sample_of(6, seed=seed).sampled for npi in FRAME] for seed in range(600)])
    share = drawn.mean(axis=0)
    assert np.abs(share - 0.2).max() < 4 * np.sqrt(0.2 * 0.8 / 600)


def test_a_frame_is_written_once_and_a_changed_one_is_refused(tmp_path: Path, itb: Service) -> None:
    path = save_sample(tmp_path, sample_of())
    assert path.stat().st_mode & 0o777 == 0o600
    assert read_samples(tmp_path, service=itb) == (sample_of(),)
    with pytest.raises(InputError, match="drawn before"):
        save_sample(tmp_path, sample_of())
    path.write_text(path.read_text().replace(sample_of().sampled[0], "1999999999"))
    with pytest.raises(DamagedDataError):
        read_samples(tmp_path, service=itb)
    assert read_samples(tmp_path / "none", service=itb) == ()


def test_only_answers_of_the_sample_since_its_day_move_the_rate(itb: Service) -> None:
    sample = sample_of()
    outside = [npi for npi in FRAME if npi not in sample.sampled]
    before, later = DAY - dt.timedelta(days=1), DAY + dt.timedelta(days=5)
    prior = common_rate((), Log({}), service=itb)
    assert (prior.mean, prior.sampled) == (0.5, 0)
    others = Log({**dict.fromkeys(outside, ("full", later)), sample.sampled[0]: ("accepting", before)})
    untouched = common_rate((sample,), others, service=itb)
    assert (untouched.mean, untouched.answered, untouched.sampled) == (0.5, 0, 8)
    outcomes = ["accepting", "accepting", "accepting", "full", "retired", "payer"]
    log = Log({npi: (outcome, later) for npi, outcome in zip(sample.sampled, outcomes, strict=False)})
    found = common_rate((sample, sample), log, service=itb)
    assert (found.yes, found.no, found.answered) == (3, 1, 6)
    assert found.mean == 4 / 6
    low, middle, high = (float(found.quantile(share)) for share in (0.025, 0.5, 0.975))
    assert low < middle < high
    # Beta(4, 2) has the distribution function 5 x^4 - 4 x^5.
    assert 5 * middle**4 - 4 * middle**5 == pytest.approx(0.5)


# --- the draws --------------------------------------------------------------------------------------------------------


def people(inputs: AccessInputs, **columns: object) -> pd.DataFrame:
    return make_specialists(inputs.sites).assign(p_accepts_pump=0.5, p_accepts_basis=NOT_CALIBRATED, **columns)


def test_the_rate_is_drawn_once_a_draw_for_all(inputs: AccessInputs) -> None:
    """With Beta(1, 1) the number who say yes is uniform; with a rate of its own for each it would be binomial."""
    yes = takes_new(inputs.sites, people(inputs), CommonRate(1, 1), draws=6000, seed=2)
    count = yes.sum(axis=1)
    n = len(inputs.sites)
    seen = np.bincount(count, minlength=n + 1) / len(count)
    assert np.abs(seen - 1 / (n + 1)).max() < 4 * np.sqrt(0.1 * 0.9 / 6000)
    assert np.array_equal(yes, takes_new(inputs.sites, people(inputs), CommonRate(1, 1), draws=6000, seed=2))


def test_an_answer_of_ones_own_is_its_own_alone(inputs: AccessInputs) -> None:
    known = people(inputs)
    known.loc[0, ["p_accepts_pump", "p_accepts_basis"]] = 1.0, "own answer and " + NOT_CALIBRATED
    known.loc[1, ["p_accepts_pump", "p_accepts_basis"]] = 0.0, "contradicted"
    yes = takes_new(inputs.sites, known, CommonRate(1, 1), draws=400, seed=2)
    before = takes_new(inputs.sites, people(inputs), CommonRate(1, 1), draws=400, seed=2)
    npi = inputs.sites["npi"]
    assert yes[:, npi == known["npi"][0]].all()
    assert not yes[:, npi == known["npi"][1]].any()
    rest = ~npi.isin(known["npi"][:2]).to_numpy()
    assert np.array_equal(yes[:, rest], before[:, rest])


def test_who_says_yes_is_never_nearer_than_who_is_there(inputs: AccessInputs, itb: Service) -> None:
    case, fips = prepare(inputs, time_limit_min=LIMIT_MIN), pd.Series(["23001", "23003", "23005"])
    options = {"service": itb, "grade": "manages_pumps", "time_limit_min": LIMIT_MIN, "draws": 200, "seed": 1}
    sure = people(inputs, p_active=1.0)
    found = accepting_access(case, sure, fips, CommonRate(1, 1), **options).set_index(["question", "beyond_min"])
    for name in ("low_share", "median_share", "high_share"):
        assert (found.loc["takes a new patient", name] >= found.loc["in business", name]).all()
    certain = accepting_access(case, sure, fips, CommonRate(1e9, 1e-9), **options).set_index(["question", "beyond_min"])
    pd.testing.assert_frame_equal(certain.loc["takes a new patient"], certain.loc["in business"])
    fewer = accepting_access(case, sure, fips, CommonRate(1, 1, yes=0, no=40), **options)
    assert fewer["median_share"].iloc[2] > found.loc["takes a new patient", "median_share"].iloc[0]


# --- the command ------------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_the_command_draws_learns_and_touches_no_public_table(own_example, tmp_path: Path) -> None:
    data = own_example.settings.data_dir
    where = ["--data", str(data), "--local", str(data / "local"), "--today", "2026-11-22"]

    def ask(*words: str, code: int = 0) -> str:
        done = CliRunner().invoke(build_app(), [*words, *where])
        assert done.exit_code == code, done.output
        return done.output + str(done.exception or "")

    def public() -> dict[str, str]:
        files = (path for path in (data / "processed").rglob("*.parquet"))
        return {str(path): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}

    before = public()
    nothing = json.loads(ask("log", "acceptance", "--draws", "40", "--json"))
    assert nothing["sampled"] == 0
    assert nothing["rate"]["mean"] == 0.5
    first = json.loads(ask("log", "acceptance", "--draws", "40", "--draw", "5", "--json"))
    assert len(first["to_call"]) == 5
    assert "drawn before" in ask("log", "acceptance", "--draws", "40", "--draw", "5", code=1)
    for npi in first["to_call"]:
        ask("log", "verify", npi, "--outcome", "full")
    told = json.loads(ask("log", "acceptance", "--draws", "40", "--json"))
    assert (told["yes"], told["no"], told["answered"]) == (0, 5, 5)
    assert told["rate"]["mean"] == pytest.approx(1 / 7)
    assert "team only" in ask("log", "acceptance", "--draws", "40")
    outside = "2020000479"
    assert outside not in first["to_call"]
    assert "0.14 (common rate, by 0 yes and 5 full of a drawn sample)" in ask("evidence", "specialist", outside)
    calls = ask("log", "call-list")
    assert "Share who take a new patient: 14% (" in calls
    assert "Share who take a new patient: 14% (" in ask("access", "extinction", "--zip", "86901")
    desk = load_desk(own_example, today=lambda: dt.date(2026, 11, 22))
    assert dict(Answers(desk).clinician(outside).facts)["accepts"].startswith("0.14 (common rate")
    assert public() == before
    assert list((data / "local" / FOLDER).glob("*.json"))
