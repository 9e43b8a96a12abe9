"""Commands for a coordinator with a patient on the line.

Nothing about the patient is logged or leaves this machine; only `panel` writes a file, and only where it was told to.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from deserts.commands.context import parse_day
from deserts.commands.options import (
    DataDir,
    GradeName,
    JsonOut,
    LocalDir,
    PackFile,
    RegionName,
    ServiceName,
    Strict,
    TodayDate,
)
from deserts.commands.patient_input import (
    Address,
    AlarmDay,
    AllowGeocoder,
    Arrive,
    Ask,
    AuthorisationDays,
    ClockFile,
    CloseRoads,
    DrugDays,
    Exclude,
    FilledDay,
    FormOption,
    KeepPractice,
    LongestDrive,
    LonLat,
    Most,
    OverdoseSigns,
    Payer,
    Pediatric,
    PlanName,
    PumpMaker,
    RunDryDay,
    WithdrawalSigns,
    ZipCode,
    geocoder,
    locate,
    open_run,
    print_json,
    read_entries,
    refuse_old,
)

if TYPE_CHECKING:
    pass

__all__ = ["backup", "drug_source", "emergency", "panel"]


def backup(
    *,
    zip_code: ZipCode = None,
    lonlat: LonLat = None,
    address: Address = None,
    allow_geocoder: AllowGeocoder = False,
    form: FormOption = None,
    ask: Ask = False,
    alarm_on: AlarmDay = None,
    filled_on: FilledDay = None,
    run_dry: RunDryDay = None,
    clock_form: ClockFile = None,
    withdrawal_signs: WithdrawalSigns = False,
    overdose_signs: OverdoseSigns = False,
    authorisation_days: AuthorisationDays = None,
    drug_days: DrugDays = None,
    k: Most = None,
    exclude: Exclude = None,
    keep_practice: KeepPractice = False,
    pediatric: Pediatric = False,
    payer: Payer = None,
    plan: PlanName = None,
    pump: PumpMaker = None,
    max_min: LongestDrive = None,
    close_roads: CloseRoads = None,
    snow: Annotated[bool, typer.Option("--snow", help="Says what it becomes with winter's roads shut.")] = False,
    arrive: Arrive = None,
    strict: Strict = False,
    json_out: JsonOut = False,
    region: RegionName = "example",
    service: ServiceName = "itb",
    grade: GradeName = None,
    data: DataDir = None,
    local: LocalDir = None,
    pack: PackFile = None,
    today: TodayDate = None,
) -> None:
    """Who could take this patient over: nearest and independent first, in tiers of how much is known.

    With the alarm date of the print-out (or a run-dry date, or the refill clock's form) it begins with what must happen
    today, tomorrow and by when, and says of each clinic whether it is likely in time. Nothing about the patient leaves
    this machine or is written.

    **Examples**

    `deserts backup --region ME --ask`

    `deserts backup --region ME --ask --pediatric -k 3 --exclude 1999999984`

    `deserts backup --zip 86901 --plan H9999-001-000` (within each tier, whom the plan lists stands first)

    `deserts backup --pack me-itb.deserts --ask`

    `deserts backup --region ME --ask --arrive 09:00` (drives at that hour too, by your own `hour_factors.csv`)

    `deserts backup --region ME --ask --close-roads bridge.geojson` (says too what it becomes while that is closed)

    `deserts backup --region ME --zip 04401 --alarm-on 2027-02-04` (others on this machine can read that in its process
    list)
    """
    from deserts.api.closed_roads import closings

    run, day = open_run(region, service, grade, data, local, pack), parse_day(today, option="--today")
    request = read_entries(
        form,
        ask=ask,
        options={
            "zip": zip_code, "lonlat": lonlat, "address": address, "alarm_on": alarm_on, "filled_on": filled_on,
            "run_dry": run_dry, "clock": clock_form, "k": k, "max_min": max_min,
            "withdrawal_signs": withdrawal_signs or None, "overdose_signs": overdose_signs or None,
            "authorisation_days": authorisation_days, "drug_days": drug_days, "exclude": exclude,
            "keep_practice": keep_practice or None, "pediatric": pediatric or None, "payer": payer, "plan": plan,
            "pump": pump, "close_roads": closings(close_roads or ()), "snow": snow or None,
            "arrive": arrive,
        },
    )  # fmt: skip
    found = run.answer(request, today=day, http=geocoder(run, request, allowed=allow_geocoder))
    if json_out:
        print_json(found.to_dict())
    else:
        typer.echo(str(found), nl=False)
    if strict:
        found.answer.refuse_if_old(day)


def emergency(
    *,
    zip_code: ZipCode = None,
    lonlat: LonLat = None,
    address: Address = None,
    allow_geocoder: AllowGeocoder = False,
    form: FormOption = None,
    ask: Ask = False,
    pediatric: Pediatric = False,
    k: Annotated[int | None, typer.Option("-k", help="Most hospitals to show.  [default: 3]")] = None,
    strict: Strict = False,
    json_out: JsonOut = False,
    region: RegionName = "example",
    service: ServiceName = "itb",
    data: DataDir = None,
    local: LocalDir = None,
    pack: PackFile = None,
    today: TodayDate = None,
) -> None:
    """Where to go now: the nearest emergency departments, beside the nearest that is known to work with pumps.

    **Examples**

    `deserts patient emergency --region ME --ask`

    `deserts patient emergency --region ME --zip 04401`
    """
    from deserts.patients.search.emergency import find_emergency, load_hospitals
    from deserts.patients.search.facts import load_team_facts
    from deserts.patients.search.places_text import render_emergency

    run, day = open_run(region, service, None, data, local, pack), parse_day(today, option="--today")
    options = {"zip": zip_code, "lonlat": lonlat, "address": address, "pediatric": pediatric or None, "k": k or 3}
    request = read_entries(form, ask=ask, options=options)
    loaded, origin = locate(run, request, allow_geocoder=allow_geocoder)
    hospitals = load_hospitals(run.store)
    team = load_team_facts(run.settings, run.service, today=day, data_on=run.store.data_day())
    answer = find_emergency(origin, loaded, hospitals, today=day, pediatric=request.pediatric, k=request.k, facts=team)
    typer.echo(answer.to_json() if json_out else render_emergency(answer), nl=False)
    if strict:
        refuse_old(loaded.provenance, day)


def drug_source(
    *,
    strength: Annotated[float, typer.Option("--strength", help="Strength that is needed (mcg/mL), for example 2000.")],
    within: Annotated[str, typer.Option("--within", help="100mi, 160km or 90min.")] = "100mi",
    zip_code: ZipCode = None,
    lonlat: LonLat = None,
    address: Address = None,
    allow_geocoder: AllowGeocoder = False,
    form: FormOption = None,
    ask: Ask = False,
    strict: Strict = False,
    json_out: JsonOut = False,
    region: RegionName = "example",
    service: ServiceName = "itb",
    data: DataDir = None,
    local: LocalDir = None,
    pack: PackFile = None,
    today: TodayDate = None,
) -> None:
    """Who holds the drug near by, and what is left when holders run out; without a table of yours, whom to call.

    Your own table `drug_stock.csv` (holder, zip or lon and lat, strength_mcg_ml; optional amount, contact, phone,
    seen_on, expires_on) lies in the folder of own tables. Nobody knows every shelf, so the answer is never "none".

    **Examples**

    `deserts patient drug-source --region ME --ask --strength 2000`

    `deserts patient drug-source --region ME --zip 04401 --strength 2000 --within 100mi`
    """
    from deserts.patients.asking.errands import ask_drug
    from deserts.patients.search.emergency import load_hospitals
    from deserts.patients.search.facts import load_team_facts
    from deserts.patients.search.places_text import render_stock

    run, day = open_run(region, service, None, data, local, pack), parse_day(today, option="--today")
    options = {"zip": zip_code, "lonlat": lonlat, "address": address}
    request = read_entries(form, ask=ask, options=options)
    loaded, origin = locate(run, request, allow_geocoder=allow_geocoder)
    team = load_team_facts(run.settings, run.service, today=day, data_on=run.store.data_day())
    answer, clinics = ask_drug(
        request, origin, loaded, load_hospitals(run.store), team, strength_mcg_ml=strength, within=within,
        local_dir=run.settings.local_dir, today=day,
    )  # fmt: skip
    typer.echo(answer.to_json() if json_out else render_stock(answer), nl=False)
    if strict:
        clinics.refuse_if_old(day)


def panel(
    patients: Annotated[
        Path,
        typer.Argument(help="CSV with a column zip; optional primary_npi, pediatric, alarm_on, filled_on, run_dry."),
    ],
    *,
    out: Annotated[Path, typer.Option("--out", "-o", help="CSV to write; only its owner may read it (mode 0600).")],
    backups: Annotated[int, typer.Option("--backups", min=1, max=9, help="Backups to name a patient.")] = 2,
    arrive: Arrive = None,
    strict: Strict = False,
    region: RegionName = "example",
    service: ServiceName = "itb",
    grade: GradeName = None,
    data: DataDir = None,
    local: LocalDir = None,
    pack: PackFile = None,
    today: TodayDate = None,
) -> None:
    """Do a whole panel at once: each patient's clinician, backups, and what happens if the clinician stops.

    Original columns are kept; bad rows are named by line and the good ones done. With `--arrive 09:00` and your own
    `hour_factors.csv`, columns say what the drives become at the hour of an appointment.

    **Example**

    `deserts patient panel patients.csv --region ME --out panel.csv`
    """
    from deserts.documents.spreadsheet import write_csv
    from deserts.patients.panel import all_failed, read_panel, run_panel
    from deserts.patients.search.facts import load_team_facts
    from deserts.roads.clock import read_hour

    run, day = open_run(region, service, grade, data, local, pack), parse_day(today, option="--today")
    loaded = run.backup_data
    team = load_team_facts(run.settings, run.service, today=day, data_on=run.store.data_day())
    minute = None if arrive is None else read_hour(arrive, where="--arrive")
    answer = run_panel(read_panel(patients), loaded, today=day, facts=team, backups=backups, arrive_minute=minute)
    for row in answer.bad_rows:
        typer.echo(f"line {row.line}: {row.why}", err=True)
    if (failure := all_failed(answer)) is not None:
        raise failure
    write_csv(answer.frame, out, private=True)
    done = len(answer.frame) - len(answer.bad_rows)
    typer.echo(f"{done:,} of {len(answer.frame):,} rows done: {out}", err=True)
    typer.echo("\n".join((*loaded.provenance.lines(day), team.last_call_line())), err=True)
    if strict:
        refuse_old(loaded.provenance, day)
