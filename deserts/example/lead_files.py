"""Leads and decisions in the example: payments of makers, and what independent reviewers decided. All invented."""

from __future__ import annotations

from collections.abc import Sequence

from deserts.example.archives import csv_bytes
from deserts.example.cast import Clinician

__all__ = ["appeals_ca", "appeals_ny", "open_payments"]

_SLOTS = range(1, 6)


def open_payments(people: Sequence[Clinician]) -> bytes:
    """Return general payments of one year: a pump's maker paid for meals, and one payment is disputed."""
    slots = [f"Name_of_Drug_or_Biological_or_Device_or_Medical_Supply_{slot}" for slot in _SLOTS]
    header = [
        "Change_Type", "Covered_Recipient_Type", "Teaching_Hospital_CCN", "Teaching_Hospital_Name",
        "Covered_Recipient_NPI", "Covered_Recipient_First_Name", "Covered_Recipient_Last_Name", "Recipient_City",
        "Recipient_State", "Recipient_Zip_Code", "Covered_Recipient_Specialty_1",
        "Applicable_Manufacturer_or_Applicable_GPO_Making_Payment_Name", "Total_Amount_of_Payment_USDollars",
        "Date_of_Payment", "Nature_of_Payment_or_Transfer_of_Value", "Dispute_Status_for_Publication", *slots,
        "Program_Year",
    ]  # fmt: skip
    # The background: people whom a specialty lists and nothing proves.
    known = sorted((who for who in people if who.entity == "I" and not who.role), key=lambda who: who.npi)
    payments = (
        # who, product, slot, dollars, day, nature, disputed
        (known[3], "SynchroMed II", 1, "18.40", "03/14/2024", "Food and Beverage", "No"),
        (known[3], "SYNCHROMED III", 3, "22.10", "09/02/2024", "Food and Beverage", "No"),
        (known[11], "Gablofen", 2, "150.00", "05/20/2024", "Education", "No"),
        (known[19], "SynchroMed II", 1, "31.00", "06/11/2024", "Food and Beverage", "Yes"),
        (known[25], "Another product", 1, "12.00", "02/01/2024", "Food and Beverage", "No"),
    )  # fmt: skip
    rows = []
    for who, product, slot, dollars, day, nature, disputed in payments:
        names = [product if place == slot else "" for place in _SLOTS]
        site = who.sites[0]
        rows.append([
            "NEW", "Covered Recipient Physician", "", "", who.npi, who.first, who.last, site.city, site.state,
            site.zip, who.specialty, "Invented Pumps Inc", dollars, day, nature, disputed, *names, "2024",
        ])  # fmt: skip
    return csv_bytes(header, rows)


def appeals_ny() -> bytes:
    """Return decisions in the layout of New York, as a CSV below a title."""
    header = [
        "Case Number", "Treatment", "Diagnosis", "Health Plan", "Coverage Type", "Appeal Decision", "Denial Reason",
        "Gender", "Age Range", "Decision Year", "Agent", "Summary 1", "References 1", "Summary 2", "References 2",
        "Summary 3", "References 3",
    ]  # fmt: skip
    dangerous = (
        "Invented case. Refills of an implanted pump with intrathecal baclofen were refused. The reviewer found "
    )
    dangerous += "that stopping it is dangerous."
    rows = [
        ["202401-900001", "[Durable Medical Equipment][Surgical Services]", "[Central Nervous System]",
         "Invented Health Plan", "HMO", "Overturned", "Medical necessity", "Female", "40-49", "2024", "AGENT",
         dangerous, "1) An invented reference.", "", "", "", ""],
        ["202302-900002", "[Surgical Services]", "[Central Nervous System]", "Invented Health Plan", "Medicaid",
         "Upheld", "Medical necessity", "Male", "20-29", "2023", "AGENT",
         "Invented case. A first baclofen pump was refused because no trial was documented.", "", "", "", "", ""],
        ["202203-900003", "[Pharmacy]", "[Skin Disorders]", "Another Plan", "PPO", "Overturned in Part",
         "Medical necessity", "Male", "30-39", "2022", "AGENT", "Invented case. A cream.", "", "", "", "", ""],
    ]  # fmt: skip
    return csv_bytes(header, rows)


def appeals_ca() -> bytes:
    """Return decisions in the layout of California: latin-1, with HTML entities, without the plan's name."""
    header = [
        "ReferenceID", "ReportYear", "DiagnosisCategory", "DiagnosisSubCategory", "TreatmentCategory",
        "TreatmentSubCategory", "Determination", "Type", "AgeRange", "PatientGender", "IMRType", "Findings",
    ]  # fmt: skip
    rows = [
        ["MN24-90001", "2024", "Central Nervous System/ Neuromuscular Dis", "Spasticity", "Durable Medical Equipment",
         "Pump", "Overturned Decision of Health Plan", "Medical Necessity", "31-40", "Female", "Medical Necessity",
         "Invented case. The patient&rsquo;s intrathecal baclofen pump had to be replaced."],
    ]  # fmt: skip
    return csv_bytes(header, rows).decode("utf-8").encode("latin-1")
