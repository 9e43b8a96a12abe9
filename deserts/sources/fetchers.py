"""How each kind of file is found at its publisher and brought to its place in the raw area."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from deserts.config import Region, Settings
from deserts.errors import FaultyAnswerError, SourceError, UnknownNameError
from deserts.services import Service
from deserts.sources.accept import refuse_implausible, set_aside
from deserts.sources.catalogue import SOURCES
from deserts.sources.incoming import count_rows, kind_of
from deserts.sources.plan import Item
from deserts.sources.plan_further import addresses_at_hand
from deserts.sources.publishers import acs, cms_catalogue, cms_data, geofabrik, nppes_api, nppes_files, price_locator
from deserts.sources.raw import LockEntry, RawArea
from deserts.sources.transport.addresses import refuse_inside, unsigned
from deserts.sources.transport.download import Expect, adopt, download, forget_state
from deserts.sources.transport.http import Http, raw_path
from deserts.sources.versions import keep_version
from deserts.store import sha256_of, write_bytes
from deserts.store.files import settle

__all__ = ["FETCHERS", "Context", "Refresh"]

_SAME_RELEASE: Final = 0.9
"""Least share of the rows that the catalogue counts: its service of rows can be a release behind or ahead of the file,
and releases differ by a few per cent."""


@dataclass(frozen=True, slots=True)
class Refresh:
    """What to fetch anew although it is there.

    Parameters
    ----------
    datasets
        Datasets; none means all.
    older_than_days
        Least age of a file; None takes each source's own.
    accept
        Whether a file is taken that differs more from the one before than releases do.
    """

    datasets: frozenset[str] = frozenset()
    older_than_days: int | None = None
    accept: bool = False

    def wants(self, entry: LockEntry, day: dt.date) -> bool:
        """Whether a file is to be fetched anew on a day."""
        if self.datasets and entry.dataset not in self.datasets:
            return False
        own = 0 if self.datasets else SOURCES[entry.dataset].keep_days
        least = own if self.older_than_days is None else self.older_than_days
        return (day - dt.date.fromisoformat(entry.fetched_on)).days >= least


@dataclass(slots=True)
class Context:
    """One fetch: the area as it fills, the connection, and answers that several files share."""

    area: RawArea
    http: Http
    region: Region
    service: Service
    day: dt.date
    refresh: Refresh | None = None
    settings: Settings | None = None
    rows_fail: bool = False
    """Whether the API of rows has failed: further years then come as whole files at once."""
    fresh: set[str] = field(default_factory=set)
    """Paths of the files that this fetch has brought: another dataset may be read from the same file."""
    failed: list[tuple[LockEntry, SourceError]] = field(default_factory=list)
    """What could not be refreshed: the entry that stays in use, and why."""
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

    @property
    def incoming(self) -> Path:
        """Folder that files come to; they leave it once they have been looked at."""
        return self.area.folder / "incoming"

    def target(self, url: str) -> Path:
        """Return the place that an address's file comes to."""
        return self.incoming.joinpath(*raw_path(url).parts)

    def shared(self, path: str, item: Item) -> LockEntry | None:
        """Return the entry of a file that this fetch has brought for another dataset, as one of this dataset."""
        found = next((e for e in self.area.entries if e.path == path and path in self.fresh), None)
        return None if found is None else dataclasses.replace(found, dataset=item.dataset)

    def download(
        self, item: Item, url: str, *, md5: str | None = None, version: str = "", least_rows: int = 0
    ) -> LockEntry:
        """Bring one file in, unless it is there whole from a run that was killed; return its entry.

        Raises
        ------
        FaultyAnswerError
            If it is not what it should be, or has fewer than ``least_rows`` lines of data; it is put aside.
        """
        if (shared := self.shared(raw_path(url).as_posix(), item)) is not None:
            return shared
        mirrored = self.http.in_mirror(url)
        if mirrored is None:
            refuse_inside(url)
        target = self.target(url)
        refused = target.with_name(f".{target.name}.refused")
        expected = Expect(kind_of(url, item.kind), md5=md5)
        try:
            came = adopt(target, url) or download(self.http, url, target, expected, refused=refused)
        except FaultyAnswerError as error:
            if not refused.is_file():
                raise
            raise self._refuse(refused, _unmeasured(item, url), error) from error
        if least_rows and (lines := count_rows(target, header=True)) is not None and lines < least_rows:
            short = FaultyAnswerError(
                f"the file has {lines:,} rows",
                where=url,
                expected=f"the {least_rows:,} rows that the publisher counts",
                fix="it was cut on its way: try again later",
            )
            raise self._refuse(target, _unmeasured(item, url), short)
        day = self.day if mirrored is None else dt.datetime.fromtimestamp(mirrored.stat().st_mtime, tz=dt.UTC).date()
        entry = self.entry(item, target, url, version=version, day=day)
        return dataclasses.replace(entry, final_url=came.final_url)

    def entry(
        self, item: Item, target: Path, url: str, *, version: str, rows: int | None = None, day: dt.date | None = None
    ) -> LockEntry:
        """Measure a file that has come in and describe it."""
        source = SOURCES[item.dataset]
        return LockEntry(
            path=target.relative_to(self.incoming).as_posix(),
            dataset=item.dataset,
            url=url,
            fetched_on=(day or self.day).isoformat(),
            size_bytes=target.stat().st_size,
            sha256=sha256_of(target),
            rows=count_rows(target, header=item.dataset != "zip_places") if rows is None else rows,
            version=version or item.version,
            year=item.year,
            licence=source.licence,
            attribution=source.attribution,
            notice=item.notice,
        )

    def accept(self, entry: LockEntry, item: Item) -> LockEntry:
        """Look at what has come, put it in its place beside the version before, and record it at once.

        Raises
        ------
        FaultyAnswerError
            If it is refused; it lies in the quarantine, and what was in use stays there.
        """
        came, folder = self.incoming / entry.path, self.area.folder
        old = max((e for e in self.area.entries if item.matches(e)), key=lambda e: e.fetched_on, default=None)
        is_shared = entry.path in self.fresh
        asked = self.refresh is not None and self.refresh.accept
        try:
            place = folder / entry.path if is_shared else came
            rows = refuse_implausible(
                place, entry, None if asked else old, mirrored=self.http.in_mirror(entry.url) is not None
            )
        except FaultyAnswerError as error:
            if is_shared:
                raise
            raise self._refuse(came, entry, error) from error
        if not is_shared:
            if old is not None:
                keep_version(folder, old, entry)
            (folder / entry.path).parent.mkdir(parents=True, exist_ok=True)
            settle(came, folder / entry.path)
            self.fresh.add(entry.path)
        return self.record(dataclasses.replace(entry, rows=rows if entry.rows is None else entry.rows), item)

    def _refuse(self, body: Path, entry: LockEntry, error: FaultyAnswerError) -> FaultyAnswerError:
        """Put a file aside and return what to say of it."""
        told = set_aside(body, self.area.folder, entry, error, self.day)
        came = self.incoming / entry.path
        forget_state(came)
        _remove_empty(came.parent, self.incoming)
        return told

    def record(self, entry: LockEntry, item: Item) -> LockEntry:
        """Write an entry into the lock at once, so that a run that is killed later does not lose it."""
        others = tuple(e for e in self.area.entries if not item.matches(e))
        self.area = RawArea(self.area.folder, others).adding([entry])
        self.area.save()
        forget_state(self.incoming / entry.path)
        _remove_empty((self.incoming / entry.path).parent, self.incoming)
        return entry


def _unmeasured(item: Item, url: str) -> LockEntry:
    """Return an entry of what came from an address and is not worth measuring."""
    return LockEntry(raw_path(url).as_posix(), item.dataset, url, "", 0, "")


def _remove_empty(folder: Path, top: Path) -> None:
    """Remove a folder and those above it up to ``top``, as far as nothing lies in them."""
    while folder.is_dir() and folder.is_relative_to(top) and not any(folder.iterdir()):
        folder.rmdir()
        folder = folder.parent


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


def _addresses(item: Item, context: Context) -> LockEntry:
    """Fetch a collection's table of addresses; query parts, some of which are signatures, are not written down."""
    rows = context.http.get_json(item.url)
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise FaultyAnswerError("the table is no list of rows", where=item.url, expected="ccn, hospital_name, file_url")
    target = context.target(item.url).with_suffix(".csv")
    content = price_locator.table_bytes(rows)
    write_bytes(target, content)
    return context.entry(item, target, item.url, version="", rows=content.count(b"\n") - 1)


def _price_file(item: Item, context: Context) -> LockEntry:
    """Fetch one hospital's price file; a signed address is looked up anew, used, and not written down."""
    place, _, ccn = item.url.partition("#ccn-")
    url = _whole_address(item, place, context)
    if Path(place).name == price_locator.LOCATOR_NAME:
        url, place = _located(url, item, context)
    target = context.target(place)
    target = target.with_name(f"{target.name}.ccn-{ccn}") if ccn else target
    if not adopt(target, place):
        download(context.http, url, target, Expect("any"))
    return context.entry(item, target, item.url, version="")


def _whole_address(item: Item, place: str, context: Context) -> str:
    if context.settings is None:
        return place
    table = addresses_at_hand(context.region, context.settings)
    rows = table[table["place"] == item.url]
    known = str(rows["url"].iloc[0]) if len(rows) else place
    if not len(rows) or not rows["signed"].iloc[0] or "?" in known:
        return known
    ccn = str(rows["ccn"].iloc[0])
    for entry in context.area.of("hospital_price_addresses"):
        listed = context.http.get_json(entry.url)
        found = [row for row in listed if isinstance(row, dict) and str(row.get("ccn", "")).strip() == ccn]
        if found:
            return str(found[0].get("file_url") or known)
    return known


def _located(url: str, item: Item, context: Context) -> tuple[str, str]:
    """Return the address that a hospital's locator file gives, whole and without its query part."""
    text = context.http.get_bytes(url).decode("utf-8", errors="replace")
    table = addresses_at_hand(context.region, context.settings) if context.settings is not None else None
    names = [] if table is None else table.loc[table["place"] == item.url, "name"].tolist()
    chosen = price_locator.choose_location(text, names[0] if names else "", where=unsigned(url))
    return chosen.url, unsigned(chosen.url)


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
    if (shared := context.shared(target.relative_to(context.incoming).as_posix(), item)) is not None:
        return shared
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


def _survey(item: Item, context: Context) -> LockEntry:
    """Ask for one table of a state's counties or tracts."""
    base = acs.API.format(year=item.year)
    content, rows = acs.fetch_table(context.http, base, *item.key.split("-"), key=acs.key_of_environment())
    target = context.target(f"{base}/{item.key}.json")
    write_bytes(target, content)
    return context.entry(item, target, f"{base}?{item.key}", version=str(item.year), rows=rows)


def _extract(item: Item, context: Context) -> LockEntry:
    extract = geofabrik.find_extract(context.http, item.key)
    return context.download(item, extract.url, md5=extract.md5, version=extract.day)


FETCHERS: Final[Mapping[str, Callable[[Item, Context], LockEntry]]] = {
    "file": _static,
    "mirror": _from_mirror_only,
    "claims": _claims,
    "claims_file": _claims_file,
    "release": _newest_release,
    "addresses": _addresses,
    "price_file": _price_file,
    "catalogue": _catalogue,
    "registry": _registry,
    "registry_file": _registry_file,
    "extract": _extract,
    "survey": _survey,
}
"""Way of an item to the function that fetches it."""
