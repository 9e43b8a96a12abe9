"""What a plan of downloads is made of: a file, and a dataset with the choices of files that may stand for it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from deserts.sources.catalogue import SOURCES
from deserts.sources.raw import LockEntry

__all__ = ["Item", "Need", "file_item"]


@dataclass(frozen=True, slots=True)
class Item:
    """One file of a plan.

    Parameters
    ----------
    dataset
        Name in ``raw.DATASETS``.
    url
        Its address, or empty when it has to be looked up.
    how
        ``file`` (the address is fixed), ``claims``, ``catalogue``, ``registry`` (API), ``registry_file``, ``extract``,
        or ``mirror`` (no address is known: from the mirror alone).
    key
        What tells it from others of its dataset: year, state, kind or selection.
    kind
        What its content must be, as in ``download.Expect``.
    mirrored
        Patterns of paths that may stand for it in a mirror, best first.
    cached
        Pattern of paths of the raw area that stand for it.
    size_mb
        About how much is downloaded.
    year, version, notice
        As in `LockEntry`.
    essential
        Whether the others of a required dataset are of no use without it (the region's own state).
    """

    dataset: str
    url: str = ""
    how: str = "file"
    key: str = ""
    kind: str = "text"
    mirrored: tuple[str, ...] = ()
    cached: str = ""
    size_mb: float = 0.0
    year: int | None = None
    version: str = ""
    notice: str = ""
    essential: bool = False

    def matches(self, entry: LockEntry) -> bool:
        """Whether a file of the raw area is this one."""
        if entry.dataset != self.dataset or (self.year is not None and entry.year not in (None, self.year)):
            return False
        return entry.url == self.url if self.url else re.search(self.cached, entry.path) is not None


@dataclass(frozen=True, slots=True)
class Need:
    """A dataset of a plan: its files, and what is taken where these cannot be had without a connection.

    Parameters
    ----------
    dataset
        Name in ``raw.DATASETS``.
    items
        The files.
    otherwise
        Other choices, each a list of files, in order; used only where the files are neither cached nor mirrored and
        connections are forbidden, or the publisher has no such file.
    required
        Whether a run is impossible without it.
    """

    dataset: str
    items: tuple[Item, ...]
    otherwise: tuple[tuple[Item, ...], ...] = ()
    required: bool = False


def file_item(dataset: str, url: str, **facts: object) -> Item:
    """Return a file at a fixed address, as large as the catalogue says."""
    return Item(dataset, url, **{"size_mb": SOURCES[dataset].size_mb, **facts})  # type: ignore[arg-type]
