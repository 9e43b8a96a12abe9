"""A frozen run: exactly the bytes that a lock names, or a refusal that lists every difference."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from pathlib import Path

from deserts.config import Region, Settings
from deserts.errors import DesertsError, LockMismatchError
from deserts.services import Service
from deserts.sources.fetch import write_selection
from deserts.sources.fetchers import FETCHERS, Context
from deserts.sources.lock import differences, is_own, own_differences, read_lock, user_entries
from deserts.sources.plan import Item, plan_downloads
from deserts.sources.raw import LockEntry, RawArea
from deserts.sources.transport.download import Expect, download, forget_state
from deserts.sources.transport.http import Http, http_for
from deserts.store.files import settle

__all__ = ["fetch_frozen"]

_ASKED = ("claims", "registry")
"""Ways whose file is put together from many answers: it is asked for again, and must come out the same."""


def fetch_frozen(
    lock: Path, region: Region, service: Service, settings: Settings, *, http: Http | None = None
) -> RawArea:
    """Return exactly the files that a lock names, fetching those that are not there, and refuse any difference.

    Parameters
    ----------
    lock
        As ``deserts source lock`` writes it.
    region, service, settings
        The run; the user's own files must be those of the lock.
    http
        Connection for what is not there; built from the settings when None.

    Raises
    ------
    LockMismatchError
        With every file that differs, cannot be had as it was, or is not in the lock.
    MissingDataError, InputError
        If there is no such lock, or it is damaged.
    """
    entries = read_lock(lock)
    area = RawArea.open(settings.raw_area(region))
    own = user_entries(settings.files)
    day = dt.datetime.now(tz=dt.UTC).date()
    years = sorted({entry.year for entry in entries if entry.dataset == "claims" and entry.year is not None})
    context = Context(area, http or http_for(settings), region, service, day, settings=settings)
    needs = () if region.is_example else plan_downloads(region, service, settings, years=years or None, today=day)
    items = [item for need in needs for item in need.items if item.how in _ASKED]
    wanted = [entry for entry in entries if not is_own(entry)]
    problems = own_differences(entries, own)
    for entry in wanted:
        problems += _restore(entry, items, context)
    if problems:
        raise LockMismatchError(
            f"{len(problems)} inputs differ from the lock: " + "; ".join(problems),
            where=lock,
            expected="the very bytes that the lock names",
            fix="run without FROZEN to use today's files, or restore the files of that day",
        )
    if not region.is_example:
        area.adding(wanted).save()
        write_selection(region, service, settings, wanted)
    return RawArea(area.folder, (*wanted, *own))


def _restore(entry: LockEntry, items: Sequence[Item], context: Context) -> list[str]:
    """Bring one file back where it is not there, and return what differs."""
    target = context.area.folder / entry.path
    if not target.is_file():
        asked = [item for item in items if item.matches(entry)]
        try:
            if asked:
                came = context.incoming / FETCHERS[asked[0].how](asked[0], context).path
                target.parent.mkdir(parents=True, exist_ok=True)
                settle(came, target)
            else:
                kind = "pbf" if entry.path.endswith(".pbf") else "text"  # the hash decides all the rest
                expect = Expect(kind, sha256=entry.sha256, size_bytes=entry.size_bytes)
                download(context.http, entry.url, target, expect)
                forget_state(target)
        except DesertsError as error:
            return [f"{entry.path} cannot be had as it was: {error.what}"]
    return differences([entry], context.area.folder)
