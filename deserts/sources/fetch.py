"""Bring the raw files of a region together: cached, mirrored or fetched, each recorded in the lock as it arrives.

The area of real data is shared by all regions; ``regions/NAME.json`` in it says which files one region and service
use. A run that was killed goes on where it stopped; what is there and whole is not fetched again.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from deserts.config import Region, Settings
from deserts.errors import (
    WRONG_SHAPE,
    DamagedDataError,
    FaultyAnswerError,
    InputError,
    MissingDataError,
    NetworkForbiddenError,
    SourceError,
)
from deserts.services import Service
from deserts.sources.announce import announcement
from deserts.sources.catalogue import SOURCES, US_DOMAIN
from deserts.sources.fetchers import FETCHERS, Context, Refresh
from deserts.sources.lock import differences, user_entries
from deserts.sources.plan import Item, Need, plan_downloads
from deserts.sources.publishers.geocoder_answers import ANSWERS_URL, answers_path
from deserts.sources.raw import DATASETS, LockEntry, RawArea
from deserts.sources.transport.download import forget_recorded
from deserts.sources.transport.http import Http, http_for
from deserts.sources.versions import undo_cut_swaps
from deserts.store import alone, read_sealed, write_sealed
from deserts.store.files import sweep

__all__ = [
    "Fetched",
    "Gap",
    "fetch",
    "fetch_region",
    "forget_damaged_answers",
    "keep_answers",
    "region_area",
    "selection_path",
    "write_selection",
]

LOG = logging.getLogger("deserts.sources")

_TOLD = 3
"""Files of one source whose failure is told; a source of a file a state has a hundred."""
_ANSWERS = "geocoded"
"""Dataset that grows with what is asked, and that every region uses as far as it knows the addresses."""


@dataclass(frozen=True, slots=True)
class Gap:
    """A dataset that could not be had: why, and what the result loses."""

    dataset: str
    why: str
    costs: str


@dataclass(frozen=True, slots=True)
class Fetched:
    """The files of a region, what is missing, and what could not be refreshed: dataset and reason."""

    area: RawArea
    gaps: tuple[Gap, ...] = field(default=())
    kept: tuple[tuple[str, str], ...] = field(default=())


def fetch_region(region: Region, service: Service, settings: Settings) -> RawArea:
    """Return the raw files of a region; see `fetch`. What is missing is logged as warnings."""
    result = fetch(region, service, settings, also=settings.also)
    for gap in result.gaps:
        LOG.warning("%s is missing (%s); without it: %s", gap.dataset, gap.why, gap.costs)
    return result.area


def fetch(
    region: Region,
    service: Service,
    settings: Settings,
    *,
    http: Http | None = None,
    years: Sequence[int] | None = None,
    also: Sequence[str] = (),
    refresh: Refresh | None = None,
    today: dt.date | None = None,
) -> Fetched:
    """Bring the raw files of a region together.

    Parameters
    ----------
    region, service, settings
        The run. The example's files are only checked: ``deserts source example`` writes them. A user's own files come
        as entries whose url is ``file:NAME`` and whose path is where they lie; they are neither copied nor recorded.
    http
        Connection; built from the settings when None.
    years, also
        As in `plan_downloads`.
    refresh
        What to fetch anew, although it is cached; what then fails, or is refused, stays as it was, with a notice.
    today
        Day that is written as ``fetched_on``.

    Raises
    ------
    MissingDataError
        If the example was not written, or a file of the user's is not there.
    InputError
        If a file of the example differs from its lock.
    SourceError
        If a dataset without which nothing works cannot be had (`NetworkForbiddenError` without a connection), with
        every such dataset.
    """
    folder = settings.raw_area(region)
    own = user_entries(settings.files)
    if region.is_example:
        return Fetched(_checked_example(RawArea.open(folder), own))
    day = today or dt.datetime.now(tz=dt.UTC).date()
    needs = plan_downloads(region, service, settings, years=years, also=also, today=day)
    with alone(folder, doing="fetching files"):
        undo_cut_swaps(folder)
        sweep(folder, deep=True)
        context = Context(
            RawArea.open(folder), http or http_for(settings), region, service, day, refresh=refresh, settings=settings
        )
        forget_recorded(context.incoming)
        if (said := announcement(needs, http=context.http, is_here=lambda item: _is_here(item, context))) is not None:
            LOG.warning("%s", said)
        found: list[LockEntry] = []
        gaps: list[tuple[Need, SourceError]] = []
        fatal: list[tuple[Need, SourceError]] = []
        for need in needs:
            entries, error, is_fatal = _obtain(need, context)
            found += entries
            if error is not None:
                (fatal if need.required and is_fatal else gaps).append((need, error))
        _refuse_without(fatal, folder)
        listed = tuple(Gap(need.dataset, error.what, SOURCES[need.dataset].missing_costs) for need, error in gaps)
        write_selection(region, service, settings, found, listed)
    area = RawArea(folder).adding(found)
    kept = tuple((entry.dataset, str(error)) for entry, error in context.failed)
    return Fetched(RawArea(folder, (*area.entries, *own)), listed, kept)


def selection_path(region: Region, service: Service, settings: Settings) -> Path:
    """Return the file that says which raw files a region and service use."""
    return settings.raw_area(region) / "regions" / f"{region.region_id}-{service.service_id}.json"


def write_selection(
    region: Region, service: Service, settings: Settings, entries: Sequence[LockEntry], gaps: Sequence[Gap] = ()
) -> None:
    """Write down which raw files a region and service use, and what is missing."""
    chosen = sorted({(entry.path, entry.dataset) for entry in entries})
    facts = {"files": [list(pair) for pair in chosen], "missing": [dataclasses.asdict(gap) for gap in gaps]}
    write_sealed(selection_path(region, service, settings), facts)


def region_area(region: Region, service: Service, settings: Settings) -> RawArea:
    """Return the raw files that the last fetch chose for a region, without looking further.

    The whole area is returned where no fetch has chosen (the example, or a hand-made area).
    """
    folder = settings.raw_area(region)
    path = selection_path(region, service, settings)
    own = user_entries(settings.files)
    area = RawArea.open(folder)
    if path.is_file():
        chosen = {tuple(pair) for pair in _read_selection(path)}
        kept = tuple(e for e in area.entries if (e.path, e.dataset) in chosen or e.dataset == _ANSWERS)
        area = RawArea(folder, kept)
    return RawArea(folder, (*area.entries, *own))


def keep_answers(folder: Path, *, fetched_on: dt.date) -> None:
    """Record the answers of the geocoder in the lock of a raw area, where there are any."""
    path = answers_path(folder)
    if path.is_file():
        with alone(folder, doing="keeping answers of the geocoder"):
            area = RawArea.open(folder)
            entry = area.entry_for(
                path, dataset=_ANSWERS, url=ANSWERS_URL, fetched_on=fetched_on.isoformat(), licence=US_DOMAIN
            )
            area.adding([entry]).save()


def forget_damaged_answers(folder: Path) -> bool:
    """Take away answers of the geocoder that are not those which were recorded; return whether there were any.

    They are then asked for again. Were they read, and recorded with new ones beside them, damage would pass for truth.
    """
    path = answers_path(folder)
    if not path.is_file():
        return False
    with alone(folder, doing="keeping answers of the geocoder"):
        area = RawArea.open(folder)
        recorded = [entry for entry in area.of(_ANSWERS) if folder / entry.path == path]
        if recorded and not differences(recorded, folder):
            return False
        path.unlink()
        RawArea(folder, tuple(entry for entry in area.entries if entry not in recorded)).save()
    LOG.warning("%s: the answers were damaged: their addresses are asked for again", path)
    return True


def _obtain(need: Need, context: Context) -> tuple[list[LockEntry], SourceError | None, bool]:
    """Return the entries of a need, the first thing that went wrong, and whether what is left is of no use.

    Every item is tried, so that one that is missing does not keep the others away. Another choice is taken only where
    there is no connection or no such file: a publisher who is down for an hour must not make results coarser.
    """
    entries, failed = _try_all(need.items, context)
    if not failed:
        return entries, None, False
    if all(isinstance(error, NetworkForbiddenError | FaultyAnswerError) for _, error in failed):
        for choice in need.otherwise:
            others, trouble = _try_all(choice, context)
            if not trouble:
                return others, None, False
    return entries, failed[0][1], not entries or any(item.essential for item, _ in failed)


def _try_all(items: Sequence[Item], context: Context) -> tuple[list[LockEntry], list[tuple[Item, SourceError]]]:
    entries, failed = [], []
    for item in items:
        try:
            entries.append(_item(item, context))
        except SourceError as error:
            failed.append((item, error))
    if len(failed) > 1 or (failed and entries):
        for item, reason in failed[:_TOLD]:
            LOG.warning("%s: not fetched: %s", item.dataset, reason)
        if (more := len(failed) - _TOLD) > 0:
            LOG.warning("%s: %d more of its files not fetched either", failed[-1][0].dataset, more)
    return entries, failed


def _item(item: Item, context: Context) -> LockEntry:
    cached = _cached(item, context)
    if cached is not None and (context.refresh is None or not context.refresh.wants(cached, context.day)):
        return cached
    try:
        entry = _mirrored(item, context) or FETCHERS[item.how](item, context)
        return context.accept(entry, item)
    except SourceError as error:
        if cached is None:
            raise
        context.failed.append((cached, error))
        words = f"{cached.dataset}: the refresh of {context.day.isoformat()} failed, the version of "
        return context.record(dataclasses.replace(cached, caveat=f"{words}{cached.fetched_on} is used"), item)


def _cached(item: Item, context: Context) -> LockEntry | None:
    """Return the newest recorded file of an item whose bytes are still those of the lock."""
    hits = [entry for entry in context.area.entries if item.matches(entry)]
    for entry in sorted(hits, key=lambda e: (e.fetched_on, e.path), reverse=True):
        if not differences([entry], context.area.folder):
            return entry
    return None


def _is_here(item: Item, context: Context) -> bool:
    """Whether an item need not be fetched: recorded, without looking at its bytes, or in the mirror."""
    mirror = context.http.settings.mirror
    in_mirror = mirror is not None and any(any(mirror.glob(pattern)) for pattern in item.mirrored)
    recorded = not context.refresh and any(item.matches(entry) for entry in context.area.entries)
    return in_mirror or recorded


def _mirrored(item: Item, context: Context) -> LockEntry | None:
    mirror = context.http.settings.mirror
    if mirror is None:
        return None
    for pattern in item.mirrored:
        hits = sorted(path for path in mirror.glob(pattern) if path.is_file())
        if hits:
            # Names carry a day or a release: the last one is the newest.
            return context.download(item, "https://" + hits[-1].relative_to(mirror).as_posix(), version=item.version)
    return None


def _refuse_without(missing: Sequence[tuple[Need, SourceError]], folder: Path) -> None:
    if not missing:
        return
    kinds = [type(error) for _, error in missing]
    kind = NetworkForbiddenError if NetworkForbiddenError in kinds else kinds[0]
    raise kind(
        "without these nothing can be computed: "
        + "; ".join(f"{need.dataset} ({DATASETS[need.dataset]}): {error.what}" for need, error in missing),
        where=folder,
        fix="allow connections, name a mirror (--mirror) that holds them, or give files of your own",
    )


def _checked_example(area: RawArea, own: Sequence[LockEntry]) -> RawArea:
    if not area.entries:
        raise MissingDataError("the example is not written yet", where=area.folder, fix="run `deserts source example`")
    if wrong := differences(area.entries, area.folder):
        raise InputError(
            f"{len(wrong)} files of the example differ from its lock: {wrong[0]}",
            where=area.folder,
            fix="run `deserts source example` again",
        )
    return RawArea(area.folder, (*area.entries, *own))


def _read_selection(path: Path) -> list[list[str]]:
    fix = "delete it and run `deserts stage data`"
    try:
        return [[str(a), str(b)] for a, b in read_sealed(path, fix=fix, unsealed=True)["files"]]
    except DamagedDataError:
        raise
    except WRONG_SHAPE as error:
        raise DamagedDataError(f"the region's list of files is damaged: {error}", where=path, fix=fix) from error
