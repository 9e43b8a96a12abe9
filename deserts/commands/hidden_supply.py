"""What lies beside claims: months of Medicaid, who is paid through whom, and what independent reviewers decided."""

from __future__ import annotations

import json
from collections.abc import Hashable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from deserts.commands.context import made_run
from deserts.commands.options import (
    DataDir,
    JsonOut,
    LocalDir,
    OptionalRegion,
    PrivateCsv,
    RegionName,
    ServiceName,
    TodayDate,
)
from deserts.commands.specialists import about, print_json, print_lines
from deserts.errors import InputError, MissingDataError, UnknownNameError

if TYPE_CHECKING:
    import pandas as pd

    from deserts.api.run import Run

__all__ = ["months", "precedents", "ties"]


def months(
    npi: Annotated[str | None, typer.Argument(help="One clinician; everybody in the region otherwise.")] = None,
    *,
    children: Annotated[bool, typer.Option("--children", help="Only those who see children.")] = False,
    out: PrivateCsv = None,
    region: RegionName = "example",
    service: ServiceName = "itb",
    data: DataDir = None,
    local: LocalDir = None,
    json_out: JsonOut = False,
    today: TodayDate = None,
) -> None:
    """Until when Medicaid's months show somebody, and whether they can tell of starting or stopping.

    The publisher removed every month of fewer than twelve patients: a month without a row is silence, not an end.

    Examples
    --------
        deserts evidence months --region ME

        deserts evidence months --region ME --children

        deserts evidence months 2020003432 --region example
    """
    from deserts.documents.spreadsheet import write_csv

    run = made_run(region=region, service=service, data=data, local=local)
    table = _months(run, npi, children=children)
    if out is not None:
        write_csv(table, out, private=True)
    limits = [
        "team only: months of persons",
        "months of fewer than twelve patients or claims were removed",
        *about(run, today),
    ]
    if json_out:
        print_json({"months": json.loads(table.to_json(orient="records")), "about": limits})
    elif out is not None:
        typer.echo(str(out))
    else:
        lines = [_month_line(row) for row in table.to_dict("records")]
        print_lines([*(lines or ["none found: Medicaid's months show nobody of this region"]), "", *limits])


def _months(run: Run, npi: str | None, *, children: bool) -> pd.DataFrame:
    from deserts.specialists.months import flow_words, last_proven_words, months_shown, with_source

    people = run.store.read("specialists")[["npi", "name", "state", "age_band", "grade"]]
    rows = with_source(run.store.read("medicaid_months"))
    shown = months_shown(rows, run.service)
    sources = rows.groupby("npi")["source"].agg(lambda s: ", ".join(sorted(set(s))))
    table = people.merge(shown.reset_index(), on="npi", how="inner")
    if npi is not None:
        table = table[table["npi"] == npi.strip()]
        if table.empty:
            raise UnknownNameError(
                f"no month of Medicaid shows NPI {npi.strip()!r}", expected="an NPI of the table specialists",
                fix="look at `deserts evidence specialist NPI`; silence here is not absence of care",
            )  # fmt: skip
    if children:
        table = table[table["age_band"].isin(["paediatric", "both"])]
    records = table.to_dict("records")
    return table.assign(
        source=table["npi"].map(sources),
        last_proven=[last_proven_words(row) for row in records],
        flow=[flow_words(row) for row in records],
    ).sort_values(["state", "name", "npi"], ignore_index=True)


def _month_line(row: dict[Hashable, Any]) -> str:
    kind = {"paediatric": ", children", "both": ", adults and children"}.get(str(row["age_band"]), "")
    billed = "; sent the bill, who did the work is not told" if "medicaid_billing" in str(row["source"]) else ""
    return f"{row['name']} ({row['npi']}, {row['state']}{kind}): {row['last_proven']}; {row['flow']}{billed}"


def ties(
    name: Annotated[str, typer.Argument(help="NPI of a clinician, or PECOS number of a group (ten digits).")],
    *,
    region: RegionName = "example",
    service: ServiceName = "itb",
    data: DataDir = None,
    local: LocalDir = None,
    json_out: JsonOut = False,
    today: TodayDate = None,
) -> None:
    """Who is paid through whom: a clinician's groups, or everybody whom the closing of a group takes along.

    From Medicare's enrolment files: who lets nobody be paid on their behalf is solo, which is a finding, not a gap.

    Examples
    --------
        deserts evidence ties 2020000479 --region example

        deserts evidence ties 9700000001 --region example
    """
    run = made_run(region=region, service=service, data=data, local=local)
    found = _ties(run, name.strip())
    if json_out:
        print_json({**found, "about": about(run, today)})
        return
    lines = [f"{found['name']} ({found['id']})", *found["lines"]]
    print_lines([*lines, "", *about(run, today)])


def _ties(run: Run, name: str) -> dict[str, Any]:
    table, people = run.store.read("practice_ties"), run.store.read("specialists").set_index("npi")
    if table.empty:
        raise MissingDataError(
            "no enrolment file was read", where=run.store.path("practice_ties"),
            fix="give PPEF extracts or the reassignment list with --own enrolment=FILE (see docs/sources.md)",
        )  # fmt: skip
    systems = run.store.read("system_entities").set_index("pac_id")["system_name"]
    own, members = table[table["npi"] == name], table[table["group_id"] == name].drop_duplicates("npi")
    if len(own):
        lines = [_group_line(row, systems) for row in own.to_dict("records")]
        return {"id": name, "name": _name(people, name), "lines": lines, "groups": own.to_dict("records")}
    if len(members):
        system = f"; belongs to {systems[name]}" if name in systems.index else ""
        graded = [npi for npi in members["npi"] if npi in people.index]
        lines = [f"its closing takes {len(members)} clinicians of these data along{system}:"]
        lines += [f"  {_name(people, npi)} ({npi}), {people.loc[npi, 'grade']}" for npi in graded]
        lines += (
            [f"  {len(members) - len(graded)} more without a grade for this service"]
            if len(graded) < len(members)
            else []
        )
        return {"id": name, "name": str(members["group_name"].iloc[0]), "lines": lines, "members": list(members["npi"])}
    raise UnknownNameError(
        f"{name!r} is in no enrolment that was read", expected="an NPI or a group's PECOS number of this region",
        fix="check the digits; groups of a clinician are listed by `deserts evidence ties NPI`",
    )  # fmt: skip


def _name(people: pd.DataFrame, npi: str) -> str:
    return str(people.loc[npi, "name"]) if npi in people.index else "not graded for this service"


def _group_line(row: dict[Hashable, Any], systems: pd.Series) -> str:
    if not row["group_id"]:
        return f"{row['state']}: solo, Medicare pays nobody else on their behalf"
    system = f", of {systems[row['group_id']]}" if row["group_id"] in systems.index else ""
    return (
        f"{row['state']}: paid through {row['group_name']} ({row['group_id']}){system}, {row['members']} of these data"
    )


def precedents(
    *,
    find: Annotated[
        list[str] | None, typer.Option("--find", help="Words of which all must stand in the decision (repeat for or).")
    ] = None,
    state: Annotated[str | None, typer.Option("--state", help="NY or CA; both otherwise.")] = None,
    decided: Annotated[
        list[str] | None, typer.Option("--decided", help="overturned, overturned_in_part, upheld (repeat).")
    ] = None,
    file: Annotated[
        Path | None, typer.Option("--file", help="Your copy; otherwise appeals_ny or appeals_ca among your own tables.")
    ] = None,
    top: Annotated[int, typer.Option("--top", min=1, help="Most decisions to print.")] = 10,
    region: OptionalRegion = None,
    service: ServiceName = "itb",
    data: DataDir = None,
    local: LocalDir = None,
    json_out: JsonOut = False,
) -> None:
    """Search what independent reviewers decided on the same kind of care, out of your own copy of their decisions.

    The copy stays where it is: fetch it by hand from the state's page, and lay it among your own tables as
    appeals_ny.xlsx (New York) or appeals_ca.csv (California). An appeal packet cites number, year, plan and decision.

    Examples
    --------
        deserts evidence precedents --find baclofen --state NY

        deserts evidence precedents --find "baclofen pump" --decided overturned --json
    """
    from deserts.patients.papers.packet_words import PRECEDENT_CAVEAT
    from deserts.patients.papers.precedents import find_precedents, read_copies
    from deserts.sources.publishers.appeals import JURISDICTIONS

    run = made_run(region=region or "example", service=service, data=data, local=local)
    wanted = None if state is None else state.strip().upper()
    if file is not None and wanted is None:
        raise InputError("--file needs --state", expected="NY or CA", fix="say whose decisions the file holds")
    files, notices = _decision_files(run, of_region=region is not None)
    if file is not None and wanted is not None:
        files, notices = {wanted: file}, []
    files = {one: path for one, path in files.items() if wanted in (None, one)}
    if not files:
        raise MissingDataError(
            "no copy of reviewers' decisions is at hand", where=run.settings.local_dir,
            expected="appeals_ny.xlsx or appeals_ca.csv",
            fix="; ".join(f"{one.state}: {one.address}" for one in JURISDICTIONS),
        )  # fmt: skip
    decisions = read_copies(files)
    found = find_precedents(decisions, find or list(run.service.appeal_queries), state=wanted, decided=decided or ())
    limits = [*notices, PRECEDENT_CAVEAT, "stories of patients: cite the number, quote little, pass no copy on"]
    if json_out:
        print_json({"found": len(found), "precedents": [one.to_dict() for one in found[:top]], "about": limits})
        return
    lines = [f"{len(found)} of {len(decisions):,} decisions" + (f" (first {top})" if len(found) > top else "")]
    for one in found[:top]:
        lines += ["", one.citation(), f"  refused as: {one.reason or 'not told'}; {one.treatment}", f"  {one.around}"]
    print_lines([*lines, "", *limits])


def _decision_files(run: Run, *, of_region: bool) -> tuple[dict[str, Path], list[str]]:
    """Return the copies by state among the user's own tables, or those of a region, with what must be said of them."""
    from deserts.patients.papers.precedents import copies
    from deserts.sources.publishers.appeals import JURISDICTIONS
    from deserts.sources.raw import RawArea

    if not of_region:
        return copies(run.settings.local_dir), []
    area = RawArea.open(run.settings.raw_area(run.region))
    entries = {one.state: area.of(f"appeals_{one.state.lower()}") for one in JURISDICTIONS}
    files = {state: area.file(found[-1]) for state, found in entries.items() if found}
    return files, sorted({found[-1].notice for found in entries.values() if found and found[-1].notice})
