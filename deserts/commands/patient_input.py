"""What the patients' commands share: options, and the way from options, forms and prompts to checked entries."""

from __future__ import annotations

import datetime as dt
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from deserts.commands.context import made_run

if TYPE_CHECKING:
    from deserts.api.run import Run
    from deserts.patients.asking.request import PatientRequest
    from deserts.patients.forms import FormName
    from deserts.patients.search.backup_data import BackupData
    from deserts.patients.search.origin import Origin
    from deserts.provenance import Provenance
    from deserts.sources.transport.http import Http

__all__ = [
    "Address",
    "AlarmDay",
    "AllowGeocoder",
    "Arrive",
    "Ask",
    "AuthorisationDays",
    "ClockFile",
    "CloseRoads",
    "DrugDays",
    "Exclude",
    "FilledDay",
    "FormArgument",
    "FormOption",
    "KeepPractice",
    "LonLat",
    "LongestDrive",
    "Most",
    "OverdoseSigns",
    "Payer",
    "Pediatric",
    "PumpMaker",
    "RunDryDay",
    "WithdrawalSigns",
    "ZipCode",
    "geocoder",
    "locate",
    "open_run",
    "print_json",
    "print_made_form",
    "read_entries",
    "read_form",
    "refuse_old",
]

ZipCode = Annotated[str | None, typer.Option("--zip", help="The patient's ZIP, looked up on this machine.")]
LonLat = Annotated[str | None, typer.Option("--lonlat", help="longitude,latitude instead, for example -68.77,44.80.")]
Address = Annotated[str | None, typer.Option("--address", help="Address instead; needs --allow-geocoder.")]
AllowGeocoder = Annotated[
    bool, typer.Option("--allow-geocoder", help="Send the address to the US Census geocoder. It leaves this machine.")
]
FormOption = Annotated[
    Path | None,
    typer.Option("--form", help="JSON with the options' names (zip, alarm_on, exclude …); - reads standard input."),
]
Ask = Annotated[bool, typer.Option("--ask", help="Ask for ZIP and dates of the pump, so that no history keeps them.")]
FormArgument = Annotated[Path | None, typer.Argument(help="Form as JSON; - or nothing reads standard input.")]
Pediatric = Annotated[bool, typer.Option("--pediatric", help="The patient is a child.")]
AlarmDay = Annotated[
    str | None,
    typer.Option(
        "--alarm-on", help="Low-reservoir alarm date of the print-out (12/20/2026 or 2026-12-20): adds the plan."
    ),
]
FilledDay = Annotated[
    str | None,
    typer.Option("--filled-on", help="Day of the last refill (12/20/2026 or 2026-12-20): gives the earliest day."),
]
RunDryDay = Annotated[
    str | None,
    typer.Option("--run-dry", help="Day on which the pump is empty (12/20/2026 or 2026-12-20): adds the plan."),
]
ClockFile = Annotated[
    Path | None, typer.Option("--clock", help="The refill clock's form: fill, dose, print-out; adds the plan.")
]
WithdrawalSigns = Annotated[
    bool,
    typer.Option(
        "--withdrawal-signs",
        help="Any sign of withdrawal: more spasms, itching, high fever, confusion, two-tone alarm.",
    ),
]
OverdoseSigns = Annotated[
    bool,
    typer.Option(
        "--overdose-signs", help="Any sign of overdose: sleepiness, floppiness, slow or shallow breathing, seizure."
    ),
]
AuthorisationDays = Annotated[
    int | None, typer.Option("--authorisation-days", help="Working days that the payer takes.")
]
DrugDays = Annotated[int | None, typer.Option("--drug-days", help="Working days that the drug order takes.")]
Most = Annotated[int | None, typer.Option("-k", help="Most candidates to show in each tier.  [default: 5]")]
Exclude = Annotated[list[str] | None, typer.Option("--exclude", help="NPI or practice that is lost; may be repeated.")]
KeepPractice = Annotated[
    bool, typer.Option("--keep-practice", help="List colleagues in a lost clinician's practice, after the rest.")
]
Payer = Annotated[str | None, typer.Option("--payer", help="Payer, looked up in your own payer table.")]
PlanName = Annotated[
    str | None, typer.Option("--plan", help="Plan by identifier or name, looked up in the directories of the run.")
]
PumpMaker = Annotated[str | None, typer.Option("--pump", help="Maker of the pump.")]
Arrive = Annotated[
    str | None,
    typer.Option("--arrive", help="Hour of the appointment, as 09:00; needs your own table of hour factors."),
]
CloseRoads = Annotated[
    list[Path] | None,
    typer.Option("--close-roads", help="GeoJSON of lines across roads, or areas: says what it becomes then."),
]
LongestDrive = Annotated[float | None, typer.Option("--max-min", help="Longest drive that is acceptable.")]


def open_run(
    region: str, service: str, grade: str | None, data: Path | None, local: Path | None, pack: Path | None = None
) -> Run:
    """Return the run of a patients' command."""
    return made_run(region=region, service=service, grade=grade, data=data, local=local, pack=pack)


def read_form(path: Path | None) -> dict[str, Any]:
    """Return the fields of a form file or of standard input; a form with invented values is named as such."""
    from deserts.documents.form import read_form_file
    from deserts.patients.forms import EXAMPLE_FIELD

    entered = read_form_file(path, standard_input=sys.stdin.read)
    if entered.pop(EXAMPLE_FIELD, None):
        typer.echo("warning: this form is the example, its values are invented and no patient's", err=True)
    return entered


def print_made_form(name: FormName, *, blank: bool) -> None:
    """Print an empty form, or the example."""
    from deserts.patients.forms import blank_form, example_form

    typer.echo(blank_form(name) if blank else example_form(name), nl=False)


def read_entries(form: Path | None, *, ask: bool, options: Mapping[str, Any]) -> PatientRequest:
    """Combine form, prompts and options; an option wins over the form."""
    from deserts.patients.asking.request import read_request

    entered = {} if form is None else read_form(form)
    entered |= {name: value for name, value in options.items() if value not in (None, [])}
    if isinstance(entered.get("clock"), Path):
        entered["clock"] = read_form(entered["clock"])
    if ask:
        entered["zip"] = typer.prompt("ZIP", err=True)
        if "run_dry" in options:
            for name, told in (
                ("alarm_on", "Alarm date of the print-out"),
                ("filled_on", "Day of the last refill"),
                ("run_dry", "Run-dry date"),
            ):
                entered[name] = typer.prompt(
                    f"{told} (12/20/2026 or 2026-12-20, empty if not known)", default="", err=True
                )
    return read_request(entered)


def locate(run: Run, request: PatientRequest, *, allow_geocoder: bool) -> tuple[BackupData, Origin]:
    """Load the region and find the patient's place; an address is sent away only when that was allowed."""
    from deserts.patients.asking.request import locate_patient

    loaded, http = run.backup_data, geocoder(run, request, allowed=allow_geocoder)
    origin = locate_patient(
        request, zips=loaded.zips, region_states=loaded.region_states, allow_geocoder=http is not None, http=http
    )
    return loaded, origin


def geocoder(run: Run, request: PatientRequest, *, allowed: bool) -> Http | None:
    """Return the connection to the geocoder, with a warning, where an address was given and may be sent; else None."""
    if not (request.address and allowed):
        return None
    from deserts.patients.asking.request import GEOCODER_WARNING
    from deserts.sources.transport.http import http_for

    typer.echo(f"warning: {GEOCODER_WARNING}", err=True)
    return http_for(run.settings)


def refuse_old(provenance: Provenance, day: dt.date) -> None:
    """Leave with the exit code of ``--strict`` when the region's data are too old.

    Raises
    ------
    StaleDataError
        If they are.
    """
    from deserts.errors import StaleDataError

    if provenance.is_old(day):
        raise StaleDataError(provenance.lines(day)[0], fix="`make refresh` and `make all`, or leave --strict away")


def print_json(value: Any) -> None:
    """Print plain values as JSON."""
    typer.echo(json.dumps(value, indent=1, ensure_ascii=False, allow_nan=False))
