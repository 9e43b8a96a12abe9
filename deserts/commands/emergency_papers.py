"""Commands that write the two papers for the day on which it goes wrong: emergency pact and transfer sheet."""

from __future__ import annotations

from pathlib import Path

from deserts.commands.context import made_run, parse_day
from deserts.commands.documents import checked_paths, write_private
from deserts.commands.options import (
    BlankCard,
    DataDir,
    Example,
    LocalDir,
    PaperForm,
    PaperOut,
    ServiceName,
    TodayDate,
)
from deserts.commands.patient_input import print_made_form, read_form

__all__ = ["pact", "transfer"]


def pact(
    *,
    form: PaperForm = None,
    out: PaperOut = None,
    blank: BlankCard = False,
    example: Example = False,
    service: ServiceName = "itb",
    data: DataDir = None,
    local: LocalDir = None,
    today: TodayDate = None,
) -> None:
    """Write a one-page emergency pact: who refills, who covers, who has the drug, who takes a transfer, signatures.

    Holds what the form says and nothing else about the patient; what was not entered is a blank line.

    **Examples**

    `deserts paper pact --blank > pact.json`

    `deserts paper pact pact.json --out pact.pdf`

    `deserts paper pact --blank --out empty-pact.pdf` (to fill in by hand)
    """
    _write("pact", form, out, blank, example, made=(service, data, local, today))


def transfer(
    *,
    form: PaperForm = None,
    out: PaperOut = None,
    blank: BlankCard = False,
    example: Example = False,
    service: ServiceName = "itb",
    data: DataDir = None,
    local: LocalDir = None,
    today: TodayDate = None,
) -> None:
    """Write a one-page sheet that goes with a patient with a pump from one hospital to another.

    Takes the same form as `deserts paper pact`.

    **Examples**

    `deserts paper transfer pact.json --out transfer.pdf`
    """
    _write("transfer", form, out, blank, example, made=(service, data, local, today))


def _write(
    paper: str,
    form: Path | None,
    out: list[Path] | None,
    blank: bool,
    example: bool,
    *,
    made: tuple[str, Path | None, Path | None, str | None],
) -> None:
    if example or (blank and not out):
        print_made_form("pact", blank=blank)
        return
    from deserts.documents.blocks import SUFFIXES

    service, data, local, today = made
    paths, day = checked_paths(out, SUFFIXES), parse_day(today, option="--today")
    run = made_run(region="example", service=service, data=data, local=local)
    entered = None if blank else read_form(form)
    written = run.pact(entered, today=day) if paper == "pact" else run.transfer_sheet(entered, today=day)
    for path in paths:
        write_private(path, written.to_bytes(path.suffix.lower()))
