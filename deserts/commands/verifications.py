"""Commands on the verification log: write a call down, exchange sheets, check, see which calls are due."""

from __future__ import annotations

import getpass
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from deserts.commands.context import build_settings, parse_day
from deserts.commands.log_copies import backup_log, connection, merge, restore_log
from deserts.commands.options import DataDir, JsonOut, LocalDir, ServiceName, TodayDate

if TYPE_CHECKING:
    from deserts.config import Settings
    from deserts.services import Service
    from deserts.specialists.log.recording import Clinician, Recorded

__all__ = ["verifications", "verify"]

_SOURCE_HELP = "Who told: phone, visit, device-rep or patient. Only phone and visit verify."
LOGGED_BY = "DESERTS_LOGGED_BY"
"""Environment variable with the name that stands beside every entry; the login name otherwise."""
_LoggedBy = Annotated[str | None, typer.Option("--logged-by", help=f"Who writes this; else ${LOGGED_BY}.")]


def verify(
    npi: Annotated[str, typer.Argument(help="National Provider Identifier, ten digits.")],
    *,
    outcome: Annotated[
        str,
        typer.Option(
            "--outcome",
            help="accepting; for now: full, payer, age; for good: retired, no-pumps; of one site: moved, not-here, "
            "wrong-number; no-answer; withdrawn (the entry in --corrects was a mistake).",
        ),
    ],
    source: Annotated[str, typer.Option("--source", help=_SOURCE_HELP)] = "phone",
    on: Annotated[
        str | None, typer.Option("--on", help="Day of the answer (12/20/2026 or 2026-12-20); today otherwise.")
    ] = None,
    site: Annotated[
        str, typer.Option("--site", help="Site that was asked about (see `deserts evidence specialist`).")
    ] = "",
    all_sites: Annotated[bool, typer.Option("--all-sites", help="It holds for every site of the clinician.")] = False,
    answered_by: Annotated[str, typer.Option("--answered-by", help="Name of who answered.")] = "",
    role: Annotated[
        str, typer.Option("--role", help="Who that is: scheduler, nurse, clinician, pharmacist, manager or other.")
    ] = "",
    asked: Annotated[str, typer.Option("--asked", help="What was asked, in words.")] = "",
    asked_age: Annotated[str, typer.Option("--asked-age", help="For whom it was asked: adult or child.")] = "",
    asked_payer: Annotated[str, typer.Option("--asked-payer", help="For which payer it was asked.")] = "",
    visit_weeks: Annotated[
        float | None, typer.Option("--visit-weeks", help="Weeks to the earliest visit offered to a new pump patient.")
    ] = None,
    payers: Annotated[str, typer.Option("--payers", help="Payers that are taken, separated by ';'.")] = "",
    ages: Annotated[str, typer.Option("--ages", help="Whom they see: adult, paediatric or both.")] = "",
    pump_makers: Annotated[str, typer.Option("--pump-makers", help="Makers of pumps, separated by ';'.")] = "",
    review_on: Annotated[str | None, typer.Option("--review-on", help="Ask again on this day.")] = None,
    follow_up_on: Annotated[str | None, typer.Option("--follow-up-on", help="Somebody calls back on this day.")] = None,
    corrects: Annotated[
        str, typer.Option("--corrects", help="Key of the entry that this one replaces, at least 8 characters.")
    ] = "",
    note: Annotated[str, typer.Option("--note", help="About the clinic, never about a patient.")] = "",
    logged_by: _LoggedBy = None,
    new: Annotated[bool, typer.Option("--new", help="The NPI is in no table yet.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Write without asking once more.")] = False,
    service: ServiceName = "itb",
    data: DataDir = None,
    local: LocalDir = None,
    today: TodayDate = None,
) -> None:
    """Record what a clinic answered to the one question that matters. Nothing in the log is ever changed.

    An answer that takes something away says of which site, or of all. It counts at once in every list. Temporary ones
    are asked again on their review date; permanent ones keep a later pull of the directory from listing the clinician
    again, until a newer positive answer. A mistake is corrected by a new entry that names the old one. A patient's
    appointment does not belong here.

    Examples
    --------
        deserts log verify 2020000479 --outcome accepting --payers "Medicare; MaineCare" --ages adult --visit-weeks 3

        deserts log verify 2020000479 --outcome full --review-on 2027-02-01

        deserts log verify 2020000479 --outcome moved --site 2020000479-16d57139 --source visit
    """
    from deserts.services import load_service
    from deserts.specialists.entries import Answer, text_about_patients
    from deserts.specialists.log.recording import entry_words, find_clinician, prepare_entry, record_entries

    settings = build_settings(data=data, local=local)
    profile = load_service(service, local_dir=settings.local_dir)
    now = parse_day(today, option="--today")
    answer = Answer(
        npi=npi,
        outcome=outcome,
        source=source,
        on=parse_day(on, option="--on", default=now),
        logged_by=_logged_by(logged_by),
        site_id=site,
        all_sites=all_sites,
        payers=payers,
        ages=ages,
        pump_makers=pump_makers,
        visit_weeks=visit_weeks,
        review_on=None if review_on is None else parse_day(review_on, option="--review-on"),
        follow_up_on=None if follow_up_on is None else parse_day(follow_up_on, option="--follow-up-on"),
        asked=asked,
        asked_age=asked_age,
        asked_payer=asked_payer,
        answered_by=answered_by,
        answered_role=role,
        corrects=corrects,
        note=note,
    )
    clinician = find_clinician(settings, profile, npi.strip())
    entry = prepare_entry(answer, clinician=clinician, is_new=new, settings=settings, service=profile, today=now)
    if signs := text_about_patients(entry):
        typer.echo(f"warning: the text seems to hold {', '.join(signs)}; the log is about clinics only", err=True)
    words = entry_words(entry, clinician)
    typer.echo(words, err=True)
    if not yes and sys.stdin.isatty() and not typer.confirm("Write it?", err=True):
        typer.echo("nothing was written", err=True)
        raise typer.Exit(1)
    recorded = record_entries(settings, [entry])
    if recorded.kept.new:
        typer.echo(f"recorded: {words}")
    elif not recorded.why_waiting:
        typer.echo("this answer is already in the log", err=True)
    _tell_of_log(recorded)


def _logged_by(given: str | None) -> str:
    try:
        return given or os.environ.get(LOGGED_BY) or getpass.getuser()
    except (ImportError, KeyError, OSError):  # a system that knows no login names
        return "not named"


def _tell_of_log(recorded: Recorded) -> None:
    """Say what to know of the log after writing: entries that wait, a clock that is wrong, a new layout."""
    if recorded.why_waiting:
        typer.echo(
            f"the log cannot be written now ({recorded.why_waiting}): the call waits on this machine, counts here, and "
            f"goes into the log with the next one ({recorded.waiting} waiting)",
            err=True,
        )
    if recorded.kept.clock:
        typer.echo(f"warning: {recorded.kept.clock}", err=True)
    if recorded.kept.was_old:
        typer.echo(
            "the log was brought to its new layout; every entry says what it said. Some may be read in two ways: "
            "`deserts log verifications check` lists them",
            err=True,
        )


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
    from deserts.specialists.log import open_log
    from deserts.specialists.log.sheets import export_log as write_log

    settings, profile = _opened(service, data, local)
    rows = open_log(settings).read(service=profile.service_id)
    write_log(rows, path, with_notes=notes)
    typer.echo(f"{len(rows)} answers written to {path}; team only: holds answers")


def import_log(
    path: Annotated[Path, typer.Argument(help="Spreadsheet of calls, .csv or .xlsx.")],
    *,
    source: Annotated[str, typer.Option("--source", help=f"For sheets without that column. {_SOURCE_HELP}")] = "phone",
    logged_by: _LoggedBy = None,
    new: Annotated[bool, typer.Option("--new", help="NPIs that no table knows yet are expected.")] = False,
    service: ServiceName = "itb",
    data: DataDir = None,
    local: LocalDir = None,
    today: TodayDate = None,
) -> None:
    """Read a coordinators' spreadsheet into the verification log; all rows or none, and none twice.

    Needs columns `npi`, `outcome` and `date`; further columns: `source`, `site_id` (or `all_sites`), `answered_by`,
    `answered_role`, `asked`, `asked_age`, `asked_payer`, `visit_weeks`, `payers`, `ages`, `pump_makers`, `review_on`,
    `follow_up_on`, `logged_by`, `corrects`, `note`.

    Examples
    --------
        deserts log verifications import calls.xlsx

        deserts log verifications import old_calls.csv --source visit
    """
    from deserts.errors import UnknownNameError
    from deserts.specialists.entries import text_about_patients
    from deserts.specialists.log import read_calls
    from deserts.specialists.log.recording import find_clinician, record_entries
    from deserts.specialists.log.sheets import import_log as read_sheet

    settings, profile = _opened(service, data, local)
    known: dict[str, Clinician | None] = {}

    def sites_of(npi: str) -> tuple[str, ...]:
        if npi not in known:
            known[npi] = find_clinician(settings, profile, npi)
        clinician = known[npi]
        return () if clinician is None else tuple(clinician.sites)

    there = set(read_calls(settings, service=profile.service_id).rows["entry"])
    sheet = read_sheet(
        path,
        service=profile,
        today=parse_day(today, option="--today"),
        logged_by=_logged_by(logged_by),
        source=source,
        sites_of=sites_of,
        known=there,
    )
    strangers = sorted({entry.npi for entry in sheet.entries if not sites_of(entry.npi) and known[entry.npi] is None})
    if strangers and not new:
        raise UnknownNameError(
            f"no table of a region made here knows {len(strangers)} of these NPIs: {', '.join(strangers[:10])}",
            where=path,
            expected="clinicians whom `deserts backup` shows",
            fix="check the digits; for people who are new in the area say so (--new)",
        )
    if suspect := sum(bool(text_about_patients(entry)) for entry in sheet.entries):
        typer.echo(f"warning: {suspect} rows seem to hold details of patients; the log is about clinics", err=True)
    recorded = record_entries(settings, sheet.entries)
    read = len(sheet.entries) + sheet.passed_over
    if not recorded.why_waiting:
        typer.echo(f"{read} answers read, {recorded.kept.new} new")
    _tell_of_log(recorded)


def check_log(
    *,
    accept: Annotated[bool, typer.Option("--accept", help="Take the log as it is now for whole.")] = False,
    json_out: JsonOut = False,
    service: ServiceName = "itb",
    data: DataDir = None,
    local: LocalDir = None,
    today: TodayDate = None,
) -> None:
    """Check every entry and the chain over them; list entries that can be read in two ways, and calls that wait.

    Examples
    --------
        deserts log verifications check

        deserts log verifications check --json
    """
    import dataclasses
    import json

    from deserts.specialists.log import open_log
    from deserts.specialists.log.database import as_frame
    from deserts.specialists.log.reading import accept_as_whole, read_calls
    from deserts.specialists.log.recording import find_clinician
    from deserts.specialists.log.report import ambiguous_entries
    from deserts.specialists.log.waiting import waiting_rows

    settings, profile = _opened(service, data, local)
    log, day = open_log(settings), parse_day(today, option="--today")
    rows = log.rows()
    if accept:
        accept_as_whole(settings, log, rows)

    def sites_of(npi: str) -> tuple[str, ...]:
        found = find_clinician(settings, profile, npi)
        return () if found is None else tuple(found.sites)

    cases = ambiguous_entries(as_frame(rows), service=profile, as_of=day, sites_of=sites_of)
    linked = sum(bool(row.get("link")) for row in rows)
    lines = [
        f"{log.place}: {len(rows)} entries, each as it was written; {linked} in the chain"
        + ("" if linked == len(rows) else " (layout 1: the next entry brings it to the new layout)"),
        f"waiting to be written: {len(waiting_rows(settings))}",
        *read_calls(settings, service=profile.service_id).warnings,
    ]
    if json_out:
        found = [dataclasses.asdict(case) for case in cases]
        typer.echo(json.dumps({"about": lines, "ambiguous": found}, indent=1, ensure_ascii=False, default=str))
        return
    typer.echo("\n".join([*lines, "", f"entries that can be read in two ways: {len(cases)}"]))
    for case in cases:
        typer.echo(f"  {case.entry[:12]}  NPI {case.npi}  {case.on}  {case.outcome}: {case.taken_as}")
    if cases:
        typer.echo("  correct one: deserts log verify NPI --outcome … --site … (or --all-sites) --corrects KEY")


def due(
    *,
    days: Annotated[int, typer.Option("--days", min=0, help="Also those of the next so many days.")] = 7,
    json_out: JsonOut = False,
    service: ServiceName = "itb",
    data: DataDir = None,
    local: LocalDir = None,
    today: TodayDate = None,
) -> None:
    """List the calls that are due: follow-ups, and temporary answers to be asked again.

    Examples
    --------
        deserts log verifications due

        deserts log verifications due --days 30 --json
    """
    import dataclasses
    import datetime as dt
    import json

    from deserts.specialists.log import read_calls
    from deserts.specialists.log.recording import find_clinician
    from deserts.specialists.log.report import due_calls
    from deserts.specialists.outcomes import OUTCOMES

    settings, profile = _opened(service, data, local)
    read = read_calls(settings, service=profile.service_id)
    until = parse_day(today, option="--today") + dt.timedelta(days=days)
    calls = due_calls(read.rows, service=profile, until=until)
    if json_out:
        found = [dataclasses.asdict(call) for call in calls]
        typer.echo(json.dumps({"warnings": read.warnings, "due": found}, indent=1, ensure_ascii=False, default=str))
        return
    for warning in read.warnings:
        typer.echo(f"!! {warning}")
    for call in calls:
        clinician = find_clinician(settings, profile, call.npi)
        who = clinician.name if clinician is not None and clinician.name else "not in the tables"
        where = "" if clinician is None or not call.site_id else f", {clinician.sites.get(call.site_id, call.site_id)}"
        said = OUTCOMES[call.outcome].words
        typer.echo(f"{call.on}  {who} (NPI {call.npi}){where}: {said}, on {call.answered_on}")
    if not calls:
        typer.echo(f"no call is due until {until}")


def _opened(service: str, data: Path | None, local: Path | None) -> tuple[Settings, Service]:
    from deserts.services import load_service

    settings = build_settings(data=data, local=local)
    return settings, load_service(service, local_dir=settings.local_dir)


verifications = typer.Typer(no_args_is_help=True, help="The log of calls: sheets, checks, copies, calls due.")
for name, command in (
    ("check", check_log), ("due", due), ("export", export_log), ("import", import_log), ("backup", backup_log),
    ("restore", restore_log), ("merge", merge), ("connection", connection),
):  # fmt: skip
    verifications.command(name)(command)
