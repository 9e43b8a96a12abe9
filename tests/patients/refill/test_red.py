"""Red is rare on patients as clinics have them, and no mistake of a catalogue is missed."""

from __future__ import annotations

import random
from collections import Counter

from deserts.documents.form import FormReader
from deserts.errors import InputError
from deserts.patients.refill.clock_form import read_known_days
from deserts.patients.refill.timeline import Timeline, make_timeline
from tests.patients.refill.people import ERRORS, TODAY, plausible, wrong
from tests.patients.world import ITB

PATIENTS, SEEDED = 2000, 500
MOST_RED = 0.05


def timeline_of(form: dict) -> Timeline:
    reader = FormReader(form)
    facts = read_known_days(reader)
    reader.finish()
    return make_timeline(facts, service=ITB, today=TODAY)


def test_red_is_rare_on_plausible_patients():
    draw = random.Random(13)
    reasons: Counter[str] = Counter()
    red = 0
    for _ in range(PATIENTS):
        found = timeline_of(plausible(draw))
        red += found.is_red
        reasons.update(found.red_codes)
        reasons.update(line.split(" ")[0] if line.startswith("only") else line for line in found.emergency)
    print(f"{red} of {PATIENTS} red: {dict(reasons)}")
    assert red <= MOST_RED * PATIENTS, reasons
    assert not [name for name in reasons if name in ("drug_unknown", "rates_disagree", "fill_in_future")]


def test_no_seeded_error_is_missed():
    draw = random.Random(14)
    names = sorted(ERRORS)
    missed = []
    for number in range(SEEDED):
        error = names[number % len(names)]
        form = wrong(draw, error)
        try:
            found = timeline_of(form)
        except InputError:
            continue  # refused outright: no pump can hold that
        if not found.red:
            missed.append((error, form))
        elif found.safe_on is not None:
            assert found.safe_on >= TODAY
        else:
            assert found.safe_line.endswith("none. Call the clinic today.")
    assert not missed, f"{len(missed)} missed, first: {missed[0]}"
