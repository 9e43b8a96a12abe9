"""What was fetched of a directory, page by page: a run that ends early goes on, and is known to be incomplete."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from deserts.errors import WRONG_SHAPE, InputError
from deserts.store import write_json

__all__ = ["NOTE_NAME", "Fetched", "Page", "newest_fetch", "read_note"]

NOTE_NAME = "fetched.json"


@dataclass(frozen=True, slots=True)
class Page:
    """One file that came: its name in the folder, the address without what a signature adds, size and hash."""

    file: str
    url: str
    size_bytes: int
    sha256: str


@dataclass(slots=True)
class Fetched:
    """The state of one directory's folder; written after every file.

    Parameters
    ----------
    folder
        Where the files lie.
    source
        ``plannet``, ``ma_fhir``, ``qhp`` or ``npd``.
    url
        Address that was asked for.
    fetched_on
        Day of the fetch (YYYY-MM-DD).
    asked
        What was asked for beside the address (states, specialties), so that another question starts anew.
    pages
        What came.
    next_urls
        For each search that is under way, where it goes on; empty text when it is done.
    gaps
        Why it is incomplete, by search or file.
    is_done
        Whether the fetch came to its end, whole or with gaps.
    """

    folder: Path
    source: str
    url: str
    fetched_on: str
    asked: dict[str, list[str]] = field(default_factory=dict)
    pages: list[Page] = field(default_factory=list)
    next_urls: dict[str, str] = field(default_factory=dict)
    gaps: dict[str, str] = field(default_factory=dict)
    is_done: bool = False

    @property
    def is_complete(self) -> bool:
        """Whether everything came."""
        return self.is_done and not self.gaps

    @property
    def size_bytes(self) -> int:
        """How much came."""
        return sum(page.size_bytes for page in self.pages)

    def newest_pages(self) -> tuple[Page, ...]:
        """Return what came, by file: of one that came twice, what came last."""
        return tuple({page.file: page for page in self.pages}.values())

    def save(self) -> None:
        """Write the note beside the files."""
        values = asdict(self)
        del values["folder"]
        write_json(self.folder / NOTE_NAME, values)

    def forget_what_may_come(self) -> None:
        """Drop the gaps that another try may fill: searches that are under way, and files that are not there."""
        files = {page.file for page in self.pages}
        for key in list(self.gaps):
            is_file = key not in self.next_urls
            if self.next_urls.get(key) or (is_file and key not in files):
                del self.gaps[key]
        self.is_done = False


def read_note(folder: Path) -> Fetched | None:
    """Return the note of a folder, None where it has none.

    Raises
    ------
    InputError
        If the note is damaged.
    """
    path = folder / NOTE_NAME
    if not path.is_file():
        return None
    try:
        values: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        pages: Sequence[dict[str, Any]] = values.pop("pages")
        return Fetched(folder=folder, pages=[Page(**page) for page in pages], **values)
    except WRONG_SHAPE as error:
        raise InputError(
            f"the note of what was fetched is damaged: {error}", where=path, fix="delete the folder and fetch it again"
        ) from error


def newest_fetch(folder: Path, *, finished: bool = True) -> Fetched | None:
    """Return the newest fetch of a directory, whose dated folders lie in ``folder``; None where there is none.

    Parameters
    ----------
    folder
        From `deserts.sources.directories.fetch.folder_for`.
    finished
        Whether one that is still under way is passed over.
    """
    dated = sorted((path for path in folder.iterdir() if path.is_dir()), reverse=True) if folder.is_dir() else []
    for path in dated:
        note = read_note(path)
        if note is not None and (note.is_done or not finished):
            return note
    return None
