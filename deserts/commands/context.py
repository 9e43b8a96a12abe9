"""What commands share with the Python door: from options to the run that they work on."""

from __future__ import annotations

import datetime as dt
import shlex
from collections.abc import Sequence
from pathlib import Path

from deserts.api.opening import build_run, build_settings, made_run
from deserts.errors import InputError
from deserts.typed import DAY_EXPECTED, read_day

__all__ = ["build_run", "build_settings", "made_run", "own_files", "parse_day"]


def parse_day(text: str | None, *, option: str, default: dt.date | None = None) -> dt.date:
    """Read a day in US or ISO form, or return the default (today when none is given).

    Raises
    ------
    InputError
        If the text is not such a day.
    """
    if text is None:
        return default or dt.datetime.now().astimezone().date()
    found = read_day(text)
    if found is None:
        raise InputError(f"{text!r} is not a day", where=option, expected=DAY_EXPECTED)
    return found


def own_files(given: Sequence[str] | None) -> tuple[tuple[str, Path], ...]:
    """Read the user's own files, each written ``DATASET=FILE``; one text may hold several, as a shell would part them.

    Raises
    ------
    InputError
        If one is not written so, or names no dataset.
    """
    from deserts.sources.directories.read import files_in
    from deserts.sources.raw import DATASETS

    found: list[tuple[str, Path]] = []
    for text in (part for value in given or () for part in shlex.split(value)):
        dataset, sign, path = text.partition("=")
        if not sign or not path or dataset.strip() not in DATASETS:
            raise InputError(
                f"{text!r} is not a dataset and a file",
                where="--own",
                expected="DATASET=FILE, for example drug_spending=DSD_PTB_RY25.csv",
                fix="`deserts source list` lists the names of datasets",
            )
        place = Path(path.strip()).expanduser()
        files = files_in([place]) if dataset.strip() == "plan_directory" and place.is_dir() else [place]
        found += [(dataset.strip(), file) for file in files]
    return tuple(sorted(found))
