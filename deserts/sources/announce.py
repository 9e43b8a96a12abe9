"""Say how much is about to be fetched, before it is: how many files, about how large, and what they are for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from deserts.errors import SourceError
from deserts.sources.catalogue import SOURCES
from deserts.sources.plan_items import Item, Need
from deserts.sources.transport.http import Http, size_of

__all__ = ["LARGE_MB", "announcement"]

LARGE_MB: Final = 500.0
"""From this size on it is said beforehand: a slow line takes an hour for it."""

_MOST_ASKED: Final = 60
"""Files whose size is asked of their publishers; of more, the catalogue's round figure is taken."""


def announcement(needs: Sequence[Need], *, http: Http, is_here: Callable[[Item], bool]) -> str | None:
    """Return what is about to be fetched where it is large, else None.

    Parameters
    ----------
    needs
        The plan.
    http
        Asks a publisher for the size of a file whose address is fixed and whose size the catalogue cannot know.
    is_here
        Whether a file is cached or in the mirror.
    """
    parts, total = [], 0.0
    for need in needs:
        items = [item for item in need.items if item.how != "mirror" and not is_here(item)]
        size = _size_mb(items, http)
        total += size
        if size >= LARGE_MB / 10:
            what = f"{len(items)} files" if len(items) > 1 else "1 file"
            parts.append(f"{need.dataset} ({what}, about {size:,.0f} MB: {SOURCES[need.dataset].use})")
    if total < LARGE_MB:
        return None
    return f"about to fetch {total:,.0f} MB: " + "; ".join(parts) + ". What arrives is kept; stop it at any time."


def _size_mb(items: Sequence[Item], http: Http) -> float:
    asks = http.settings.allow_network and len(items) <= _MOST_ASKED
    return sum(_asked_mb(item, http) if asks and item.how == "price_file" else item.size_mb for item in items)


def _asked_mb(item: Item, http: Http) -> float:
    place, _, ccn = item.url.partition("#ccn-")
    if ccn:  # a signed address is not used twice
        return item.size_mb
    try:
        size = size_of(http, place)
    except SourceError:
        return item.size_mb
    return item.size_mb if size is None else size / 1e6
