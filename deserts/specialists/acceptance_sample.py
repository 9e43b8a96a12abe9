"""The common rate of yes: calls to a drawn sample whose frame is recorded, and no others, tell what nobody publishes.

A team calls whom it doubts, so its answers are no sample of all and move nobody's chance but the clinician's own. A
sample is drawn by chance from a frame (who was found at a grade in a region on a day); frame and sample are written
down before the first call, and only answers of sampled clinicians, from that day on, count for the rate.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.special import betaincinv

from deserts.arrays import Floats
from deserts.errors import WRONG_SHAPE, DamagedDataError, InputError
from deserts.services import Service
from deserts.specialists.standing import Standings
from deserts.store import read_sealed, write_sealed
from deserts.store.files import finished

__all__ = [
    "FOLDER", "CallSample", "CommonRate", "common_rate", "draw_sample", "prior_rate", "rate_words", "read_rate",
    "read_samples", "save_sample",
]  # fmt: skip

FOLDER = "call_samples"
"""Folder of the samples among the user's own tables."""
_YES, _NO = "accepting", "full"
"""Answers to the question whether a new patient is taken. Who has stopped, or takes some payers or ages alone, answers
another one and counts on neither side."""


@dataclass(frozen=True, slots=True)
class CallSample:
    """A sample of clinicians to call.

    Parameters
    ----------
    drawn_on
        Day of the draw.
    region_id, service_id, grade
        What the frame is: clinicians of the region's own states whom the run finds at the grade.
    seed
        Of the draw.
    frame
        NPIs of the frame, sorted.
    sampled
        NPIs drawn from it without replacement, in the order in which to call.
    """

    drawn_on: dt.date
    region_id: str
    service_id: str
    grade: str
    seed: int
    frame: tuple[str, ...]
    sampled: tuple[str, ...]

    @property
    def name(self) -> str:
        """Name of its file."""
        return f"{self.drawn_on.isoformat()}-{self.region_id}-{self.service_id}-{self.grade}-{self.seed}.json"


@dataclass(frozen=True, slots=True)
class CommonRate:
    """What is known of the rate: a Beta distribution.

    Parameters
    ----------
    prior_yes, prior_no
        Of the profile (``accepts.prior_*``).
    yes, no
        Answers of sampled clinicians.
    sampled, answered
        Clinicians in the samples, and those of them who have answered anything since.
    """

    prior_yes: float
    prior_no: float
    yes: int = 0
    no: int = 0
    sampled: int = 0
    answered: int = 0

    @property
    def mean(self) -> float:
        """Expected rate."""
        return (self.prior_yes + self.yes) / (self.prior_yes + self.prior_no + self.yes + self.no)

    def quantile(self, share: Floats | float) -> Floats:
        """Return quantiles of the rate."""
        found: Floats = np.asarray(betaincinv(self.prior_yes + self.yes, self.prior_no + self.no, share))
        return found


def draw_sample(
    frame: Iterable[str], size: int, *, on: dt.date, region_id: str, service_id: str, grade: str, seed: int
) -> CallSample:
    """Draw clinicians by chance, each as likely as any other; the same frame and seed give the same sample.

    Raises
    ------
    InputError
        If the frame is smaller than the sample.
    """
    listed = tuple(sorted(set(frame)))
    if not 1 <= size <= len(listed):
        raise InputError(
            f"a sample of {size} cannot be drawn from a frame of {len(listed)}",
            expected=f"1 to {len(listed)}", fix="draw fewer, or choose a larger region",
        )  # fmt: skip
    order = np.random.Generator(np.random.PCG64(seed)).permutation(len(listed))[:size]
    return CallSample(on, region_id, service_id, grade, seed, listed, tuple(listed[place] for place in order))


def save_sample(folder: Path, sample: CallSample) -> Path:
    """Write a sample down, readable by its owner alone.

    Raises
    ------
    InputError
        If it has been drawn before: a frame is never written anew once calls may have been made.
    """
    path = folder / sample.name
    if path.exists():
        raise InputError(
            "this sample was drawn before", where=path, expected="one draw a day, region, service, grade and seed",
            fix="call those of the file; a further sample takes another --seed",
        )  # fmt: skip
    facts = {
        "drawn_on": sample.drawn_on.isoformat(), "region_id": sample.region_id, "service_id": sample.service_id,
        "grade": sample.grade, "seed": sample.seed, "frame": list(sample.frame), "sampled": list(sample.sampled),
    }  # fmt: skip
    write_sealed(path, facts, private=True)
    return path


def read_samples(folder: Path, *, service: Service) -> tuple[CallSample, ...]:
    """Return the samples of a service, by name.

    Raises
    ------
    DamagedDataError
        If one was changed since it was drawn: then no rate can rest on it.
    """
    found = [_read(path) for path in finished(folder, "*.json")]
    return tuple(sample for sample in found if sample.service_id == service.service_id)


def _read(path: Path) -> CallSample:
    fix = "put it back from a copy, or move it away: answers to it then count for their clinicians alone"
    facts = read_sealed(path, fix=fix)
    try:
        frame, sampled = (tuple(map(str, facts[name])) for name in ("frame", "sampled"))
        day = dt.date.fromisoformat(facts["drawn_on"])
        region, service, grade = (str(facts[name]) for name in ("region_id", "service_id", "grade"))
        return CallSample(day, region, service, grade, int(facts["seed"]), frame, sampled)
    except WRONG_SHAPE as error:
        raise DamagedDataError(f"the record of a sample is damaged: {error}", where=path, fix=fix) from error


def common_rate(samples: Sequence[CallSample], standings: Standings, *, service: Service) -> CommonRate:
    """Return what the answers to drawn samples tell of the rate; answers of others change nothing.

    A clinician counts once, with the newest answer, if it came on or after the day of a draw that named them. Nobody
    who has not answered is taken for a yes or a no: those who answer are taken to be like those who do not (stated).
    """
    since: dict[str, dt.date] = {}
    for sample in samples:
        for npi in sample.sampled:
            since[npi] = min(sample.drawn_on, since.get(npi, sample.drawn_on))
    last = {npi: said.last for npi, said in standings.by_npi.items() if npi in since and said.last is not None}
    outcomes = [said.outcome for npi, said in last.items() if said.on >= since[npi]]
    return dataclasses.replace(
        prior_rate(service), yes=outcomes.count(_YES), no=outcomes.count(_NO), sampled=len(since),
        answered=len(outcomes),
    )  # fmt: skip


def prior_rate(service: Service) -> CommonRate:
    """Return what is known of the rate before anybody was asked: the prior of the profile."""
    return CommonRate(service.number("accepts.prior_yes"), service.number("accepts.prior_no"))


def read_rate(local_dir: Path, standings: Standings, *, service: Service) -> CommonRate:
    """Return the rate by the samples in the folder of the user's own tables; for the team alone.

    Raises
    ------
    DamagedDataError
        If a sample was changed since it was drawn.
    """
    return common_rate(read_samples(local_dir / FOLDER, service=service), standings, service=service)


def rate_words(rate: CommonRate) -> str:
    """Say what is known of the rate."""
    low, high = (float(rate.quantile(share)) for share in (0.025, 0.975))
    span = f"{rate.mean:.0%} (between {low:.0%} and {high:.0%}, 95 %)"
    if not rate.sampled:
        unknown = "How many take new patients is not known: no sample was drawn (`deserts log acceptance --draw`)"
        return f"{unknown}; any share is as likely: {span}."
    told = f"{rate.answered} of {rate.sampled} sampled clinicians have answered, {rate.yes} yes, {rate.no} full"
    return f"Share who take a new patient: {span}. {told}."
