"""Stage ``months``: Medicaid spending, some 230 million rows, to the months of the service's own codes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd

from deserts.pipeline import leads
from deserts.pipeline.inputs import file_hashes, files_for, rejected_frame
from deserts.pipeline.run import Run
from deserts.pipeline.searched import FileRead
from deserts.pipeline.stage import Stage
from deserts.sources.publishers.medicaid import read_medicaid
from deserts.sources.readers.parsed import BLANK_ROW
from deserts.store import FlowRow, write_text
from deserts.tables import Scope, empty, table

__all__ = ["STAGE", "months_read"]

_KEY = ["billing_npi", "npi", "code", "month"]


def _inputs(run: Run) -> Mapping[str, str]:
    return file_hashes(files_for(run, "medicaid"))


def _parameters(run: Run) -> Mapping[str, object]:
    return {"profile": run.service.sha256}


def _rejected_path(run: Run) -> Path:
    return run.store.folder(Scope.SERVICE) / "rejected_months.csv"


def _outputs(run: Run) -> Sequence[Path]:
    return [run.store.path("medicaid_months"), _rejected_path(run)]


def _work(run: Run) -> Sequence[FlowRow]:
    files = files_for(run, "medicaid")
    parsed = [read_medicaid(file.path, codes=run.service.codes()) for file in files]
    damaged = rejected_frame((file.name, part.rejected) for file, part in zip(files, parsed, strict=True))
    write_text(_rejected_path(run), damaged.to_csv(index=False, lineterminator="\n"))
    if not parsed:
        run.store.write("medicaid_months", empty("medicaid_months"))
        return [FlowRow("medicaid", 0, 0, "not read: no file of it is at hand")]
    rows = pd.concat([part.frame for part in parsed], ignore_index=True)
    # Two editions of the file hold the same cell twice, the later one corrected: the larger stands, never their sum.
    months = rows.groupby(_KEY, as_index=False)[["beneficiaries", "claims", "paid_usd"]].max()
    kinds = {column.name: "float64" if column.kind == "float" else "str" for column in table("medicaid_months").columns}
    run.store.write("medicaid_months", months[list(kinds)].astype(kinds).sort_values(_KEY, ignore_index=True))
    why = "codes of the service, all states; a cell of two editions counts once"
    return [FlowRow("medicaid", sum(part.rows_in for part in parsed), len(months), why)]


def months_read(run: Run) -> list[FileRead]:
    """Return what came of the files of Medicaid, all together: nothing where there are none."""
    files = files_for(run, "medicaid")
    if not files:
        return []
    used = len(run.store.read("medicaid_months", columns=["npi"]))
    listed = pd.read_csv(run.store.find_file(_rejected_path(run), "the list of damaged rows"), dtype="str")["reason"]
    reasons = listed[listed != BLANK_ROW]
    reason = "" if reasons.empty else str(reasons.value_counts().sort_index().idxmax())
    rows = max(used + len(reasons), sum(file.rows or 0 for file in files))
    return [FileRead(files[-1], rows, used, len(reasons), reason)]


STAGE = Stage(
    "months", "months of Medicaid spending", Scope.SERVICE, _inputs, _parameters, _outputs, _work,
    followed_by=leads.STAGE,
)  # fmt: skip
