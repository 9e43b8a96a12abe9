"""Read a payer's directory whatever its form: the files' content says which reader they need."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from enum import StrEnum
from pathlib import Path
from typing import Self

from deserts.errors import DamagedDataError, InputError, MissingDataError
from deserts.sources.directories.fetched import NOTE_NAME, Fetched, read_note
from deserts.sources.directories.listing import Reading, Wanted, merged
from deserts.sources.directories.marketplace import read_marketplace
from deserts.sources.directories.plannet import read_fhir
from deserts.sources.directories.rates import read_rates
from deserts.sources.readers.json_stream import Piece, decode, pieces_of
from deserts.store import sha256_of

__all__ = ["Form", "files_in", "form_of", "read_directory"]

_SUFFIX = re.compile(r"\.(json|ndjson|jsonl)(\.(gz|zst))?$", re.IGNORECASE)


class Form(StrEnum):
    """What a file is."""

    FHIR = "fhir"
    PROVIDERS = "providers"
    RATES = "rates"
    INDEX = "index"
    CONTENTS = "contents"
    MANIFEST = "manifest"
    UNKNOWN = "unknown"


_KEYS = {
    "resourceType": Form.FHIR, "entry": Form.FHIR, "results": Form.FHIR, "provider_urls": Form.INDEX,
    "reporting_structure": Form.CONTENTS, "in_network": Form.RATES, "provider_references": Form.RATES,
    "compression_algorithm": Form.MANIFEST,
}  # fmt: skip
"""Members of the root object that only one form has."""
_ENTRY_KEYS = {
    "resourceType": Form.FHIR,
    "npi": Form.PROVIDERS,
    "plans": Form.PROVIDERS,
    "marketing_name": Form.PROVIDERS,
}


def form_of(path: Path) -> Form:
    """Return what a file is, by its content; nothing beyond what tells is read.

    Raises
    ------
    MissingDataError, InputError
        If the file cannot be opened, or breaks before anything tells.
    """
    for piece in pieces_of(path):
        found = _told_by(piece)
        if found is not None:
            return found
    return Form.UNKNOWN


def _told_by(piece: Piece) -> Form | None:
    if piece.key:
        return _KEYS.get(piece.key)
    entry = decode(piece.raw, dict[str, object])
    if entry is None:
        return Form.UNKNOWN
    return next((form for name, form in _ENTRY_KEYS.items() if name in entry), Form.UNKNOWN)


def _is_directory_file(file: Path) -> bool:
    return file.is_file() and file.name != NOTE_NAME and _SUFFIX.search(file.name) is not None


def files_in(paths: Sequence[Path]) -> list[Path]:
    """Return files, with folders replaced by the JSON files in them at any depth, sorted.

    Raises
    ------
    MissingDataError
        If a path is not there, or a folder holds no such file.
    """
    found: set[Path] = set()
    for path in paths:
        inside = [file for file in path.rglob("*") if _is_directory_file(file)] if path.is_dir() else []
        if not path.exists() or (path.is_dir() and not inside):
            raise MissingDataError(
                "no directory file is there", where=path, expected="JSON or NDJSON, plain, .gz or .zst",
                fix="check the path, or run `deserts network fetch`",
            )  # fmt: skip
        found.update(inside or [path])
    return sorted(found)


def read_directory(
    paths: Sequence[Path],
    *,
    codes: Collection[str] = (),
    retrieved_on: dt.date | None = None,
    wanted: Wanted | None = None,
    year: int | None = None,
    source: str | None = None,
) -> Reading:
    """Read every file of one payer's directory.

    Parameters
    ----------
    paths
        Files and folders.
    codes
        Billing codes, for files of negotiated rates.
    retrieved_on
        Day on which we got them.
    wanted
        What to keep; None keeps all.
    year
        Plan year, for Marketplace files.
    source
        Name of the kind of source for FHIR files; None tells by what lies beside them.

    Raises
    ------
    MissingDataError
        If a path is not there.
    InputError
        If no file could be read.
    DamagedDataError
        If a file is not what was fetched.
    """
    files = files_in(paths)
    forms: dict[Form, list[Path]] = {}
    broken: dict[Path, InputError] = {}
    for path in files:
        try:
            forms.setdefault(form_of(path), []).append(path)
        except InputError as error:
            broken[path] = error
    if len(broken) == len(files):
        raise next(iter(broken.values()))
    notes = [note for folder in sorted({path.parent for path in files}) if (note := read_note(folder)) is not None]
    with _Hashes([path for path in files if path not in broken]) as hashes:
        readings = [
            _read(form, found, hashes, codes, retrieved_on, wanted, year, source or _kind_of_source(forms))
            for form, found in sorted(forms.items())
            if form in (Form.FHIR, Form.PROVIDERS, Form.RATES)
        ]
        _refuse_changed(notes, hashes)
    return merged(
        readings,
        unknown=len(forms.get(Form.UNKNOWN, [])),
        gaps=[f"{path.name}: {error.what}" for path, error in broken.items()] + _gaps_of(notes),
    )


class _Hashes(Mapping[Path, str]):
    """SHA-256 of files, worked out beside the reading of them; asking for one waits for it."""

    def __init__(self, paths: Sequence[Path]) -> None:
        self._pool = ThreadPoolExecutor(max_workers=1)
        self._found = {path: self._pool.submit(sha256_of, path) for path in paths}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.shutdown(cancel_futures=True)

    def __getitem__(self, path: Path) -> str:
        return self._found[path].result()

    def __iter__(self) -> Iterator[Path]:
        return iter(self._found)

    def __len__(self) -> int:
        return len(self._found)


def _refuse_changed(notes: Sequence[Fetched], hashes: Mapping[Path, str]) -> None:
    """Hold the files against what was noted of them when they came; their hashes are worked out beside the reading."""
    for note in notes:
        for page in note.newest_pages():
            path = note.folder / page.file
            if path in hashes and hashes[path] != page.sha256:
                raise DamagedDataError(
                    "the file is damaged: its content has changed since it was fetched",
                    where=path,
                    fix="delete its folder and fetch it again (`deserts network fetch`)",
                )


def _gaps_of(notes: Sequence[Fetched]) -> list[str]:
    """Return why fetches were incomplete, as they noted it themselves."""
    found = [f"{key}: {why}" for note in notes for key, why in sorted(note.gaps.items())]
    found += [
        f"{page.file}: gone since it was fetched"
        for note in notes
        for page in note.newest_pages()
        if not (note.folder / page.file).is_file()
    ]
    unfinished = any(not note.is_done for note in notes)
    return [*found, "the fetch has not come to its end"] if unfinished else found


def _kind_of_source(forms: Mapping[Form, list[Path]]) -> str:
    """Return ``npd`` beside a manifest, ``ma_fhir`` beside an index, else ``plannet``."""
    if Form.MANIFEST in forms:
        return "npd"
    return "ma_fhir" if Form.INDEX in forms else "plannet"


def _read(
    form: Form, paths: list[Path], hashes: Mapping[Path, str], codes: Collection[str], retrieved_on: dt.date | None,
    wanted: Wanted | None, year: int | None, source: str,
) -> Reading:  # fmt: skip
    if form is Form.FHIR:
        return read_fhir(paths, source=source, hashes=hashes, retrieved_on=retrieved_on, wanted=wanted)
    if form is Form.RATES:
        return read_rates(paths, codes=codes, hashes=hashes, retrieved_on=retrieved_on, wanted=wanted)
    return read_marketplace(paths, hashes=hashes, retrieved_on=retrieved_on, wanted=wanted, year=year)
