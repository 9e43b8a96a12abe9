"""What the check of a payer's directory says, composed once for command, page and API."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

    from deserts.api.run import Run
    from deserts.pipeline.plan_check import CheckedPlan

__all__ = ["PlanSaid", "check_plan_text"]

_WORST = 10
_MINUTES = ("nearest_median_min", "any_network_median_min")


@dataclass(frozen=True, slots=True, eq=False)
class PlanSaid:
    """A checked directory in words, and for machines.

    Parameters
    ----------
    found
        The check itself.
    text
        Sentence, counties, limits, on request who is behind the counts, and what the data are.
    facts
        The same as values.
    """

    found: CheckedPlan
    text: str
    facts: dict[str, object]


def check_plan_text(
    run: Run, paths: Sequence[Path] = (), *, plans: Sequence[str] = (), today: dt.date, team: bool = False
) -> PlanSaid:
    """Hold a payer's directory against the evidence.

    Parameters
    ----------
    run
        A finished run.
    paths
        Files and folders of one directory; those of the run when none.
    plans
        Plans or networks that count; all when none.
    today
        Day of which listings are old.
    team
        Whether clinicians are named, with reasons: not for publication.
    """
    from deserts.networks import public_lines, team_lines
    from deserts.pipeline.plan_check import check_directory

    found = check_directory(run, paths, plans=plans, team=team)
    provenance = run.store.provenance()
    said = public_lines(found.check, provenance=provenance, service=run.service, grade=run.grade)
    further = _further(run, found, today, team=team)
    lines = [said[0], *further.lines, *_county_lines(found.counties), *said[1:]]
    if team:
        lines += ["", "TEAM COPY, not for publication", *team_lines(found.check)]
    facts = {**_facts(found, (*said, *further.lines), team=team), **further.facts}
    return PlanSaid(found, "\n".join([*lines, "", *provenance.lines(today)]), facts)


@dataclass(frozen=True, slots=True)
class _Further:
    """Sentences beyond the counts, and the same as values."""

    lines: tuple[str, ...]
    facts: dict[str, object]


def _further(run: Run, found: CheckedPlan, day: dt.date, *, team: bool) -> _Further:
    """Return the age of the listings, the best addition, and the total of those contradicted where it may be said."""
    from deserts.networks.clock import clock_of
    from deserts.networks.sentence import addition_line, clock_line
    from deserts.networks.totals import LEDGER_NAME, public_total

    listed = found.check.listed
    if listed.empty:
        return _Further((), {})
    clock = clock_of(listed, day)
    lines = [clock_line(clock), addition_line(found.addition, team=team)]
    facts: dict[str, object] = {"verification": dataclasses.asdict(clock)}
    if found.addition is not None:
        hidden = () if team else ("npi", "name", "practice_name", "city", "state", "is_alone")
        facts["best_addition"] = {
            name: value for name, value in dataclasses.asdict(found.addition).items() if name not in hidden
        }
    if not team:
        total = public_total(listed, run.settings.local_dir / LEDGER_NAME, today=day)
        facts["contradicted_total"] = total
        if total is not None:
            lines.append(f"Of those not shown, public files contradict {total:,} (an identifier that has ended).")
    return _Further(tuple(lines), facts)


def _county_lines(counties: pd.DataFrame | None) -> Iterator[str]:
    """Yield what the network means where it means most: the counties whose median grows by the most minutes."""
    import pandas as pd

    from deserts.tables.drives import minutes_words

    if counties is None:
        return
    known = counties.dropna(subset=["any_network_median_min"])
    more = known["nearest_median_min"].fillna(float("inf")) - known["any_network_median_min"]
    worst = known.assign(more=more)[more > 0].sort_values(["more", "county_fips"], ascending=[False, True])
    yield f"{len(worst)} of {len(known)} counties have a longer way to a clinician who is listed and shown."
    for name, inside, of_any in worst.head(_WORST)[["name", *_MINUTES]].astype(object).to_numpy().tolist():
        way = "nobody within the limit" if pd.isna(inside) else minutes_words(inside)
        yield f"  {name}: {way}; of any network {minutes_words(of_any)} (median of residents)"


def _facts(found: CheckedPlan, said: tuple[str, ...], *, team: bool) -> dict[str, object]:
    from deserts.networks import Listed

    check = found.check
    facts: dict[str, object] = {
        "sentence": said[0],
        "about": list(said[1:]),
        "listed": len(check.listed),
        "shown": check.count(Listed.SHOWN),
        "complete": not check.files.gaps,
        "files": [list(pair) for pair in check.files.hashes],
        "counties": []
        if found.counties is None
        else json.loads(found.counties.drop(columns="payer").to_json(orient="records")),
    }
    if team:
        facts["clinicians"] = check.listed.to_dict("records")
        facts["missing"] = check.missing.to_dict("records")
    return facts
