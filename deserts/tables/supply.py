"""What lists do not show: totals of CMS beside what is seen, and supply without a named clinician."""

from __future__ import annotations

from deserts.tables.schema import Column, Scope, Table


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
