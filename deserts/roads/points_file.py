"""Read the tables that users bring to the road tools: pairs, sites, population. Every fault names its row.

Rows are numbered as a spreadsheet shows them: the header is row 1.
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from deserts.errors import InputError, MissingDataError
from deserts.roads.network import Network

__all__ = ["PAIR_COLUMNS", "check_within", "coordinates", "read_pairs", "read_population", "read_sites"]

PAIR_COLUMNS = ("pair_id", "origin_lon", "origin_lat", "dest_lon", "dest_lat")
_FIRST_ROW = 2
_FAR_DEGREES = 2.0


def read_pairs(path: Path) -> pd.DataFrame:
    """Read pairs as text, all columns kept.

    Raises
    ------
    MissingDataError
        If the file is not there.
    InputError
        If a column lacks, an id is empty or occurs twice, or a coordinate is no number or out of range.
    """
    frame = _read_table(path, PAIR_COLUMNS)
    ids = frame["pair_id"].str.strip()
    _refuse(path, ids == "", "pair_id", ids, "an id", "the id is empty")
    _refuse(path, ids.duplicated(), "pair_id", ids, "each id once", "the id occurs a second time")
    for end in ("origin", "dest"):
        coordinates(path, frame, f"{end}_lon", f"{end}_lat")
    return frame


def read_sites(path: Path) -> pd.DataFrame:
    """Read sites (``lon``, ``lat``, any other columns) as text."""
    frame = _read_table(path, ("lon", "lat"))
    coordinates(path, frame, "lon", "lat")
    return frame


def read_population(path: Path) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Read population points: longitudes, latitudes, people.

    Raises
    ------
    MissingDataError
        If the file is not there.
    InputError
        If a column lacks, or a value is no number, out of range or below zero.
    """
    frame = _read_table(path, ("lon", "lat", "population"))
    lon, lat = coordinates(path, frame, "lon", "lat")
    people = _numbers(path, frame, "population")
    _refuse(path, people < 0, "population", frame["population"], "zero or more", "fewer than no people")
    return lon, lat, people


def coordinates(path: Path, frame: pd.DataFrame, lon: str, lat: str) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return two columns as degrees.

    Raises
    ------
    InputError
        If a value is missing, no number, or out of range.
    """
    found = []
    for name, most in ((lon, 180.0), (lat, 90.0)):
        values = _numbers(path, frame, name)
        hint = "check whether longitude and latitude are swapped"
        _refuse(path, np.abs(values) > most, name, frame[name], f"-{most:g} to {most:g} degrees", "out of range", hint)
        found.append(values)
    return found[0], found[1]


def check_within(path: Path, network: Network, lon: NDArray[np.float64], lat: NDArray[np.float64], column: str) -> None:
    """Refuse points that lie far from all roads and would lie among them with longitude and latitude swapped.

    Raises
    ------
    InputError
        At the first such row.
    """
    west, east = float(network.node_lon.min()) - _FAR_DEGREES, float(network.node_lon.max()) + _FAR_DEGREES
    south, north = float(network.node_lat.min()) - _FAR_DEGREES, float(network.node_lat.max()) + _FAR_DEGREES
    inside = (lon >= west) & (lon <= east) & (lat >= south) & (lat <= north)
    turned = (lat >= west) & (lat <= east) & (lon >= south) & (lon <= north)
    wrong = np.flatnonzero(~inside & turned)
    if wrong.size:
        i = int(wrong[0])
        raise InputError(
            f"longitude {lon[i]:g}, latitude {lat[i]:g} lies far from all roads; turned round it lies among them",
            where=f"{path}, row {i + _FIRST_ROW}, column {column}",
            expected=f"longitude {west:.1f} to {east:.1f}, latitude {south:.1f} to {north:.1f}",
            fix="swap the two columns",
        )


def _read_table(path: Path, needed: Sequence[str]) -> pd.DataFrame:
    if not path.is_file():
        raise MissingDataError("no such file", where=path, fix="check the path")
    try:
        frame = pd.read_csv(path, dtype="str", keep_default_na=False, encoding="utf-8-sig", skip_blank_lines=False)
    except pd.errors.EmptyDataError as error:
        raise InputError("the file is empty", where=path, expected=f"a header with {', '.join(needed)}") from error
    except (UnicodeDecodeError, pd.errors.ParserError, csv.Error) as error:
        raise InputError(f"not a CSV table: {error}", where=path, expected="comma-separated UTF-8 text") from error
    frame.columns = frame.columns.str.strip()
    if missing := [name for name in needed if name not in frame.columns]:
        raise InputError(
            f"no column {', '.join(missing)}",
            where=f"{path}, row 1",
            expected=f"the columns {', '.join(needed)} in any order",
            fix=f"rename the columns; the file has {', '.join(frame.columns[:12])}",
        )
    if repeated := sorted({name for name in needed if (frame.columns == name).sum() > 1}):
        raise InputError(f"the column {repeated[0]} occurs twice", where=f"{path}, row 1")
    return frame


def _numbers(path: Path, frame: pd.DataFrame, column: str) -> NDArray[np.float64]:
    text = frame[column].str.strip()
    values = pd.to_numeric(text, errors="coerce").to_numpy(dtype=np.float64)
    _refuse(path, ~np.isfinite(values), column, frame[column], "a number", "not a number")
    return values


def _refuse(
    path: Path,
    wrong: pd.Series | NDArray[np.bool_],
    column: str,
    text: pd.Series,
    expected: str,
    what: str,
    fix: str | None = None,
) -> None:
    at = np.flatnonzero(np.asarray(wrong))
    if at.size:
        row = int(at[0])
        more = f" ({at.size} such rows)" if at.size > 1 else ""
        raise InputError(
            f"{what}: {text.iloc[row]!r}{more}",
            where=f"{path}, row {row + _FIRST_ROW}, column {column}",
            expected=expected,
            fix=fix,
        )
