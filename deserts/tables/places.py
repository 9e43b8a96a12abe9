"""Where people live and what is there: counties, demand points, hospitals, ZIPs."""

from __future__ import annotations

from deserts.tables.schema import (
    FIPS,
    PLACE_CHECK,
    POSTAL_PLACE,
    STATUSES,
    ZIP,
    Column,
    Scope,
    Table,
    optional_column,
)

COUNTIES = Table(
    "counties",
    "one county",
    Scope.REGION,
    ("county_fips",),
    (
        Column("county_fips", "text", "state and county code", pattern=FIPS),
        Column("name", "text", "name without the state"),
        Column("state", "text", "postal code of the state"),
        Column("population", "int", "residents, 2020 census or as given", minimum=0),
        Column("land_km2", "float", "land area (square kilometres)", nullable=True, minimum=0),
        Column("rucc", "float", "rural-urban continuum code 2023, 1 to 9", nullable=True, minimum=1, maximum=9),
        Column("adequacy_type", "text", "county type of 42 CFR 422.116, empty when not derivable"),
        Column("scored", "bool", "belongs to the region itself, not to its surroundings"),
        Column("status", "text", "ok, or vintage_gap where no polygon carries this code", allowed=STATUSES),
        Column("geometry", "geometry", "polygon, EPSG:4326", nullable=True),
        optional_column(
            "rucc_split",
            "text",
            "where areas were redrawn and several codes hold: code:share of residents, ? where none is known",
        ),
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
        Column("status", "text", "ok or no_population", allowed=STATUSES),
        optional_column(
            "ruca",
            "float",
            "rural-urban commuting area code of the tract: 1 to 3 metro, 10 rural",
            minimum=1,
            maximum=11,
        ),
        optional_column(
            "county_factor",
            "float",
            "what the people of the county's points were multiplied with to meet the census",
            minimum=0,
        ),
        optional_column(
            "given_fips",
            "text",
            "code of the user's file where it is of another year than the counties and the place decided, else empty",
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
        *POSTAL_PLACE,
        PLACE_CHECK[0],
    ),
)


ZIPS = Table(
    "zips",
    "one ZIP code that can be looked up offline",
    Scope.REGION,
    ("zip",),
    (
        Column("zip", "text", "five-digit ZIP", pattern=ZIP),
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
        optional_column("covered", "bool", "in a region pack: whether all roads around it are there"),
    ),
)


COUNTY_TOTALS = Table(
    "county_totals",
    "one county of the region: do its demand points add up to the census",
    Scope.REGION,
    ("county_fips",),
    (
        Column("county_fips", "text", "state and county code", pattern=FIPS),
        Column("state", "text", "postal code of the state"),
        Column("population_census", "float", "residents, 2020 census", minimum=0),
        Column("points", "int", "demand points", minimum=0),
        Column("population_points", "float", "residents of its demand points", minimum=0),
        Column("difference", "float", "residents of the points less those of the census"),
        Column("difference_share", "float", "the same over the census (share); null without residents", nullable=True),
        Column("population_outside", "float", "residents at points that lie outside the county", minimum=0),
        Column("population_at_centre", "float", "residents who stand at the county's one centre", minimum=0),
        Column(
            "county_factor",
            "float",
            "what the populations of its points were multiplied with to meet the census; null without points",
            nullable=True,
            minimum=0,
        ),
    ),
)
