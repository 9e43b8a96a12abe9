"""What is entered about a pump's last refill and its dates, before anything is reckoned from it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

from deserts.patients.refill.drugs import Drug
from deserts.typed import day_in_words

__all__ = ["DoseChange", "Fill", "PumpFacts", "Residual"]


@dataclass(frozen=True, slots=True)
class Residual:
    """What was found in the reservoir at the last refill against what the programmer expected (mL)."""

    expected_ml: float
    measured_ml: float
    previous_fill_ml: float


@dataclass(frozen=True, slots=True)
class DoseChange:
    """A change of dose after the fill; ``previous_daily_ml`` is what flowed before it, None when not known."""

    changed_on: dt.date
    previous_daily_ml: float | None


@dataclass(frozen=True, slots=True)
class Fill:
    """The last refill as on the clinic's print-out; None is not known, and no default stands in for it here.

    Parameters
    ----------
    filled_on
        Day of the refill.
    fill_ml, alarm_ml
        What was put in, and the volume at which the alarm sounds (mL).
    daily_ml
        Total programmed flow (mL a day).
    printed_alarm_on, printed_on
        Alarm date on the print-out, and its day.
    dose_change, residual
        See there; None when there was none or nobody measured.
    """

    filled_on: dt.date
    fill_ml: float | None = None
    alarm_ml: float | None = None
    daily_ml: float | None = None
    printed_alarm_on: dt.date | None = None
    printed_on: dt.date | None = None
    dose_change: DoseChange | None = None
    residual: Residual | None = None


@dataclass(frozen=True, slots=True)
class PumpFacts:
    """Everything from which a refill timeline is made.

    Parameters
    ----------
    alarm_on, run_dry_on
        Days that somebody typed: the low-reservoir alarm, and the day on which the pump is empty.
    fill
        The last refill, None when its day is not known.
    drugs
        What is in the reservoir; empty when not known.
    withdrawal_signs, overdose_signs
        Whether the patient shows any.
    """

    alarm_on: dt.date | None = field(default=None, repr=False)
    run_dry_on: dt.date | None = field(default=None, repr=False)
    fill: Fill | None = field(default=None, repr=False)
    drugs: tuple[Drug, ...] = field(default=(), repr=False)
    withdrawal_signs: bool = field(default=False, repr=False)
    overdose_signs: bool = field(default=False, repr=False)

    def read_as(self, today: dt.date) -> tuple[str, ...]:
        """Return the days that were entered, said back in words, so that a slip of the hand is seen."""
        fill = self.fill
        days = (
            ("last refill", None if fill is None else fill.filled_on),
            ("alarm date", self.alarm_on),
            ("alarm date of the print-out", None if fill is None else fill.printed_alarm_on),
            ("run-dry date", self.run_dry_on),
        )
        return tuple(f"{name}: {day_in_words(day, today=today)}" for name, day in days if day is not None)
