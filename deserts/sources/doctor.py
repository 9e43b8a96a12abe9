"""What is at hand: which sources are reachable, cached, old or missing, and what a missing one costs."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from deserts.config import Region, Settings
from deserts.errors import SourceError
from deserts.services import Service
from deserts.sources.catalogue import SOURCES
from deserts.sources.lock import differences
from deserts.sources.plan import Item, Need, plan_downloads
from deserts.sources.publishers import cms_catalogue, cms_data, geofabrik, nppes_api, nppes_files
from deserts.sources.raw import LockEntry, RawArea
from deserts.sources.transport.http import Attempt, Http

__all__ = ["Finding", "examine", "host_of", "reachable_hosts"]

_PAGES: Mapping[str, str] = {
    "claims": f"{cms_data.BASE}/data.json",
    "claims_file": f"{cms_data.BASE}/data.json",
    "catalogue": f"{cms_catalogue.BASE}/api/1/metastore/schemas/dataset/items/{cms_catalogue.DATASET_IDS['hospitals']}",
    "registry": nppes_api.BASE,
    "registry_file": nppes_files.INDEX,
    "extract": f"{geofabrik.BASE}/delaware-updates/state.txt",
}
"""What is asked to see whether a publisher answers, where a file's own address has to be looked up first."""


@dataclass(frozen=True, slots=True)
class Finding:
    """The state of one dataset.

    Parameters
    ----------
    dataset
        Name.
    state
        ``cached``, ``old``, ``damaged``, ``mirrored`` or ``missing``.
    newest
        Day of the newest file, or empty.
    files
        Number of files at hand.
    reachable
        Whether its publisher answers; None when it was not asked.
    costs
        What a result loses without it.
    size_mb
        About what would be downloaded.
    """

    dataset: str
    state: str
    newest: str
    files: int
    reachable: bool | None
    costs: str
    size_mb: float


def examine(
    region: Region, service: Service, settings: Settings, *, http: Http, today: dt.date | None = None
) -> tuple[Finding, ...]:
    """Return the state of each dataset that a region needs; publishers are asked only where connections are allowed."""
    day = today or dt.datetime.now(tz=dt.UTC).date()
    area = RawArea.open(settings.raw_area(region))
    if region.is_example:  # it is written whole, not fetched, and carries what it carries
        return tuple(_example_finding(area, dataset, day) for dataset in sorted({e.dataset for e in area.entries}))
    needs = plan_downloads(region, service, settings, today=day)
    hosts = {host_of(item): _page_of(item) for need in needs for item in need.items if _page_of(item)}
    answers = reachable_hosts(hosts, http=http) if http.settings.allow_network else {}
    return tuple(_finding(need, area, http, day, answers) for need in needs)


def _finding(need: Need, area: RawArea, http: Http, day: dt.date, answers: Mapping[str, bool]) -> Finding:
    choices = (need.items, *need.otherwise)
    entries: list[LockEntry] = []
    for choice in choices:
        entries = [e for e in area.entries if any(item.matches(e) for item in choice)]
        if entries:
            break
    newest = max((entry.fetched_on for entry in entries), default="")
    state = _state(entries, area, day, newest)
    if state == "missing" and any(_in_mirror(item, http) for choice in choices for item in choice):
        state = "mirrored"
    return Finding(
        need.dataset,
        state,
        newest,
        len(entries),
        answers.get(host_of(need.items[0])) if need.items else None,
        SOURCES[need.dataset].missing_costs,
        sum(item.size_mb for item in need.items),
    )


def _example_finding(area: RawArea, dataset: str, day: dt.date) -> Finding:
    entries = area.of(dataset)
    newest = max(entry.fetched_on for entry in entries)
    # The example is synthetic and never grows old.
    state = _state(entries, area, min(day, dt.date.fromisoformat(newest)), newest)
    return Finding(dataset, state, newest, len(entries), None, SOURCES[dataset].missing_costs, 0.0)


def _state(entries: Sequence[LockEntry], area: RawArea, day: dt.date, newest: str) -> str:
    if not entries:
        return "missing"
    if differences(entries, area.folder):
        return "damaged"
    keep_days = SOURCES[entries[0].dataset].keep_days
    return "old" if (day - dt.date.fromisoformat(newest)).days > keep_days else "cached"


def _in_mirror(item: Item, http: Http) -> bool:
    mirror = http.settings.mirror
    if mirror is None:
        return False
    return bool(item.url and http.in_mirror(item.url)) or any(any(mirror.glob(p)) for p in item.mirrored)


def _page_of(item: Item) -> str:
    return item.url or _PAGES.get(item.how, "")


def host_of(item: Item) -> str:
    """Return the host that an item comes from, empty when no address is known."""
    return urlsplit(_page_of(item)).hostname or ""


def reachable_hosts(pages: Mapping[str, str], *, http: Http) -> dict[str, bool]:
    """Ask each host for the first bytes of one page, once; any answer counts, even a refusal."""

    def use(answer: Attempt) -> bool:
        return answer.status < 500

    found = {}
    for host, url in sorted(pages.items()):
        try:
            found[host] = http.run("GET", url, use, also=frozenset(range(400, 500)))
        except SourceError:
            found[host] = False
    return found
