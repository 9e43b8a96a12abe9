"""Commands that check one patient's plan on paper: refill clock, discharge check, refill at home."""

from __future__ import annotations

from typing import Annotated

import typer

from deserts.commands.context import parse_day
from deserts.commands.options import (
    Blank,
    DataDir,
    Example,
    JsonOut,
    LocalDir,
    PackFile,
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
    print_made_form,
    read_entries,
    read_form,
    refuse_old,
)

__all__ = ["clock", "discharge_check", "home_refill"]


def clock(
    form: FormArgument = None,
    *,
    blank: Blank = False,
    example: Example = False,
    json_out: JsonOut = False,
    service: ServiceName = "itb",
    local: LocalDir = None,
    today: TodayDate = None,
) -> None:
    """When the pump can be empty, when its alarm is due, and by when it must be refilled.

    What cannot be true is red, with the question for the clinic and no day beside it but the earliest safe one of the
    print-out. `--example` prints a form with invented values to try it.

    **Examples**

    `deserts patient clock --blank > pump.json`

    `deserts patient clock pump.json`
    """
    from deserts.patients.refill.clock_form import read_pump_facts
    from deserts.patients.refill.refill_text import render_timeline
    from deserts.patients.refill.timeline import make_timeline

    if blank or example:
        print_made_form("clock", blank=blank)
        return
    run, day = open_run("example", service, None, None, local), parse_day(today, option="--today")
    facts = read_pump_facts(read_form(form))
    timeline = make_timeline(facts, service=run.service, today=day)
    if json_out:
        typer.echo(timeline.to_json(), nl=False)
        return
    typer.echo(render_timeline(timeline, today=day), nl=False)
    for line in facts.read_as(day):
        typer.echo(f"you entered {line}")


def discharge_check(
    form: FormArgument = None,
    *,
    blank: Blank = False,
    example: Example = False,
    json_out: JsonOut = False,
    region: QuotedRegion = None,
    strict: Strict = False,
    service: ServiceName = "itb",
    data: DataDir = None,
    local: LocalDir = None,
    pack: PackFile = None,
    today: TodayDate = None,
) -> None:
    """Check a discharge plan against the seven ways in which it fails: each pass, fail or unknown.

    **Examples**

    `deserts patient discharge-check --blank > plan.json`

    `deserts patient discharge-check plan.json --region ME`
    """
    from deserts.patients.refill.discharge import check_discharge
    from deserts.patients.refill.discharge_form import read_discharge_form
    from deserts.patients.refill.refill_text import render_discharge
    from deserts.patients.search.backups import BackupData
    from deserts.patients.search.facts import load_team_facts

    if blank or example:
        print_made_form("discharge", blank=blank)
        return
    run, day = open_run(region or "example", service, None, data, local, pack), parse_day(today, option="--today")
    plan = read_discharge_form(read_form(form), today=day)
    loaded = None if region is None and pack is None else BackupData.load(run.store, service=run.service)
    team = load_team_facts(run.settings, run.service, today=day, data_on=run.store.data_day())
    answer = check_discharge(plan, service=run.service, today=day, data=loaded, facts=team)
    typer.echo(answer.to_json() if json_out else render_discharge(answer, today=day), nl=False)
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
    pack: PackFile = None,
    today: TodayDate = None,
) -> None:
    """Can a home-infusion nurse refill this pump: possible, unlikely or unknown, with the reasons.

    Your own table `home_infusion.csv` (company, and zip, county_fips or state) in the folder of own tables says who
    serves where.

    **Examples**

    `deserts patient home-refill --region ME --ask --payer commercial --stable`

    `deserts patient home-refill --region ME --zip 04401 --payer commercial --stable`
    """
    from deserts.patients.asking.errands import ask_home_refill
    from deserts.patients.refill.home_refill import read_payer_kind
    from deserts.patients.refill.refill_text import render_home_refill
    from deserts.patients.search.facts import load_team_facts
    from deserts.places.zips import ZipIndex

    kind = read_payer_kind(payer, where="--payer")
    run, day = open_run(region, "itb", None, data, local, pack), parse_day(today, option="--today")
    request = read_entries(None, ask=ask, options={"zip": zip_code})
    provenance, zips = run.store.provenance(), ZipIndex(run.store.read("zips"))
    team = load_team_facts(run.settings, run.service, today=day, data_on=run.store.data_day())
    answer = ask_home_refill(
        request.zip_code, zips, provenance, team, payer=kind, dose_is_stable=stable,
        local_dir=run.settings.local_dir, today=day,
    )  # fmt: skip
    typer.echo(answer.to_json() if json_out else render_home_refill(answer), nl=False)
    if strict:
        refuse_old(provenance, day)
