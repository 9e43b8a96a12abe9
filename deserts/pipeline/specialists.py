"""Stage ``specialists``: claims, directory and registry files to graded clinicians and their sites, located by ZIP."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

import pandas as pd

from deserts.errors import InputError, MissingDataError
from deserts.pipeline import addresses
from deserts.pipeline.inputs import InputFile, as_of, file_hashes, files_for, rejected_frame, table_hashes
from deserts.pipeline.months import months_read
from deserts.pipeline.run import Run
from deserts.pipeline.searched import FileRead, clinician_read, log_read, searches_table
from deserts.pipeline.stage import Stage
from deserts.searches import SourceRead
from deserts.sources.publishers import affiliations, claims, directory, enrolment, nppes
from deserts.sources.readers.parsed import Parsed
from deserts.specialists import RegistryInputs, build_registry
from deserts.specialists.log import log_fingerprint, read_verifications
from deserts.specialists.months import with_source
from deserts.specialists.ties import EnrolmentFiles, paid_through
from deserts.store import FlowRow, write_text
from deserts.tables import Scope

__all__ = ["STAGE"]

_DATASETS = ("claims", "directory", "nppes", "nppes_locations", "nppes_deactivated", "affiliations", "medicaid")
_TIES = ("enrolment", "enrolment_reassignment", "reassignment_list")
_TABLES = (
    "evidence", "specialists", "answered_sites", "registry_years", "specialists_unasked", "listed_sites", "searches"
)  # fmt: skip


def _inputs(run: Run) -> Mapping[str, str]:
    read = [dataset for dataset in (*_DATASETS, *_TIES) if dataset != "medicaid"]
    found = file_hashes(file for dataset in read for file in files_for(run, dataset))
    found |= table_hashes(run, "hospitals", "medicaid_months", "system_entities")
    found["verifications"] = log_fingerprint(run.settings, service=run.service)
    return found


def _parameters(run: Run) -> Mapping[str, object]:
    return {
        "profile": run.service.sha256,
        "states": list(run.region.supply_states),
        "as_of": as_of(run).isoformat(),
    }


def _outputs(run: Run) -> Sequence[Path]:
    return [run.store.path(name) for name in (*_TABLES, "practice_ties")]


class _Reader:
    """Reads the files of a dataset, keeps those states that matter, and remembers what was damaged or left out."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self.rejected: list[tuple[str, pd.DataFrame]] = []
        self.flow: list[FlowRow] = []
        self.files: dict[str, list[FileRead]] = {}
        self.rows_by_state: dict[str, Mapping[str, int]] = {}

    def read(
        self, dataset: str, parse: Callable[[InputFile], Parsed], *, every_state: bool = False
    ) -> pd.DataFrame | None:
        files = files_for(self.run, dataset)
        if not files:
            return None
        frames = []
        for file in files:
            parsed = parse(file)
            self.rejected.append((file.name, parsed.rejected))
            self.files.setdefault(dataset, []).append(FileRead.of(file, parsed))
            frames.append(parsed.frame)
        whole = pd.concat(frames, ignore_index=True)
        damaged = sum(len(parsed) for _, parsed in self.rejected[-len(files) :])
        # Rows without a state (stubs of deactivated identifiers, a few claims) may belong to anyone: they stay.
        local = not every_state and "state" in whole
        kept = whole[whole["state"].isin([*self.run.region.supply_states, ""])] if local else whole
        if local:
            self.rows_by_state[dataset] = {str(k): int(n) for k, n in kept["state"].value_counts().items()}
        states = "states within the time limit" if local else "rows of those who matter, any state,"
        why = f"{damaged} damaged rows listed in rejected_specialists.csv; {states} kept"
        self.flow.append(FlowRow(dataset, len(whole) + damaged, len(kept), why))
        return kept.reset_index(drop=True)


def _work(run: Run) -> Sequence[FlowRow]:
    if not any(files_for(run, dataset) for dataset in ("claims", "directory", "nppes")):
        raise MissingDataError(
            "neither claims nor a directory nor the provider registry are at hand",
            where=run.settings.raw_area(run.region),
            fix="run `deserts stage data`, or give files with CLAIMS= and DIRECTORY=",
        )
    _refuse_future(run)
    reader = _Reader(run)
    codes = run.service.codes()
    listed = {
        "claims": reader.read("claims", lambda file: claims.read_claims(file.path, codes=codes, year=file.year)),
        "directory": reader.read("directory", lambda file: directory.read_directory(file.path)),
    }
    # The registry's monthly file has some nine million providers: only those who can matter are read.
    known = sorted({npi for frame in listed.values() if frame is not None for npi in frame["npi"]})
    taxonomies = tuple(run.service.taxonomies)
    listed["nppes"] = reader.read("nppes", lambda file: nppes.read_nppes(file.path, npis=known, taxonomies=taxonomies))
    ties = _ties(reader, known)
    run.store.write("practice_ties", ties)
    inputs = RegistryInputs(
        **listed,
        locations=reader.read("nppes_locations", lambda file: nppes.read_locations(file.path)),
        deactivated=reader.read("nppes_deactivated", lambda file: nppes.read_deactivated(file.path)),
        affiliations=reader.read("affiliations", lambda file: affiliations.read_affiliations(file.path)),
        hospitals=run.store.read("hospitals"),
        medicaid=_months_of_those_known(run.store.read("medicaid_months"), listed.values()),
        ties=ties,
        systems=run.store.read("system_entities"),
        verifications=read_verifications(run.settings, service=run.service),
    )
    registry = build_registry(inputs, service=run.service, as_of=as_of(run))
    searches = searches_table(_reads(run, reader, inputs.verifications), reader.rows_by_state)
    places = [frame.drop(columns=["lon", "lat", "precision"]) for frame in (registry.sites, registry.unasked_sites)]
    tables = (registry.evidence, registry.specialists, places[0], registry.years, registry.unasked_people, places[1])
    for name, frame in zip(_TABLES, (*tables, searches), strict=True):
        run.store.write(name, frame)
    for name, frame in (("rejected_specialists", rejected_frame(reader.rejected)), ("unused_rows", registry.rejected)):
        write_text(run.store.folder(Scope.SERVICE) / f"{name}.csv", frame.to_csv(index=False, lineterminator="\n"))
    return [*reader.flow, *registry.flow]


def _refuse_future(run: Run) -> None:
    """Refuse claims of a year after the day that the run is reckoned from: they would make everybody certain."""
    day = as_of(run)
    for file in files_for(run, "claims"):
        if file.year is not None and file.year > day.year:
            raise InputError(
                f"claims of {file.year} lie after the day of the run, {day.isoformat()}",
                where=file.path,
                expected=f"a year up to {day.year} in the file's name",
                fix="correct the year in the file's name, or give the day of the run with --as-of",
            )


def _reads(run: Run, reader: _Reader, answers: pd.DataFrame | None) -> list[SourceRead]:
    """Return what was read of every source of clinicians."""
    files = {**reader.files, "medicaid": months_read(run)}
    return [*(clinician_read(run, name, files.get(name, ())) for name in _DATASETS), log_read(run, answers)]


def _months_of_those_known(months: pd.DataFrame, listed: Iterable[pd.DataFrame | None]) -> pd.DataFrame | None:
    """Keep Medicaid rows of clinicians whom another file places in the region: the file itself has no addresses."""
    if months.empty:
        return None
    known = {npi for frame in listed if frame is not None for npi in frame["npi"]}
    rows = with_source(months)
    rows["year"] = rows["month"].str[:4].astype("int64")
    return rows[rows["npi"].isin(known)].reset_index(drop=True)


def _ties(reader: _Reader, npis: Sequence[str]) -> pd.DataFrame:
    """Read who is paid through whom of the clinicians of claims and directory; both files may be there, or neither."""
    persons = reader.read("enrolment", lambda file: enrolment.read_enrolment(file.path, npis=npis), every_state=True)
    if persons is None:
        tied = groups = None
    else:
        ids = sorted(persons["enrolment_id"])
        tied = reader.read("enrolment_reassignment", lambda file: enrolment.read_reassignment(file.path, from_ids=ids))
        paid = [] if tied is None else sorted(set(tied["to_id"]))
        groups = reader.read(
            "enrolment", lambda file: enrolment.read_enrolment(file.path, enrolment_ids=paid), every_state=True
        )
    listed = reader.read(
        "reassignment_list", lambda file: enrolment.read_reassignment_list(file.path, npis=npis), every_state=True
    )
    return paid_through(EnrolmentFiles(persons=persons, groups=groups, reassignments=tied, listed=listed))


STAGE = Stage(
    "specialists", "who, where and how sure", Scope.SERVICE, _inputs, _parameters, _outputs, _work,
    followed_by=addresses.STAGE,
)  # fmt: skip
