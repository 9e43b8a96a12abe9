"""Stage ``prices``: hospitals' price files to graded payments, and to places that do it without a named clinician."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd

from deserts.errors import InputError
from deserts.pipeline import systems
from deserts.pipeline.inputs import InputFile, file_hashes, files_for, table_hashes
from deserts.pipeline.run import Run
from deserts.pipeline.stage import Stage
from deserts.progress import track
from deserts.sources.plan_further import ADDRESS_TABLE, addresses_at_hand
from deserts.sources.publishers.hospital_owners import read_hospital_enrolments
from deserts.sources.publishers.price_files import PriceFile, read_prices
from deserts.specialists.hospital_grades import grade_prices, hospital_places
from deserts.specialists.hospital_match import HospitalIndex, Match
from deserts.store import FlowRow, sha256_of
from deserts.tables import Scope

__all__ = ["STAGE"]

_DATASETS = ("hospital_prices", "hospital_price_addresses", "hospital_enrolments")
_TABLES = ("hospital_evidence", "hospital_places")


def _inputs(run: Run) -> Mapping[str, str]:
    own = run.settings.local_dir / ADDRESS_TABLE
    tables = table_hashes(run, "hospitals")
    addresses = {f"user:{own.name}": sha256_of(own)} if own.is_file() else {}
    return {**tables, **addresses, **file_hashes(file for name in _DATASETS for file in files_for(run, name))}


def _parameters(run: Run) -> Mapping[str, object]:
    return {"profile": run.service.sha256}


def _outputs(run: Run) -> Sequence[Path]:
    return [run.store.path(name) for name in _TABLES]


def _work(run: Run) -> Sequence[FlowRow]:
    files = files_for(run, "hospital_prices")
    hospitals = run.store.read("hospitals")
    index = HospitalIndex(hospitals, _ccn_of_npi(run))
    listed = addresses_at_hand(run.region, run.settings).groupby("place")["ccn"].agg(list).to_dict()
    codes = sorted({*run.service.codes(), *run.service.supply_codes})
    parts, flow = [], []
    for file in track(files, "price files"):
        rows, line = _one(file, codes=codes, index=index, listed=listed.get(file.address, ()))
        parts.append(rows)
        flow.append(line)
    prices = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()
    evidence = grade_prices(prices, run.service)
    places = hospital_places(evidence, hospitals, run.service)
    run.store.write("hospital_evidence", evidence)
    run.store.write("hospital_places", places)
    supplying = int(places["supplies"].sum())
    return [
        *flow,
        FlowRow("hospital prices", len(prices), len(evidence), "prices of wanted codes; a row a hospital, code, plan"),
        FlowRow("hospital places", len(places), supplying, "payments in a file of their own show it; no price does"),
    ]


def _one(
    file: InputFile, *, codes: Sequence[str], index: HospitalIndex, listed: Sequence[str]
) -> tuple[pd.DataFrame, FlowRow]:
    """Read one file; one that cannot be read is a line of the flow table and keeps none of the others away."""
    path = file.path  # one that is not what was fetched is refused: the run would be recorded as made from it
    try:
        read = read_prices(path, codes=codes)
    except InputError as error:
        return pd.DataFrame(), FlowRow(f"price file {file.name}", 0, 0, f"not read: {error.what}")
    match = _match(read, index, listed)
    rows = pd.concat([_told(read, file, ccn, len(match.ccns)) for ccn in match.ccns]) if match.ccns else pd.DataFrame()
    return rows, FlowRow(f"price file {file.name}", read.head.rows, read.head.matched, _words(read, match))


def _match(read: PriceFile, index: HospitalIndex, listed: Sequence[str]) -> Match:
    head = read.head
    return index.match(
        listed=listed, npis=head.type_2_npis, addresses=head.addresses, names=(head.hospital_name, *head.locations),
        state=head.state,
    )  # fmt: skip


def _told(read: PriceFile, file: InputFile, ccn: str, shared_by: int) -> pd.DataFrame:
    return read.prices.assign(
        ccn=ccn, version=read.head.version, last_updated_on=read.head.last_updated_on, shared_by=shared_by,
        source_file=file.name, sha256=file.sha256,
    )  # fmt: skip


def _words(read: PriceFile, match: Match) -> str:
    head = read.head
    whose = f"hospital {', '.join(match.ccns)} by {match.basis}" if match.ccns else "no known hospital: not used"
    parts = [f"{head.layout}, version {head.version or 'unknown'}", whose]
    parts += [f"{head.bad} records could not be read"] if head.bad else []
    parts += [f"{head.replaced} characters of no encoding"] if head.replaced else []
    return "; ".join([*parts, *head.problems])


def _ccn_of_npi(run: Run) -> Mapping[str, Sequence[str]]:
    frames = [read_hospital_enrolments(file.path).frame for file in files_for(run, "hospital_enrolments")]
    if not frames:
        return {}
    pairs = pd.concat(frames)[["npi", "ccn"]].drop_duplicates()
    return {str(npi): tuple(ccns) for npi, ccns in pairs.groupby("npi")["ccn"]}


STAGE = Stage(
    "prices", "hospitals' price files", Scope.SERVICE, _inputs, _parameters, _outputs, _work, followed_by=systems.STAGE
)
