"""The sentences of a press kit: its finding, three numbers, methods, and answers to a sceptic.

They stand here in English and are the keys of the catalogues in ``locale``.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from deserts.documents.html import drive_words
from deserts.documents.language import Language, Said
from deserts.publish.area_facts import Range
from deserts.publish.how_firm import agreeing_share, is_mostly_far
from deserts.publish.press_facts import PressFacts
from deserts.publish.supply_views import POSSIBLE, PROVEN
from deserts.publish.words import percent, proven_rank
from deserts.rules.minutes import LEAST_MIN
from deserts.specialists.activity import BORROWED_FROM, borrowed_from

__all__ = ["PressNumber", "PressText", "county_finding", "minutes_said", "percent_said", "press_text"]


@dataclass(frozen=True, slots=True)
class PressNumber:
    """A number that may be printed: what it is, its range, and where it stands in the table of results."""

    what: Said
    value: Said
    source: Said


@dataclass(frozen=True, slots=True)
class PressText:
    """Everything that the first page of a kit says."""

    subject: Said
    finding: Said
    caveats: tuple[Said, ...]
    numbers: tuple[PressNumber, ...]
    methods: tuple[Said, ...]
    questions: tuple[tuple[Said, Said], ...]


def press_text(facts: PressFacts, language: Language) -> PressText:
    """Return the sentences of a kit in a language, each with its English."""
    return PressText(
        subject=language.say("{state}: access to {care}", state=facts.area.name, care=_term(facts, language)),
        finding=_finding(facts, language),
        caveats=_caveats(facts, language),
        numbers=_numbers(facts, language),
        methods=_methods(facts, language),
        questions=_questions(facts, language),
    )


def _term(facts: PressFacts, language: Language) -> Said:
    return language.say(facts.base.service.title)


def _limit(facts: PressFacts, language: Language, name: str = "severe") -> Said:
    minutes = facts.base.service.number(f"desert.{name}_min")
    hours, rest = divmod(round(minutes), 60)
    if rest or not hours:
        return language.say("{minutes} minutes", minutes=f"{minutes:g}")
    return language.say("1 hour") if hours == 1 else language.say("{hours} hours", hours=str(hours))


def _whom(facts: PressFacts, language: Language) -> Said:
    return language.say("a clinician who {does}", does=language.say(facts.base.service.does))


def _people(share: float, residents: float, language: Language) -> Said:
    return language.say(
        "{people} residents ({share})", people=f"{share * residents:,.0f}", share=percent_said(share, language)
    )


def percent_said(share: float, language: Language) -> Said:
    """Say a share."""
    words = percent(share)
    return language.say(words) if words.startswith(("under", "over")) else Said(words, words)


def _finding(facts: PressFacts, language: Language) -> Said:
    far, residents = facts.facts.over_severe, facts.facts.residents
    limit, whom = _limit(facts, language), _whom(facts, language)
    if percent(far.proven) == percent(far.possible):
        return language.say(
            "{far} of {state} live more than {limit} by road from {whom}.",
            far=_people(far.proven, residents, language), state=facts.area.name, limit=limit, whom=whom,
        )  # fmt: skip
    return language.say(
        "Between {low} and {high} of {state} live more than {limit} by road from {whom}.",
        low=_people(min(far.proven, far.possible), residents, language),
        high=_people(max(far.proven, far.possible), residents, language),
        state=facts.area.name, limit=limit, whom=whom,
    )  # fmt: skip


def _state_interval(facts: PressFacts, row: Mapping[str, Any], language: Language) -> tuple[Said, Said]:
    """Say between what the state's own share lies, and how firm it is."""
    near, far = (_limit(facts, language, bound) for bound in ("moderate", "severe"))

    def shares(bound: str) -> Said:
        low, high = (percent_said(row[f"beyond_{bound}_{end}_share"], language) for end in ("low", "high"))
        return low if low == high else language.say("{low} to {high}", low=low, high=high)

    drawn = language.say(
        "In nine draws of ten, {near_share} of the residents of {state} live more than {near} away and {far_share} "
        "more than {far} (possible practices counted).",
        near_share=shares("moderate"), far_share=shares("severe"), state=facts.area.name, near=near, far=far,
    )  # fmt: skip
    if row["firmness"] == "fragile":
        firm = "It is fragile whether most live more than {limit} away: {agreeing} of the draws agree with the run."
    elif is_mostly_far(row, facts.base.service):
        firm = "It is robust that most live more than {limit} away: so say {agreeing} of the draws."
    else:
        firm = "It is robust that most live within {limit}: so say {agreeing} of the draws."
    agreeing = percent_said(agreeing_share(row, facts.base.service), language)
    return drawn, language.say(firm, limit=near, agreeing=agreeing)


def _caveats(facts: PressFacts, language: Language) -> tuple[Said, ...]:
    service = facts.base.service
    proven = language.say(service.grades[proven_rank(service)].words)
    possible = language.say(service.grade(facts.base.store.grade).words)
    found = [
        language.say(
            "The larger number counts proven practices only (public files show of a clinician: {proven}); the smaller "
            "one counts possible practices too (files show at least: {possible}).",
            proven=proven, possible=possible,
        ),
        language.say(
            "Residents are counted, not patients: no register of patients exists. Medicare Advantage, Medicaid, "
            "children and clinicians with 10 or fewer patients are missing from the public files, so a practice may "
            "exist that no file shows."
        ),
    ]  # fmt: skip
    if facts.drawn:
        found.append(
            language.say(
                "In {fragile} of {drawn} counties it is fragile whether most residents live more than {limit} away: it "
                "may change if clinicians stop, or if places and minutes are off by as much as they can be.",
                fragile=str(facts.fragile), drawn=str(facts.drawn),
                limit=_limit(facts, language, "moderate"),
            )
        )  # fmt: skip
        if facts.interval is not None:
            found += _state_interval(facts, facts.interval, language)
        if source := borrowed_from(service):
            found.append(language.say(BORROWED_FROM, service=language.say(source)))
    return tuple(found)


def minutes_said(value: float, language: Language) -> Said:
    """Say a drive; not a number is one that there is not within reach."""
    if math.isnan(value):
        return language.say("none within reach")
    if round(value) < LEAST_MIN:
        return language.say("under {minutes} min", minutes=str(LEAST_MIN))
    words = drive_words(value)
    return Said(words, words)


def _range(value: Range, language: Language, *, minutes: bool = False, residents: float = 0.0) -> Said:
    def one(number: float) -> Said:
        return minutes_said(number, language) if minutes else _people(number, residents, language)

    proven, possible = one(value.proven), one(value.possible)
    if proven == possible:
        return proven
    return language.say("{proven} (proven only), {possible} (possible too)", proven=proven, possible=possible)


def _numbers(facts: PressFacts, language: Language) -> tuple[PressNumber, ...]:
    own = facts.facts
    where = "In results.csv: {columns}."
    return (
        PressNumber(
            language.say("live more than {limit} away", limit=_limit(facts, language)),
            _range(own.over_severe, language, residents=own.residents),
            language.say(where, columns=language.say(
                "sum of {first}, sum of {second}", first=f"{PROVEN}_residents_far", second=f"{POSSIBLE}_residents_far"
            )),
        ),
        PressNumber(
            language.say("is the drive of the middle resident to the nearest"),
            _range(own.middle_min, language, minutes=True),
            language.say("By county in results.csv: {columns}. The state's is that of its middle resident.",
                         columns=f"{PROVEN}_middle_drive_min, {POSSIBLE}_middle_drive_min"),
        ),
        PressNumber(
            language.say("is the drive of the middle resident if that practice stops"),
            _range(own.backup_min, language, minutes=True),
            language.say(
                "By county in results.csv: {columns}. The state's is that of its middle resident.",
                columns=f"{PROVEN}_middle_drive_if_it_stops_min, {POSSIBLE}_middle_drive_if_it_stops_min",
            ),
        ),
    )  # fmt: skip


def _methods(facts: PressFacts, language: Language) -> tuple[Said, ...]:
    years = facts.base.store.provenance().claims_years
    span = f"{years[0]}–{years[-1]}" if len(years) > 1 else "".join(map(str, years)) or "–"
    return (
        language.say("We read Medicare's public claims ({years}) and registers, and keep who is shown to do this.",
                     years=span),
        language.say("Each practice stands at its address, or says how roughly its place is known."),
        language.say("We compute the drive on public roads from where people live (census) to every practice."),
        language.say("Who has no practice within {limit}, or no road to one, counts as far away.",
                     limit=_limit(facts, language)),
        language.say("What was not read is said to be unknown and is never counted as zero."),
    )  # fmt: skip


def _questions(facts: PressFacts, language: Language) -> tuple[tuple[Said, Said], ...]:
    provenance = facts.base.store.provenance()
    ask = language.say
    return (
        (
            ask("Does this say that these people have no care?"),
            ask("No. It says how far they live from practices that public files show. Some travel; some are treated "
                "where no file looks."),
        ),
        (
            ask("Could a practice be missing?"),
            ask("Yes: who treats 10 or fewer Medicare patients, children or members of private plans only is in "
                "none of these files. Each such practice would make the numbers smaller or leave them as they are. "
                "That is why corrections are asked for."),
        ),
        (
            ask("Could a practice be shown that does not do this any more?"),
            ask("Yes: claims are published about 17 months after their year. The newest here are of {year}.",
                year=str(provenance.claims_years[-1]) if provenance.claims_years else "–"),
        ),
        (
            ask("How sure are the minutes?"),
            ask("They are those of an average daytime drive, without an hour of departure. Where they were not "
                "compared with those of other services, a line on top says so."),
        ),
        (
            ask("Who would gain if the number were larger or smaller?"),
            ask("Both ends of the range are printed, and the table of results and the command that makes it are in "
                "this kit: anybody can make it again."),
        ),
        (
            ask("How many patients are affected?"),
            ask("Unknown. No public register of these patients exists; residents must not be called patients."),
        ),
    )  # fmt: skip


def county_finding(row: pd.Series, facts: PressFacts, language: Language) -> Said:
    """Return the finding of one county, from its row of the table of results."""
    if math.isnan(row[f"{PROVEN}_share_far"]):
        return language.say("Nothing can be told of {county}: it is not assessed.", county=str(row["county"]))
    low, high = sorted((row[f"{key}_residents_far"], row[f"{key}_share_far"]) for key in (PROVEN, POSSIBLE))

    def people(far: tuple[float, float]) -> Said:
        return language.say(
            "{people} residents ({share})", people=f"{far[0]:,.0f}", share=percent_said(far[1], language)
        )

    limit, whom = _limit(facts, language), _whom(facts, language)
    if low == high:
        return language.say(
            "{far} of {state} live more than {limit} by road from {whom}.", far=people(low), state=str(row["county"]),
            limit=limit, whom=whom,
        )  # fmt: skip
    return language.say(
        "Between {low} and {high} of {state} live more than {limit} by road from {whom}.", low=people(low),
        high=people(high), state=str(row["county"]), limit=limit, whom=whom,
    )  # fmt: skip
