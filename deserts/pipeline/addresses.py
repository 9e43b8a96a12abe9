"""Stage ``addresses``: where the registered sites stand, with street, ZIP, city and state cross-checked.

The streets of those who count at the service's own grade are asked of the Census geocoder, once an address; without a
connection the answers that are kept among the raw files serve. Everybody else stands at the centre of the ZIP.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

import pandas as pd

from deserts.pipeline import listings
from deserts.pipeline.inputs import as_of, file_hashes, files_for, table_hashes
from deserts.pipeline.run import Run
from deserts.pipeline.stage import Stage
from deserts.places.placing import APART_KM, place_addresses
from deserts.sources.fetch import forget_damaged_answers, keep_answers
from deserts.sources.publishers.geocoder import GeocoderSettings
from deserts.sources.publishers.geocoder_answers import address_keys, ask_for, read_answers
from deserts.sources.transport.http import http_for
from deserts.store import FlowRow
from deserts.tables import Scope, empty

__all__ = ["STAGE"]

_TABLES = ("sites", "sites_unasked", "geocoded", "place_checks")
_DATASET = "geocoded"


def _inputs(run: Run) -> Mapping[str, str]:
    # With a connection this stage adds to the answers itself; without one they are an input like any other.
    kept = {} if _may_ask(run) else file_hashes(files_for(run, _DATASET))
    return {**table_hashes(run, "listed_sites", "answered_sites", "zips"), **kept}


def _may_ask(run: Run) -> bool:
    """Whether the service is asked: a frozen run takes the answers that its lock names, and no others."""
    return run.settings.allow_network and run.settings.frozen_lock is None and not run.region.is_example


def _parameters(run: Run) -> Mapping[str, object]:
    return {
        "geocoder": GeocoderSettings().benchmark if _may_ask(run) else "kept answers",
        "grade": run.service.default_grade,
        "profile": run.service.sha256,
    }


def _outputs(run: Run) -> Sequence[Path]:
    return [run.store.path(name) for name in _TABLES]


def _work(run: Run) -> Sequence[FlowRow]:
    listed = run.store.read("listed_sites")
    keys = address_keys(listed)
    # By public files alone: what a clinic answered must not show in what is sent, and a call moves no place.
    counts = listed["supplies"] & listed["grade_rank"].between(0, run.service.rank(run.service.default_grade))
    wanted = listed.assign(key=keys)[counts & (keys != "")]
    answers = _answers(run, wanted)
    own = answers[answers["key"].isin(wanted["key"])].reset_index(drop=True)
    streets = own.set_index("key").reindex(keys).reset_index(drop=True)
    placed = place_addresses(listed, zips=run.store.read("zips"), streets=streets)
    unasked = pd.concat([listed, placed], axis=1)
    places = unasked[["site_id", *placed.columns]]
    sites = run.store.read("answered_sites").merge(places, on="site_id", how="left", validate="one_to_one")
    run.store.write("geocoded", own)
    run.store.write("sites_unasked", unasked)
    run.store.write("sites", sites)
    checks = _checks(sites)
    run.store.write("place_checks", checks)
    return _flow(sites, wanted, own, checks)


def _answers(run: Run, wanted: pd.DataFrame) -> pd.DataFrame:
    """Return the kept answers of the geocoder, after asking for what they lack where connections are allowed."""
    folder = run.settings.raw_area(run.region)
    if _may_ask(run):
        forget_damaged_answers(folder)
        record = partial(keep_answers, folder, fetched_on=as_of(run))
        ask_for(wanted, folder=folder, http=http_for(run.settings), kept=record)
    files = files_for(run, _DATASET)
    return read_answers(files[0].path) if files else read_answers(None)


def _checks(sites: pd.DataFrame) -> pd.DataFrame:
    """Return the sites whose parts contradict each other, or lie farther apart than `APART_KM`."""
    told = sites[(sites["place_check"] != "") | (sites["km_zip"] > APART_KM)]
    columns = list(empty("place_checks").columns)
    return told.sort_values(["place_check", "site_id"], ascending=[False, True], ignore_index=True)[columns]


def _flow(sites: pd.DataFrame, wanted: pd.DataFrame, own: pd.DataFrame, checks: pd.DataFrame) -> list[FlowRow]:
    found = int((own["status"] == "match").sum())
    kinds = sites["precision"].value_counts().sort_index()
    unplaced = int((sites["precision"] == "none").sum())
    contradicting = int((sites["place_check"] != "").sum())
    return [
        FlowRow("addresses asked of the geocoder", wanted["key"].nunique(), found, "found at their street"),
        FlowRow(
            "sites whose parts agree", len(sites), len(sites) - contradicting,
            f"{contradicting} contradict themselves, {len(checks)} lie over {APART_KM:g} km apart; see place_checks",
        ),
        FlowRow(
            "sites located", len(sites), len(sites) - unplaced,
            ", ".join(f"{name} {count:,}" for name, count in kinds.items()) + "; those with none are kept",
        ),
    ]  # fmt: skip


STAGE = Stage(
    "addresses", "sites at their street address", Scope.SERVICE, _inputs, _parameters, _outputs, _work,
    followed_by=listings.STAGE,
)  # fmt: skip
