"""Commands on who really does the service: everything about one clinician, and the verification log."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from deserts.commands.context import build_settings, made_run, parse_day
from deserts.commands.options import DataDir, GradeName, JsonOut, LocalDir, RegionName, ServiceName, TodayDate

if TYPE_CHECKING:
    from deserts.api.run import Run

__all__ = ["about", "print_json", "print_lines", "specialist", "verifications", "verify"]

_SOURCE_HELP = "Who told: phone, visit, device-rep or patient. Only phone and visit verify."


def specialist(
    npi: Annotated[str, typer.Argument(help="National Provider Identifier, ten digits.")],
    *,
    region: RegionName = "example",
    service: ServiceName = "itb",
    grade: GradeName = None,
    data: DataDir = None,
    local: LocalDir = None,
    json_out: JsonOut = False,
    today: TodayDate = None,
) -> None:
    """Everything known about one clinician, oldest first, and why the grade is what it is.

    For your team: it shows answers and probabilities.

    Examples
    --------
        deserts evidence specialist 2020000479

        deserts evidence specialist 2020000479 --region ME --json
    """
    from deserts.specialists.log import read_verifications
    from deserts.specialists.timeline import timeline

    run = made_run(region=region, service=service, grade=grade, data=data, local=local)
    day = parse_day(today, option="--today")
    found = timeline(
        npi.strip(),
        evidence=run.store.read("evidence"),
        specialists=run.store.read("specialists"),
        sites=run.store.read("sites"),
        answers=read_verifications(run.settings, service=run.service),
        service=run.service,
        today=day,
    )
    if json_out:
        print_json({**found.to_dict(), "about": about(run, today)})
    else:
        print_lines([*found.lines(), "", "team only: holds answers and probabilities", *about(run, today)])


def verify(
    npi: Annotated[str, typer.Argument(help="National Provider Identifier, ten digits.")],
    *,
    outcome: Annotated[
        str,
        typer.Option(
            "--outcome",
            help="accepting; for now: full, payer, age; for good: retired, no-pumps; of one site: moved, wrong-number; "
            "no-answer.",
        ),
    ],
    source: Annotated[str, typer.Option("--source", help=_SOURCE_HELP)] = "phone",
    on: Annotated[str | None, typer.Option("--on", help="Day of the answer, YYYY-MM-DD; today otherwise.")] = None,
    site: Annotated[
        str, typer.Option("--site", help="Site that it is about (see `deserts evidence specialist`).")
    ] = "",
    payers: Annotated[str, typer.Option("--payers", help="Payers that are taken, separated by ';'.")] = "",
    ages: Annotated[str, typer.Option("--ages", help="adult, paediatric or both.")] = "",
    pump_makers: Annotated[str, typer.Option("--pump-makers", help="Makers of pumps, separated by ';'.")] = "",
    wait_days: Annotated[int | None, typer.Option("--wait-days", help="Days to the first appointment.")] = None,
    review_on: Annotated[str | None, typer.Option("--review-on", help="Ask again on this day.")] = None,
    note: Annotated[str, typer.Option("--note", help="About the clinic, never about a patient.")] = "",
    service: ServiceName = "itb",
    data: DataDir = None,
    local: LocalDir = None,
    today: TodayDate = None,
) -> None:
    """Record what a clinic answered to the one question that matters. Nothing in the log is ever changed.

    Temporary answers are asked again on their review date. Permanent ones keep a later pull of the directory from
    listing the clinician again, until a newer positive answer. Rerun the stage `specialists` to see the new grade.

    Examples
    --------
        deserts log verify 2020000479 --outcome accepting --payers "Medicare; MaineCare" --ages adult --wait-days 21

        deserts log verify 2020000479 --outcome full --review-on 2027-02-01

        deserts log verify 2020000479 --outcome moved --site 2020000479-16d57139 --source visit
    """
    from deserts.services import load_service
    from deserts.specialists.entries import make_entry, patient_details
    from deserts.specialists.log import open_log

    settings = build_settings(data=data, local=local)
    profile = load_service(service, local_dir=settings.local_dir)
    now = parse_day(today, option="--today")
    entry = make_entry(
        npi=npi,
        outcome=outcome,
        source=source,
        on=parse_day(on, option="--on", default=now),
        today=now,
        service=profile,
        site_id=site,
        payers=payers,
        ages=ages,
        pump_makers=pump_makers,
        wait_days=wait_days,
        review_on=None if review_on is None else parse_day(review_on, option="--review-on"),
        note=note,
    )
    if signs := patient_details(entry.note):
        typer.echo(f"warning: the note seems to hold {', '.join(signs)}; the log is about clinics only", err=True)
    log = open_log(settings)
    if log.append([entry]) == 0:
        typer.echo("this answer is already in the log", err=True)
        return
    again = f"; ask again on {entry.review_on}" if entry.review_on else ""
    typer.echo(f"recorded: NPI {entry.npi}, {entry.outcome} on {entry.observed_on} ({entry.source}){again}")


def export_log(
    path: Annotated[Path, typer.Argument(help="File to write, .csv or .xlsx; only you can read it.")],
    *,
    notes: Annotated[bool, typer.Option("--notes", help="Take the free text along.")] = False,
    service: ServiceName = "itb",
    data: DataDir = None,
    local: LocalDir = None,
) -> None:
    """Write the verification log as a spreadsheet, without notes unless asked.

    Examples
    --------
        deserts log verifications export calls.xlsx

        deserts log verifications export calls.csv --notes
    """
    from deserts.services import load_service
    from deserts.specialists.log import open_log
    from deserts.specialists.log_sheets import export_log as write_log

    settings = build_settings(data=data, local=local)
    profile = load_service(service, local_dir=settings.local_dir)
    rows = open_log(settings).read(service=profile.service_id)
    write_log(rows, path, with_notes=notes)
    typer.echo(f"{len(rows)} answers written to {path}; team only: holds answers")


def import_log(
    path: Annotated[Path, typer.Argument(help="Spreadsheet of calls, .csv or .xlsx.")],
    *,
    source: Annotated[str, typer.Option("--source", help=f"For sheets without that column. {_SOURCE_HELP}")] = "phone",
    service: ServiceName = "itb",
    data: DataDir = None,
    local: LocalDir = None,
    today: TodayDate = None,
) -> None:
    """Read a coordinators' spreadsheet into the verification log; all rows or none, and none twice.

    Needs columns `npi`, `outcome` and `date`; further columns: `source`, `site_id`, `payers`, `ages`, `pump_makers`,
    `wait_days`, `review_on`, `note`.

    Examples
    --------
        deserts log verifications import calls.xlsx

        deserts log verifications import old_calls.csv --source visit
    """
    from deserts.services import load_service
    from deserts.specialists.entries import patient_details
    from deserts.specialists.log import open_log
    from deserts.specialists.log_sheets import import_log as read_sheet

    settings = build_settings(data=data, local=local)
    profile = load_service(service, local_dir=settings.local_dir)
    entries = read_sheet(path, service=profile, today=parse_day(today, option="--today"), source=source)
    if suspect := sum(bool(patient_details(entry.note)) for entry in entries):
        typer.echo(f"warning: {suspect} notes seem to hold details of patients; the log is about clinics", err=True)
    new = open_log(settings).append(entries)
    typer.echo(f"{len(entries)} answers read, {new} new")


def about(run: Run, today: str | None) -> list[str]:
    """Return the sentences that stand on every output; before any stage has run, what the raw files' lock says."""
    from deserts.sources.raw import RawArea

    if run.store.has_file(run.store.provenance_path):
        return list(run.store.provenance().lines(parse_day(today, option="--today")))
    entries = RawArea.open(run.settings.raw_area(run.region)).entries
    unknown = "no record of the sources is at hand yet: years and dates of the data are unknown"
    return [*sorted({entry.notice for entry in entries if entry.notice}), unknown]


def print_lines(lines: list[str]) -> None:
    """Print lines to standard output."""
    typer.echo("\n".join(lines))


def print_json(value: Any) -> None:
    """Print a value as JSON to standard output."""
    typer.echo(json.dumps(value, indent=1, ensure_ascii=False, default=str))


verifications = typer.Typer(no_args_is_help=True, help="The verification log as a spreadsheet.")
verifications.command("export")(export_log)
verifications.command("import")(import_log)
