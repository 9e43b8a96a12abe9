"""The fixed words of card and letter: verified phone lines, quotations with their sources; signs come from `words`.

Nothing here is about a patient. Clinical sentences for clinicians are quotations from the label and from papers, word
for word, so that the source can be weighed; deserts adds no treatment advice of its own.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

__all__ = [
    "CLINICIANS_LINES", "CLINICIANS_LINES_SEEN_ON", "DEVICE_LINES", "FURTHER_READING", "LINES_SEEN_ON", "QUOTATIONS",
    "Quotation",
]  # fmt: skip

LINES_SEEN_ON = dt.date(2026, 11, 21)
"""Day on which the phone lines below were last checked against their sources."""

DEVICE_LINES = {
    "medtronic": (
        ("Medtronic Patient Services", "1-800-510-6735"),
        ("Medtronic, number on the pump ID bracelet", "1-800-328-0810"),
    )
}
"""Device makers' lines that were verified, by maker in lower case. No other line is printed."""

CLINICIANS_LINES_SEEN_ON = dt.date(2026, 11, 28)
"""Day on which the lines below were last seen on the maker's emergency procedures page for clinicians."""

CLINICIANS_LINES = {"medtronic": (("SynchroMed technical support for clinicians, 24 hours", "800-707-0933"),)}
"""Makers' lines for clinicians who treat such a patient; not for families."""


@dataclass(frozen=True, slots=True)
class Quotation:
    """A sentence from a published source, word for word."""

    text: str
    source: str


QUOTATIONS = (
    Quotation(
        "Abrupt discontinuation of intrathecal baclofen, regardless of the cause, has resulted in sequelae that "
        "include high fever, altered mental status, exaggerated rebound spasticity, and muscle rigidity, that in rare "
        "cases has advanced to rhabdomyolysis, multiple organ-system failure, and death.",
        "Boxed warning, Lioresal Intrathecal (baclofen injection), US prescribing information",
    ),
    Quotation(
        "Baclofen withdrawal may mimic other diseases including sepsis, meningitis, autonomic dysreflexia, malignant "
        "hyperthermia, or neuroleptic malignant syndrome. Treatment consists of supportive care, reinstitution of "
        "baclofen, benzodiazepines, and diagnosis and eventual repair of intrathecal pump and catheter malfunction.",
        "Kao et al., Journal of Emergency Medicine 2003;24(4):423-427",
    ),
    Quotation(
        "Oral baclofen replacement may not be an effective method to treat or prevent intrathecal baclofen withdrawal "
        "syndrome.",
        "Mohammed and Hussain, BMC Clinical Pharmacology 2004;4:6, doi:10.1186/1472-6904-4-6",
    ),
)
"""About intrathecal baclofen only; printed when the pump holds baclofen."""

FURTHER_READING = (
    "Coffey et al., recognition and management, Arch Phys Med Rehabil 2002;83(6), doi:10.1053/apmr.2002.32820",
    "Ross et al., review of treatment options, Neurocritical Care 2011;14:103-108, doi:10.1007/s12028-010-9422-6",
    "Saulino et al., troubleshooting, Neuromodulation 2016;19:632-641, doi:10.1111/ner.12467",
)
