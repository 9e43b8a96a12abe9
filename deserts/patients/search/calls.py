"""The newest call to each clinician, from the verification log, in the words of a backup list."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from deserts.patients.counted import counted
from deserts.provenance import OLD_AFTER_DAYS
from deserts.specialists.outcomes import ASKED_SOURCES, OUTCOMES, Standing

__all__ = ["Call", "newest_calls", "site_answers"]

_SPLIT = r"[|;,]"


@dataclass(frozen=True, slots=True)
class Call:
    """What the newest answer about a clinician says.

    Parameters
    ----------
    called_on
        Day of the answer.
    outcome
        Name of the outcome, see `deserts.specialists.outcomes.OUTCOMES`.
    source
        Who told us.
    payers, ages, pump_makers
        What was said, lower case; empty when not asked.
    wait_days
        Days until a first appointment, None when not asked.
    review_on
        Day on which a temporary answer is to be asked again, None when none was set.
    """

    called_on: dt.date
    outcome: str
    source: str
    payers: tuple[str, ...] = ()
    ages: tuple[str, ...] = ()
    pump_makers: tuple[str, ...] = ()
    wait_days: int | None = None
    review_on: dt.date | None = None

    @property
    def standing(self) -> Standing:
        """How long the outcome stands."""
        return OUTCOMES[self.outcome].standing

    @property
    def verifies(self) -> bool:
        """Whether the clinic itself said yes, by phone or visit; hearsay does not verify."""
        return self.standing is Standing.POSITIVE and self.source in ASKED_SOURCES

    def is_fresh(self, today: dt.date) -> bool:
        """Whether the answer is at most `OLD_AFTER_DAYS` old and not from the future."""
        return 0 <= (today - self.called_on).days <= OLD_AFTER_DAYS

    def sentence(self, today: dt.date) -> str:
        """Return the answer in words: "verified on" while fresh, "was verified on" after that."""
        what = OUTCOMES[self.outcome].words
        if self.verifies:
            verb = "verified on" if self.is_fresh(today) else "was verified on"
            old = "" if self.is_fresh(today) else f", {counted((today - self.called_on).days, 'day')} ago: call again"
            return f"{verb} {self.called_on} ({self.source}): {what}{old}"
        what += ", not asked at the clinic itself" if self.source not in ASKED_SOURCES else ""
        again = f"; ask again after {self.review_on}" if self.review_on else ""
        verb = "said on" if self.is_fresh(today) else "said long ago, on"
        return f"{verb} {self.called_on} ({self.source}): {what}{again}"


def newest_calls(log: pd.DataFrame | None, *, service_id: str, today: dt.date) -> Mapping[str, Call]:
    """Return the newest answer about each clinician, by NPI.

    Silence ("nobody answered") and answers about one site only say nothing about the clinician and are passed over.
    Of two answers on one day the later recorded counts; of two recorded at once the one that speaks against.

    Parameters
    ----------
    log
        Rows of the verification log, or None when there is none.
    service_id
        Only answers about this service count.
    today
        Answers dated after this day are passed over.
    """
    if log is None or log.empty:
        return {}
    telling = [name for name, o in OUTCOMES.items() if not o.of_site and o.standing is not Standing.SILENT]
    permanent = [name for name in telling if OUTCOMES[name].standing is Standing.PERMANENT]
    rows = log[
        (log["service"] == service_id) & log["outcome"].isin(telling) & (log["observed_on"] <= today.isoformat())
    ]
    rows = rows.assign(negative=rows["outcome"].isin(permanent))
    rows = rows.sort_values(["npi", "observed_on", "recorded_at", "negative", "outcome"])
    last = rows.drop_duplicates("npi", keep="last")
    records = [{str(key): value for key, value in row.items()} for row in last.to_dict("records")]
    return {str(row["npi"]): _call(row) for row in records}


def site_answers(log: pd.DataFrame | None, *, service_id: str, today: dt.date) -> Mapping[str, str]:
    """Return the newest answer about each site that touches the site alone: site to outcome.

    A newer answer about the same site that is not of this kind lifts it.
    """
    if log is None or log.empty:
        return {}
    rows = log[
        (log["service"] == service_id)
        & (log["site_id"] != "")
        & (log["outcome"] != "no_answer")
        & (log["observed_on"] <= today.isoformat())
    ]
    last = rows.sort_values(["site_id", "observed_on", "recorded_at", "outcome"]).drop_duplicates(
        "site_id", keep="last"
    )
    of_site = [name for name, outcome in OUTCOMES.items() if outcome.of_site]
    told = last[last["outcome"].isin(of_site)]
    return dict(zip(told["site_id"].astype(str), told["outcome"].astype(str), strict=True))


def _call(row: Mapping[str, object]) -> Call:
    return Call(
        called_on=dt.date.fromisoformat(str(row["observed_on"])[:10]),
        outcome=str(row["outcome"]),
        source=str(row.get("source") or ""),
        payers=_words(row.get("payers")),
        ages=_words(row.get("ages")),
        pump_makers=_words(row.get("pump_makers")),
        wait_days=_whole(row.get("wait_days")),
        review_on=_day(row.get("review_on")),
    )


def _whole(value: object) -> int | None:
    text = "" if value is None else str(value)
    return None if text in ("", "nan", "<NA>", "None") else int(float(text))


def _words(value: object) -> tuple[str, ...]:
    if value is None or (isinstance(value, float) and pd.isna(value)):
        return ()
    parts = pd.Series([str(value)]).str.split(_SPLIT, regex=True).iloc[0]
    return tuple(part.strip().lower() for part in parts if part.strip())


def _day(value: object) -> dt.date | None:
    text = "" if value is None or (isinstance(value, float) and pd.isna(value)) else str(value)
    return dt.date.fromisoformat(text[:10]) if text else None
