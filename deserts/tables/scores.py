"""What it means for a county: scores, and scores of each payer's network."""

from __future__ import annotations

from deserts.tables.schema import (
    FIPS,
    SEARCH,
    SEARCH_MISSING,
    STATUSES,
    Column,
    Scope,
    Table,
    minutes_column,
    optional_column,
    share_column,
)

THRESHOLDS_MIN = (30, 60, 90, 120, 180, 240)
"""Minutes at which people beyond and sites within are counted."""


COUNTY_SCORES = Table(
    "county_scores",
    "one county of the region",
    Scope.GRADE,
    ("county_fips",),
    (
        Column("county_fips", "text", "state and county code", pattern=FIPS),
        Column("name", "text", "name without the state"),
        Column("state", "text", "postal code of the state"),
        Column("population", "float", "residents of the demand points in the county", minimum=0),
        Column("points", "int", "demand points", minimum=0),
        Column(
            "status",
            "text",
            "ok, few_points, no_population, none_at_grade, unreachable, beyond_limit, not_searched, not_assessable",
            allowed=STATUSES,
        ),
        *(
            minutes_column(
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
            share_column(f"beyond_{limit}_share", f"residents over {limit} minutes from the nearest site")
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
        share_column("beyond_limit_share", "residents with a road but no site within the time limit"),
        share_column("unreachable_share", "residents without a road to any site, or off the network"),
        share_column("one_option_share", "residents with exactly one practice within the time limit"),
        Column("desert_class", "text", "class in plain words, see docs/methods.md"),
        Column("desert_rank", "int", "0 best to 4 worst; null where not assessed", nullable=True, minimum=0, maximum=4),
        minutes_column("nearest_median_low_min", "median, low end of nine draws of ten; null beyond the limit"),
        minutes_column("nearest_median_high_min", "median, high end of nine draws of ten; null beyond the limit"),
        share_column("beyond_moderate_low_share", "residents over desert.moderate_min minutes, low end of the draws"),
        share_column("beyond_moderate_high_share", "residents over desert.moderate_min minutes, high end of the draws"),
        share_column("desert_share_of_draws", "draws in which most residents live over desert.moderate_min minutes"),
        Column(
            "desert_firmness",
            "text",
            "robust: the draws agree with the run on desert or no desert; fragile: they do not; empty: not drawn",
            allowed=("robust", "fragile", ""),
        ),
        share_column("adequate_on_paper_share", "residents within both 42 CFR 422.116 limits of any listed clinician"),
        share_column("adequate_share", "residents within both limits of a clinician of the run's grade"),
        Column(
            "adequacy",
            "text",
            "pass, fail, passes_on_paper_only, fails_paper_unknown (no list of clinicians was read) or unknown",
            allowed=("pass", "fail", "passes_on_paper_only", "fails_paper_unknown", "unknown"),
        ),
        *(
            Column(f"{part}_score", "float", f"{part} component, 0 to 100", nullable=True, minimum=0, maximum=100)
            for part in ("proximity", "choice", "capacity", "resilience", "access")
        ),
        SEARCH,
        SEARCH_MISSING,
        share_column("edge_share", "residents whom a clinician in a state that was not read might be nearer to"),
        optional_column(
            "with_places_median_min",
            "float",
            "people-weighted median (minutes) to the nearest site or hospital place; counted in no other column",
            minimum=0,
        ),
        optional_column(
            "beyond_60_with_places_share", "float", "residents over 60 minutes from both", minimum=0, maximum=1
        ),
        optional_column(
            "beyond_120_with_places_share", "float", "residents over 120 minutes from both", minimum=0, maximum=1
        ),
        optional_column(
            "hospital_places_within_120",
            "float",
            "people-weighted mean number of hospital places within 120 minutes",
            minimum=0,
        ),
        optional_column("places_status", "text", "searched, or not_searched: no hospital's price file was read"),
    ),
)


STATE_INTERVALS = Table(
    "state_intervals",
    "one state of the region: the share of its residents who live far, in the run and drawn (docs/methods.md)",
    Scope.GRADE,
    ("state",),
    (
        Column("state", "text", "postal code of the state"),
        Column("population", "float", "residents of the counties that can be told about", minimum=0),
        *(
            share_column(f"beyond_{bound}{end}_share", f"residents over desert.{bound}_min minutes, {words}")
            for bound in ("moderate", "severe")
            for end, words in (
                ("", "in the run"), ("_low", "low end of the draws"), ("_high", "high end of the draws"),
            )
        ),
        share_column("far_share_of_draws", "draws in which most residents live over desert.moderate_min minutes"),
        Column(
            "firmness",
            "text",
            "robust: the draws agree with the run on whether most live so far; fragile: they do not; empty: not drawn",
            allowed=("robust", "fragile", ""),
        ),
    ),
)  # fmt: skip


PAYER_SCORES = Table(
    "payer_scores",
    "one payer of the user's own table and one county of the region; there only when that table is",
    Scope.GRADE,
    ("payer", "county_fips"),
    (
        Column("payer", "text", "payer, as the user's table names it"),
        Column("county_fips", "text", "state and county code", pattern=FIPS),
        Column("population", "float", "residents of the demand points in the county", minimum=0),
        minutes_column(
            "nearest_median_min", "people-weighted median to the nearest site in network; null where beyond the limit"
        ),
        minutes_column(
            "any_network_median_min", "the same to the nearest site of any network: shows who is out of network"
        ),
        share_column("beyond_60_share", "residents over 60 minutes from the nearest site in network"),
        share_column("beyond_120_share", "residents over 120 minutes from the nearest site in network"),
        share_column("adequate_share", "residents within both limits of 42 CFR 422.116 of a clinician in network"),
        Column("adequacy", "text", "pass, fail or unknown, at the run's grade", allowed=("pass", "fail", "unknown")),
        Column("sites_in_network", "int", "sites at the run's grade in this payer's network, anywhere", minimum=0),
        Column(
            "network_basis",
            "text",
            "members: the table lists who is in network; refusals: it lists only who is out, everybody else counts",
            allowed=("members", "refusals"),
        ),
        Column(
            "status",
            "text",
            "ok, few_points, no_population, none_at_grade, unreachable, beyond_limit",
            allowed=STATUSES,
        ),
        optional_column(
            "hospital_places_paid",
            "float",
            "hospital places that this payer has paid; null where no file was read",
            minimum=0,
        ),
        optional_column(
            "nearest_place_median_min", "float", "people-weighted median (minutes) to the nearest of them", minimum=0
        ),
    ),
)
