"""Hold a payer's directory against a run: who of the listed is shown, and what the network means for the counties."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from deserts.access.payers import blank_payers, score_payers
from deserts.access.prepared import AccessInputs
from deserts.errors import MissingDataError
from deserts.networks import PlanCheck, check_plan, members_of
from deserts.networks.addition import Addition, best_addition
from deserts.networks.compare import Comparison, compare_checks
from deserts.networks.listings import rows_of_plan
from deserts.pipeline.listings import directories_of, read_files
from deserts.pipeline.public_supply import public_inputs
from deserts.pipeline.run import Run
from deserts.pipeline.scores import limits_of
from deserts.sources.directories.listing import Reading, Wanted, merged
from deserts.sources.directories.read import read_directory

__all__ = ["CheckedPlan", "check_directory", "compare_directories"]

_PAYER = "this plan"


@dataclass(frozen=True, slots=True, eq=False)
class CheckedPlan:
    """A directory held against a run, and what its network means for the counties.

    Parameters
    ----------
    check
        Who is listed, and what is shown of each.
    counties
        Rows of ``payer_scores`` for this plan: minutes to the nearest who is listed *and* shown, and to the nearest who
        is shown at all; None where nobody listed is looked at.
    addition
        Whose listing would do most for the standard; None where nobody's would, or nobody listed is looked at.
    """

    check: PlanCheck
    counties: pd.DataFrame | None
    addition: Addition | None = None


def check_directory(
    run: Run, paths: Sequence[Path] = (), *, plans: Sequence[str] = (), retrieved_on: dt.date | None = None,
    team: bool = False,
) -> CheckedPlan:  # fmt: skip
    """Read a directory and hold it against a finished run.

    Parameters
    ----------
    run
        The run.
    paths
        Files and folders of one payer's directory, of any form; those of the run when empty.
    plans
        Plans or networks by identifier, those of the run also by name; all that the files hold when empty.
    retrieved_on
        Day on which the files were got, where no note beside them says it.
    team
        Whether what the clinics said on the telephone counts. Otherwise all is as public files have it, whatever was
        said, so that nothing of it can be learned from what is published.

    Raises
    ------
    MissingDataError, InputError
        If a file is not there or cannot be read, or the run is not finished.
    UnknownNameError
        If the files of the run hold no such plan, or hold several and none is named.
    """
    check = _checked(run, _reading(run, paths, plans, retrieved_on), team=team)
    if check.listed.empty:
        return CheckedPlan(check, None)
    inputs = AccessInputs.from_store(run.store, service=run.service) if team else public_inputs(run)
    limits, limit_min = limits_of(run, inputs), run.settings.time_limit_min
    members = members_of(check, payer=_PAYER)
    scores = score_payers(inputs, members, limits=limits, time_limit_min=limit_min)
    scores = blank_payers(scores, run.store.read("county_scores"))
    addition = best_addition(
        inputs, members["npi"], check.missing["npi"], limits=limits, time_limit_min=limit_min,
        names=check.missing.set_index("npi")["name"],
    )  # fmt: skip
    return CheckedPlan(check, scores.merge(inputs.counties[["county_fips", "name"]], on="county_fips"), addition)


def compare_directories(
    run: Run, before: Path, after: Path, *, plans: Sequence[str] = (), team: bool = False
) -> Comparison:
    """Read two directories, or one at two dates, and say who is listed in one of them alone.

    Parameters
    ----------
    run
        The run that says who could do this, and of whom it is shown.
    before, after
        A file or a folder each.
    plans
        Plans or networks by identifier; all that the files hold when empty.
    team
        Whether what the clinics said counts; see `check_directory`.

    Raises
    ------
    MissingDataError, InputError
        If a file is not there or cannot be read, or the run is not finished.
    """
    checks = [_checked(run, _reading(run, [path], plans, None), team=team) for path in (before, after)]
    return compare_checks(*checks)


def _checked(run: Run, reading: Reading, *, team: bool) -> PlanCheck:
    suffix = "" if team else "_unasked"
    return check_plan(
        reading, specialists=run.store.read(f"specialists{suffix}"), sites=run.store.read(f"sites{suffix}"),
        service=run.service, grade=run.grade, states=run.region.states,
    )  # fmt: skip


def _reading(run: Run, paths: Sequence[Path], plans: Sequence[str], retrieved_on: dt.date | None) -> Reading:
    if not paths:
        return _reading_of_run(run, plans)
    wanted = Wanted(states=frozenset(run.region.states), plans=frozenset(plans) or None)
    return read_directory(paths, codes=run.service.codes(), retrieved_on=retrieved_on, wanted=wanted)


def _reading_of_run(run: Run, plans: Sequence[str]) -> Reading:
    """Read the directories of a run again, narrowed to the plans that are asked for."""
    directories = directories_of(run)
    if not directories:
        raise MissingDataError(
            "no payer's directory is at hand", expected="files or folders, or a run that holds some",
            fix="name the files, or run again with --own plan_directory=FILE",
        )  # fmt: skip
    listings = run.store.read("plan_listings")
    chosen = frozenset(str(rows_of_plan(listings, name)["plan_id"].iloc[0]) for name in plans or [""])
    wanted = Wanted(states=frozenset(run.region.states), plans=chosen)
    readings = [read_files(run, files, wanted=wanted) for files in directories]
    told = [reading for reading in readings if len(reading.frame)] or readings
    return merged(told, unknown=0, gaps=())
