"""The one answer of the one-page desk: what to do now and whom to call, who comes after, and the plan by days.

It puts together what the other rules say. The page gives what it holds of one ZIP, Python gives the same in the tests;
nothing is reckoned in the page.
"""

from __future__ import annotations

from typing import Any

from deserts.rules import answer, candidate, days, payers, plan, ranking, timeline
from deserts.rules.drives import drive_words, straight_words
from deserts.rules.minutes import TICKS_A_MINUTE, drive_notes, give_min, list_notes, whole_minutes
from deserts.rules.order import sort_rows
from deserts.rules.wording import counted, finding, say

__all__ = ["QUESTIONS", "first", "near_zips", "state", "whole"]

QUESTIONS = ("near_zips", "state", "whole")

_NOT_ASKED = -1
_NEAREST = 3


def state(question: dict[str, Any]) -> dict[str, Any]:
    """Return whether the data may be used today.

    Parameters
    ----------
    question
        ``today`` and ``data_on`` (None for an unknown day) as text, ``old_days``, and ``words``.

    Returns
    -------
    dict
        ``refused``: why nothing may be counted (a clock earlier than the data), empty otherwise; ``old``: what is said
        of old data, which name nobody first, empty otherwise.
    """
    words, today = question["words"], _number(question["today"])
    if question["data_on"] is None:
        return {"refused": "", "old": say(words, finding("desk.undated"))}
    age = today - _number(question["data_on"])
    values = {"today": question["today"], "day": question["data_on"], "days": counted(age, "day")}
    return {
        "refused": say(words, {"code": "desk.clock", "values": values}) if age < 0 else "",
        "old": say(words, {"code": "desk.old", "values": values}) if age > question["old_days"] else "",
    }


def whole(question: dict[str, Any]) -> dict[str, Any]:
    """Return the answer to one patient's question.

    Parameters
    ----------
    question
        ``today``; what `state` takes; ``doubts`` (see `deserts.rules.minutes.give_min`); ``pump`` (what
        `deserts.rules.timeline.reckon` takes of it; None for a service without refills); ``lead``
        (``authorisation_days`` and ``drug_days``); what `deserts.rules.ranking.backups` takes, each site also with what
        `_row` reads; ``payer`` as typed; ``first_question``; ``tier_titles``; ``hospitals`` (``nearest`` and
        ``capable``) and ``places``, see `_hospital` and `_place`.

    Returns
    -------
    dict
        ``refused`` and ``old`` of `state`; when nothing is refused ``first`` (``line``, ``call``, ``phone``,
        ``is_emergency``), ``timeline``, ``plan`` (None without a day), ``tiers``, ``hospitals``, ``places``, ``notes``.
    """
    told = state(question)
    if told["refused"]:
        return told
    words = question["words"]
    reckoned = None if question["pump"] is None else timeline.reckon(_pump(question))
    planned = None
    if reckoned is not None and (reckoned["is_known"] or reckoned["is_red"]):
        planned = plan.make(_lead(question, reckoned))
    empty_on = None if reckoned is None else reckoned["earliest_empty_on"]
    tiers = _tiers(question, empty_on)
    nearest = [_hospital(entry, question) for entry in question["hospitals"]["nearest"]]
    capable = question["hospitals"]["capable"]
    best = None if capable is None else _hospital(capable, question)
    places = _places(question, words)
    rows = [row for tier in tiers for row in tier["rows"]]
    told.update(
        {
            "first": first(reckoned, planned, told["old"], tiers, nearest, words),
            "timeline": reckoned,
            "plan": planned,
            "tiers": tiers,
            "hospitals": {
                "nearest": nearest,
                "capable": best,
                "notes": answer.hospital_notes(nearest, best, words)
                + list_notes(nearest + ([] if best is None else [best]), words),
            },
            "places": places,
            "notes": answer.tier_notes(_found(tiers), question["limit"] // TICKS_A_MINUTE, words)
            + _nearer(question, tiers, places, words)
            + list_notes([one for one in rows + places if one["has_road"]], words),
        }
    )
    return told


def _pump(question: dict[str, Any]) -> dict[str, Any]:
    asked = dict(question["pump"])
    asked.update({"today": question["today"], "limits": question["limits"], "words": question["words"]})
    return asked


def _lead(question: dict[str, Any], reckoned: dict[str, Any]) -> dict[str, Any]:
    asked = dict(question["lead"])
    asked.update(
        {"today": question["today"], "timeline": reckoned, "limits": question["limits"], "words": question["words"]}
    )
    return asked


def _found(tiers: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [
        {
            "within": [row["is_within"] for row in tier["rows"]],
            "folded": tier["said_no_in_all"] + tier["too_far_in_all"],
        }
        for tier in tiers
    ]


def _nearer(
    question: dict[str, Any], tiers: list[dict[str, Any]], places: list[dict[str, Any]], words: dict[str, str]
) -> list[str]:
    rows = [row["place"] for tier in tiers[: answer.EVIDENCE_TIERS] for row in tier["rows"]]
    known = [question["sites"][place]["ticks"] for place in rows if question["sites"][place]["ticks"] >= 0]
    shown = [place for place in places if place["payer"] != ranking.NO]
    return answer.nearer_place(known, shown, question["limit"], words)


def _tiers(question: dict[str, Any], empty_on: str | None) -> list[dict[str, Any]]:
    """Return who is to be called, numbered through all tiers, and who said no."""
    asked = dict(question)
    asked.update(
        {
            "empty_on": empty_on,
            "payer": question["payer"].strip().lower(),
            "payer_as_typed": question["payer"].strip(),
            "tiers": len(question["tier_titles"]),
        }
    )
    asked["sites"] = sites = _with_payer(question)
    ranked = ranking.backups(asked)
    found = ranked["tiers"]
    headed = dict(question)
    headed.update({"days_left": ranked["days_left"], "tiers": [_heading(tier, sites) for tier in found]})
    heads = answer.headings(headed)["tiers"]
    shown: list[dict[str, Any]] = []
    tiers = []
    for position, tier in enumerate(found):
        head, rows = heads[position], []
        for place in tier["placed"]:
            rows.append(_row(asked, place, shown))
            shown.append(sites[place])
        tiers.append(
            {
                "title": question["tier_titles"][position],
                "counts": head["counts"],
                "none": head["none"],
                "rows": rows,
                "said_no": [[place, tier["noes"][number]] for number, place in enumerate(tier["refused"])],
                "said_no_in_all": tier["refused_in_all"],
                "too_far": [[place, head["too_far"][number]] for number, place in enumerate(tier["too_far"])],
                "too_far_in_all": tier["too_far_in_all"],
            }
        )
    return tiers


def _with_payer(question: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the sites with how each fits the payer: to be asked, where nothing is known of that payer."""
    payer = question["payer"].strip().lower()
    found = []
    for site in question["sites"]:
        marked = dict(site)
        marked["payer"] = site["payers"].get(payer, ranking.ASK) if payer else ranking.YES
        found.append(marked)
    return found


def _heading(tier: dict[str, Any], sites: list[dict[str, Any]]) -> dict[str, Any]:
    """Return what `deserts.rules.answer.headings` takes of a tier."""
    found = dict(tier)
    found["too_far_ticks"] = [sites[place]["ticks"] for place in tier["too_far"]]
    return found


def _row(question: dict[str, Any], place: int, shown: list[dict[str, Any]]) -> dict[str, Any]:
    """Return one line of the list: rank, drive, fit, what is shared, what to ask."""
    site, words, audience = question["sites"][place], question["words"], question["audience"]
    payer = question["payer_as_typed"]
    kinds = [[question["tie_kinds"][tie] for tie in site["ties"] if tie in other["ties"]] for other in shown]
    asked = {
        "first": question["first_question"], "in_doubt": site["in_doubt"], "audience": audience, "age": site["age"],
        "payer": payer, "payer_fits": site["payer"], "plan": "", "plan_lists": False,
        "pump": "", "pump_fits": ranking.YES,
        "asks_drug": site["asks_drug"],
    }  # fmt: skip
    found = _drive(site, question)
    found.update(
        {
            "place": place,
            "number": len(shown) + 1,
            "is_within": 0 <= site["ticks"] <= question["limit"],
            "marks": candidate.fit_marks(_fits(question, site), words),
            "shares": candidate.shares([_each_once(own) for own in kinds], words, is_dependent=bool(site["dependent"])),
            "ask": candidate.questions(asked, words),
            "name": site["name"],
            "town": site["town"],
            "phone": site["phone"],
        }
    )
    return found


def _fits(question: dict[str, Any], site: dict[str, Any]) -> list[Any]:
    """Return what is marked of a site: its age where it was asked for or is in doubt, payer, and a wait it named."""
    audience = question["audience"]
    time, empty_on = _NOT_ASKED, question["empty_on"]
    if empty_on is not None:
        left = ranking.whole_days(_number(question["today"]), _number(empty_on))
        time = ranking.time_code(ranking.days_to_visit(site["wait"], _number(question["today"])), left)
    return [
        (audience, site["age"] if audience == "child" or site["age"] else _NOT_ASKED),
        ("payer", site["payer"] if question["payer"] else _NOT_ASKED),
        ("time", _NOT_ASKED if time == ranking.ASK else time),
    ]


def _drive(entry: dict[str, Any], question: dict[str, Any]) -> dict[str, Any]:
    """Return the drive to one of a list in words, what must be known of it, and how far off its minutes may be."""
    words, doubt = question["words"], entry["doubt"]
    found = {"has_road": entry["ticks"] >= 0, "unchecked": doubt["unchecked"], "give": 0, "drive_notes": []}
    found["minutes"] = whole_minutes(entry["ticks"])
    if entry["ticks"] < 0:
        found["drive"] = straight_words(entry["metres"], words)
        return found
    give, is_beyond = give_min(entry["ticks"], doubt, question["doubts"]), entry["ticks"] > question["limit"]
    found["give"] = give
    found["drive"] = drive_words(entry["ticks"], give, entry["road_m"], words, is_beyond=is_beyond)
    found["drive_notes"] = drive_notes(doubt, words)
    return found


def _each_once(names: list[str]) -> list[str]:
    found: list[str] = []
    for name in names:
        if name not in found:
            found.append(name)
    return found


def _hospital(entry: dict[str, Any], question: dict[str, Any]) -> dict[str, Any]:
    """Return one emergency department with its drive in words: the nearest one, however far, is the one to go to."""
    found, asked = dict(entry), dict(question)
    asked["limit"] = entry["ticks"]
    found.update(_drive(entry, asked))
    return found


def _places(question: dict[str, Any], words: dict[str, str]) -> list[dict[str, Any]]:
    """Return hospitals that were paid and name nobody: what fits first, then what is independent, then minutes."""
    marked, payer = [], question["payer"].strip()
    for place in question["places"]:
        entry = dict(place)
        entry["payer"] = payers.state_of(payer, place["paid"], place["without"]) if payer else ranking.YES
        marked.append(entry)
    ranked = [place for place in marked if place["ticks"] <= question["limit"]]
    ranked = sort_rows(ranked, lambda at: (max(at["age"], at["payer"]), at["dependent"], at["ticks"], at["row"]))
    return [_place(question, place, payer, words) for place in (ranked or marked[:1])[: question["k"]]]


def _place(question: dict[str, Any], place: dict[str, Any], payer: str, words: dict[str, str]) -> dict[str, Any]:
    """Return one hospital that was paid: row, drive, and what to ask its switchboard."""
    asked = {
        "does": question["does"], "first": question["first_question"], "audience": question["audience"],
        "age": place["age"], "payer": payer, "payer_fits": place["payer"], "pump": "", "asks_drug": place["asks_drug"],
    }  # fmt: skip
    found = _drive(place, question)
    found.update(
        {
            "row": place["row"],
            "name": place["name"],
            "ticks": place["ticks"],
            "payer": place["payer"],
            "marks": candidate.fit_marks([("payer", place["payer"] if payer else _NOT_ASKED)], words),
            "ask": candidate.place_questions(asked, words),
        }
    )
    return found


def first(
    reckoned: dict[str, Any] | None, planned: dict[str, Any] | None, old: str, tiers: list[Any],
    hospitals: list[dict[str, Any]], words: dict[str, str],
) -> dict[str, Any]:  # fmt: skip
    """Return what to do now, whom to call in words, and the number.

    Parameters
    ----------
    reckoned, planned
        From `deserts.rules.timeline.reckon` and `deserts.rules.plan.make`; None where there is none.
    old
        What is said of old data, which name nobody; empty otherwise.
    tiers
        ``rows`` of each: who is to be called, in order, with ``name``, ``town``, ``drive`` and ``phone``.
    hospitals
        The nearest emergency departments, with the same, and ``marks``: what to know before driving there.
    words
        Phrases of the topic ``desk``.
    """
    line = ""
    if planned is not None:
        line = planned["headline"]
    elif reckoned is not None:
        line = reckoned["first_line"]
    if reckoned is not None and reckoned["is_emergency"]:
        return {"line": line, "call": _call_911(hospitals, words), "phone": "911", "is_emergency": True}
    pressing = [step for step in ([] if planned is None else planned["steps"]) if step["code"] == "own_clinic"]
    found = {"line": line, "call": old, "phone": "", "is_emergency": False}
    if old:
        return found
    reachable = [row for tier in tiers for row in tier["rows"] if row["phone"]]
    if not reachable:
        found["call"] = say(words, finding("desk.nobody"))
        return found
    best = reachable[0]
    values = {"name": best["name"], "place": best["town"] + ", " + best["drive"], "phone": best["phone"]}
    found["call"] = say(words, {"code": "desk.own_clinic" if pressing else "desk.call", "values": values})
    found["phone"] = best["phone"]
    return found


def _call_911(hospitals: list[dict[str, Any]], words: dict[str, str]) -> str:
    if not hospitals:
        return say(words, finding("desk.only_911"))
    best = hospitals[0]
    phone = best["phone"] or words["desk.no_phone"]
    name = best["name"] + (" (" + "; ".join(best["marks"]) + ")" if best["marks"] else "")
    return say(words, finding("desk.call_911", name=name, place=best["town"], drive=best["drive"], phone=phone))


def near_zips(question: dict[str, Any]) -> dict[str, Any]:
    """Return the known ZIPs near one that is not known; none where no known ZIP has its first three digits.

    The nearest one by number that has them tells where it is about; the others are those nearest to that by distance.

    Parameters
    ----------
    question
        ``zip``; ``known``: ZIP, and its place in hundreds of metres east and north, of each known one.
    """
    wanted = question["zip"]
    alike = [entry for entry in question["known"] if entry[0][:3] == wanted[:3]]
    if not alike:
        return {"zips": []}
    first = sort_rows(alike, lambda entry: (abs(int(entry[0]) - int(wanted)), entry[0]))[0]
    by_distance = sort_rows(
        question["known"],
        lambda entry: (
            (entry[1] - first[1]) * (entry[1] - first[1]) + (entry[2] - first[2]) * (entry[2] - first[2]),
            entry[0],
        ),
    )
    return {"zips": [entry[0] for entry in by_distance[:_NEAREST]]}


def _number(text: str) -> int:
    number = days.from_text(text)
    if number is None:
        raise ValueError("not a day: " + text)
    return number
