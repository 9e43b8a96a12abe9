"""The schema of every processed table: columns, units, keys, allowed values.

One declaration serves three uses: pandera checks a table before it is written, the codebook
in the documentation is printed from it, and readers find the meaning of a column here.

Text that looks like a number (NPI, ZIP, FIPS, HCPCS, CCN) is text. Column names carry the unit. An unreachable place
is a status and a null, never a magic number. Later work adds columns and tables; it renames none.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Literal

import pandas as pd
from pandas.api import types as kinds

from deserts.errors import InputError, UnknownNameError

if TYPE_CHECKING:
    import pandera.pandas as pa

__all__ = ["TABLES", "Column", "Scope", "Status", "Table", "empty", "table", "validate"]


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


class Scope(StrEnum):
    """What a table depends on, hence where it lives under ``data/processed``."""

    REGION = "region"
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

_EMPTY_DTYPES = {"text": "str", "int": "int64", "float": "float64", "bool": "bool", "geometry": "object"}


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


_FIPS = r"^\d{5}$"
_NPI = r"^\d{10}$"
_ZIP = r"^\d{5}$"
_STATUS = tuple(status.value for status in Status)
PRECISIONS = ("rooftop", "range", "zip", "zip_nearby", "county", "given", "none")
"""How well a place is known: building, address range, ZIP centroid, centroid of a ZIP near by in number, county centre,
given by the user, not at all."""


def _minutes(name: str, meaning: str) -> Column:
    return Column(name, "float", meaning + " (minutes)", nullable=True, minimum=0)


def _share(name: str, meaning: str) -> Column:
    return Column(name, "float", meaning + " (share, 0 to 1)", nullable=True, minimum=0, maximum=1 + 1e-9)


def _optional(
    name: str, kind: Kind, meaning: str, *, minimum: float | None = None, maximum: float | None = None
) -> Column:
    return Column(name, kind, meaning, nullable=kind != "text", minimum=minimum, maximum=maximum, optional=True)


_LON = Column("lon", "float", "longitude, WGS 84 (degrees)", nullable=True, minimum=-180, maximum=180)
_LAT = Column("lat", "float", "latitude, WGS 84 (degrees)", nullable=True, minimum=-90, maximum=90)

EVIDENCE = Table(
    "evidence",
    "one dated observation about one clinician",
    Scope.SERVICE,
    (),
    (
        Column("npi", "text", "National Provider Identifier", pattern=_NPI),
        Column(
            "source",
            "text",
            "publisher's file: claims, directory, nppes, affiliation, medicaid, verification, deactivation",
        ),
        Column(
            "kind",
            "text",
            "code class of the profile, or specialty, taxonomy, affiliation, deactivated, verified, contradicted",
        ),
        Column("code", "text", "HCPCS or taxonomy code, specialty text, CCN or outcome"),
        Column("place_of_service", "text", "F facility, O office, empty when not from claims"),
        Column("year", "int", "year of the data"),
        Column("observed_on", "text", "day of the observation (YYYY-MM-DD), empty when only the year is known"),
        Column("beneficiaries", "float", "people served, Medicare FFS", nullable=True, minimum=0),
        Column("services", "float", "billed units", nullable=True, minimum=0),
        Column("for_against", "text", "what it speaks for", allowed=("for", "against", "neutral")),
    ),
)

SPECIALISTS = Table(
    "specialists",
    "one clinician or organisation",
    Scope.SERVICE,
    ("npi",),
    (
        Column("npi", "text", "National Provider Identifier", pattern=_NPI),
        Column("entity", "text", "I individual, O organisation", allowed=("I", "O")),
        Column("name", "text", "name for people to read"),
        Column("credentials", "text", "credentials as published, may be empty"),
        Column("specialty", "text", "specialty as published, may be empty"),
        Column("state", "text", "postal code of the main address"),
        Column("age_band", "text", "patients", allowed=("adult", "paediatric", "both", "unknown")),
        Column("grade", "text", "rung of the service's ladder"),
        Column("grade_rank", "int", "rank of the grade, 0 is best", minimum=0),
        Column("grade_reason", "text", "why this grade, in plain words"),
        Column(
            "drug",
            "text",
            "what the pumps hold",
            allowed=("baclofen_proven", "unknown", "pain_likely", "not_applicable"),
        ),
        Column("supplies", "bool", "counts as supply (an organisation only where no individual does)"),
        Column(
            "p_active", "float", "probability of still practising this service", nullable=True, minimum=0, maximum=1
        ),
        Column(
            "p_accepts_pump",
            "float",
            "probability of accepting a new patient with a pump",
            nullable=True,
            minimum=0,
            maximum=1,
        ),
        Column("first_year", "int", "first year with evidence, 0 when undated", minimum=0),
        Column("last_year", "int", "last year with evidence, 0 when undated", minimum=0),
        Column(
            "beneficiaries",
            "float",
            "people served in the last year with claims, Medicare FFS",
            nullable=True,
            minimum=0,
        ),
        Column("services", "float", "billed units in the last year with claims", nullable=True, minimum=0),
        _optional(
            "evidence_weight", "float", "weight of the newest evidence: halves with its age", minimum=0, maximum=1
        ),
        _optional("off_ladder", "text", "code classes billed that prove nothing (spasticity), joined by ', '"),
        _optional("last_outcome", "text", "newest answer about the clinician, empty when never asked"),
        _optional("outcome_on", "text", "day of that answer (YYYY-MM-DD)"),
        _optional("review_on", "text", "day on which a temporary answer is asked again"),
        _optional("verified_on", "text", "newest day on which the clinic itself confirmed, empty when none"),
        _optional("p_active_basis", "text", "bills, answer, none or contradicted"),
        _optional("p_accepts_basis", "text", "what p_accepts_pump rests on; the prior says so"),
    ),
)

REGISTRY_YEARS = Table(
    "registry_years",
    "one clinician in one year of bills",
    Scope.SERVICE,
    ("npi", "year"),
    (
        Column("npi", "text", "National Provider Identifier", pattern=_NPI),
        Column("year", "int", "year of the bills", minimum=1),
        Column("name", "text", "name for people to read"),
        Column("grade", "text", "rung that the bills of this year alone support"),
        Column("grade_rank", "int", "rank of the grade, 0 is best", minimum=0),
        Column("beneficiaries", "float", "people served, Medicare FFS", nullable=True, minimum=0),
        Column("services", "float", "billed units", nullable=True, minimum=0),
        Column("state", "text", "postal code of the state on the bills of this year, may be empty"),
        Column("zip", "text", "five-digit ZIP on the bills of this year, may be empty"),
        Column("address_key", "text", "normalised street and ZIP on the bills of this year, may be empty"),
    ),
)

SITES = Table(
    "sites",
    "one clinician at one address (registered at, not necessarily refills at)",
    Scope.SERVICE,
    ("site_id",),
    (
        Column("site_id", "text", "NPI and a short hash of the normalised address"),
        Column("npi", "text", "National Provider Identifier", pattern=_NPI),
        Column("practice_id", "text", "group that would close together"),
        Column("practice_basis", "text", "where practice_id comes from", allowed=("group_id", "address")),
        Column("practice_name", "text", "name of the practice, may be empty"),
        Column("address", "text", "street address as published"),
        Column("city", "text", "city"),
        Column("state", "text", "postal code of the state"),
        Column("zip", "text", "five-digit ZIP, may be empty"),
        Column("phone", "text", "telephone, may be empty"),
        _LON,
        _LAT,
        Column("precision", "text", "how well the place is known", allowed=PRECISIONS),
        Column("share", "float", "share of the clinician's supply at this site", minimum=0, maximum=1),
        Column("telehealth", "bool", "telehealth offered; never counts as refill access"),
        Column("grade", "text", "grade of the clinician"),
        Column("grade_rank", "int", "rank of the grade, 0 is best", minimum=0),
        Column("supplies", "bool", "counts as supply"),
        _optional("address_kind", "text", "street, po_box, rural_route, unparsed or empty"),
        _optional("site_status", "text", "listed, moved (said to be gone from here) or wrong_number"),
        _optional("site_key", "text", "normalised street and ZIP: equal for clinicians at one door"),
    ),
)

COUNTIES = Table(
    "counties",
    "one county",
    Scope.REGION,
    ("county_fips",),
    (
        Column("county_fips", "text", "state and county code", pattern=_FIPS),
        Column("name", "text", "name without the state"),
        Column("state", "text", "postal code of the state"),
        Column("population", "int", "residents, 2020 census or as given", minimum=0),
        Column("land_km2", "float", "land area (square kilometres)", nullable=True, minimum=0),
        Column("rucc", "float", "rural-urban continuum code 2023, 1 to 9", nullable=True, minimum=1, maximum=9),
        Column("adequacy_type", "text", "county type of 42 CFR 422.116, empty when not derivable"),
        Column("scored", "bool", "belongs to the region itself, not to its surroundings"),
        Column("status", "text", "ok, or vintage_gap where no polygon carries this code", allowed=_STATUS),
        Column("geometry", "geometry", "polygon, EPSG:4326", nullable=True),
    ),
)

DEMAND = Table(
    "demand",
    "one demand point",
    Scope.REGION,
    ("point_id",),
    (
        Column("point_id", "text", "name of the point"),
        Column("point_kind", "text", "block_group, tract, county, zip or user"),
        Column("county_fips", "text", "county of the point, empty when outside every county"),
        Column("state", "text", "postal code of the state"),
        Column("population", "float", "residents", minimum=0),
        Column("lon", "float", "longitude, WGS 84 (degrees)", minimum=-180, maximum=180),
        Column("lat", "float", "latitude, WGS 84 (degrees)", minimum=-90, maximum=90),
        Column("scored", "bool", "belongs to the region itself"),
        Column("status", "text", "ok or no_population", allowed=_STATUS),
        _optional(
            "ruca",
            "float",
            "rural-urban commuting area code of the tract: 1 to 3 metro, 10 rural",
            minimum=1,
            maximum=11,
        ),
    ),
)

HOSPITALS = Table(
    "hospitals",
    "one hospital",
    Scope.REGION,
    ("ccn",),
    (
        Column("ccn", "text", "CMS certification number, six characters"),
        Column("name", "text", "name"),
        Column("type", "text", "hospital type as published"),
        Column("emergency", "bool", "has emergency services"),
        Column("address", "text", "street address"),
        Column("city", "text", "city"),
        Column("state", "text", "postal code of the state"),
        Column("zip", "text", "five-digit ZIP, may be empty"),
        Column("phone", "text", "telephone, may be empty"),
        _LON,
        _LAT,
        Column("precision", "text", "how well the place is known", allowed=PRECISIONS),
    ),
)

ZIPS = Table(
    "zips",
    "one ZIP code that can be looked up offline",
    Scope.REGION,
    ("zip",),
    (
        Column("zip", "text", "five-digit ZIP", pattern=_ZIP),
        Column("place", "text", "name of the place, may be empty"),
        Column("state", "text", "postal code of the state, may be empty"),
        Column("county_fips", "text", "county that holds the point, may be empty"),
        Column("lon", "float", "longitude, WGS 84 (degrees)", minimum=-180, maximum=180),
        Column("lat", "float", "latitude, WGS 84 (degrees)", minimum=-90, maximum=90),
        Column(
            "kind",
            "text",
            "area, po_box (boxes, or one organisation where the publisher does not say which), organisation, unknown",
            allowed=("area", "po_box", "organisation", "unknown"),
        ),
        Column("source", "text", "gazetteer or geonames or user"),
    ),
)

_SNAP_COLUMNS = (
    Column("snap_km", "float", "length of the access leg to the nearest road edge (km)", nullable=True, minimum=0),
    Column("access_min", "float", "minutes of the access leg", nullable=True, minimum=0),
    Column("component_id", "int", "strongly connected part of the network, -1 when unsnapped"),
    Column("edge", "int", "edge of the network, -1 when unsnapped"),
    Column("fraction", "float", "place along the edge (0 start to 1 end)", nullable=True, minimum=0, maximum=1),
    Column("status", "text", "ok or unsnapped", allowed=_STATUS),
)

POINT_SNAPS = Table(
    "point_snaps",
    "one demand point on the network",
    Scope.GRADE,
    ("point_id",),
    (Column("point_id", "text", "demand point"), *_SNAP_COLUMNS),
)

SITE_SNAPS = Table(
    "site_snaps",
    "one site of any grade on the network",
    Scope.GRADE,
    ("site_id",),
    (Column("site_id", "text", "site"), *_SNAP_COLUMNS),
)

HOSPITAL_SNAPS = Table(
    "hospital_snaps",
    "one hospital on the network",
    Scope.GRADE,
    ("ccn",),
    (Column("ccn", "text", "CMS certification number"), *_SNAP_COLUMNS),
)

DRIVE_TIMES = Table(
    "drive_times",
    "one demand point and one site of the run's grade within the time limit",
    Scope.GRADE,
    (),  # unique by construction (point_id, site_id); checked by tests, since the table can hold many million rows
    (
        Column("point_id", "text", "demand point"),
        Column("site_id", "text", "site"),
        Column("drive_min", "float", "driving time, access legs included (minutes)", minimum=0),
        Column("dist_km", "float", "length of that route, access legs included (km)", minimum=0),
    ),
)

REACH = Table(
    "reach",
    "one demand point, basis and rank: the nearest, second nearest … site",
    Scope.GRADE,
    ("point_id", "basis", "rank"),
    (
        Column("point_id", "text", "demand point"),
        Column("basis", "text", "distinct sites or distinct practices", allowed=("site", "practice")),
        Column("rank", "int", "1 is nearest", minimum=1),
        Column("site_id", "text", "site, empty unless status is ok"),
        _minutes("drive_min", "driving time, null unless status is ok"),
        Column("status", "text", "ok, beyond_limit, unreachable, unsnapped or none_at_grade", allowed=_STATUS),
    ),
)

THRESHOLDS_MIN = (30, 60, 90, 120, 180, 240)
"""Minutes at which people beyond and sites within are counted."""

COUNTY_SCORES = Table(
    "county_scores",
    "one county of the region",
    Scope.GRADE,
    ("county_fips",),
    (
        Column("county_fips", "text", "state and county code", pattern=_FIPS),
        Column("name", "text", "name without the state"),
        Column("state", "text", "postal code of the state"),
        Column("population", "float", "residents of the demand points in the county", minimum=0),
        Column("points", "int", "demand points", minimum=0),
        Column(
            "status", "text", "ok, few_points, no_population, none_at_grade, unreachable, beyond_limit", allowed=_STATUS
        ),
        *(
            _minutes(
                f"{which}_{stat}_min", f"people-weighted {stat} to the {which}; null where it lies beyond the limit"
            )
            for which in ("nearest", "second", "second_practice")
            for stat in ("median", "mean", "p90")
        ),
        Column(
            "mean_is_lower_bound",
            "bool",
            "the means count people beyond the limit at the limit, so the truth is larger",
        ),
        *(
            _share(f"beyond_{limit}_share", f"residents over {limit} minutes from the nearest site")
            for limit in THRESHOLDS_MIN
        ),
        *(
            Column(
                f"{what}_within_{limit}",
                "float",
                f"people-weighted mean number of {what} within {limit} minutes",
                nullable=True,
                minimum=0,
            )
            for what in ("sites", "practices")
            for limit in THRESHOLDS_MIN
        ),
        _share("beyond_limit_share", "residents with a road but no site within the time limit"),
        _share("unreachable_share", "residents without a road to any site, or off the network"),
        _share("one_option_share", "residents with exactly one practice within the time limit"),
        Column("desert_class", "text", "class in plain words, see docs/methods.md"),
        Column("desert_rank", "int", "0 best to 4 worst", minimum=0, maximum=4),
        _share("adequate_on_paper_share", "residents within both limits of 42 CFR 422.116 of any listed clinician"),
        _share("adequate_share", "residents within both limits of a clinician of the run's grade"),
        Column(
            "adequacy",
            "text",
            "pass, fail, passes_on_paper_only or unknown",
            allowed=("pass", "fail", "passes_on_paper_only", "unknown"),
        ),
        *(
            Column(f"{part}_score", "float", f"{part} component, 0 to 100", nullable=True, minimum=0, maximum=100)
            for part in ("proximity", "choice", "capacity", "resilience", "access")
        ),
    ),
)

PAYER_SCORES = Table(
    "payer_scores",
    "one payer of the user's own table and one county of the region; there only when that table is",
    Scope.GRADE,
    ("payer", "county_fips"),
    (
        Column("payer", "text", "payer, as the user's table names it"),
        Column("county_fips", "text", "state and county code", pattern=_FIPS),
        Column("population", "float", "residents of the demand points in the county", minimum=0),
        _minutes(
            "nearest_median_min", "people-weighted median to the nearest site in network; null where beyond the limit"
        ),
        _minutes("any_network_median_min", "the same to the nearest site of any network, so that out of network shows"),
        _share("beyond_60_share", "residents over 60 minutes from the nearest site in network"),
        _share("beyond_120_share", "residents over 120 minutes from the nearest site in network"),
        _share("adequate_share", "residents within both limits of 42 CFR 422.116 of a clinician in network"),
        Column("adequacy", "text", "pass, fail or unknown, at the run's grade", allowed=("pass", "fail", "unknown")),
        Column("sites_in_network", "int", "sites at the run's grade in this payer's network, anywhere", minimum=0),
        Column(
            "network_basis",
            "text",
            "members: the table lists who is in network; refusals: it lists only who is out, everybody else counts",
            allowed=("members", "refusals"),
        ),
        Column(
            "status", "text", "ok, few_points, no_population, none_at_grade, unreachable, beyond_limit", allowed=_STATUS
        ),
    ),
)

ISOCHRONES = Table(
    "isochrones",
    "one band, merged over sites (site_id empty) or of one site",
    Scope.GRADE,
    ("band_min", "site_id"),
    (
        Column("band_min", "int", "upper edge of the band (minutes)", minimum=1),
        Column("site_id", "text", "site, empty when merged"),
        Column("geometry", "geometry", "area reached within band_min, EPSG:4326"),
    ),
)

TABLES: dict[str, Table] = {
    entry.name: entry
    for entry in (
        EVIDENCE, SPECIALISTS, REGISTRY_YEARS, SITES, COUNTIES, DEMAND, HOSPITALS, ZIPS, POINT_SNAPS, SITE_SNAPS,
        HOSPITAL_SNAPS, DRIVE_TIMES, REACH, COUNTY_SCORES, PAYER_SCORES, ISOCHRONES,
    )
}  # fmt: skip


def table(name: str) -> Table:
    """Return the declaration of a table.

    Raises
    ------
    UnknownNameError
        If there is no such table.
    """
    if name not in TABLES:
        raise UnknownNameError(f"there is no table {name!r}", expected="one of " + ", ".join(sorted(TABLES)))
    return TABLES[name]


def empty(name: str) -> pd.DataFrame:
    """Return a table without rows whose columns have the declared kinds."""
    return pd.DataFrame({c.name: pd.Series(dtype=_EMPTY_DTYPES[c.kind]) for c in table(name).columns})


def validate(name: str, frame: pd.DataFrame) -> pd.DataFrame:
    """Check a frame against its declaration and return it unchanged.

    Raises
    ------
    InputError
        With every problem found: column, rule, number of rows and the first of them.
    """
    import pandera.errors

    try:
        table(name).schema().validate(frame.reset_index(drop=True), lazy=True)
    except pandera.errors.SchemaErrors as error:
        raise InputError(
            f"the table {name!r} breaks its schema: {_summary(error.failure_cases)}",
            expected="the columns declared in deserts/tables.py",
            fix="if this is a file of yours, correct it; if a stage wrote it, report it as a fault of deserts",
        ) from error
    return frame


def _summary(cases: pd.DataFrame) -> str:
    parts = []
    for (column, check), rows in cases.groupby(["column", "check"], dropna=False, sort=True):
        first = rows.iloc[0]
        example = str(first["failure_case"])[:60]
        parts.append(f"column {column}: {check}, {len(rows)} times, first at row {first['index']} ({example})")
    return "; ".join(parts[:8])
