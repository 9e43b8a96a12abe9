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
    from deserts.patients.refill.clock import ClockResult
    from deserts.patients.refill.plan import RunDry
    from deserts.patients.search.backup_data import BackupData
    from deserts.patients.search.origin import Origin
    from deserts.patients.search.request import PatientRequest
    from deserts.pipeline.run import Run
    from deserts.provenance import Provenance

__all__ = [
    "Address",
    "AllowGeocoder",
    "Ask",
    "AuthorisationDays",
    "ClockFile",
    "DrugDays",
    "Exclude",
    "FormArgument",
    "FormOption",
    "KeepPractice",
    "LonLat",
    "LongestDrive",
    "Most",
    "Payer",
    "Pediatric",
    "PumpMaker",
    "RunDryDay",
    "WithdrawalSigns",
    "ZipCode",
    "locate",
    "open_run",
    "print_json",
    "read_clock_form",
    "read_entries",
    "refuse_old",
    "run_dry_of",
]

ZipCode = Annotated[str | None, typer.Option("--zip", help="The patient's ZIP, looked up on this machine.")]
LonLat = Annotated[str | None, typer.Option("--lonlat", help="longitude,latitude instead, for example -68.77,44.80.")]
Address = Annotated[str | None, typer.Option("--address", help="Address instead; needs --allow-geocoder.")]
AllowGeocoder = Annotated[
    bool, typer.Option("--allow-geocoder", help="Send the address to the US Census geocoder. It leaves this machine.")
]
FormOption = Annotated[
    Path | None,
    typer.Option("--form", help="JSON with the options' names (zip, run_dry, exclude …); - reads standard input."),
]
Ask = Annotated[bool, typer.Option("--ask", help="Ask for ZIP and run-dry date, so that no history keeps them.")]
FormArgument = Annotated[Path | None, typer.Argument(help="Form as JSON; - or nothing reads standard input.")]
Pediatric = Annotated[bool, typer.Option("--pediatric", help="The patient is a child.")]
RunDryDay = Annotated[
    str | None, typer.Option("--run-dry", help="Day on which the pump is empty (YYYY-MM-DD): adds the plan.")
]
ClockFile = Annotated[Path | None, typer.Option("--clock", help="The refill clock's form instead of --run-dry.")]
WithdrawalSigns = Annotated[
    bool, typer.Option("--withdrawal-signs", help="Itching, more spasms, fever, confusion, two-tone alarm.")
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
PumpMaker = Annotated[str | None, typer.Option("--pump", help="Maker of the pump.")]
LongestDrive = Annotated[float | None, typer.Option("--max-min", help="Longest drive that is acceptable.")]


def open_run(region: str, service: str, grade: str | None, data: Path | None, local: Path | None) -> Run:
    """Return the run of a patients' command."""
    return made_run(region=region, service=service, grade=grade, data=data, local=local)


def read_entries(day: dt.date, form: Path | None, *, ask: bool, options: Mapping[str, Any]) -> PatientRequest:
    """Combine form, prompts and options; an option wins over the form."""
    from deserts.documents.form import read_form_file
    from deserts.patients.search.request import read_request

    entered = {} if form is None else read_form_file(form, standard_input=sys.stdin.read)
    entered |= {name: value for name, value in options.items() if value not in (None, [])}
    if ask:
        entered["zip"] = typer.prompt("ZIP", err=True)
        if "run_dry" in options:
            entered["run_dry"] = typer.prompt("Run-dry date (YYYY-MM-DD, empty if not known)", default="", err=True)
    return read_request(entered, today=day)


def locate(run: Run, request: PatientRequest, *, allow_geocoder: bool) -> tuple[BackupData, Origin]:
    """Load the region and find the patient's place; an address is sent away only when that was allowed."""
    from deserts.patients.search.backups import BackupData
    from deserts.patients.search.request import GEOCODER_WARNING, locate_patient

    loaded = BackupData.load(run.store, service=run.service)
    http = None
    if request.address and allow_geocoder:
        from deserts.sources.transport.http import http_for

        typer.echo(f"warning: {GEOCODER_WARNING}", err=True)
        http = http_for(run.settings)
    origin = locate_patient(
        request, zips=loaded.zips, region_states=loaded.region_states, allow_geocoder=allow_geocoder, http=http
    )
    return loaded, origin


def read_clock_form(form: Path | None, run: Run, day: dt.date) -> ClockResult | None:
    """Return what the refill clock says of a form, None without one."""
    from deserts.documents.form import read_form_file
    from deserts.patients.refill.clock import read_clock
    from deserts.patients.refill.clock_form import read_fill

    if form is None:
        return None
    entered = read_form_file(form, standard_input=sys.stdin.read)
    return read_clock(read_fill(entered, service=run.service, today=day), service=run.service, today=day)


def run_dry_of(request: PatientRequest, ticking: ClockResult | None) -> RunDry | None:
    """Return when the pump runs dry by the clock's form or the day entered, if earlier; None without a clock."""
    from deserts.patients.refill.plan import RunDry

    if ticking is None:
        return None
    nominal = min([ticking.nominal.empty, *([] if request.run_dry_on is None else [request.run_dry_on])])
    return RunDry(nominal, min(nominal, ticking.earliest.empty), ticking.earliest.refill_by)


def refuse_old(provenance: Provenance, day: dt.date) -> None:
    """Leave with the exit code of ``--strict`` when the region's data are too old.

    Raises
    ------
    StaleDataError
        If they are.
    """
    from deserts.errors import StaleDataError

    if provenance.is_old(day):
        raise StaleDataError(provenance.lines(day)[0], fix="refresh with `make all`, or leave --strict away")


def print_json(value: Any) -> None:
    """Print plain values as JSON."""
    typer.echo(json.dumps(value, indent=1, ensure_ascii=False, allow_nan=False))
