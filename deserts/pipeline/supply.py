"""Stage ``supply``: what lists do not show: totals of CMS beside what is seen."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pandas as pd

from deserts.pipeline import prices
from deserts.pipeline.inputs import InputFile, file_hashes, files_for, rejected_frame
from deserts.pipeline.run import Run
from deserts.pipeline.stage import Stage
from deserts.sources.publishers import claims, claims_totals, drug_spending, outpatient, penetration, psps
from deserts.sources.readers.parsed import Parsed
from deserts.specialists.reconcile import Totals, is_nationwide, reconcile
from deserts.store import FlowRow, write_text
from deserts.tables import Scope

__all__ = ["STAGE"]

_DATASETS = ("claims", "claims_by_geography", "drug_spending", "psps", "outpatient_geography", "ma_penetration")
_TABLES = ("reconciliation",)


def _inputs(run: Run) -> Mapping[str, str]:
    return file_hashes(file for dataset in _DATASETS for file in files_for(run, dataset))


def _parameters(run: Run) -> Mapping[str, object]:
    return {"profile": run.service.sha256, "states": list(run.region.states)}


def _outputs(run: Run) -> Sequence[Path]:
    return [run.store.path(name) for name in _TABLES]


class _Reader:
    """Reads every file of a dataset whole and remembers what was damaged."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self.rejected: list[tuple[str, pd.DataFrame]] = []
        self.flow: list[FlowRow] = []

    def read(self, dataset: str, parse: Callable[[InputFile], Parsed], *, why: str) -> pd.DataFrame | None:
        """Return the rows of a dataset, None where no file of it is at hand."""
        files = files_for(self._run, dataset)
        if not files:
            self.flow.append(FlowRow(dataset, 0, 0, "not read: no file of it is at hand"))
            return None
        parsed = [parse(file) for file in files]
        self.rejected += [(file.name, part.rejected) for file, part in zip(files, parsed, strict=True)]
        frame = pd.concat([part.frame for part in parsed], ignore_index=True)
        self.flow.append(FlowRow(dataset, sum(part.rows_in for part in parsed), len(frame), why))
        return frame


def _work(run: Run) -> Sequence[FlowRow]:
    reader = _Reader(run)
    table = _reconciliation(run, reader)
    run.store.write("reconciliation", table)
    damaged = rejected_frame(reader.rejected)
    write_text(
        run.store.folder(Scope.SERVICE) / "rejected_supply.csv", damaged.to_csv(index=False, lineterminator="\n")
    )
    known = int((table["status"] == "reconciled").sum())
    return [*reader.flow, FlowRow("reconciliation", len(table), known, "rows with a total that is like what is seen")]


def _reconciliation(run: Run, reader: _Reader) -> pd.DataFrame:
    codes, why = run.service.codes(), "codes of the service, all states; damaged rows are in rejected_supply.csv"
    bills = reader.read("claims", lambda file: claims.read_claims(file.path, codes=codes, year=file.year), why=why)
    totals = Totals(
        drugs=reader.read(
            "drug_spending", lambda file: drug_spending.read_drug_spending(file.path, codes=codes), why=why
        ),
        geography=reader.read(
            "claims_by_geography",
            lambda file: claims_totals.read_geography(file.path, codes=codes, year=file.year), why=why,
        ),
        procedures=reader.read("psps", lambda file: psps.read_psps(file.path, codes=codes, year=file.year), why=why),
        outpatient=reader.read(
            "outpatient_geography",
            lambda file: outpatient.read_outpatient_geography(file.path, codes=codes, year=file.year), why=why,
        ),
        penetration=reader.read(
            "ma_penetration", lambda file: penetration.read_penetration(file.path), why="counties of the nation"
        ),
    )  # fmt: skip
    whole = bills is not None and is_nationwide(bills, from_publisher=_from_publisher(run))
    return reconcile(bills, totals, service=run.service, states=run.region.states, nationwide=whole)


def _from_publisher(run: Run) -> bool:
    return all(not file.is_own for file in files_for(run, "claims"))


STAGE = Stage(
    "supply", "what lists do not show", Scope.SERVICE, _inputs, _parameters, _outputs, _work, followed_by=prices.STAGE
)
