"""The rows of a panel: what was entered, and what is wrong with it."""

from __future__ import annotations

import numpy as np
import pandas as pd

from deserts.arrays import Longs
from deserts.networks.listings import has_plan
from deserts.patients.search.backup_data import BackupData

__all__ = ["YES", "check_rows", "entered"]

YES, _NO = ("yes", "y", "true", "1", "child"), ("", "no", "n", "false", "0", "adult")


def entered(panel: pd.DataFrame, name: str) -> pd.Series:
    """Return a column as it was entered, without blanks at its ends; empty where there is none."""
    return panel[name].str.strip() if name in panel else pd.Series("", index=panel.index)


def check_rows(panel: pd.DataFrame, data: BackupData) -> tuple[Longs, list[str]]:
    """Return each row's ZIP as a position in the table, and what is wrong with the row, empty when nothing is."""
    text = panel["zip"].str.strip().str.extract(r"^(\d{5})(?:-?\d{4})?$", expand=False).fillna("")
    positions = data.zips.positions(text)
    npis, ages = entered(panel, "primary_npi"), entered(panel, "pediatric")
    plans = entered(panel, "plan")
    known = {plan: has_plan(data.listings, plan) for plan in sorted(set(plans))}
    faults = {
        "column zip is not five digits": text == "",
        "column zip is not known in this region": (text != "") & (positions < 0),
        "column primary_npi is not in this region's data": (npis != "") & ~npis.isin(list(data.rows_of)),
        "column plan is not one plan of this run's directories": (plans != "") & ~plans.map(known).astype(bool),
        "column pediatric is neither yes nor no": ~ages.str.lower().isin([*YES, *_NO]),
    }
    bad = [
        "; ".join(why for why, hit in zip(faults, row, strict=True) if hit)
        for row in zip(*faults.values(), strict=True)
    ]
    return np.asarray(positions, dtype=np.int64), bad
