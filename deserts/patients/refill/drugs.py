"""What is in a pump, as entered: name, strength and dose with their units, none of them filled in by guessing."""

from __future__ import annotations

from dataclasses import dataclass

from deserts.documents.form import FormReader

__all__ = ["CONCENTRATION_UNITS", "DOSE_UNITS", "MCG", "Drug", "read_drugs"]

CONCENTRATION_UNITS = ("mcg/mL", "mg/mL")
DOSE_UNITS = ("mcg/day", "mg/day")
MCG = {"mcg/mL": 1.0, "mg/mL": 1000.0, "mcg/day": 1.0, "mg/day": 1000.0}
"""Unit to micrograms."""


@dataclass(frozen=True, slots=True)
class Drug:
    """One drug in the pump, as on the clinic's print-out."""

    name: str
    concentration: float
    concentration_unit: str
    daily_dose: float | None
    dose_unit: str

    def words(self) -> str:
        """Return name, concentration and dose as entered, with their units."""
        dose = "daily dose not given" if self.daily_dose is None else f"{self.daily_dose:g} {self.dose_unit}"
        return f"{self.name} {self.concentration:g} {self.concentration_unit}, {dose}"


def read_drugs(form: FormReader, *, reservoir_ml: float | None, required: bool = True) -> tuple[Drug, ...]:
    """Read the drugs; a daily dose over what the whole reservoir holds is a mistake of units."""
    drugs = []
    for entry in form.items("drugs", most=5, required=required):
        if not any(entry.has(field) for field in ("name", "concentration", "daily_dose")):
            entry.text("concentration_unit"), entry.text("dose_unit")
            continue  # a row in which nothing was entered, its units at most
        name = entry.text("name", required=True, longest=60)
        concentration = entry.number("concentration", required=True, above=0)
        concentration_unit = entry.choice("concentration_unit", CONCENTRATION_UNITS)
        daily_dose = entry.number("daily_dose", above=0)
        dose_unit = entry.choice("dose_unit", DOSE_UNITS, default=None if entry.has("daily_dose") else DOSE_UNITS[0])
        drugs.append(Drug(name, concentration or 0.0, concentration_unit, daily_dose, dose_unit))
        _check_units(entry, drugs[-1], reservoir_ml)
    if required and not drugs:
        form.problem("drugs", "at least one must be given")
    return tuple(drugs)


def _check_units(entry: FormReader, drug: Drug, reservoir_ml: float | None) -> None:
    if drug.daily_dose is None or reservoir_ml is None or not drug.concentration:
        return
    held = reservoir_ml * drug.concentration * MCG[drug.concentration_unit]
    if drug.daily_dose * MCG[drug.dose_unit] > held:
        entry.problem("daily_dose", "more in one day than the full reservoir holds: check mcg against mg")
