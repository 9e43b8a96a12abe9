"""Random pump patients as a clinic would have them, and the mistakes that people make when they type one in.

A plausible patient is asked about on a random day between the fill and the clinic's own appointment, three to five days
before the alarm. Strength and dose give intervals of one to six months, as clinics choose them.
"""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Callable
from typing import Any

TODAY = dt.date(2026, 11, 22)
Form = dict[str, Any]
"""What is typed: fields of a backup search, the refill clock's form under ``clock``."""


def iso(day: dt.date) -> str:
    return day.isoformat()


def shifted(text: str, days: int) -> str:
    return iso(dt.date.fromisoformat(text) + dt.timedelta(days=days))


def full_form(draw: random.Random, *, printed: bool | None = None) -> Form:
    """A patient with fill and dose, and mostly with a print-out."""
    while True:
        reservoir = draw.choice([20, 40])
        fill = reservoir - draw.choice([0, 0, 0, 1, 2])
        strength, dose = draw.choice([500, 1000, 2000]), draw.choice([24, 60, *range(90, 801, 5)])
        alarm = draw.choice([1, 2, 2, 2, 3])
        days_to_alarm = int((fill - alarm) * strength / dose)
        if 30 <= days_to_alarm <= 180:
            break
    filled = TODAY - dt.timedelta(days=draw.randint(0, days_to_alarm - draw.randint(3, 5)))
    in_mg = draw.random() < 0.3
    drug = {
        "name": draw.choice(["baclofen", "Lioresal", "Gablofen", "Lioresal Intrathecal", "baclofen (compounded)"]),
        "concentration": strength / 1000 if in_mg else strength,
        "concentration_unit": "mg/mL" if in_mg else "mcg/mL",
        "daily_dose": dose / 1000 if in_mg else dose,
        "dose_unit": "mg/day" if in_mg else "mcg/day",
    }
    form: Form = {
        "filled_on": iso(filled),
        "clock": {"pump": {"reservoir_ml": reservoir}, "fill_ml": fill, "alarm_ml": alarm, "drugs": [drug]},
    }
    if alarm == 2 and draw.random() < 0.3:
        del form["clock"]["alarm_ml"]
    if draw.random() < 0.7 if printed is None else printed:
        form["alarm_on"] = iso(filled + dt.timedelta(days=min(days_to_alarm, 180) - draw.choice([0, 0, 1, 2])))
    return form


def plausible(draw: random.Random) -> Form:
    """A patient as somebody might enter one: in full, or with as little as an alarm date, or without any date."""
    form = full_form(draw)
    kind = draw.choices(["full", "alarm", "alarm and fill", "run dry", "nothing"], [60, 20, 8, 7, 5])[0]
    alarm_on = form.get("alarm_on") or shifted(form["filled_on"], draw.randint(30, 180))
    if kind == "alarm":
        return {"alarm_on": max(alarm_on, shifted(iso(TODAY), 4))}
    if kind == "alarm and fill":
        return {"alarm_on": alarm_on, "filled_on": form["filled_on"]} if alarm_on > iso(TODAY) else {}
    if kind == "run dry":
        return {"run_dry": max(alarm_on, shifted(iso(TODAY), 6))}
    return form if kind == "full" else {}


def _times(field: str, factor: float) -> Callable[[Form, random.Random], None]:
    def change(form: Form, draw: random.Random) -> None:
        form["clock"]["drugs"][0][field] *= factor

    return change


def _other_unit(field: str) -> Callable[[Form, random.Random], None]:
    def change(form: Form, draw: random.Random) -> None:
        drug = form["clock"]["drugs"][0]
        drug[field] = drug[field].replace("mcg", "µ").replace("mg", "mcg").replace("µ", "mg")

    return change


def _swap_numbers(form: Form, draw: random.Random) -> None:
    drug = form["clock"]["drugs"][0]
    drug["concentration"], drug["daily_dose"] = drug["daily_dose"], drug["concentration"]


def _year(years: int, field: str) -> Callable[[Form, random.Random], None]:
    def change(form: Form, draw: random.Random) -> None:
        day = dt.date.fromisoformat(form[field])
        form[field] = iso(day.replace(year=day.year + years, day=min(day.day, 28)))

    return change


def _earlier_print(form: Form, draw: random.Random) -> None:
    form["alarm_on"] = shifted(form["filled_on"], -draw.randint(1, 60))


def _another_print(form: Form, draw: random.Random) -> None:
    form["alarm_on"] = shifted(form["alarm_on"], draw.choice([-1, 1]) * draw.randint(7, 40))


def _old_print(form: Form, draw: random.Random) -> None:
    form["clock"]["printed"] = {"printed_on": form["filled_on"]}
    form["clock"]["dose_change"] = {"changed_on": shifted(form["filled_on"], 1), "previous_daily_ml": 0.3}


def _day_for_month(form: Form, draw: random.Random) -> None:
    day = dt.date.fromisoformat(form["filled_on"])
    form["filled_on"] = iso(dt.date(day.year, day.day, day.month))


def _lost_residual(form: Form, draw: random.Random) -> None:
    measured = draw.choice([0, 16])
    form["clock"]["residual"] = {"expected_ml": 8, "measured_ml": measured, "previous_fill_ml": 20}


def _alarm_after_dry(form: Form, draw: random.Random) -> None:
    form["run_dry"] = shifted(form["alarm_on"], -draw.randint(1, 20))


def _misspelt(form: Form, draw: random.Random) -> None:
    form["clock"]["drugs"][0]["name"] = draw.choice(["baclofn", "gablofin", "lioresol", "x", "baclofenum"])


ERRORS: dict[str, Callable[[Form, random.Random], None]] = {
    "dose in the other unit": _other_unit("dose_unit"),
    "strength in the other unit": _other_unit("concentration_unit"),
    "dose ten times too high": _times("daily_dose", 10),
    "dose ten times too low": _times("daily_dose", 0.1),
    "strength ten times too high": _times("concentration", 10),
    "strength ten times too low": _times("concentration", 0.1),
    "dose and strength swapped": _swap_numbers,
    "day and month of the fill swapped": _day_for_month,
    "fill of last year": _year(-1, "filled_on"),
    "fill of next year": _year(1, "filled_on"),
    "alarm of next year": _year(1, "alarm_on"),
    "print-out of an earlier fill": _earlier_print,
    "print-out of another pump": _another_print,
    "print-out before a change of dose": _old_print,
    "residual that does not fit": _lost_residual,
    "run-dry day before the alarm": _alarm_after_dry,
    "drug that nobody knows": _misspelt,
}


def wrong(draw: random.Random, error: str) -> Form:
    """A plausible patient with a print-out and one mistake."""
    form = full_form(draw, printed=True)
    while error == "dose and strength swapped" and _same_numbers(form):
        form = full_form(draw, printed=True)
    if error == "print-out before a change of dose":
        while form["filled_on"] >= shifted(iso(TODAY), -1):
            form = full_form(draw, printed=True)
    while error == "day and month of the fill swapped" and not _can_be_swapped(form["filled_on"]):
        form = full_form(draw, printed=True)
    ERRORS[error](form, draw)
    return form


def _can_be_swapped(text: str) -> bool:
    day = dt.date.fromisoformat(text)
    return day.day <= 12 and day.day != day.month


def _same_numbers(form: Form) -> bool:
    """Whether swapping strength and dose gives another patient that could be: nobody can see that mistake."""
    drug = form["clock"]["drugs"][0]
    mcg = 1000 if drug["dose_unit"] == "mg/day" else 1
    dose, strength = drug["daily_dose"] * mcg, drug["concentration"] * mcg
    return abs(dose - strength) < 0.05 * strength
