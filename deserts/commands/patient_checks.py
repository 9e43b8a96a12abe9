"""Commands that check one patient's plan on paper: refill clock, discharge check, refill at home."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from deserts.commands.context import parse_day
from deserts.commands.options import (
    Blank,
    DataDir,
    JsonOut,
    LocalDir,
    QuotedRegion,
    RegionName,
    ServiceName,
    Strict,
    TodayDate,
)
from deserts.commands.patient_input import (
    Ask,
    FormArgument,
    ZipCode,
    open_run,
    print_json,
    read_clock_form,
    read_entries,
    refuse_old,
)

__all__ = ["clock", "discharge_check", "home_refill"]

_CLOCK_BLANK = {
    "pump": {"reservoir_ml": 40},
    "drugs": [
        {
            "name": "baclofen",
            "concentration": 2000,
            "concentration_unit": "mcg/mL",
            "daily_dose": 600,
            "dose_unit": "mcg/day",
        }
    ],
    "fill_ml": 40,
    "filled_on": "2026-10-01",
    "alarm_ml": 2,
    "daily_ml": "",
    "printed": {"alarm_on": "2027-02-04", "printed_on": "2026-10-01"},
    "dose_change": {"changed_on": "", "previous_daily_ml": ""},
    "residual": {"expected_ml": "", "measured_ml": "", "previous_fill_ml": ""},
}
_DISCHARGE_BLANK = {
    "run_dry_on": "2027-02-11", "refill_by": "2027-01-30", "accepted_by": "A. Nurse", "accepted_on": "2026-10-20",
    "npi": "", "authorisation": "needed", "requested_on": "2026-10-20", "decision_days": 10, "authorised_from": "",
    "authorised_until": "", "drive_min": 75, "transport": "yes", "interval_weeks": 16, "hospital": "County Hospital",
    "hospital_told": "yes", "hospital_has_drug": "", "in_network": "yes", "network_exception_on": "",
    "first_appointment_on": "2027-01-20",
}  # fmt: skip


def clock(
    form: FormArgument = None,
    *,
    blank: Blank = False,
    json_out: JsonOut = False,
    service: ServiceName = "itb",
    local: LocalDir = None,
    today: TodayDate = None,
) -> None:
    """When the reservoir reaches its alarm, when it is empty, and by when it must be refilled.

    **Examples**

    `deserts patient clock --blank > pump.json`

    `deserts patient clock pump.json`
    """
    from deserts.patients.refill.refill_text import render_clock

    if blank:
        print_json(_CLOCK_BLANK)
        return
    run, day = open_run("example", service, None, None, local), parse_day(today, option="--today")
    if (result := read_clock_form(form or Path("-"), run, day)) is not None:
        typer.echo(result.to_json() if json_out else render_clock(result), nl=False)


def discharge_check(
    form: FormArgument = None,
    *,
    blank: Blank = False,
    json_out: JsonOut = False,
    region: QuotedRegion = None,
    strict: Strict = False,
    service: ServiceName = "itb",
    data: DataDir = None,
    local: LocalDir = None,
    today: TodayDate = None,
) -> None:
    """Check a discharge plan against the seven ways in which it fails: each pass, fail or unknown.

    **Examples**

    `deserts patient discharge-check --blank > plan.json`

    `deserts patient discharge-check plan.json --region ME`
    """
    from deserts.documents.form import read_form_file
    from deserts.patients.refill.discharge import check_discharge, read_discharge_form
    from deserts.patients.refill.refill_text import render_discharge
    from deserts.patients.search.backups import BackupData
    from deserts.patients.search.facts import load_team_facts

    if blank:
        print_json(_DISCHARGE_BLANK)
        return
    run, day = open_run(region or "example", service, None, data, local), parse_day(today, option="--today")
    plan = read_discharge_form(read_form_file(form, standard_input=sys.stdin.read), today=day)
    loaded = None if region is None else BackupData.load(run.store, service=run.service)
    team = load_team_facts(run.settings, run.service, today=day)
    answer = check_discharge(plan, service=run.service, today=day, data=loaded, facts=team)
    typer.echo(answer.to_json() if json_out else render_discharge(answer), nl=False)
    if strict and loaded is not None:
        refuse_old(loaded.provenance, day)


def home_refill(
    *,
    payer: Annotated[
        str, typer.Option("--payer", help="commercial, medicare, medicare_advantage, medicaid, va or unknown.")
    ] = "unknown",
    stable: Annotated[
        bool | None, typer.Option("--stable/--not-stable", help="Whether the dose is stable; leave away if not known.")
    ] = None,
    zip_code: ZipCode = None,
    ask: Ask = False,
    strict: Strict = False,
    json_out: JsonOut = False,
    region: RegionName = "example",
    data: DataDir = None,
    local: LocalDir = None,
    today: TodayDate = None,
) -> None:
    """Can a home-infusion nurse refill this pump: possible, unlikely or unknown, with the reasons.

    Your own table `home_infusion.csv` (company, and zip, county_fips or state) in the folder of own tables says who
    serves where.

    **Examples**

    `deserts patient home-refill --region ME --ask --payer commercial --stable`

    `deserts patient home-refill --region ME --zip 04401 --payer commercial --stable`
    """
    from deserts.errors import InputError
    from deserts.patients.refill.home_refill import HOME_FILE, PayerKind, check_home_refill, read_home_companies
    from deserts.patients.refill.refill_text import render_home_refill
    from deserts.patients.search.facts import load_team_facts
    from deserts.patients.search.origin import find_zip
    from deserts.places.zips import ZipIndex

    kinds = [kind.value for kind in PayerKind]
    if payer not in kinds:
        raise InputError("that kind of payer is not known", where="--payer", expected="one of " + ", ".join(kinds))
    run, day = open_run(region, "itb", None, data, local), parse_day(today, option="--today")
    request = read_entries(day, None, ask=ask, options={"zip": zip_code})
    place = find_zip(request.zip_code, ZipIndex(run.store.read("zips")))
    provenance = run.store.provenance()
    team = load_team_facts(run.settings, run.service, today=day)
    answer = check_home_refill(
        payer=PayerKind(payer),
        dose_is_stable=stable,
        zip_code=place.zip,
        county_fips=place.county_fips,
        state=place.state,
        companies=read_home_companies(run.settings.local_dir / HOME_FILE),
        provenance=(*provenance.lines(day), team.last_call_line()),
    )
    typer.echo(answer.to_json() if json_out else render_home_refill(answer), nl=False)
    if strict:
        refuse_old(provenance, day)
