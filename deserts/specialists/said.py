"""One entry of the log as it is weighed: parsed, with what it says on each topic."""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from deserts.provenance import OLD_AFTER_DAYS
from deserts.rules.ranking import ANYBODY
from deserts.specialists.outcomes import ASKED_SOURCES, OUTCOMES, Outcome, Scope, Standing

__all__ = ["UNNAMED_PAYER", "Said", "Statement", "Verdict", "payer_topic", "said_rows", "verdicts"]

UNNAMED_PAYER = "payer:"
"""Topic of a payer that was refused and not named, which an old entry may hold."""

_DAYS_A_WEEK = 7
_SPLIT = re.compile(r"[|;,]")
_SEEN = {"adult": {"adult": True, "child": False}, "paediatric": {"adult": False, "child": True},
         "both": {"adult": True, "child": True}}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Said:
    """One answer.

    Parameters
    ----------
    entry
        Key of the entry.
    on
        Day of the answer.
    wait_days
        Days to the first visit of a new patient, None when not asked.

    The other fields are those of `deserts.specialists.entries.Verification`; names are lower case.
    """

    entry: str
    npi: str
    outcome: str
    source: str
    on: dt.date
    recorded_at: str = ""
    site_id: str = ""
    scope: str = ""
    payers: tuple[str, ...] = ()
    ages: str = ""
    pump_makers: tuple[str, ...] = ()
    wait_days: int | None = None
    review_on: dt.date | None = None
    follow_up_on: dt.date | None = None
    asked_age: str = ""
    asked_payer: str = ""
    answered_by: str = ""
    answered_role: str = ""
    note: str = ""

    @property
    def kind(self) -> Outcome:
        """The kind of its outcome."""
        return OUTCOMES[self.outcome]

    @property
    def is_asked(self) -> bool:
        """Whether the clinic itself was asked, by phone or visit; the rest is hearsay."""
        return self.source in ASKED_SOURCES

    @property
    def is_positive(self) -> bool:
        """Whether it says that the clinician does this: a temporary no says so too."""
        return self.kind.standing in (Standing.POSITIVE, Standing.TEMPORARY)

    @property
    def ends_all(self) -> bool:
        """Whether it says that the clinician does not do this anywhere: retired or no pumps, not of one site alone."""
        return self.kind.standing is Standing.PERMANENT and not self.kind.of_site and self.scope != Scope.SITE

    @property
    def order(self) -> tuple[str, str, bool, str]:
        """What sorts answers: within one instant the one that speaks against comes last and so counts."""
        return self.on.isoformat(), self.recorded_at, self.kind.standing is Standing.PERMANENT, self.outcome

    def counts_at(self, site_id: str) -> bool:
        """Whether it says something about a site: all do but those that were said of another one alone."""
        return self.scope != Scope.SITE or self.site_id == site_id

    def is_fresh(self, today: dt.date) -> bool:
        """Whether it is at most `OLD_AFTER_DAYS` old and not from the future."""
        return self.on <= today <= self.fresh_until()

    def fresh_until(self) -> dt.date:
        """Return the last day on which it counts as fresh."""
        return self.on + dt.timedelta(days=OLD_AFTER_DAYS)

    def stands_until(self) -> dt.date:
        """Return the last day on which a no stands: 90 days, or the day on which they are asked again if later."""
        return self.fresh_until() if self.review_on is None else max(self.fresh_until(), self.review_on)

    def told_by(self) -> str:
        """Return who told: the source, and who answered where that is known."""
        who = ", ".join(part for part in (self.answered_by, self.answered_role) if part)
        return f"{self.source}, {who}" if who else self.source


@dataclass(frozen=True, slots=True)
class Statement:
    """What an answer says on one topic: yes or no, and whether it is vague (which age or payer, nobody wrote down)."""

    topic: str
    is_yes: bool
    is_vague: bool = False


@dataclass(frozen=True, slots=True)
class Verdict:
    """What stands on one topic, and who said it."""

    topic: str
    is_yes: bool
    said: Said
    is_vague: bool

    def span(self) -> tuple[str, int, int]:
        """Return it as the order of backups takes a no, see `deserts.rules.ranking.refusal`."""
        return self.topic, self.said.on.toordinal(), self.said.stands_until().toordinal()

    def is_hard_no(self, today: dt.date) -> bool:
        """Whether it is a no that still stands."""
        return not self.is_yes and self.said.on <= today <= self.said.stands_until()


def payer_topic(name: str) -> str:
    """Return the topic of a payer."""
    return UNNAMED_PAYER + name.strip().casefold()


def statements(said: Said) -> Iterator[Statement]:
    """Yield what an answer says, topic by topic."""
    if said.outcome in ("accepting", "full"):
        yield Statement(ANYBODY, said.outcome == "accepting")
    for topic, is_yes in _SEEN.get(said.ages, {}).items():
        yield Statement(topic, is_yes)
    for payer in said.payers:
        yield Statement(payer_topic(payer), is_yes=True)
    if said.outcome == "age" and said.asked_age:
        yield Statement(said.asked_age, is_yes=False)
    elif said.outcome == "age" and said.ages not in ("adult", "paediatric"):
        yield Statement("adult", is_yes=False, is_vague=True)
        yield Statement("child", is_yes=False, is_vague=True)
    if said.outcome == "payer":
        yield Statement(payer_topic(said.asked_payer), is_yes=False, is_vague=not said.asked_payer)
    if said.outcome == "accepting":
        if said.asked_age:
            yield Statement(said.asked_age, is_yes=True)
        if said.asked_payer:
            yield Statement(payer_topic(said.asked_payer), is_yes=True)


def verdicts(answers: list[Said]) -> dict[str, Verdict]:
    """Return what stands on each topic after some answers, oldest first.

    The newest statement on a topic stands. Hearsay does not lift a no that the clinic itself gave, as long as that no
    stands; a vague no is lifted by any later "accepting", as in logs that knew no topics.
    """
    found: dict[str, Verdict] = {}
    for said in answers:
        if said.outcome == "accepting" and not _is_held(found.get(ANYBODY), said):
            found = {topic: verdict for topic, verdict in found.items() if not verdict.is_vague}
        for statement in statements(said):
            if statement.is_yes and _is_held(found.get(statement.topic), said):
                continue
            found[statement.topic] = Verdict(statement.topic, statement.is_yes, said, statement.is_vague)
    return found


def _is_held(before: Verdict | None, later: Said) -> bool:
    return before is not None and before.said.is_asked and not later.is_asked and before.is_hard_no(later.on)


def said_rows(rows: pd.DataFrame) -> list[Said]:
    """Parse rows of the log, in their order."""
    return [_said({str(key): value for key, value in row.items()}) for row in rows.to_dict("records")]


def _said(row: Mapping[str, Any]) -> Said:
    weeks, days = _number(row.get("visit_weeks")), _number(row.get("wait_days"))
    wait = None if weeks is None and days is None else math.ceil(weeks * _DAYS_A_WEEK) if weeks is not None else days
    text = {
        name: _text(row.get(name))
        for name in ("entry", "npi", "outcome", "source", "recorded_at", "site_id", "scope", "ages", "asked_age",
                     "answered_by", "answered_role", "note")
    }  # fmt: skip
    return Said(
        **text,
        on=dt.date.fromisoformat(_text(row.get("observed_on"))[:10]),
        payers=_names(row.get("payers")),
        pump_makers=_names(row.get("pump_makers")),
        wait_days=None if wait is None else int(wait),
        review_on=_day(row.get("review_on")),
        follow_up_on=_day(row.get("follow_up_on")),
        asked_payer=_text(row.get("asked_payer")).strip().casefold(),
    )


def _text(value: object) -> str:
    return "" if value is None or (isinstance(value, float) and pd.isna(value)) else str(value)


def _number(value: object) -> float | None:
    text = _text(value)
    return None if text in ("", "nan", "<NA>", "None") else float(text)


def _names(value: object) -> tuple[str, ...]:
    return tuple(part.strip().casefold() for part in _SPLIT.split(_text(value)) if part.strip())


def _day(value: object) -> dt.date | None:
    text = _text(value)
    return dt.date.fromisoformat(text[:10]) if text else None
