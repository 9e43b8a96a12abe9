"""What a table declares of itself: columns with kind, meaning and limits, key, and where it lives."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Literal

import pandas as pd
from pandas.api import types as kinds

if TYPE_CHECKING:
    import pandera.pandas as pa


class Status(StrEnum):
    """Why a value is there or null."""

    OK = "ok"
    BEYOND_LIMIT = "beyond_limit"
    UNREACHABLE = "unreachable"
    UNSNAPPED = "unsnapped"
    NO_POPULATION = "no_population"
    NONE_AT_GRADE = "none_at_grade"
    FEW_POINTS = "few_points"
    VINTAGE_GAP = "vintage_gap"
    NOT_SEARCHED = "not_searched"
    NOT_ASSESSABLE = "not_assessable"


class Search(StrEnum):
    """Whether anybody looked. Nothing reads ``searched_none`` that was not searched.

    ``NOT`` where a source without which the question cannot be answered was not read, or nothing in it could be used;
    ``PARTLY`` where states, years or further sources are missing that might change the answer either way.
    """

    FOUND = "searched_found"
    NONE = "searched_none"
    PARTLY = "partly_searched"
    NOT = "not_searched"


class Scope(StrEnum):
    """What a table depends on, hence where it lives under ``data/processed``."""

    REGION = "region"
    NETWORK = "network"
    SERVICE = "service"
    GRADE = "grade"


Kind = Literal["text", "int", "float", "bool", "geometry"]

_KIND_CHECKS: dict[str, Callable[[pd.Series], bool]] = {
    "text": lambda s: kinds.is_string_dtype(s) or kinds.is_object_dtype(s) or isinstance(s.dtype, pd.CategoricalDtype),
    "int": kinds.is_integer_dtype,
    "float": kinds.is_float_dtype,
    "bool": kinds.is_bool_dtype,
    "geometry": lambda s: s.dtype.name == "geometry" or kinds.is_object_dtype(s),
}

EMPTY_DTYPES = {"text": "str", "int": "int64", "float": "float64", "bool": "bool", "geometry": "object"}


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its meaning, kind, and what it may hold."""

    name: str
    kind: Kind
    meaning: str
    nullable: bool = False
    allowed: tuple[str, ...] = ()
    minimum: float | None = None
    maximum: float | None = None
    pattern: str | None = None
    optional: bool = False
    """Whether a table may come without the column, as one that a user made by hand does."""

    def pandera_column(self) -> pa.Column:
        """Build the pandera column with its checks."""
        import pandera.pandas as pa  # heavy: readers of tables do without it

        checks = [
            pa.Check(_KIND_CHECKS[self.kind], element_wise=False, name=f"is {self.kind}", error=f"is {self.kind}"),
        ]
        if self.allowed:
            checks.append(pa.Check.isin(list(self.allowed)))
        if self.minimum is not None:
            checks.append(pa.Check.ge(self.minimum))
        if self.maximum is not None:
            checks.append(pa.Check.le(self.maximum))
        if self.pattern is not None:
            checks.append(pa.Check.str_matches(self.pattern))
        return pa.Column(None, checks=checks, nullable=self.nullable, required=not self.optional)


@dataclass(frozen=True, slots=True)
class Table:
    """One processed table."""

    name: str
    row: str
    scope: Scope
    key: tuple[str, ...]
    columns: tuple[Column, ...]

    @property
    def column_names(self) -> tuple[str, ...]:
        """Names of the declared columns, in order."""
        return tuple(column.name for column in self.columns)

    @property
    def is_spatial(self) -> bool:
        """Whether the table has a geometry column (EPSG:4326)."""
        return any(column.kind == "geometry" for column in self.columns)

    def schema(self) -> pa.DataFrameSchema:
        """Build the pandera schema; further columns are allowed, so that later work can add some."""
        import pandera.pandas as pa

        return pa.DataFrameSchema(
            {column.name: column.pandera_column() for column in self.columns},
            strict=False,
            unique=list(self.key) or None,
        )


FIPS = r"^\d{5}$"
NPI = r"^\d{10}$"
ZIP = r"^\d{5}$"
STATUSES = tuple(status.value for status in Status)
SEARCHES = tuple(search.value for search in Search)
PRECISIONS = ("rooftop", "range", "zip", "city", "zip_nearby", "county", "given", "none")
"""How well a place is known: building, address range, ZIP centroid, middle of its city's ZIPs, centroid of a ZIP
near by in number, county centre, given by the user, not at all."""


SEARCH = Column(
    "search", "text", "whether anybody looked: searched_found, searched_none, partly_searched or not_searched",
    allowed=SEARCHES,
)  # fmt: skip
SEARCH_MISSING = Column(
    "search_missing",
    "text",
    "what was not read and might change the row, joined by '; '; empty where nothing is missing",
)


def minutes_column(name: str, meaning: str) -> Column:
    """Declare minutes, null where there are none."""
    return Column(name, "float", meaning + " (minutes)", nullable=True, minimum=0)


def share_column(name: str, meaning: str) -> Column:
    """Declare a share of 0 to 1, null where there is none."""
    return Column(name, "float", meaning + " (share, 0 to 1)", nullable=True, minimum=0, maximum=1 + 1e-9)


def optional_column(
    name: str, kind: Kind, meaning: str, *, minimum: float | None = None, maximum: float | None = None
) -> Column:
    """Declare a column that a table made by hand may lack."""
    return Column(name, kind, meaning, nullable=kind != "text", minimum=minimum, maximum=maximum, optional=True)


LON = Column("lon", "float", "longitude, WGS 84 (degrees)", nullable=True, minimum=-180, maximum=180)
LAT = Column("lat", "float", "latitude, WGS 84 (degrees)", nullable=True, minimum=-90, maximum=90)
POSTAL_PLACE = (
    Column("address", "text", "street address"),
    Column("city", "text", "city"),
    Column("state", "text", "postal code of the state"),
    Column("zip", "text", "five-digit ZIP, may be empty"),
    Column("phone", "text", "telephone, may be empty"),
    LON,
    LAT,
    Column("precision", "text", "how well the place is known", allowed=PRECISIONS),
)
"""Where an institution stands: as written, and on the globe."""
PLACE_CHECK = (
    optional_column(
        "place_check",
        "text",
        "what contradicts: zip_state (the ZIP lies in another state), zip_city (far from the city), street_state, "
        "street_far (the geocoded street lies elsewhere), unplaced; empty where nothing does",
    ),
    optional_column("km_zip", "float", "from the geocoded street, else the city, to the ZIP's centre (km)", minimum=0),
    optional_column(
        "km_city", "float", "from the geocoded street, else the ZIP, to the middle of the city (km)", minimum=0
    ),
)
