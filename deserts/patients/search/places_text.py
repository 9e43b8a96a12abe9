"""Print where to go for reading out: emergency departments and holders of the drug."""

from __future__ import annotations

from deserts.patients.counted import counted
from deserts.patients.search.drug_stock import Holder, StockAnswer
from deserts.patients.search.emergency import EmergencyAnswer, EmergencyHospital
from deserts.tables.drives import minutes_words

__all__ = ["render_emergency", "render_stock"]


def render_emergency(answer: EmergencyAnswer) -> str:
    """Return the emergency hospitals as text, the nearest beside the nearest pump-capable one."""
    lines = [f"!! {warning}" for warning in answer.warnings]
    lines += [answer.provenance[0]] if answer.is_old else []
    lines += [answer.headline, "", f"NEAREST EMERGENCY DEPARTMENTS from {answer.place}"]
    lines += [_hospital(hospital) for hospital in answer.nearest] or ["  none in the data"]
    lines += ["", "NEAREST THAT IS KNOWN TO WORK WITH PUMPS"]
    pump = answer.nearest_pump_capable
    lines += [_hospital(pump) if pump is not None else "  none known: ask the nearest"]
    lines += ["", *(f"! {note}" for note in answer.notes), "", *answer.provenance, answer.disclaimer]
    return "\n".join(lines) + "\n"


def render_stock(answer: StockAnswer) -> str:
    """Return the drug's holders as text, or whom to call."""
    lines = [*(f"!! {warning}" for warning in answer.warnings), answer.heading]
    lines += [_holder(holder) for holder in answer.holders]
    if answer.other_strengths:
        lines += ["", "OTHER STRENGTHS", *(_holder(holder) for holder in answer.other_strengths)]
    for number, first in enumerate(answer.call_order, start=1):
        minutes = "minutes unknown" if first.drive_min is None else minutes_words(first.drive_min, first.plus_minus_min)
        lines.append(
            f"{number:>3}. {first.name} · {first.phone or 'no telephone in the data'} · {minutes} · {first.why}"
        )
    lines += [*(f"! {note}" for note in answer.notes), "", *answer.provenance]
    return "\n".join(lines) + "\n"


def _holder(holder: Holder) -> str:
    expiry = "expiry unknown" if holder.expires_on is None else f"expires {holder.expires_on}"
    then = (
        f"if it runs out: {holder.if_gone_too}" if holder.if_gone_too else "if it runs out: nobody else of your table"
    )
    parts = (
        minutes_words(holder.drive_min, holder.plus_minus_min), f"{holder.dist_mi:.0f} mi", holder.name,
        holder.phone, holder.contact, f"{holder.strength_mcg_ml:g} mcg/mL", holder.amount, expiry, holder.seen, then,
        *holder.drive_notes,
    )  # fmt: skip
    return "  " + " · ".join(part for part in parts if part)


def _hospital(hospital: EmergencyHospital) -> str:
    pump = f"{counted(hospital.pump_clinicians, 'pump clinician')} affiliated" if hospital.pump_clinicians else ""
    place = f"{hospital.address}, {hospital.city}, {hospital.state} {hospital.zip}"
    parts = (
        minutes_words(hospital.drive_min, hospital.plus_minus_min), f"{hospital.dist_mi:.0f} mi", hospital.name,
        hospital.phone, place, pump, hospital.paid_for_pumps, *hospital.marks, *hospital.drive_notes,
    )  # fmt: skip
    return "  " + " · ".join(part for part in parts if part)
