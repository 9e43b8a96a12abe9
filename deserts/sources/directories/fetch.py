"""Fetch a payer's directory politely: searches page by page, indexes of files, the national directory's release.

Every page is kept as it came. What could not be had is noted as a gap and the rest goes on; a later run with the same
question resumes. A server's ``total`` and page sizes are not believed: a search ends where a page names no next one, or
holds nothing.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urljoin, urlsplit

import msgspec

from deserts.errors import FaultyAnswerError, NetworkForbiddenError, SourceError
from deserts.progress import Ticker, task
from deserts.sources.directories.fetched import Fetched, Page, newest_fetch
from deserts.sources.directories.marketplace import Index
from deserts.sources.readers.json_stream import decode
from deserts.sources.transport.addresses import unsigned
from deserts.sources.transport.download import Expect, download
from deserts.sources.transport.http import Http, raw_path
from deserts.store import write_bytes

__all__ = ["NPD_URL", "FetchLimits", "fetch_index", "fetch_national", "fetch_plan_net", "folder_for"]

NPD_URL = "https://directory.cms.gov/downloads/manifest.json"
_NPD_KINDS = (
    "InsurancePlan",
    "Organization",
    "Location",
    "Practitioner",
    "PractitionerRole",
    "OrganizationAffiliation",
)
_STEM = re.compile(r"^(?:\d+-)?([A-Za-z]+)(?:_\d{4}-\d{2}-\d{2}_\d+)?\.ndjson$")
_INCLUDED = ("practitioner", "organization", "location", "service")


@dataclass(frozen=True, slots=True)
class FetchLimits:
    """Where a fetch stops, noted as a gap: pages of one search, and bytes of all files."""

    pages: int = 2000
    size_bytes: int = 20_000_000_000


class _Link(msgspec.Struct, frozen=True):
    relation: str | None = None
    url: str | None = None


class _Bundle(msgspec.Struct, frozen=True):
    kind: str | None = msgspec.field(name="resourceType", default=None)
    entry: list[msgspec.Raw] | None = None
    link: list[_Link] | None = None


class _Manifest(msgspec.Struct, frozen=True):
    files: dict[str, dict[str, Any]]
    generated_at: str | None = None


def folder_for(raw_folder: Path, url: str, asked: Mapping[str, Sequence[str]]) -> Path:
    """Return the folder of a directory in the raw area: by host, path and what is asked.

    Raises
    ------
    InputError
        If the address would lead out of the area.
    """
    parts = raw_path(url)
    key = hashlib.sha256(repr((url, sorted((k, sorted(v)) for k, v in asked.items()))).encode()).hexdigest()[:8]
    return raw_folder.joinpath(parts.parts[0], "directory", f"{parts.name or 'root'}-{key}")


def fetch_plan_net(
    http: Http,
    base: str,
    folder: Path,
    *,
    specialties: Sequence[str],
    today: dt.date,
    limits: FetchLimits | None = None,
) -> Fetched:
    """Fetch plans, networks, affiliations, and the roles of some specialties, from a Plan-Net server.

    Parameters
    ----------
    http
        The way out.
    base
        The server's base address.
    folder
        Where pages are kept.
    specialties
        Taxonomy codes (NUCC) to search roles by. A server that refuses the search is asked for all roles.
    today
        Day of the fetch.
    limits
        Where to stop.

    Raises
    ------
    SourceError
        If the server cannot be reached at all.
    NetworkForbiddenError
        If connections are forbidden.
    """
    state = _begin(folder, "plannet", base, {"specialty": sorted(specialties)}, today)
    included = [("_include", f"PractitionerRole:{name}") for name in _INCLUDED]
    clinics = [("_include", "OrganizationAffiliation:participating-organization"),
               ("_include", "OrganizationAffiliation:location")]  # fmt: skip
    searches: dict[str, list[list[tuple[str, str]]]] = {
        "InsurancePlan": [[]],
        "Organization": [[("type", "ntwk")], []],
        "PractitionerRole": [[("specialty", ",".join(sorted(specialties))), *included], included, []],
        "OrganizationAffiliation": [clinics, []],
    }
    with task("pages of the directory") as tell:
        for kind, ways in searches.items():
            _search(http, base, kind, ways, state, limits or FetchLimits(), tell)
    return _end(state)


def _search(
    http: Http, base: str, kind: str, ways: list[list[tuple[str, str]]], state: Fetched, limits: FetchLimits,
    tell: Ticker,
) -> None:  # fmt: skip
    """Follow one search to its end; where a server refuses a way of asking, the next, wider one is tried."""
    if state.next_urls.get(kind) == "":
        return  # done by an earlier run
    if kind in state.next_urls:
        _follow(http, kind, state.next_urls[kind], state, limits, tell)
        return
    for number, way in enumerate(ways):
        url = f"{base.rstrip('/')}/{kind}" + (f"?{urlencode(way)}" if way else "")
        try:
            _follow(http, kind, url, state, limits, tell)
        except FaultyAnswerError:
            if number + 1 < len(ways):
                continue
            _gap(state, kind, "the server refuses the search")
        return


def _follow(http: Http, kind: str, url: str, state: Fetched, limits: FetchLimits, tell: Ticker) -> None:
    own = [page for page in state.pages if page.file.startswith(f"{kind}-")]
    seen, origin = {page.url for page in own}, urlsplit(url)[:2]
    count = len(own)
    while url:
        if url in seen:
            _gap(state, kind, "the pages go in a circle")
            break
        if urlsplit(url)[:2] != origin:
            _gap(state, kind, "the next page lies on another server, which was not asked")
            break
        if count >= limits.pages or state.size_bytes >= limits.size_bytes:
            _gap(state, kind, f"stopped after {count:,} pages, as the limit says")
            break
        try:
            body = http.get_bytes(url, accept="application/fhir+json, application/json")
        except FaultyAnswerError:
            if not count:
                raise
            _gap(state, kind, f"the server refused page {count + 1:,}")
            break
        except SourceError as error:
            if isinstance(error, NetworkForbiddenError) or not state.pages:
                raise
            state.next_urls[kind] = url
            _gap(state, kind, f"cut off after {count:,} pages: {error.what}")
            return
        bundle: _Bundle | None = decode(body, _Bundle)
        if bundle is None or bundle.kind != "Bundle":
            if not count:
                raise FaultyAnswerError("the answer is no FHIR bundle", where=url)
            _gap(state, kind, f"page {count + 1:,} is no FHIR bundle")
            break
        count += 1
        seen.add(url)
        _keep(state, f"{kind}-{count:06d}.json", url, body)
        named = next((link.url for link in bundle.link or () if link.relation == "next" and link.url), "")
        url = urljoin(url, named) if named and bundle.entry else ""
        state.next_urls[kind] = url
        state.save()
        tell.advance()
    state.next_urls[kind] = ""
    state.save()


def fetch_index(
    http: Http, url: str, folder: Path, *, source: str, today: dt.date, limits: FetchLimits | None = None
) -> Fetched:
    """Fetch the files that an index names: Medicare Advantage (``ma_fhir``) or Marketplace (``qhp``).

    Parameters
    ----------
    http
        The way out.
    url
        Address of ``index.json``.
    folder
        Where files are kept.
    source
        Kind of index.
    today, limits
        As for `fetch_plan_net`.

    Raises
    ------
    FaultyAnswerError
        If the index is none.
    SourceError, NetworkForbiddenError
        If it cannot be had.
    """
    state = _begin(folder, source, url, {}, today)
    body = http.get_bytes(url, accept="application/json")
    index: Index | None = decode(body, Index)
    if index is None or not index.provider_urls:
        raise FaultyAnswerError("the index names no provider files", where=url, expected='{"provider_urls": […]}')
    if not any(page.file == "index.json" for page in state.pages):
        _keep(state, "index.json", url, body)
    files = [("providers", entry) for entry in index.provider_urls] + [
        ("plans", entry) for entry in index.plan_urls or ()
    ]
    _download_all(http, _named(files), state, limits or FetchLimits())
    return _end(state)


def _named(files: Sequence[tuple[str, str]]) -> Iterator[tuple[str, str, int]]:
    for number, (kind, url) in enumerate(files, start=1):
        ending = "".join(Path(urlsplit(url).path).suffixes[-2:]).lower()
        known = ending if re.fullmatch(r"\.(json|ndjson)(\.(gz|zst))?", ending) else ".json"
        yield f"{kind}-{number:06d}{known}", url, 0


def fetch_national(
    http: Http, folder: Path, *, today: dt.date, url: str = NPD_URL, limits: FetchLimits | None = None
) -> Fetched:
    """Fetch the national directory's current release; the manifest says which files there are and how large.

    Raises
    ------
    FaultyAnswerError
        If the manifest is none.
    SourceError, NetworkForbiddenError
        If it cannot be had.
    """
    body = http.get_bytes(url, accept="application/json")
    manifest: _Manifest | None = decode(body, _Manifest)
    if manifest is None or not manifest.files:
        raise FaultyAnswerError("the manifest names no files", where=url, expected='{"files": {…}}')
    release = manifest.generated_at or hashlib.sha256(body).hexdigest()[:12]
    state = _begin(folder, "npd", url, {"release": [release]}, today)
    if not any(page.file == "manifest.json" for page in state.pages):
        _keep(state, "manifest.json", url, body)
    wanted = []
    for key, about in sorted(manifest.files.items()):
        found = _STEM.match(key)
        if found and found[1] in _NPD_KINDS:
            wanted.append((f"{key}.zst", urljoin(url, f"{key}.zst"), int(about.get("compressed_bytes") or 0)))
    missing = set(_NPD_KINDS) - {_STEM.match(name.removesuffix(".zst"))[1] for name, _, _ in wanted}  # type: ignore[index]
    for kind in sorted(missing):
        _gap(state, kind, "the release holds no such file")
    _download_all(http, wanted, state, limits or FetchLimits())
    return _end(state)


def _download_all(
    http: Http, files: Sequence[tuple[str, str, int]] | Iterator[tuple[str, str, int]], state: Fetched,
    limits: FetchLimits,
) -> None:  # fmt: skip
    have = {page.file for page in state.pages}
    for name, url, announced in files:
        if name in have:
            continue
        if state.size_bytes + announced > limits.size_bytes:
            _gap(state, name, f"left out, the limit of {limits.size_bytes:,} bytes would be passed")
            continue
        try:
            digest = download(http, url, state.folder / name, _expected(name, announced)).sha256
        except NetworkForbiddenError:
            raise
        except SourceError as error:
            _gap(state, name, f"{error.what}")
            continue
        size = (state.folder / name).stat().st_size
        state.pages.append(Page(name, unsigned(url), size, digest))
        state.save()


def _expected(name: str, announced: int) -> Expect:
    kind = {".gz": "gzip", ".zst": "zstd"}.get(Path(name).suffix, "json")
    return Expect(kind, size_bytes=announced or None)


def _begin(folder: Path, source: str, url: str, asked: dict[str, list[str]], today: dt.date) -> Fetched:
    """Return what an earlier run left unfinished or with gaps today, or a new state in a folder of the day."""
    old = newest_fetch(folder, finished=False)
    if old is not None and (not old.is_done or old.fetched_on == today.isoformat()):
        old.forget_what_may_come()
        return old
    new = Fetched(folder / today.isoformat(), source, unsigned(url), today.isoformat(), asked)
    new.folder.mkdir(parents=True, exist_ok=True)
    return new


def _end(state: Fetched) -> Fetched:
    state.is_done = not any(state.next_urls.values())
    state.save()
    return state


def _keep(state: Fetched, name: str, url: str, body: bytes) -> None:
    write_bytes(state.folder / name, body)
    state.pages.append(Page(name, url, len(body), hashlib.sha256(body).hexdigest()))


def _gap(state: Fetched, key: str, why: str) -> None:
    state.gaps[key] = why
    state.save()
