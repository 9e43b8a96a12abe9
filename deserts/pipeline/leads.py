"""Stage ``leads``: whom makers of pumps and their drugs paid: reasons to phone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd

from deserts.pipeline.inputs import file_hashes, files_for
from deserts.pipeline.run import Run
from deserts.pipeline.stage import Stage
from deserts.sources.publishers.open_payments import read_open_payments
from deserts.specialists.leads import payment_leads
from deserts.store import FlowRow
from deserts.tables import Scope, empty

__all__ = ["STAGE"]


def _inputs(run: Run) -> Mapping[str, str]:
    return file_hashes(files_for(run, "open_payments"))


def _parameters(run: Run) -> Mapping[str, object]:
    return {"profile": run.service.sha256, "states": list(run.region.supply_states)}


def _outputs(run: Run) -> Sequence[Path]:
    return [run.store.path("leads")]


def _work(run: Run) -> Sequence[FlowRow]:
    files, products = files_for(run, "open_payments"), run.service.lead_products
    if not files or not products:
        run.store.write("leads", empty("leads"))
        return [FlowRow("open payments", 0, 0, "not read: no file of it is at hand, or the service names no product")]
    parsed = [read_open_payments(file.path, products=products) for file in files]
    rows = pd.concat([part.frame for part in parsed], ignore_index=True)
    leads = payment_leads(rows, run.region.supply_states)
    run.store.write("leads", leads)
    named = "; ".join(dict.fromkeys(part.notes[-1] for part in parsed))
    return [
        FlowRow("open payments", sum(part.rows_in for part in parsed), len(rows), named),
        FlowRow("leads", len(rows), len(leads), "recipients in the region's states; disputed payments left out"),
    ]


STAGE = Stage("leads", "leads for the phone", Scope.SERVICE, _inputs, _parameters, _outputs, _work)
