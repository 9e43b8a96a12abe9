"""The fixed words of an insurer packet: which documents insurers ask for by case, and the steps of an appeal.

Own words throughout, no procedure codes. Which rule applies depends on the plan: the plan's own policy and the denial
notice come first, and every packet says so.

References
----------
Medicare National Coverage Determination 280.14 (infusion pumps); 42 CFR 422.112(a)(3) and 422.116 (Medicare Advantage),
42 CFR 438.206(b)(4) (Medicaid managed care), 45 CFR 147.136 (internal appeals and external review of other plans).
"""

from __future__ import annotations

from collections.abc import Mapping

__all__ = [
    "APPEAL_GROUNDS", "APPEAL_STEPS", "CASES", "CHECKLISTS", "EXPEDITED", "EXPEDITED_EMPTY", "NETWORK_RULES",
    "PAYER_KINDS", "PRECEDENT_CAVEAT",
    "REASONS",
]  # fmt: skip

PRECEDENT_CAVEAT = (
    "Decisions on other patients: no precedents in law, and no sign of how often such refusals are overturned."
)

REASONS: Mapping[str, str] = {
    "network_gap": "Request for a network-gap exception",
    "continuation": "Request to continue pump refills",
    "first_implant": "Request for a first pump implant",
    "appeal": "Appeal of a denial",
}
"""Reason and the title of its packet."""

CASES = ("spasticity", "malignant_pain", "nonmalignant_pain")
"""Why there is or will be a pump; insurers ask for different documents in each case."""

PAYER_KINDS = ("commercial", "marketplace", "medicare", "medicare_advantage", "medicaid", "other")

_PUMP_DOCUMENTS = {
    "prescription": "Signed order for drug, concentration and refills",
    "clinic_notes": "Clinic notes of the last visits",
    "member_card": "Copy of the member card, both sides",
}
CHECKLISTS: Mapping[str, Mapping[str, str]] = {
    "continuation": {
        **_PUMP_DOCUMENTS,
        "implant_record": "Record of the implant: date, maker, model, reservoir",
        "pump_printout": "Newest print-out of the pump: settings, reservoir volume, alarm date",
        "refill_history": "Dates and volumes of the refills of the last year",
        "response_notes": "Notes on how the patient has done with the pump",
        "current_authorisation": "Letter of the authorisation in force, with its first and last day",
    },
    "first_implant/spasticity": {
        **_PUMP_DOCUMENTS,
        "diagnosis_record": "Record of the diagnosis and how long spasticity has lasted",
        "oral_drug_trial": "Record of at least six weeks of oral drugs: which, how much, effect, side effects",
        "other_treatments": "Record of therapy, injections and other treatments, with dates",
        "severity_scores": "Spasticity scores before treatment, dated",
        "screening_trial": "Record of the screening trial through the spine: dose, date, scores before and after",
        "surgical_clearance": "Statement that there is no infection and the body can hold the pump",
        "goals": "Goals that patient, family and team agreed on",
    },
    "first_implant/malignant_pain": {
        **_PUMP_DOCUMENTS,
        "oncology_record": "Cancer record with the expected survival as the physician states it",
        "systemic_opioids": "Record of opioids by mouth or skin: which, how much, effect, side effects",
        "spine_imaging": "Imaging of the spine: whether the canal is free of tumour",
        "screening_trial": "Record of the screening trial, or why the physician left it out",
        "surgical_clearance": "Statement that there is no infection and the body can hold the pump",
    },
    "first_implant/nonmalignant_pain": {
        **_PUMP_DOCUMENTS,
        "pain_source": "Findings that show the source of pain",
        "conservative_care": "Record of at least six months of other treatments, with dates and effect",
        "surgery_opinion": "Opinion that further surgery is not indicated",
        "psychological_evaluation": "Report of the psychological evaluation",
        "substance_screen": "Record that untreated addiction was looked for",
        "screening_trial": "Record of the screening trial: drug, dose, date, pain and function before and after",
        "surgical_clearance": "Statement that there is no infection and the body can hold the pump",
    },
    "network_gap": {
        **_PUMP_DOCUMENTS,
        "network_search": "Plan's own directory search, printed with its date",
        "call_log": "Log of the calls to network clinicians: day, who answered, what they said",
        "acceptance": "Written acceptance by the clinician outside the network",
        "member_request": "Plan's form for an exception, filled in",
    },
    "appeal": {
        "denial_letter": "Denial letter with its date, reference and reason",
        "plan_policy": "Plan's policy that the denial quotes",
        "physician_letter": "Letter of the treating physician that answers the denial's reason",
        "appeal_form": "Plan's appeal form, and the form that lets someone speak for the patient",
        "earlier_request": "What was sent with the first request",
    },
}
"""Case to documents: key on the form, and name. Keys tell which are at hand."""

APPEAL_GROUNDS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "not_necessary": (
        "The plan says that the treatment is not medically necessary.",
        (
            "Ask in writing for the exact policy, the criteria not met, and the reviewer's specialty.",
            "Answer each criterion in its own paragraph, with the document and page that meets it.",
            "Ask for a talk between the treating physician and a reviewer of the same specialty.",
        ),
    ),
    "treatments_not_documented": (
        "The plan says that earlier treatments were not documented.",
        (
            "List each earlier treatment with its dates, dose, effect and the record that shows it.",
            "Ask former clinics and pharmacies for missing records; attach the request if they are late.",
        ),
    ),
    "evaluation_missing": (
        "The plan says that an evaluation is missing.",
        (
            "Ask which evaluation, by whom and how recent.",
            "Attach the report, or the date of the appointment and a request to decide after it.",
        ),
    ),
    "trial_missing": (
        "The plan says that a screening trial is missing.",
        (
            "Attach the record of the trial with dose, date and scores.",
            "For a pump already in place, show the implant record: the trial came first, and this is about a refill.",
        ),
    ),
    "experimental": (
        "The plan says that the treatment is experimental.",
        (
            "Show the label of drug and pump for this use, and the national coverage determination on infusion pumps.",
            "If the drug is compounded or its strength is above the label, ask the prescriber to explain why.",
            "An external reviewer may overturn this reason; say in the appeal that external review will be asked for.",
        ),
    ),
}
"""Reason of a denial: what it says, and what to do."""

APPEAL_STEPS: Mapping[str, tuple[str, ...]] = {
    "commercial": (
        "Internal appeal: as a rule within 180 days of the denial notice (45 CFR 147.136).",
        "The plan answers within 30 days for care not yet given, within 72 hours when expedited.",
        "External review by an independent organisation: as a rule within four months of the final internal denial.",
        "In urgent cases, internal appeal and external review can be asked for at once.",
        "Free help: state insurance department or, for an employer's own plan, the US Department of Labor.",
    ),
    "medicare_advantage": (
        "Reconsideration by the plan: the denial notice gives the last day; 72 hours when expedited.",
        "A case that the plan upholds goes on to the independent review entity without a further request.",
        "Then an administrative law judge; the decision letter gives the last day.",
    ),
    "medicare": (
        "Redetermination by the Medicare contractor: the notice gives the last day.",
        "Reconsideration by an independent contractor, then an administrative law judge.",
    ),
    "medicaid": (
        "Appeal to the managed-care plan, if there is one: the notice gives the last day.",
        "Ask for care to go on meanwhile: the notice says by when.",
        "State fair hearing: the notice says how and by when.",
    ),
    "other": ("The notice of denial says how, where and by when to appeal. Ask for the plan's written procedure.",),
}
"""Kind of payer to the steps; the notice's own deadlines go before these."""

NETWORK_RULES: Mapping[str, str] = {
    "medicare_advantage": "42 CFR 422.112(a)(3): the plan arranges specialty care outside its network when network "
    "providers are unavailable or inadequate to meet an enrollee's needs.",
    "medicaid": "42 CFR 438.206(b)(4): a plan whose network cannot provide a covered service must cover it out of "
    "network, adequately and in time.",
}
"""What a kind of payer is held to when its network has nobody; other kinds follow the plan's contract and state law."""

EXPEDITED = (
    "We ask for an expedited decision: the pump can be empty on {run_dry} at the earliest, in {days}. Waiting for the "
    "standard time could seriously jeopardise life, health or the ability to regain maximum function."
)
EXPEDITED_EMPTY = (
    "We ask for an expedited decision: by the days entered the pump may be empty already. Waiting for the standard "
    "time could seriously jeopardise life, health or the ability to regain maximum function."
)
