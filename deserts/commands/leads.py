"""``deserts log leads``: whom to phone by signs that are no evidence, ordered by what a yes would change."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import typer

from deserts.commands.context import made_run
from deserts.commands.options import (
    DataDir,
    GradeName,
    JsonOut,
    LocalDir,
    PrivateCsv,
    RegionName,
    ServiceName,
    TodayDate,
    Top,
)
from deserts.commands.specialists import about, print_json, print_lines

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from deserts.access.prepared import Prepared
    from deserts.api.run import Run

__all__ = ["leads"]

_LIMITS = (
    "team only: holds names and telephones",
    "a lead is no evidence: most payments of makers are meals. It changes no grade, no count and no map; a call does",
)


def leads(
    *,
    top: Top = 20,
    out: PrivateCsv = None,
    region: RegionName = "example",
    service: ServiceName = "itb",
    grade: GradeName = None,
    data: DataDir = None,
    local: LocalDir = None,
    json_out: JsonOut = False,
    today: TodayDate = None,
) -> None:
    """Whom to phone by signs that are no evidence: makers' payments, and your own list of directories and pages.

    Ordered by the minutes of driving that a yes would save the region's residents. Your own list is leads.csv in the
    folder of your own tables: name, source, and npi or zip; further columns address, city, state, phone, what, url,
    seen_on.

    Examples
    --------
        deserts log leads --region ME --top 10

        deserts log leads --region ME --out leads.csv
    """
    from deserts.documents.spreadsheet import write_csv

    run = made_run(region=region, service=service, grade=grade, data=data, local=local)
    ranked = _ranked(run)
    limits = [
        *_LIMITS,
        f"when they answer: deserts log verify NPI --outcome …; ask: {run.service.words.get('ask', '')}",
    ]
    if out is not None:
        write_csv(ranked, out, private=True)
        typer.echo(str(out))
    if json_out:
        print_json(
            {"leads": json.loads(ranked.head(top).to_json(orient="records")), "about": [*limits, *about(run, today)]}
        )
    elif out is None:
        shown = ranked.head(top).drop(columns=["address", "zip"])
        text = shown.to_string(index=False, float_format="{:,.0f}".format, na_rep="") if len(shown) else "none found"
        print_lines([text, "", *limits])


def _ranked(run: Run) -> pd.DataFrame:
    """Gather leads, place them, and order them."""
    import numpy as np

    from deserts.access.drives_on_demand import drives_to_places
    from deserts.access.lead_order import order_leads
    from deserts.access.prepared import AccessInputs, prepare
    from deserts.roads import Network
    from deserts.specialists.leads import LEADS_FILE, gather_leads, read_leads

    store, limit = run.store, run.settings.time_limit_min
    found = gather_leads(store.read("leads"), read_leads(run.settings.local_dir / LEADS_FILE))
    found["standing"] = _standing(run, found["npi"])
    prepared = prepare(AccessInputs.from_store(store, service=run.service), time_limit_min=limit)
    lon, lat = _places(run, found)
    placed = np.isfinite(lon)
    pairs = drives_to_places(
        Network.load(store.find_network()), _points(run, prepared), lon[placed], lat[placed], limit_min=limit,
        max_snap_km=run.settings.max_snap_km, max_workers=run.settings.max_workers,
    )  # fmt: skip
    row = np.where(placed, np.cumsum(placed) - 1.0, np.nan)
    now = np.minimum(prepared.pairs.minutes_at(prepared.pairs.nearest(1)[:, 0]), limit)
    return order_leads(found, row, pairs, prepared.own_population, now)


def _points(run: Run, prepared: Prepared) -> pd.DataFrame:
    snaps = run.store.read("point_snaps").set_index("point_id")
    return snaps.loc[prepared.point_ids].reset_index(drop=True)


def _standing(run: Run, npis: pd.Series) -> pd.Series:
    """Say what the registry knows of a lead; that it knows nothing is the usual case."""
    grades = run.store.read("specialists").set_index("npi")["grade"]
    known = npis.map(grades).astype("object").fillna("")
    return ("in the registry: " + known).where(known != "", "not in the registry").astype("str")


def _places(run: Run, found: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Return where each lead is: its first site, a teaching hospital's own place, else its ZIP; null where unknown."""
    from deserts.places.placing import place_zips
    from deserts.places.zips import ZipIndex

    sites = run.store.read("sites").sort_values("site_id").drop_duplicates("npi").set_index("npi")
    hospitals = run.store.read("hospitals")
    hospitals.index = "H" + hospitals["ccn"]
    by_zip = place_zips(found["zip"], index=ZipIndex(run.store.read("zips")))
    columns = []
    for name in ("lon", "lat"):
        of_site = found["npi"].map(sites[name]).astype("float64")
        of_hospital = found["lead_id"].map(hospitals[name]).astype("float64")
        columns.append(of_site.fillna(of_hospital).fillna(by_zip[name]).to_numpy(dtype="float64"))
    return columns[0], columns[1]
