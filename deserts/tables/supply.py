"""What lists do not show: totals of CMS beside what is seen, and supply without a named clinician."""

from __future__ import annotations

from deserts.tables.schema import NPI, POSTAL_PLACE, Column, Scope, Table


def _count(name: str, meaning: str) -> Column:
    return Column(name, "float", meaning, nullable=True, minimum=0)


def _share(name: str, meaning: str) -> Column:
    return Column(name, "float", meaning, nullable=True, minimum=0, maximum=1)


RECONCILIATION = Table(
    "reconciliation",
    "one total of CMS (or none) beside what the rows by clinician show of it",
    Scope.SERVICE,
    ("year", "state", "code", "place_of_service", "total_source", "edition"),
    (
        Column("year", "int", "year of the data, 0 when no year was read", minimum=0),
        Column("state", "text", "postal code of the state, or US for the nation"),
        Column("code", "text", "HCPCS code"),
        Column(
            "place_of_service",
            "text",
            "O office, F facility, all (office and hospital outpatient together), H billed by the hospital itself",
            allowed=("O", "F", "all", "H"),
        ),
        Column("total_source", "text", "drug_spending, geography, psps, outpatient; empty where no total was read"),
        Column("edition", "text", "edition of that source; two editions of a year are both kept"),
        _count("seen_clinicians", "clinicians with a published row"),
        _count("seen_patients_low", "patients seen, the largest row of each door added up"),
        _count("seen_patients_high", "patients seen, all rows added up"),
        _count("seen_patients_strict", "patients of the largest single row"),
        _count("seen_services", "billed units seen"),
        _count("total_clinicians", "clinicians by the total"),
        _count("total_patients", "patients by the total, null when suppressed"),
        _count("total_services", "billed units by the total"),
        _count("total_claims", "claims by the total"),
        Column("total_suppressed", "bool", "whether the publisher blanked the patients (fewer than 11)"),
        _share("patients_low_share", "share of the patients seen, at least"),
        _share("patients_high_share", "share of the patients seen, at most"),
        _share("services_share", "share of the billed units seen"),
        _count("hidden_services", "billed units of the total that are not seen"),
        _count("hidden_clinicians_low", "clinicians of the total who are not seen, at least"),
        _count("hidden_clinicians_high", "clinicians of the total who are not seen, at most"),
        _share("ma_share", "share of those with Medicare in Medicare Advantage, whom no row and no total holds"),
        Column(
            "status",
            "text",
            "reconciled; not_reconciled (no total was read); total_suppressed; seen_partial (claims of less than the "
            "whole nation); not_read (no claims); total_only (bills of the hospital itself: no row is like them)",
            allowed=("reconciled", "not_reconciled", "total_suppressed", "seen_partial", "not_read", "total_only"),
        ),
    ),
)

_GRADES = ("P3", "P2", "P1", "P0", "N")

HOSPITAL_EVIDENCE = Table(
    "hospital_evidence",
    "one hospital, code and payer's plan out of a price file",
    Scope.SERVICE,
    ("ccn", "code", "payer_name", "plan_name"),
    (
        Column("ccn", "text", "CMS certification number, six characters"),
        Column("code", "text", "HCPCS code"),
        Column("kind", "text", "code class of the profile, or supply"),
        Column("payer_name", "text", "payer as the file names it, empty for gross and cash prices"),
        Column("plan_name", "text", "plan as the file names it"),
        Column(
            "grade",
            "text",
            "P3 paid repeatedly, P2 at least once, P1 a price agreed, P0 on the list alone, N not paid by this payer",
            allowed=_GRADES,
        ),
        Column("grade_rank", "int", "rank of the grade, 0 is best", minimum=0),
        _count("payments_low", "payments in 12 to 15 months, at least; null where the file gives no count"),
        _count("payments_high", "payments in 12 to 15 months, at most"),
        Column("count_text", "text", "count of the best row as written, may be empty"),
        Column("setting", "text", "inpatient, outpatient, both or empty"),
        Column("billing_class", "text", "professional, facility, both or empty"),
        Column("modifiers", "text", "modifiers, may be empty"),
        Column("rate_kind", "text", "how the price is given", allowed=("dollar", "percentage", "algorithm", "none")),
        Column("version", "text", "version of the file's layout; counts exist from 3 on"),
        Column("last_updated_on", "text", "day that the file gives itself (YYYY-MM-DD), may be empty"),
        Column("shared_by", "int", "hospitals that share the file", minimum=1),
        Column("source_file", "text", "file below the raw area, or a user's own"),
        Column("sha256", "text", "hash of the file"),
        Column("pointer", "text", "record or JSON pointer in the file"),
    ),
)


HOSPITAL_PLACES = Table(
    "hospital_places",
    "one hospital whose price file was read: a place, not a clinician",
    Scope.SERVICE,
    ("place_id",),
    (
        Column("place_id", "text", "H and the certification number"),
        Column("ccn", "text", "CMS certification number, six characters"),
        Column("name", "text", "name of the hospital"),
        Column("hospital_type", "text", "hospital type as published"),
        Column("emergency", "bool", "has emergency services"),
        *POSTAL_PLACE,
        Column("grade", "text", "best grade over payers for codes that show the service", allowed=_GRADES),
        Column("grade_rank", "int", "rank of the grade, 0 is best", minimum=0),
        Column(
            "supplies",
            "bool",
            "payments in a file of its own show that it does the service; never counted as a clinician",
        ),
        Column("drug", "text", "what the pumps hold", allowed=("baclofen_proven", "unknown", "not_applicable")),
        _count("payments_low", "payments of all payers' plans for the code with most, at least"),
        _count("payments_high", "payments of all payers' plans for the code with most, at most"),
        Column("payers", "text", "payers with payments, joined by '; '"),
        Column("payers_without", "text", "payers that say they paid none, joined by '; '"),
        Column("codes", "text", "codes with payments, joined by '; '"),
        Column("last_updated_on", "text", "day that the file gives itself (YYYY-MM-DD), may be empty"),
        Column("shared_by", "int", "hospitals that share the file: more than one are asked, not counted", minimum=1),
    ),
)


PRACTICE_TIES = Table(
    "practice_ties",
    "one clinician and one organisation through which Medicare pays for them in a state; no organisation: solo",
    Scope.SERVICE,
    ("npi", "state", "group_id"),
    (
        Column("npi", "text", "National Provider Identifier", pattern=NPI),
        Column("state", "text", "state of the enrolment"),
        Column("group_id", "text", "PECOS number of the legal entity that is paid, empty for a solo clinician"),
        Column("group_name", "text", "its legal business name, may be empty"),
        Column("members", "int", "clinicians in these data who are paid through it", minimum=1),
        Column("source", "text", "where it stands", allowed=("enrolment", "reassignment_list")),
    ),
)


HOSPITAL_SYSTEMS = Table(
    "hospital_systems",
    "one hospital and the system that it belongs to",
    Scope.SERVICE,
    ("ccn",),
    (
        Column("ccn", "text", "CMS certification number, six characters"),
        Column(
            "system_id", "text", "name of the system: E and the PECOS number of a legal entity of it, or N and a name"
        ),
        Column("system_name", "text", "owner with most hospitals of it, may be empty"),
    ),
)


SYSTEM_ENTITIES = Table(
    "system_entities",
    "one legal entity of a system",
    Scope.SERVICE,
    ("pac_id",),
    (
        Column("pac_id", "text", "PECOS number of the legal entity"),
        Column("system_id", "text", "system that it belongs to"),
        Column("system_name", "text", "owner with most hospitals of it, may be empty"),
    ),
)


MEDICAID_MONTHS = Table(
    "medicaid_months",
    "one biller, clinician, code and month of Medicaid spending; cells below 12 were removed by the publisher",
    Scope.SERVICE,
    ("billing_npi", "npi", "code", "month"),
    (
        Column("billing_npi", "text", "who sent the bill, may be empty"),
        Column("npi", "text", "who did the work, empty where the file does not tell"),
        Column("code", "text", "HCPCS code"),
        Column("month", "text", "month of the claims (YYYY-MM)", pattern=r"\d{4}-\d{2}"),
        _count("beneficiaries", "people in this row"),
        _count("claims", "claims in this row"),
        Column("paid_usd", "float", "US dollars paid, may be 0 or negative", nullable=True),
    ),
)


LEADS = Table(
    "leads",
    "one clinician or teaching hospital whom a maker of the service's products paid: a reason to phone, never evidence",
    Scope.SERVICE,
    ("lead_id",),
    (
        Column("lead_id", "text", "NPI, or H and the certification number of a teaching hospital"),
        Column("npi", "text", "National Provider Identifier, empty for a hospital"),
        Column("ccn", "text", "certification number of a teaching hospital, empty for a person"),
        Column("name", "text", "name as published"),
        Column("city", "text", "city as published"),
        Column("state", "text", "postal code of the state"),
        Column("zip", "text", "five-digit ZIP, may be empty"),
        Column("specialty", "text", "specialty as published, may be empty"),
        Column("products", "text", "names of products that fitted, joined by '; '"),
        Column("makers", "text", "who paid, joined by '; '"),
        Column("natures", "text", "what was paid for (most are meals), joined by '; '"),
        Column("payments", "int", "payments", minimum=1),
        Column("amount_usd", "float", "US dollars in all", minimum=0),
        Column("first_on", "text", "day of the first payment (YYYY-MM-DD)"),
        Column("last_on", "text", "day of the last payment (YYYY-MM-DD)"),
    ),
)
