"""The same patient at every door: the command, the JSON API, the panel and the finder in a real browser.

`Doors` asks them and brings their answers into one form, so that a test can hold them against one another. What a door
does not show is left out of its answer, never filled in.
"""

from __future__ import annotations

import datetime as dt
import io
import json
import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd
import pytest
from starlette.testclient import TestClient
from typer.testing import CliRunner

from deserts.api.run import Run
from deserts.cli import build_app
from deserts.documents.spreadsheet import write_csv
from deserts.patients.panel import read_panel, run_panel
from deserts.patients.search import facts as facts_room
from deserts.patients.search.backups import BackupData
from deserts.patients.search.team import TeamFacts
from deserts.specialists.entries import Verification
from deserts.specialists.outcomes import OUTCOMES, SOURCES
from tests.patients.refill.people import plausible, wrong

DOOR_DATES = ("first_line", "earliest_empty_on", "days_left", "refill_by", "safe_on")
"""What every door shows of a pump's days; lists of reasons are compared besides."""


@dataclass(frozen=True)
class Patient:
    """Where somebody lives, whether a child, what is typed of the pump (as in `people.plausible`), and who is lost.

    ``lost`` is a practice, for which the panel has no column; ``primary`` a clinician, whom the finder cannot take.
    """

    zip_code: str
    pediatric: bool = False
    form: dict[str, Any] = field(default_factory=dict)
    lost: str = ""
    primary: str = ""

    def entries(self) -> dict[str, Any]:
        """The body of a question to command and API."""
        lost = [name for name in (self.lost, self.primary) if name]
        return {"zip": self.zip_code, "pediatric": self.pediatric, "k": 5, **self.form, "exclude": lost}


def random_patients(
    zip_codes: list[str], count: int, *, seed: int, practices: Sequence[str] = (), npis: Sequence[str] = ()
) -> list[Patient]:
    """Plausible patients, one in five with a mistake, a few with signs, anywhere; some lost a practice or clinician."""
    from tests.patients.refill.people import ERRORS

    draw = random.Random(seed)
    # The finder has no fields for these; its rules are held against the others' in tests/rules.
    errors = [e for e in sorted(ERRORS) if "residual" not in e and "before a change" not in e]
    found = []
    while len(found) < count:
        form = wrong(draw, draw.choice(errors)) if draw.random() < 0.2 else plausible(draw)
        if _holds_more_than_a_reservoir(form):
            continue
        for sign in ("withdrawal_signs", "overdose_signs"):
            if draw.random() < 0.03:
                form[sign] = True
        lost = draw.choice(practices) if practices and draw.random() < 0.4 else ""
        primary = draw.choice(npis) if npis and not lost and draw.random() < 0.7 else ""
        found.append(Patient(draw.choice(zip_codes), draw.random() < 0.2, form, lost, primary))
    return found


def random_calls(sites: pd.DataFrame, *, today: dt.date, seed: int) -> list[Verification]:
    """Calls about most clinicians of some sites, one to three each: every outcome, source and age of an answer."""
    draw = random.Random(seed)
    found = []
    for npi, own in sites.groupby("npi"):
        for _ in range(draw.choice([0, 0, 1, 1, 2, 3])):
            outcome = draw.choice(sorted(set(OUTCOMES) - {"withdrawn"}))
            on = today - dt.timedelta(days=draw.choice([0, 3, 20, 60, 91, 150, 400]))
            at = draw.choice([*own["site_id"], ""])
            found.append(
                Verification(
                    str(npi), "itb", outcome, on.isoformat(), draw.choice(SOURCES), site_id=at,
                    scope="site" if at else "clinician", ages=draw.choice(["", "", "adult", "paediatric", "both"]),
                    asked_age=draw.choice(["adult", "child"]) if outcome == "age" else "",
                    asked_payer="Example Health" if outcome == "payer" else "",
                    visit_weeks=draw.choice([None, 0.5, 2.0, 8.0]),
                )
            )  # fmt: skip
    return found


def _holds_more_than_a_reservoir(form: dict[str, Any]) -> bool:
    """Whether the command would refuse the form outright."""
    for drug in form.get("clock", {}).get("drugs", []):
        mcg = {"mg/mL": 1000, "mg/day": 1000}
        dose = drug["daily_dose"] * mcg.get(drug["dose_unit"], 1)
        held = form["clock"]["pump"]["reservoir_ml"] * drug["concentration"] * mcg.get(drug["concentration_unit"], 1)
        if dose > held:
            return True
    return False


_FIELDS = {"alarm_on": "alarm", "filled_on": "filled", "run_dry": "dry"}
_CLOCK_FIELDS = {"fill_ml": "fill", "alarm_ml": "alarm-volume"}
_DRUG_FIELDS = {
    "name": "drug", "concentration": "strength", "concentration_unit": "strength-unit", "daily_dose": "dose",
    "dose_unit": "dose-unit",
}  # fmt: skip
_FINDER = """([patients, ids]) => patients.map((patient) => {
  for (const id of ids) document.getElementById(id).value = patient.fields[id] ?? "";
  for (const name of ["withdrawal", "overdose"]) {
    document.querySelector(`#${name} input`).checked = Boolean(patient[name]);
  }
  const timeline = drawDates();
  const plan = timeline.is_known || timeline.is_red ? makePlan(timeline) : null;
  const place = DATA.zips.zip.indexOf(patient.zip);
  const lost = DATA.practices.find((practice) => practice.id === patient.lost);
  const tiers = findBackups(place, patient.audience, lost, 5, timeline);
  return { timeline, plan, shown: document.getElementById("emergency").textContent,
    tiers: tiers.map((tier) => tier.entries.map((entry) => SITES.npi[entry.site])),
    said_no: tiers.map((tier) => [...tier.refused, ...tier.tooFar].map((one) => [SITES.npi[one.site], one.why])) };
})"""


class Doors:
    """Asks each door about patients; one answer a patient, in their order.

    Parameters
    ----------
    run
        The region, with a folder for the team's log.
    data, facts
        The same, loaded once: the command is given them instead of loading them again and again. That each command
        reads tables and log itself is tested in `tests.doors.test_live` and `tests.doors.test_calls`.
    client
        A client of the API.
    finder
        A browser's page in which the finder is open.
    today
        The day of the question.
    """

    def __init__(
        self, *, run: Run, data: BackupData, facts: TeamFacts, client: TestClient, finder: Any, today: dt.date
    ) -> None:
        self.data, self.facts, self.today, self._local = (
            data.asked(facts.standings),
            facts,
            today,
            run.settings.local_dir,
        )
        where = ["--data", str(run.settings.data_dir), "--local", str(self._local)]
        self._where = [*where, "--today", today.isoformat()]
        self._app, self._client, self._finder = build_app(), client, finder

    def command(self, patients: list[Patient]) -> list[dict[str, Any]]:
        """What ``deserts backup --form - --json`` says."""
        return [_answer(json.loads(self._backup(patient, "--json"))) for patient in patients]

    def text(self, patient: Patient) -> str:
        """What ``deserts backup --form -`` prints."""
        return self._backup(patient)

    def _backup(self, patient: Patient, *words: str) -> str:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(BackupData, "load", classmethod(lambda cls, *_, **__: self.data))
            patch.setattr(facts_room, "load_team_facts", lambda *_, **__: self.facts)
            typed = json.dumps(patient.entries())
            done = CliRunner().invoke(self._app, ["backup", "--form", "-", *words, *self._where], input=typed)
        assert done.exception is None, (done.exception, patient)
        return done.stdout

    def api(self, patients: list[Patient]) -> list[dict[str, Any]]:
        """What ``POST /api/backups`` says."""
        answers = []
        for patient in patients:
            found = self._client.post("/api/backups", json=patient.entries())
            assert found.status_code == 200, (found.text, patient)
            body = found.json()
            answers.append(_answer({**body, "tiers": body["answer"]["tiers"]}))
        return answers

    def panel(self, patients: list[Patient]) -> list[dict[str, Any]]:
        """What ``deserts patient panel`` writes, read back from its file: dates under ``dates``, and who comes next."""
        rows = pd.DataFrame([_panel_row(patient) for patient in patients]).fillna("")
        folder = self._local
        rows.to_csv(folder / "panel.csv", index=False)
        answer = run_panel(read_panel(folder / "panel.csv"), self.data, today=self.today, facts=self.facts)
        assert answer.bad_rows == ()
        write_csv(answer.frame, folder / "answered.csv", private=True)
        written = pd.read_csv(io.StringIO((folder / "answered.csv").read_text("utf-8-sig")), dtype=str).fillna("")
        return [{"dates": _panel_dates(row), **_panel_order(row)} for row in written.to_dict("records")]

    def finder(self, patients: list[Patient]) -> list[dict[str, Any]]:
        """What the finder shows."""
        ids = [*_FIELDS.values(), *_CLOCK_FIELDS.values(), *_DRUG_FIELDS.values()]
        asked = [_finder_fields(patient) for patient in patients]
        found: list[dict[str, Any]] = []
        for start in range(0, len(asked), 100):
            found += self._finder.evaluate(_FINDER, [asked[start : start + 100], ids])
        for answer in found:
            line = " ".join(filter(None, (answer["timeline"]["first_line"], answer["timeline"]["safe_line"])))
            assert answer.pop("shown") == line
        return found


def _answer(body: dict[str, Any]) -> dict[str, Any]:
    tiers = [[candidate["npi"] for candidate in tier["candidates"]] for tier in body["tiers"]]
    said_no = [[[c["npi"], c["said_no"]] for c in tier["said_no"]] for tier in body["tiers"]]
    plan = body["plan"]
    if plan is not None:
        plan = {name: plan[name] for name in ("headline", "is_late", "steps", "target_on")}
    return {
        "timeline": body["timeline"], "plan": plan, "tiers": tiers, "said_no": said_no,
        "all": [(c["npi"], c["drive_min"], c["status"]) for tier in body["tiers"] for c in tier["candidates"]],
        "said_no_in_all": sum(tier["said_no_in_all"] for tier in body["tiers"]),
    }  # fmt: skip


def _panel_dates(row: dict[str, str]) -> dict[str, Any]:
    return {
        **{name: row[f"panel_{name}"] or None for name in DOOR_DATES},
        "first_line": row["panel_first_line"],
        "days_left": int(row["panel_days_left"]) if row["panel_days_left"] else None,
        "emergency": [part for part in row["panel_emergency"].split("; ") if part],
        "red": row["panel_red"],
    }


def _panel_order(row: dict[str, str]) -> dict[str, Any]:
    numbers = [number for number in (1, 2) if row[f"panel_backup_{number}_npi"]]
    return {
        "primary": row["panel_primary_npi"],
        "backups": [(row[f"panel_backup_{n}_npi"], float(row[f"panel_backup_{n}_min"])) for n in numbers],
        "said_no_in_all": int(row["panel_said_no_within_limit"]),
    }


def order_of(answer: dict[str, Any]) -> dict[str, Any]:
    """Whom the panel would name for the same question: the first two within the limit, and how many are folded."""
    near = [(npi, round(drive_min, 1)) for npi, drive_min, status in answer["all"] if status == "ok"]
    return {"backups": near[:2], "said_no_in_all": answer["said_no_in_all"]}


def dates_of(answer: dict[str, Any]) -> dict[str, Any]:
    """What an answer with a whole timeline says in the panel's form."""
    timeline = answer["timeline"]
    found = {name: timeline[name] for name in DOOR_DATES}
    return {**found, "emergency": timeline["emergency"], "red": "; ".join(timeline["red"])}


def _panel_row(patient: Patient) -> dict[str, Any]:
    form, clock = patient.form, patient.form.get("clock", {})
    drug = clock.get("drugs", [{}])[0]
    return {
        "zip": patient.zip_code,
        "primary_npi": patient.primary,
        "pediatric": "yes" if patient.pediatric else "no",
        **{name: form.get(name, "") for name in _FIELDS},
        **{name: "yes" if form.get(name) else "" for name in ("withdrawal_signs", "overdose_signs")},
        **{name: clock.get(name, "") for name in _CLOCK_FIELDS},
        "drug": drug.get("name", ""),
        **{name: drug.get(name, "") for name in _DRUG_FIELDS if name != "name"},
    }


def _finder_fields(patient: Patient) -> dict[str, Any]:
    form, clock = patient.form, patient.form.get("clock", {})
    drug = clock.get("drugs", [{}])[0]
    parts = ((_FIELDS, form), (_CLOCK_FIELDS, clock), (_DRUG_FIELDS, drug))
    fields = {ident: str(source[name]) for names, source in parts for name, ident in names.items() if name in source}
    return {
        "zip": patient.zip_code,
        "audience": "child" if patient.pediatric else "adult",
        "lost": patient.lost,
        "fields": fields,
        "withdrawal": bool(form.get("withdrawal_signs")),
        "overdose": bool(form.get("overdose_signs")),
    }
