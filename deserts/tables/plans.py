"""What payers' directories list: a claim by the payer, never evidence of doing."""

from __future__ import annotations

from deserts.tables.schema import LAT, LON, NPI, PRECISIONS, Column, Scope, Table, optional_column

PLAN_LISTINGS = Table(
    "plan_listings",
    "one provider, plan or network and place that a payer's directory lists: a claim by the payer, never evidence",
    Scope.SERVICE,
    ("plan_id", "listing_no"),
    (
        Column("plan_id", "text", "plan by identifier, else the network's; empty where the file names neither"),
        Column("listing_no", "int", "running number within the plan", minimum=1),
        Column("plan_name", "text", "name of the plan, else of the network, may be empty"),
        Column(
            "source", "text", "form of the file", optional=True,
            allowed=("plannet", "ma_fhir", "ma_json", "qhp", "npd", "tic"),
        ),
        Column("npi", "text", "identifier as the payer gives it; empty for an organisation without one"),
        Column("entity", "text", "who is listed", allowed=("individual", "organisation")),
        Column("name", "text", "name as the payer gives it"),
        Column("specialty", "text", "specialty as the payer gives it, may be empty"),
        Column("codes", "text", "taxonomy codes, joined by blanks, may be empty"),
        Column(
            "listed_via", "text", "how it is listed: by name, through an organisation, in a file of rates",
            allowed=("role", "affiliation", "providers_json", "rate"),
        ),
        Column("address", "text", "street line as the payer gives it, may be empty"),
        Column("city", "text", "city, may be empty"),
        Column("state", "text", "postal code of the state, may be empty"),
        Column("zip", "text", "five-digit ZIP, may be empty"),
        LON,
        LAT,
        optional_column("phone", "text", "telephone as the payer gives it, may be empty"),
        optional_column("organisation_name", "text", "practice or hospital of the listing, may be empty"),
        optional_column("parent_id", "text", "organisation that it is part of: its NPI, else its name in the file"),
        optional_column("parent_name", "text", "name of that organisation, may be empty"),
        Column("accepting", "text", "what the payer says of new patients"),
        Column("source_date", "text", "day that the record gives itself (YYYY-MM-DD), may be empty"),
        Column("retrieved_on", "text", "day on which the file was got (YYYY-MM-DD), may be empty"),
        Column("source_file", "text", "name of the file"),
        Column("source_sha256", "text", "hash of the file"),
        Column("pointer", "text", "line number or path of the record in the file"),
        Column("gaps", "text", "why the reading is incomplete, joined by '; '; empty when it is whole"),
    ),
)  # fmt: skip


LISTED_PLACES = Table(
    "listed_places",
    "one site and the place that a directory gives for its clinician in the same ZIP: a cross-check, it moves no site",
    Scope.SERVICE,
    ("site_id",),
    (
        Column("site_id", "text", "site"),
        Column("npi", "text", "National Provider Identifier", pattern=NPI),
        Column("zip", "text", "five-digit ZIP of both"),
        Column("address", "text", "street line as the directory gives it, may be empty"),
        Column("same_door", "bool", "the directory gives the site's own street, too"),
        Column("precision", "text", "how well the place of ours is known", allowed=PRECISIONS),
        Column("km_apart", "float", "from our place to the directory's (km)", minimum=0),
        LON,
        LAT,
        Column("phone_agrees", "text", "yes or no; empty where either gives none", allowed=("yes", "no", "")),
        Column("organisation_name", "text", "practice or hospital of the listing, may be empty"),
        Column("parent_name", "text", "organisation that it is part of, may be empty"),
        Column("source", "text", "form of the file"),
        Column("source_date", "text", "day that the record gives itself (YYYY-MM-DD), may be empty"),
        Column("source_file", "text", "name of the file"),
        Column("pointer", "text", "line number or path of the record in the file"),
    ),
)
