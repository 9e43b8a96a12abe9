"""How each kind of file is found at its publisher and brought to its place in the raw area."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from deserts.config import Region
from deserts.errors import FaultyAnswerError, SourceError, UnknownNameError
from deserts.services import Service
from deserts.sources.catalogue import SOURCES
from deserts.sources.plan import Item
from deserts.sources.publishers import cms_catalogue, cms_data, geofabrik, nppes_api, nppes_files
from deserts.sources.raw import LockEntry, RawArea
from deserts.sources.transport.addresses import refuse_inside
from deserts.sources.transport.download import Expect, adopt, download, forget_state
from deserts.sources.transport.http import Http, raw_path
from deserts.store import sha256_of

__all__ = ["FETCHERS", "Context"]

_SAME_RELEASE: Final = 0.9
"""Least share of the rows that the catalogue counts: its service of rows can be a release behind or ahead of the file,
and releases differ by a few per cent."""


@dataclass(slots=True)
class Context:
    """One fetch: the area as it fills, the connection, and answers that several files share."""

    area: RawArea
    http: Http
    region: Region
    service: Service
    day: dt.date
    refresh: bool = False
    rows_fail: bool = False
    """Whether the API of rows has failed: further years then come as whole files at once."""
    _catalog: Mapping[str, Any] | None = None
    _registry: tuple[nppes_files.RegistryFile, ...] | None = None

    @property
    def catalog(self) -> Mapping[str, Any]:
        """The catalogue of data.cms.gov, asked for once."""
        if self._catalog is None:
            answer = self.http.get_json(f"{cms_data.BASE}/data.json")
            if not isinstance(answer, dict):
                raise FaultyAnswerError("the catalogue is no object", where=f"{cms_data.BASE}/data.json")
            self._catalog = answer
        return self._catalog

    @property
    def registry(self) -> tuple[nppes_files.RegistryFile, ...]:
        """The registry's files, asked for once."""
        if self._registry is None:
            self._registry = nppes_files.find_files(self.http)
        return self._registry

    def target(self, url: str) -> Path:
        """Return the place of an address's file."""
        return self.area.folder.joinpath(*raw_path(url).parts)

    def download(
        self, item: Item, url: str, *, md5: str | None = None, version: str = "", least_rows: int = 0
    ) -> LockEntry:
        """Bring one file to its place, unless it is there whole from a run that was killed; return its entry.

        Raises
        ------
        FaultyAnswerError
            If it has fewer than ``least_rows`` lines of data; it is deleted.
        """
        mirrored = self.http.in_mirror(url)
        if mirrored is None:
            refuse_inside(url)
        target = self.target(url)
        came = adopt(target, url) or download(self.http, url, target, Expect(_kind(item, url), md5=md5))
        if least_rows and (lines := _count_rows(target, header=True)) is not None and lines < least_rows:
            target.unlink()
            forget_state(target)
            raise FaultyAnswerError(
                f"the file has {lines:,} rows",
                where=url,
                expected=f"the {least_rows:,} rows that the publisher counts",
                fix="it was cut on its way: try again later",
            )
        day = self.day if mirrored is None else dt.datetime.fromtimestamp(mirrored.stat().st_mtime, tz=dt.UTC).date()
        entry = self.entry(item, target, url, version=version, day=day)
        return dataclasses.replace(entry, final_url=came.final_url)

    def entry(
        self, item: Item, target: Path, url: str, *, version: str, rows: int | None = None, day: dt.date | None = None
    ) -> LockEntry:
        """Measure a file and describe it."""
        source = SOURCES[item.dataset]
        return LockEntry(
            path=target.relative_to(self.area.folder).as_posix(),
            dataset=item.dataset,
            url=url,
            fetched_on=(day or self.day).isoformat(),
            size_bytes=target.stat().st_size,
            sha256=sha256_of(target),
            rows=_count_rows(target, header=item.dataset != "zip_places") if rows is None else rows,
            version=version or item.version,
            year=item.year,
            licence=source.licence,
            attribution=source.attribution,
            notice=item.notice,
        )

    def record(self, entry: LockEntry, item: Item) -> LockEntry:
        """Write an entry into the lock at once, so that a run that is killed later does not lose it."""
        old = [e for e in self.area.entries if item.matches(e) and e.path != entry.path]
        kept = RawArea(self.area.folder, tuple(e for e in self.area.entries if e not in old))
        self.area = kept.adding([entry])
        self.area.save()
        forget_state(self.area.folder / entry.path)
        return entry


def _kind(item: Item, url: str) -> str:
    """Return what a file must be by its address: a mirror may hold the same data packed otherwise."""
    suffixes = {".zip": "zip", ".xlsx": "xlsx", ".json": "json", ".pbf": "pbf", ".gz": "gzip", ".parquet": "parquet"}
    return suffixes.get(Path(url).suffix.lower(), "text" if Path(url).suffix else item.kind)


def _count_rows(path: Path, *, header: bool) -> int | None:
    """Return the lines of a text file without its header, if it has one; None for other files."""
    if path.suffix.lower() not in (".csv", ".txt"):
        return None
    lines, last = 0, b"\n"
    with path.open("rb") as stream:
        while block := stream.read(1 << 20):
            lines += block.count(b"\n")
            last = block[-1:]
    return max(0, lines + (last != b"\n") - header)


def _static(item: Item, context: Context) -> LockEntry:
    return context.download(item, item.url)


def _from_mirror_only(item: Item, context: Context) -> LockEntry:  # noqa: ARG001  one signature for all ways
    raise SourceError(
        f"no address of {item.dataset} is known; it is taken from a mirror alone",
        where=SOURCES[item.dataset].page,
        fix="fetch it by hand and put it into the mirror as " + " or ".join(item.mirrored),
    )


def _claims(item: Item, context: Context) -> LockEntry:
    """Ask the data API for the rows of the service's codes; when it keeps failing, fetch the whole file of the year."""
    release = _release(item, context)
    column, values = cms_data.row_filter(item.dataset, context.service)
    target = context.target(f"{release.rows_url}/{item.key}")
    if not release.uuid or context.rows_fail:
        return _claims_file(item, context)
    try:
        rows = cms_data.fetch_rows(context.http, release, column=column, values=values, target=target)
    except SourceError:
        if not release.csv_url:
            raise
        context.rows_fail = True
        return _claims_file(item, context)
    return context.entry(item, target, f"{release.rows_url}?{item.key}", version=release.version, rows=rows)


def _release(item: Item, context: Context) -> cms_data.Release:
    try:
        return cms_data.find_release(context.catalog, cms_data.TITLES[item.dataset], item.year)
    except UnknownNameError as error:
        raise FaultyAnswerError(error.what, where=f"{cms_data.BASE}/data.json", expected=error.expected) from error


def _claims_file(item: Item, context: Context) -> LockEntry:
    release = _release(item, context)
    counted = 0
    if release.uuid and not context.rows_fail:  # an API that fails is not waited for once more
        try:
            counted = cms_data.count_rows(context.http, release)
        except SourceError:
            context.rows_fail = True
    return context.download(item, release.csv_url, version=release.modified, least_rows=counted)


def _newest_release(item: Item, context: Context) -> LockEntry:
    """Fetch the newest whole file of a series that is small."""
    release = _release(item, context)
    if not release.csv_url:
        raise FaultyAnswerError(
            "the catalogue gives no file of the newest edition", where=f"{cms_data.BASE}/data.json",
            expected="downloadURL of a CSV", fix=f"fetch it by hand from {SOURCES[item.dataset].page}",
        )  # fmt: skip
    return context.download(item, release.csv_url, version=release.modified)


def _catalogue(item: Item, context: Context) -> LockEntry:
    file = cms_catalogue.find_file(context.http, item.dataset)
    try:
        counted = cms_catalogue.count_rows(context.http, item.dataset)
    except SourceError:  # the file may be had although the service of rows is down
        counted = 0
    least = int(counted * _SAME_RELEASE)
    return context.download(item, file.url, version=file.modified, least_rows=least)


def _registry(item: Item, context: Context) -> LockEntry:
    target = context.target(f"{nppes_api.BASE}{item.key}")
    shared = [e for e in context.area.entries if context.area.folder / e.path == target and e.dataset != item.dataset]
    if shared and target.is_file() and not context.refresh:  # the same answers, recorded under another dataset
        return dataclasses.replace(shared[0], dataset=item.dataset)
    rows = nppes_api.fetch_providers(
        context.http,
        states=context.region.supply_states,
        taxonomies=tuple(context.service.taxonomies),
        target=target,
    )
    return context.entry(item, target, f"{nppes_api.BASE}?{item.key}", version=context.day.isoformat(), rows=rows)


def _registry_file(item: Item, context: Context) -> LockEntry:
    file = nppes_files.newest(context.registry, item.key)
    return context.download(item, file.url, version=file.day.isoformat())


def _extract(item: Item, context: Context) -> LockEntry:
    extract = geofabrik.find_extract(context.http, item.key)
    return context.download(item, extract.url, md5=extract.md5, version=extract.day)


FETCHERS: Final[Mapping[str, Callable[[Item, Context], LockEntry]]] = {
    "file": _static,
    "mirror": _from_mirror_only,
    "claims": _claims,
    "claims_file": _claims_file,
    "release": _newest_release,
    "catalogue": _catalogue,
    "registry": _registry,
    "registry_file": _registry_file,
    "extract": _extract,
}
"""Way of an item to the function that fetches it."""
