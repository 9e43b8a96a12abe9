"""Stage ``listings``: whom payers' directories list, of the files of a run: claims by payers, never evidence."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd

from deserts.networks.listed_places import listed_places
from deserts.networks.listings import listings_of
from deserts.pipeline.inputs import InputFile, file_hashes, files_for, table_hashes
from deserts.pipeline.run import Run
from deserts.pipeline.stage import Stage
from deserts.places.placing import APART_KM
from deserts.sources.directories.listing import Reading, Wanted
from deserts.sources.directories.read import read_directory
from deserts.store import FlowRow
from deserts.tables import Scope, empty

__all__ = ["STAGE", "directories_of", "read_files"]


def directories_of(run: Run) -> list[tuple[InputFile, ...]]:
    """Return the files of the run's directories; those in one folder are one directory."""
    found: dict[Path, list[InputFile]] = {}
    for file in files_for(run, "plan_directory"):
        found.setdefault(file.place.parent, []).append(file)
    return [tuple(files) for _, files in sorted(found.items())]


def read_files(run: Run, files: Sequence[InputFile], *, wanted: Wanted) -> Reading:
    """Read the files of one directory, each as it was fetched; see `read_directory`."""
    days = {file.fetched_on for file in files if file.fetched_on}
    return read_directory(
        [file.path for file in files], codes=run.service.codes(), wanted=wanted,
        retrieved_on=dt.date.fromisoformat(min(days)) if days else None,
    )  # fmt: skip


def _inputs(run: Run) -> Mapping[str, str]:
    files = [file for files in directories_of(run) for file in files]
    return {**table_hashes(run, "specialists_unasked", "sites_unasked"), **file_hashes(files)} if files else {}


def _parameters(run: Run) -> Mapping[str, object]:
    days = [file.fetched_on for files in directories_of(run) for file in files]
    return {"profile": run.service.sha256, "states": list(run.region.supply_states), "fetched_on": days}


def _outputs(run: Run) -> Sequence[Path]:
    return [run.store.path("plan_listings"), run.store.path("listed_places")]


def _work(run: Run) -> Sequence[FlowRow]:
    directories = directories_of(run)
    if not directories:
        run.store.write("plan_listings", empty("plan_listings"))
        run.store.write("listed_places", empty("listed_places"))
        return [FlowRow("directories", 0, 0, "not read: no payer's directory is at hand")]
    known = frozenset(run.store.read("specialists_unasked", columns=["npi"])["npi"])
    wanted = Wanted(states=frozenset(run.region.supply_states))
    readings = [read_files(run, files, wanted=wanted) for files in directories]
    parts = [listings_of(reading, npis=known, taxonomies=run.service.taxonomies) for reading in readings]
    listings = pd.concat(parts, ignore_index=True)
    order = ["plan_id", "entity", "npi", "name", "zip", "address", "listed_via", "source_file", "pointer"]
    listings = listings.sort_values(order, kind="stable", ignore_index=True)
    listings["listing_no"] = listings.groupby("plan_id").cumcount() + 1
    run.store.write("plan_listings", listings[list(empty("plan_listings").columns)])
    places = listed_places(run.store.read("sites_unasked"), listings)
    run.store.write("listed_places", places)
    read = sum(sum(reading.read.values()) for reading in readings)
    kept = sum(len(reading.frame) for reading in readings)
    return [
        FlowRow("directories", read, kept, "; ".join(reading.verdict for reading in readings)),
        FlowRow("plan listings", kept, len(listings), "organisations, and people who could do this, in these states"),
        FlowRow(
            "sites whose place a directory gives, too",
            len(places),
            int((places["km_apart"] <= APART_KM).sum()),
            f"the others lie over {APART_KM:g} km from it; see listed_places",
        ),
    ]


STAGE = Stage("listings", "whom payers list", Scope.SERVICE, _inputs, _parameters, _outputs, _work)
