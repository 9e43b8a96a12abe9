"""What one question makes of every site: whether it may be listed, in which tier, and how well it fits."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from deserts.arrays import Bools, Longs, Texts
from deserts.errors import UnknownNameError
from deserts.patients.counted import counted
from deserts.patients.search.answer import BackupQuery, Tier
from deserts.patients.search.backup_data import TIER_ORDER, BackupData
from deserts.patients.search.calls import Call
from deserts.patients.search.ranking import Eligible, count_people
from deserts.specialists.outcomes import Standing
from deserts.specialists.payers import network_of

__all__ = ["Marks", "TeamFacts", "mark_sites"]

_NETWORK = {"in": "yes", "out": "no", "unknown": "ask"}
_PROVEN = TIER_ORDER.index(Tier.PROVEN)
_MUST_BE_ASKED = TIER_ORDER.index(Tier.MUST_BE_ASKED)


@dataclass(frozen=True, slots=True)
class TeamFacts:
    """What the team knows beside the public data.

    Parameters
    ----------
    calls
        Newest answer by NPI, see `deserts.patients.search.calls.newest_calls`.
    site_answers
        Newest answer about a site alone by site id, see `deserts.patients.search.calls.site_answers`.
    networks
        The user's table of payer networks, see `deserts.specialists.payers.read_payer_networks`; None without one.
    """

    calls: Mapping[str, Call] = field(default_factory=dict)
    site_answers: Mapping[str, str] = field(default_factory=dict)
    networks: pd.DataFrame | None = None

    def last_call_line(self) -> str:
        """Say when the log last had an answer, which stands on every output."""
        newest = max((call.called_on for call in self.calls.values()), default=None)
        return "calls: none logged for this service" if newest is None else f"last call logged on {newest}"


@dataclass(frozen=True, slots=True, eq=False)
class Marks:
    """One entry a site of `BackupData.sites`.

    Parameters
    ----------
    eligible
        What the ranking needs.
    age, payer, pump
        ``yes``, ``no``, ``ask``, or empty when not asked for.
    demoted
        Why the site stands in a lower tier than its evidence alone would put it, empty when it does not.
    set_aside
        Sentences about who was left out.
    """

    eligible: Eligible
    age: Texts
    payer: Texts
    pump: Texts
    demoted: Texts
    set_aside: tuple[str, ...]


def mark_sites(query: BackupQuery, data: BackupData, facts: TeamFacts) -> Marks:
    """Apply a question's exclusions and filters to all sites.

    Raises
    ------
    UnknownNameError
        If an excluded name is neither an NPI nor a practice of the data.
    """
    lost, removed, notes = _excluded(query, data)
    count = len(data.sites)
    called = _from_calls(data, facts.calls, today=query.today, keep_days=data.service.number("verification.keep_days"))
    age = _age(query, data.columns["age_band"], called)
    payer = _payer(query, data.sites, facts, called)
    pump = _pump(query, called, count)
    tier = data.tier.copy()
    demoted = np.full(count, "", dtype=object)
    demoted[data.stale] = "its evidence is old: ask whether it still holds"
    tier[called.verified] = _PROVEN
    demoted[called.verified] = ""
    for hit, why in (
        (called.temporary, "said not to take new patients for now"),
        (age == "no", "listed for adults only"),
    ):
        tier[hit] = _MUST_BE_ASKED
        demoted[hit] = why
    said_no = data.listed & called.permanent & ~removed
    fit = np.maximum.reduce([_fit(age), _fit(payer), _fit(pump)])
    return Marks(
        eligible=Eligible(
            open=data.listed & ~called.permanent & ~removed & ~_moved_away(data, facts),
            tier=tier,
            fit=fit,
            dependent=data.links.touches(np.flatnonzero(lost)),
            person=data.person,
            grade_rank=data.grade_rank,
        ),
        age=age,
        payer=payer,
        pump=pump,
        demoted=demoted,
        set_aside=(*notes, *_contradicted_note(data, count_people(data.person, said_no))),
    )


def _fit(answers: Texts) -> Longs:
    """Return 0 where it fits or was not asked for, 1 where it must be asked, 2 where it was stated otherwise."""
    return np.asarray((answers == "ask") + 2 * (answers == "no"), dtype=np.int64)


def _excluded(query: BackupQuery, data: BackupData) -> tuple[Bools, Bools, list[str]]:
    """Return the lost sites, the sites that may not be listed, and sentences about them."""
    npi, practice = data.columns["npi"], data.columns["practice_id"]
    names = np.array(query.exclude, dtype=object)
    of_person, of_practice = np.isin(npi, names), np.isin(practice, names)
    unknown = [name for name in query.exclude if not ((npi == name).any() or (practice == name).any())]
    if unknown:
        raise UnknownNameError(
            f"{', '.join(unknown)} is neither a clinician nor a practice of this region's data",
            where="--exclude",
            expected="a ten-digit NPI or a practice id as listed by `deserts backup --json`",
            fix="check the digits; a clinician who is not in the data need not be excluded",
        )
    lost = of_person | of_practice
    closed = of_practice | np.isin(practice, practice[of_person])
    removed = lost if query.keep_practice else lost | closed
    colleagues = count_people(data.person, data.listed & closed & ~lost)
    notes = []
    if colleagues and not query.keep_practice:
        notes.append(
            f"{counted(colleagues, 'colleague')} in the practice of the one lost left out, since a practice closes "
            "together. If the practice still runs, ask there first: --keep-practice lists them."
        )
    return lost, removed, notes


def _contradicted_note(data: BackupData, said_no_since: int) -> list[str]:
    count = len(data.contradicted) + said_no_since
    if not count:
        return []
    left_out = f"{counted(count, 'clinician')} left out, said or shown not to do this"
    return [f"{left_out}: `deserts evidence specialist NPI` says why."]


@dataclass(frozen=True, slots=True, eq=False)
class _Called:
    """The calls, spread over the sites: rows with a call, their calls, and a mask for each standing."""

    rows: Longs
    calls: tuple[Call, ...]
    verified: Bools
    temporary: Bools
    permanent: Bools


def _from_calls(data: BackupData, calls: Mapping[str, Call], *, today: dt.date, keep_days: float) -> _Called:
    known = [data.rows_of[npi] for npi in calls if npi in data.rows_of]
    rows = np.sort(np.concatenate(known)) if known else np.empty(0, dtype=np.int64)
    own = tuple(calls[npi] for npi in data.columns["npi"][rows])

    def mask(hits: list[bool]) -> Bools:
        found = np.zeros(len(data.person), dtype=bool)
        found[rows] = hits
        return found

    return _Called(
        rows=rows,
        calls=own,
        verified=mask([call.verifies and (today - call.called_on).days <= keep_days for call in own]),
        temporary=mask([call.standing is Standing.TEMPORARY for call in own]),
        permanent=mask([call.standing is Standing.PERMANENT for call in own]),
    )


def _moved_away(data: BackupData, facts: TeamFacts) -> Bools:
    """Return the sites that were reported empty."""
    moved = [site for site, said in facts.site_answers.items() if said == "moved"]
    return np.isin(data.columns["site_id"], moved) if moved else np.zeros(len(data.person), dtype=bool)


def _age(query: BackupQuery, band: Texts, called: _Called) -> Texts:
    told = np.full(len(band), "ask" if query.pediatric else "", dtype=object)
    if not query.pediatric:
        told[band == "paediatric"] = "ask"
        return told
    told[(band == "paediatric") | (band == "both")] = "yes"
    told[band == "adult"] = "no"
    said = {"children": "yes", "paediatric": "yes", "pediatric": "yes", "both": "yes", "adult": "no", "adults": "no"}
    return _overlay(told, called, lambda call: _first_match(call.ages, said))


def _payer(query: BackupQuery, sites: pd.DataFrame, facts: TeamFacts, called: _Called) -> Texts:
    if query.payer is None:
        return np.full(len(sites), "", dtype=object)
    wanted = query.payer.strip().lower()
    if facts.networks is None or not (facts.networks["payer"].str.casefold() == wanted.casefold()).any():
        told = np.full(len(sites), "ask", dtype=object)
    else:
        told = network_of(sites, facts.networks, wanted).map(_NETWORK).to_numpy(dtype=object)
    return _overlay(told, called, lambda call: "yes" if wanted in call.payers else "")


def _pump(query: BackupQuery, called: _Called, count: int) -> Texts:
    if query.pump is None:
        return np.full(count, "", dtype=object)
    wanted = query.pump.strip().lower()
    told = np.full(count, "ask", dtype=object)
    return _overlay(
        told, called, lambda call: "" if not call.pump_makers else "yes" if wanted in call.pump_makers else "no"
    )


def _first_match(words: tuple[str, ...], meanings: Mapping[str, str]) -> str:
    return next((meanings[word] for word in words if word in meanings), "")


def _overlay(told: Texts, called: _Called, say: Callable[[Call], str]) -> Texts:
    """Let what was said on the phone replace what files say."""
    for row, call in zip(called.rows, called.calls, strict=True):
        if said := say(call):
            told[row] = said
    return told
