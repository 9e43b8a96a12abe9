"""Find the registry's dissemination files: the monthly one (with secondary locations) and the list of deactivations."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import urljoin

from deserts.errors import FaultyAnswerError
from deserts.sources.transport.http import Http

__all__ = ["INDEX", "RegistryFile", "day_of", "find_files", "newest"]

INDEX: Final = "https://download.cms.gov/nppes/NPI_Files.html"

_MONTHS = {name: number for number, name in enumerate(
    ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
     "December"), start=1)}  # fmt: skip


@dataclass(frozen=True, slots=True)
class RegistryFile:
    """One file of the index.

    Parameters
    ----------
    kind
        ``monthly``, ``weekly`` or ``deactivated``.
    day
        First of the month, last day of the week, or day of the report.
    url
        Where it is.
    """

    kind: str
    day: dt.date
    url: str


def find_files(http: Http) -> tuple[RegistryFile, ...]:
    """Return the files that the index names, oldest first. Files without ``_V2`` are dead and passed over.

    Raises
    ------
    FaultyAnswerError
        If the index names none.
    """
    page = http.get_bytes(INDEX).decode("utf-8", errors="replace")
    links = sorted(set(re.findall(r"""href\s*=\s*["']([^"']+\.zip)["']""", page, flags=re.I)))
    found = [file for link in links if (file := _file(link)) is not None]
    if not found:
        raise FaultyAnswerError("the index names no files", where=INDEX, fix="it may have moved")
    return tuple(sorted(found, key=lambda file: (file.kind, file.day)))


def day_of(address: str) -> dt.date | None:
    """Return the day that the name of one of the registry's files gives, None when it gives none."""
    file = _file(address)
    return None if file is None else file.day


def _file(link: str) -> RegistryFile | None:
    name, url = link.rsplit("/", 1)[-1], urljoin(INDEX, link)
    if hit := re.fullmatch(r"NPPES_Data_Dissemination_([A-Z][a-z]+)_(\d{4})_V2\.zip", name):
        month = _MONTHS.get(hit[1])
        return None if month is None else RegistryFile("monthly", dt.date(int(hit[2]), month, 1), url)
    if hit := re.fullmatch(r"NPPES_Data_Dissemination_\d{6}_(\d{6})_Weekly_V2\.zip", name):
        return _dated("weekly", hit[1], url)
    if hit := re.fullmatch(r"NPPES_Deactivated_NPI_Report_(\d{6})(?:_V2)?\.zip", name):
        return _dated("deactivated", hit[1], url)
    return None


def _dated(kind: str, mmddyy: str, url: str) -> RegistryFile | None:
    try:
        return RegistryFile(kind, dt.date(2000 + int(mmddyy[4:]), int(mmddyy[:2]), int(mmddyy[2:4])), url)
    except ValueError:
        return None


def newest(files: tuple[RegistryFile, ...], kind: str) -> RegistryFile:
    """Return the newest file of a kind.

    Raises
    ------
    FaultyAnswerError
        If the index names none of that kind.
    """
    hits = [file for file in files if file.kind == kind]
    if not hits:
        raise FaultyAnswerError(f"the index names no {kind} file", where=INDEX)
    return hits[-1]
