"""What one question makes of every site: whether it may be listed, in which tier, and how well it fits."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from deserts.arrays import Bools, Longs, Texts
from deserts.errors import UnknownNameError
from deserts.patients.counted import counted
from deserts.patients.search.answer import BackupQuery
from deserts.patients.search.backup_data import BackupData
from deserts.patients.search.plan_listing import PlanMarks, mark_plan
from deserts.patients.search.ranking import Eligible, count_people, most_minutes
from deserts.patients.search.team import TeamFacts
from deserts.rules.ranking import ASK, NO, YES, asked_again, fit_of, larger, time_code
from deserts.specialists.payers import network_of
from deserts.specialists.said import Verdict, payer_topic
from deserts.specialists.standing import SiteStanding

__all__ = ["Marks", "TeamFacts", "code_of", "mark_days", "mark_sites"]

_NETWORK = {"in": "yes", "out": "no", "unknown": "ask"}
_ANSWERS = {YES: "yes", ASK: "ask", NO: "no"}


@dataclass(frozen=True, slots=True, eq=False)
class Marks:
    """One entry a site of `BackupData.sites`.

    Parameters
    ----------
    eligible
        What the ranking needs.
    age, payer, pump, time
        ``yes``, ``no``, ``ask``, or empty when not asked for.
    plan
        What the directory of the plan asked for says.
    noes
        The hard no that keeps this patient away from a site, by its row.
    demoted
        Why the site stands in a lower tier than its evidence alone would put it, empty when it does not.
    set_aside
        Sentences about who was left out.
    """

    eligible: Eligible
    age: Texts
    payer: Texts
    pump: Texts
    time: Texts
    plan: PlanMarks
    noes: Mapping[int, Verdict]
    demoted: Texts
    set_aside: tuple[str, ...]


def mark_sites(query: BackupQuery, data: BackupData, facts: TeamFacts) -> Marks:
    """Apply a question's exclusions and filters to all sites.

    Parameters
    ----------
    query
        The question.
    data
        With the team's answers laid over, see `BackupData.asked`.
    facts
        Payer networks of the team.

    Raises
    ------
    UnknownNameError
        If an excluded name is neither an NPI nor a practice of the data, or no directory of the run has the plan.
    """
    lost, removed, notes = _excluded(query, data)
    said = _said(data)
    age, payer, pump = _age(query, data, said), _payer(query, data, facts, said), _pump(query, data, said)
    again = _asked_again(query, data, said)
    plan = mark_plan(query.plan, data.sites, data.listings)
    audience = "child" if query.pediatric else "adult"
    found = {row: at.hard_no(audience=audience, payer=query.payer, today=query.today) for row, at in said.items()}
    noes = {row: no for row, no in found.items() if no is not None}
    refused = np.zeros(len(data.sites), dtype=bool)
    refused[list(noes)] = True
    marks = Marks(
        eligible=Eligible(
            open=data.listed & ~removed,
            tier=data.tier,
            fit=_worst(age, payer, pump, again, plan.told),
            refused=refused,
            dependent=data.links.touches(np.flatnonzero(lost)),
            person=data.person,
            grade_rank=data.grade_rank,
        ),
        age=age,
        payer=payer,
        pump=pump,
        time=np.full(len(data.sites), "", dtype=object),
        plan=plan,
        noes=noes,
        demoted=_demoted(data),
        set_aside=(*notes, *_contradicted_note(data), *_missing_note(data)),
    )
    return mark_days(marks, query, data)


def mark_days(marks: Marks, query: BackupQuery, data: BackupData) -> Marks:
    """Add what the days left make of every site: a first visit in time, and the longest drive that they allow.

    Parameters
    ----------
    marks
        From `mark_sites` with the same question without a date; questions that differ in nothing else share them.
    """
    left = query.days_left
    if left is None:
        return marks
    time = _time(query, data, _said(data))
    eligible = dataclasses.replace(
        marks.eligible,
        fit=np.asarray(larger(marks.eligible.fit, code_of(time)), dtype=np.int64),
        most_min=most_minutes(left, int(data.service.number("plan.drive_day_min"))),
    )
    return dataclasses.replace(marks, time=time, eligible=eligible)


def _worst(*answers: Texts) -> Longs:
    age, payer, pump, again, plan = (code_of(told) for told in answers)
    return np.asarray(fit_of(age, larger(payer, plan), pump, YES, again), dtype=np.int64)


def _demoted(data: BackupData) -> Texts:
    demoted = np.full(len(data.sites), "", dtype=object)
    demoted[data.stale] = "its evidence is old: ask whether it still holds"
    for row, at in data.said.items():
        if at.doubt is not None:
            demoted[row] = f"said on {at.doubt.on} to have left a site that was not named: ask whether it is this one"
    return demoted


def code_of(answers: Texts) -> Longs:
    """Return `YES` where it fits or was not asked for, `ASK` where it must be asked, `NO` where stated otherwise."""
    return np.asarray(ASK * (answers == "ask") + NO * (answers == "no"), dtype=np.int64)


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


def _contradicted_note(data: BackupData) -> list[str]:
    count = len(data.contradicted)
    if not count:
        return []
    words = f"{counted(count, 'clinician')} left out, said or shown not to do this"
    return [f"{words}: `deserts evidence specialist NPI` says why."]


def _missing_note(data: BackupData) -> list[str]:
    count = data.missing_from_tables()
    if not count:
        return []
    words = f"{counted(count, 'clinician')} of the log not in these tables, which have no address for them"
    return [f"{words}: run the stages again (`make`)."]


Said = Mapping[int, SiteStanding]


def _said(data: BackupData) -> Said:
    return {row: at for row, at in data.said.items() if data.listed[row]}


def _age(query: BackupQuery, data: BackupData, said: Said) -> Texts:
    band = data.columns["age_band"]
    told = np.full(len(band), "ask" if query.pediatric else "", dtype=object)
    if query.pediatric:
        told[(band == "paediatric") | (band == "both")] = "yes"
        told[band == "adult"] = "no"
    else:
        told[band == "paediatric"] = "ask"
    return _overlay(told, said, lambda at: at.says("child" if query.pediatric else "adult"))


def _payer(query: BackupQuery, data: BackupData, facts: TeamFacts, said: Said) -> Texts:
    if query.payer is None:
        return np.full(len(data.sites), "", dtype=object)
    wanted = query.payer.strip().casefold()
    if facts.networks is None or not (facts.networks["payer"].str.casefold() == wanted).any():
        told = np.full(len(data.sites), "ask", dtype=object)
    else:
        told = network_of(data.sites, facts.networks, wanted).map(_NETWORK).to_numpy(dtype=object)
    return _overlay(told, said, lambda at: at.says(payer_topic(wanted)))


def _pump(query: BackupQuery, data: BackupData, said: Said) -> Texts:
    if query.pump is None:
        return np.full(len(data.sites), "", dtype=object)
    wanted = query.pump.strip().casefold()
    told = np.full(len(data.sites), "ask", dtype=object)

    def says(at: SiteStanding) -> str:
        makers = at.makers()
        return "" if not makers else "yes" if wanted in makers else "no"

    return _overlay(told, said, says)


def _time(query: BackupQuery, data: BackupData, said: Said) -> Texts:
    """Say whether the first visit that was offered comes in time; a wait named over 90 days ago says nothing."""
    left = query.days_left or 0

    def says(at: SiteStanding) -> str:
        named = at.wait()
        if named is None or named.wait_days is None or not named.is_fresh(query.today):
            return ""
        return _ANSWERS[int(time_code(named.wait_days, left))]

    return _overlay(np.full(len(data.sites), "ask", dtype=object), said, says)


def _asked_again(query: BackupQuery, data: BackupData, said: Said) -> Texts:
    """Say who must be asked again whether they take anybody: the last word was a no that no longer stands."""

    def says(at: SiteStanding) -> str:
        return "ask" if asked_again([no.span() for no in at.noes], query.today.toordinal()) else ""

    return _overlay(np.full(len(data.sites), "", dtype=object), said, says)


def _overlay(told: Texts, said: Said, say: Callable[[SiteStanding], str]) -> Texts:
    """Let what was said by the clinic replace what files say."""
    for row, at in said.items():
        if words := say(at):
            told[row] = words
    return told
