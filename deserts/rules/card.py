"""The card of somebody with a pump, arranged for printing: what it is, when it runs dry, whom to call, what to say.

Nothing is completed by guessing: what was not entered is a blank line to be filled in by hand.
"""

from __future__ import annotations

from typing import Any

from deserts.rules import days
from deserts.rules.minutes import LEAST_MIN, TICKS_A_MINUTE, as_shown, list_notes
from deserts.rules.plausible import holds_one_of
from deserts.rules.refill_day import beside_safer, contradictions
from deserts.rules.wording import finding, say

__all__ = [
    "BLANK",
    "CONTACTS",
    "FRESH_DAYS",
    "LABELS",
    "QUESTIONS",
    "arrange",
    "drug_names",
    "holds_own",
    "is_recent",
    "problems",
    "void_after",
]

QUESTIONS = ("arrange", "problems", "void_after")

BLANK = "________________"
"""What stands where nothing was entered."""
FRESH_DAYS = 90
"""A call is a verification for so many days, and a card is void after as many at the latest."""
CONTACTS = ("clinic", "emergency_contact", "representative", "patient_group")
LABELS = (
    "title", "fold", "pump_and_dates", "by_mouth", "whom_to_call", "signs_and_alarms", "backups", "no_backup",
    "call_first", "lost_letters", "page", "alarm_tones", "pump_drug_dates", "clinic", "supply", "treating",
    "manages", "sources", "further", "no_quotations",
)  # fmt: skip
"""Headings of the layouts, each a phrase of the topic ``card``."""
_WALLET_BACKUPS = 2
_OLD = "OLD DATA"


def arrange(question: dict[str, Any]) -> dict[str, Any]:
    """Return what is printed on a card, in plain rows and lines.

    Parameters
    ----------
    question
        Text throughout, empty where nothing was entered. ``name``; ``pump`` (``maker``, ``model``, ``size``,
        ``serial``, ``implanted_on``); ``drugs`` (``name``, ``strength``, ``strength_unit``, ``dose``, ``dose_unit``),
        of which none makes the blank line of the service's own drug ``own_drugs[0]``; ``born_on``,
        ``last_refill_on``, ``refill_by``, ``low_alarm_on``, ``issued_on``, ``void_after``; ``last_settings``;
        the contacts of `CONTACTS` (``name``, ``phone``, ``note``); ``hospitals`` (two) and ``backups`` (``name``,
        ``place``, ``phone``, ``minutes`` or None, ``give`` by which these may be off, ``unchecked`` where nobody's
        minutes were compared; of backups also ``says`` and ``verified_on``); ``supply`` (``drug``, ``instructions``,
        ``prescriber``); ``timeline`` of `deserts.rules.timeline.reckon` or None; ``own_drugs``;
        ``fixed`` (``device_lines`` by maker, ``lines_seen_on``, ``quotations``, ``reading``); ``note`` and ``draft``
        on who reviewed the words; ``data_lines``; ``search``, how far the backups' region was searched
        (``searched_found``, ``searched_none``, ``partly_searched``, ``not_searched``; empty where none stands behind
        the card); ``by_hand`` for a card of blanks; ``is_family`` for the
        pages in the family's own language, where nothing stands that is worded in English elsewhere; ``words``.

    Returns
    -------
    dict
        See `deserts.patients.papers.card.Card`.
    """
    words, fixed = question["words"], question["fixed"]
    own = holds_own([drug["name"] for drug in question["drugs"]], question["own_drugs"])
    backups, call_first = _backups(question, words)
    lines, searched = _lines(question), _searched(question, words)
    hospitals = [
        [words["card.nearest_department"], _hospital(question["hospitals"][0], words)],
        [words["card.nearest_with_pumps"], _hospital(question["hospitals"][1], words)],
    ]
    clinic = _contact(question["clinic"]) or BLANK
    return {
        "name": question["name"] or BLANK,
        "pressing": _pressing(question, words) if own else [],
        "headline": say(words, finding("card.headline", drugs=drug_names(question, words))),
        "urgent": words["card.urgent" if own else "card.urgent_other"],
        "mimic": words["also.pump" if own else "also.pump_other"],
        "identity": [
            [words["card.name"], question["name"] or BLANK],
            [words["card.born"], question["born_on"] or BLANK],
            [words["card.emergency_call"], _contact(question["emergency_contact"]) or BLANK],
        ],
        "pump": _pump_rows(question, words),
        "sign_lists": _signs(words) if own else _other_signs(words),
        "note": question["note"] if own else "",
        "draft": question["draft"],
        "alarms": _alarms(question, words),
        "clinic": clinic,
        "backups": backups,
        "call_first": call_first,
        "searched": searched,
        "hospitals": hospitals,
        "lines": lines,
        "wallet_calls": _wallet_calls(clinic, backups, call_first, searched + hospitals + lines, words),
        "supply": _supply(question["supply"], words),
        "quotations": fixed["quotations"] if own else [],
        "reading": fixed["reading"] if own else [],
        "validity": _validity(question, words),
        "about": _about(question, words),
        "labels": _labels(words),
    }  # fmt: skip


def problems(question: dict[str, Any]) -> dict[str, Any]:
    """Return what makes a card of these days useless or contradictory.

    Parameters
    ----------
    question
        ``today``, ``low_alarm_on``, ``refill_by`` and ``last_refill_on`` as text, empty when not given; ``max_days``
        for which the drug is known to be stable in the pump (None for a service without refills); ``words``.

    Returns
    -------
    dict
        ``problems``: pairs of field and sentence.
    """
    words = question["words"]
    given = [[name, question[name]] for name in ("low_alarm_on", "refill_by") if question[name]]
    found = [[name, words["card.passed"]] for name, day in given if _number(day) < _number(question["today"])]
    return {"problems": found + contradictions(question)}


def void_after(question: dict[str, Any]) -> dict[str, Any]:
    """Return as ``day`` the last on which a card counts: the earliest of refill-by, alarm and 90 days from its issue.

    Parameters
    ----------
    question
        ``issued_on``, ``low_alarm_on`` and ``refill_by`` as text, the last two empty when not given.
    """
    issued = _number(question["issued_on"])
    known = [_number(question[name]) for name in ("low_alarm_on", "refill_by") if question[name]]
    return {"day": days.to_text(max(issued, min(known + [issued + FRESH_DAYS])))}


def is_recent(verified_on: int, on: int) -> bool:
    """Return whether a verification is at most 90 days old on a day (both as numbers of days)."""
    return 0 <= on - verified_on <= FRESH_DAYS


def holds_own(names: list[str], own_drugs: list[str]) -> bool:
    """Return whether one of the drugs' names is the service's own; where all were left blank, one may be."""
    named = [name for name in names if name]
    return not named or len([name for name in named if holds_one_of(own_drugs, name)]) > 0


def drug_names(question: dict[str, Any], words: dict[str, str]) -> str:
    """Return the names of the drugs of a card's question, as entered."""
    if not question["drugs"]:
        return str(question["own_drugs"][0])
    return (" " + words["card.and"] + " ").join([drug["name"] or BLANK for drug in question["drugs"]])


def _pressing(question: dict[str, Any], words: dict[str, str]) -> list[str]:
    """Return what stands before all else: an emergency by the dates, or dates that cannot be right."""
    timeline = question["timeline"]
    if timeline is None or not timeline["is_red"]:
        return []
    found = [timeline["first_line"], timeline["safe_line"]]
    found += [say(words, finding("card.red", text=text)) for text in timeline["red"]]
    if timeline["red"]:  # else what is left to ask is the prescriber's alone
        found += [say(words, finding("card.ask", text=text)) for text in timeline["ask"]]
    return [text for text in found if text]


def _pump_rows(question: dict[str, Any], words: dict[str, str]) -> list[list[str]]:
    """Return names and values of pump, drugs and dates; a blank where nothing was entered."""
    pump, drugs = question["pump"], question["drugs"]
    rows = [
        [words["card.pump"], _joined([pump["maker"], pump["model"], pump["size"]]) or BLANK],
        [words["card.serial"], pump["serial"] or BLANK],
        [words["card.implanted"], pump["implanted_on"] or BLANK],
    ]
    for place, drug in enumerate(drugs):
        name = say(words, finding("card.drug_number", number=place + 1)) if len(drugs) > 1 else words["card.drug"]
        rows.append([name, _drug(drug, words)])
    if not drugs:
        blank = finding("card.drug_blank", name=question["own_drugs"][0], blank=BLANK)
        rows.append([words["card.drug"], say(words, blank)])
    rows.append([words["card.last_refill"], question["last_refill_on"] or BLANK])
    rows += _dates(question, words)
    rows.append([words["card.last_settings"], "; ".join(question["last_settings"]) or BLANK])
    return rows


def _drug(drug: dict[str, str], words: dict[str, str]) -> str:
    """Return name, concentration and dose as entered, with their units."""
    values = {"name": drug["name"] or BLANK, "strength": drug["strength"] or BLANK, "unit": drug["strength_unit"]}
    if not drug["dose"]:
        return say(words, {"code": "card.drug_no_dose", "values": values})
    values.update({"dose": drug["dose"], "dose_unit": _unit(drug["dose_unit"], words)})
    return say(words, {"code": "card.drug_words", "values": values})


def _unit(unit: str, words: dict[str, str]) -> str:
    """Return the unit of a daily dose: ``mcg/day``."""
    mass, slash, _ = unit.partition("/")
    return say(words, finding("card.a_day", unit=mass)) if slash else unit


def _dates(question: dict[str, Any], words: dict[str, str]) -> list[list[str]]:
    """Return the two dates as entered, empty ones blank; none beside what cannot be right."""
    timeline, entered = question["timeline"], question["refill_by"]
    if timeline is not None and timeline["red"]:
        return [[words["card.refill_by"], words["card.ask_today"]], [words["card.alarm"], words["card.ask_today"]]]
    refill_by = beside_safer(entered, timeline, words, "card") if entered else BLANK
    return [[words["card.refill_by"], refill_by], [words["card.alarm"], question["low_alarm_on"] or BLANK]]


def _signs(words: dict[str, str]) -> list[dict[str, Any]]:
    overdose = [words["overdose.do"], words["overdose.when"]]
    return [
        _sign_list(words["withdrawal.title"], _told("withdrawal.sign.", words), [words["withdrawal.do"]]),
        _sign_list(words["overdose.title"], _told("overdose.sign.", words), overdose),
    ]


def _other_signs(words: dict[str, str]) -> list[dict[str, Any]]:
    return [_sign_list(words["card.warning_signs"], [words["card.ask_signs"]], [])]


def _told(topic: str, words: dict[str, str]) -> list[str]:
    return [words[code] for code in sorted(words) if code.startswith(topic)]


def _sign_list(title: str, signs: list[str], told: list[str]) -> dict[str, Any]:
    """Return signs and what to do, also in a line for where there is little room."""
    joined = ", ".join(signs)
    line = title.upper() + ": " + joined + ("" if joined.endswith(":") else ".")
    return {"title": title, "signs": signs, "do": told, "in_one_line": " ".join([line] + told[:1])}


def _alarms(question: dict[str, Any], words: dict[str, str]) -> list[str]:
    if "synchromed" in question["pump"]["model"].lower():
        return [words["alarm.low"], words["alarm.critical"]]
    return [words["alarm.other"]]


def _lines(question: dict[str, Any]) -> list[list[str]]:
    words, known = question["words"], question["fixed"]["device_lines"]
    lines = [line for maker in sorted(known) for line in known[maker]] if question["by_hand"] else _of_maker(question)
    return (lines or [[words["card.device_maker"], words["card.no_line"]]]) + [
        [words["card.representative"], _contact(question["representative"]) or BLANK],
        [words["card.patient_group"], _contact(question["patient_group"]) or BLANK],
    ]


def _of_maker(question: dict[str, Any]) -> list[list[str]]:
    maker = question["pump"]["maker"].strip().lower()
    found: list[list[str]] = question["fixed"]["device_lines"].get(maker.split(" ")[0], [])
    return found


def _contact(contact: dict[str, str]) -> str:
    return _joined([contact["name"], contact["phone"], contact["note"]])


def _joined(parts: list[str]) -> str:
    return ", ".join([part for part in parts if part])


def _drive(entry: dict[str, Any], words: dict[str, str]) -> str:
    """Return the minutes of an entry as `deserts.rules.minutes.in_words` says them, in the words of a language."""
    if entry["minutes"] is None:
        return ""
    give, shown = entry["give"], as_shown(entry["minutes"] * TICKS_A_MINUTE, entry["give"])
    first = say(words, finding("card.under", minutes=LEAST_MIN)) if shown["is_under"] else str(shown["whole"])
    if shown["most"]:
        return say(words, finding("card.up_to_by_car", minutes=first, most=shown["most"]))
    if give:
        return say(words, finding("card.band_by_car", minutes=first, give=give))
    return say(words, finding("card.minutes_by_car", minutes=first))


def _hospital(entry: dict[str, Any], words: dict[str, str]) -> str:
    if not entry["name"]:
        return BLANK
    return _joined([entry["name"], entry["place"], entry["phone"], _drive(entry, words)])


def _backups(question: dict[str, Any], words: dict[str, str]) -> tuple[list[str], list[str]]:
    """Return those whom a call of the last 90 days verified, and those who must be asked first."""
    verified: list[str] = []
    leads: list[str] = []
    for entry in question["backups"]:
        on, is_verified = entry["verified_on"], False
        if on:
            is_verified = is_recent(_number(on), _number(question["issued_on"]))
            code = "card.verified" if is_verified else "card.was_verified"
            call = say(words, finding(code, day=on))
        else:
            call = words["card.not_verified"]
        told = [
            entry["name"],
            entry["place"],
            entry["phone"],
            _drive(entry, words),
            "" if question["is_family"] else entry["says"],
            call,
        ]
        (verified if is_verified else leads).append(_joined(told))
    return verified, leads


def _wallet_calls(
    clinic: str, backups: list[str], call_first: list[str], others: list[list[str]], words: dict[str, str]
) -> list[list[str]]:
    """Return whom to call, as far as the small card has room: two backups at most, and no blank lines."""
    named = [[words["card.backup"], text] for text in backups] + [
        [words["card.call_first"], text] for text in call_first
    ]
    known = [pair for pair in others if pair[1] != BLANK]
    return [[words["card.clinic"], clinic]] + named[:_WALLET_BACKUPS] + known


def _searched(question: dict[str, Any], words: dict[str, str]) -> list[list[str]]:
    """Return a row that says so where not every source was read, or none that backups need."""
    text = words.get("card.search." + question["search"], "")
    return [[words["card.searched"], text]] if text else []


def _supply(supply: dict[str, str], words: dict[str, str]) -> str:
    if not supply["drug"]:
        return BLANK
    by = say(words, finding("card.prescribed_by", name=supply["prescriber"])) if supply["prescriber"] else ""
    told = supply["instructions"] or words["card.as_prescribed"]
    return say(words, finding("card.supply_words", drug=supply["drug"], told=told, by=by))


def _validity(question: dict[str, Any], words: dict[str, str]) -> str:
    if question["by_hand"]:
        return say(words, finding("card.validity_by_hand", blank=BLANK))
    return say(words, finding("card.validity", issued=question["issued_on"], until=question["void_after"]))


def _about(question: dict[str, Any], words: dict[str, str]) -> list[str]:
    seen = say(words, finding("card.lines_seen", day=question["fixed"]["lines_seen_on"]))
    if question["by_hand"]:
        return [seen + " " + words["card.strike_out"], words["card.by_hand"]]
    called = [entry["verified_on"] for entry in question["backups"] if entry["verified_on"]]
    last = say(words, finding("card.last_call", day=max(called) if called else words["card.no_call"]))
    seen_lines = [seen] if _of_maker(question) else []
    drives = [entry for entry in question["hospitals"] + question["backups"] if entry["minutes"] is not None]
    return [last] + seen_lines + list_notes(drives, words) + _data_lines(question) + [words["card.made_from"]]


def _data_lines(question: dict[str, Any]) -> list[str]:
    """Return what must be said of the data; in the family's language where it stands, and whether they are old."""
    lines, words = question["data_lines"], question["words"]
    if not question["is_family"] or not lines:
        return list(lines)
    is_old = any(line.startswith(_OLD) for line in lines)
    return ([words["card.old_data"]] if is_old else []) + [words["card.data_elsewhere"]]


def _labels(words: dict[str, str]) -> dict[str, str]:
    found = {}
    for name in LABELS:
        found[name] = words["card." + name]
    return found


def _number(text: str) -> int:
    number = days.from_text(text)
    if number is None:
        raise ValueError("not a day: " + text)
    return number
