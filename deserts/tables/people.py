"""Who does it and where: evidence, clinicians, their years, their sites."""

from __future__ import annotations

from deserts.tables.schema import (
    LAT,
    LON,
    NPI,
    PLACE_CHECK,
    PRECISIONS,
    SEARCHES,
    Column,
    Scope,
    Table,
    optional_column,
)

EVIDENCE = Table(
    "evidence",
    "one dated observation about one clinician",
    Scope.SERVICE,
    (),
    (
        Column("npi", "text", "National Provider Identifier", pattern=NPI),
        Column(
            "source",
            "text",
            "publisher's file: claims, directory, nppes, affiliation, medicaid (did the work), medicaid_billing (sent "
            "the bill, who did the work is not told), verification, deactivation",
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
        Column("npi", "text", "National Provider Identifier", pattern=NPI),
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
        optional_column(
            "evidence_weight", "float", "weight of the newest evidence: halves with its age", minimum=0, maximum=1
        ),
        optional_column("off_ladder", "text", "code classes billed that prove nothing (spasticity), joined by ', '"),
        optional_column("last_outcome", "text", "newest answer about the clinician, empty when never asked"),
        optional_column("outcome_on", "text", "day of that answer (YYYY-MM-DD)"),
        optional_column("review_on", "text", "day on which a temporary answer is asked again"),
        optional_column("verified_on", "text", "newest day on which the clinic itself confirmed, empty when none"),
        optional_column("p_active_basis", "text", "bills, answer, none or contradicted"),
        optional_column("p_accepts_basis", "text", "what p_accepts_pump rests on; the prior says so"),
    ),
)


_GRADE_IF_ANY = {
    "grade": Column("grade", "text", "rung of the service's ladder, empty when the evidence is too weak for any"),
    "grade_rank": Column("grade_rank", "int", "rank of the grade, 0 is best, -1 for none", minimum=-1),
}
SPECIALISTS_UNASKED = Table(
    "specialists_unasked",
    "one candidate as it stands without any answer, those without a grade too; what answers are laid over (team)",
    Scope.SERVICE,
    ("npi",),
    (
        *(_GRADE_IF_ANY.get(column.name, column) for column in SPECIALISTS.columns),
        Column("filed_rank", "int", "rank by evidence alone, -1 for none", minimum=-1),
        Column("filed_reason", "text", "why this rank, in plain words"),
        Column("filed_p_active", "float", "probability of practising by bills", nullable=True, minimum=0, maximum=1),
        Column("filed_p_basis", "text", "bills or none"),
        Column("billed", "text", "codes and years of the pooled bills in words, may be empty"),
        Column("deactivated_on", "text", "day since which the NPI is out of use, empty when it is in use"),
        Column("against", "text", "what speaks against it in public files, in words, may be empty"),
    ),
)


REGISTRY_YEARS = Table(
    "registry_years",
    "one clinician in one year of bills",
    Scope.SERVICE,
    ("npi", "year"),
    (
        Column("npi", "text", "National Provider Identifier", pattern=NPI),
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


_SITE_COLUMNS = (
    Column("site_id", "text", "NPI and a short hash of the normalised address"),
    Column("npi", "text", "National Provider Identifier", pattern=NPI),
    Column("practice_id", "text", "group that would close together"),
    Column("practice_basis", "text", "where practice_id comes from", allowed=("group_id", "enrolment", "address")),
    Column("practice_name", "text", "name of the practice, may be empty"),
    Column("address", "text", "street address as published"),
    Column("city", "text", "city"),
    Column("state", "text", "postal code of the state"),
    Column("zip", "text", "five-digit ZIP, may be empty"),
    Column("phone", "text", "telephone, may be empty"),
    Column("share", "float", "share of the clinician's supply at this site", minimum=0, maximum=1),
    Column("telehealth", "bool", "telehealth offered; never counts as refill access"),
    Column("grade", "text", "grade of the clinician"),
    Column("grade_rank", "int", "rank of the grade, 0 is best", minimum=0),
    Column("supplies", "bool", "counts as supply"),
    optional_column("address_kind", "text", "street, po_box, rural_route, unparsed or empty"),
    optional_column(
        "site_status",
        "text",
        "listed; said: moved (not to be found here), doubted (left a site that was not named), wrong_number",
    ),
    optional_column("system_id", "text", "system of hospitals that the practice belongs to, empty when not known"),
    optional_column("system_name", "text", "its owner with most hospitals, may be empty"),
    optional_column("site_key", "text", "normalised street and ZIP: equal for clinicians at one door"),
)


_COVERED = Column("covered", "bool", "an organisation whose grade an individual at the same door has bills for")

LISTED_SITES = Table(
    "listed_sites",
    "one candidate at one address as public files list it, before it is placed (team)",
    Scope.SERVICE,
    ("site_id",),
    (*(_GRADE_IF_ANY.get(column.name, column) for column in _SITE_COLUMNS), _COVERED),
)


ANSWERED_SITES = Table(
    "answered_sites",
    "one clinician at one address with the answers of the log, before it is placed",
    Scope.SERVICE,
    ("site_id",),
    _SITE_COLUMNS,
)


SITES = Table(
    "sites",
    "one clinician at one address (registered at, not necessarily refills at)",
    Scope.SERVICE,
    ("site_id",),
    (
        *_SITE_COLUMNS,
        LON,
        LAT,
        Column("precision", "text", "how well the place is known", allowed=PRECISIONS),
        *PLACE_CHECK,
    ),
)


GEOCODED = Table(
    "geocoded",
    "one street address and what the Census geocoder answered",
    Scope.SERVICE,
    ("key",),
    (
        Column("key", "text", "name of the address: hash of street, city, state and ZIP"),
        LON,
        LAT,
        Column("status", "text", "match, tie, no_match or not_sent"),
        Column("matched_address", "text", "address as the geocoder writes it, may be empty"),
        Column("county_fips", "text", "county of the street, 2020 codes, may be empty"),
        Column("benchmark", "text", "the geocoder's address ranges"),
    ),
)


PLACE_CHECKS = Table(
    "place_checks",
    "one site whose street, ZIP, city and state contradict each other or lie over 5 km apart",
    Scope.SERVICE,
    ("site_id",),
    (
        Column("site_id", "text", "site"),
        Column("npi", "text", "National Provider Identifier", pattern=NPI),
        *(Column(name, "text", f"{name} as published, may be empty") for name in ("address", "city", "state", "zip")),
        Column("precision", "text", "how well the place that is used is known", allowed=PRECISIONS),
        LON,
        LAT,
        *PLACE_CHECK,
    ),
)


SEARCHES_OF_SOURCES = Table(
    "searches",
    "one source of clinicians and one state within the time limit",
    Scope.SERVICE,
    ("source", "state"),
    (
        Column("source", "text", "dataset, or calls for the user's own log"),
        Column("state", "text", "postal code of the state"),
        Column("search", "text", "searched_found, searched_none or not_searched", allowed=SEARCHES),
        Column("years", "text", "calendar years read, joined by a space; empty where years mean nothing"),
        Column("missing_years", "text", "years that the profile pools and no file gave, joined by a space"),
        Column("rows_read", "int", "rows of its files, all states together", minimum=0),
        Column("rows_used", "int", "rows of its files that were used, all states together", minimum=0),
        Column("rows_damaged", "int", "rows that could not be read; blank ones do not count", minimum=0),
        Column("why", "text", "why it was not, or only partly read; empty where it was"),
    ),
)


SITES_UNASKED = Table(
    "sites_unasked",
    "one candidate at one address as it stands without any answer; what answers are laid over (team)",
    Scope.SERVICE,
    ("site_id",),
    (
        *(_GRADE_IF_ANY.get(column.name, column) for column in SITES.columns),
        _COVERED,
    ),
)
