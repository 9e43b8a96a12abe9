"""Whom they see: children only on evidence about children, adults on evidence about adults."""

from __future__ import annotations

import numpy as np
import pandas as pd

from deserts.services import Service
from deserts.specialists.evidence import billed_rows

__all__ = ["age_bands"]

CHILDRENS_HOSPITAL = "childrens"
"""Start of the hospital type in the Hospital General Information file."""


def age_bands(
    npis: pd.Index,
    evidence: pd.DataFrame,
    *,
    hospitals: pd.DataFrame | None,
    medicaid: pd.DataFrame | None,
    service: Service,
) -> pd.Series:
    """Return ``adult``, ``paediatric``, ``both`` or ``unknown`` for each clinician.

    Paediatric comes only from a paediatric taxonomy, affiliation with a children's hospital, or Medicaid rows about
    children. Medicare bills show adults: most of them over 65, the rest disabled adults, never children. An answer on
    the telephone outranks the files, see `deserts.specialists.settle`.

    Parameters
    ----------
    npis
        Clinicians, in the order wanted.
    evidence
        Finished evidence rows.
    hospitals
        ``ccn`` and ``type``, or None.
    medicaid
        ``npi``, ``code`` and ``age_group`` (child, adult, all), or None.
    service
        The profile; its taxonomies whose words say "children" are paediatric.
    """
    paediatric_codes = [code for code, words in service.taxonomies.items() if "children" in words]
    child = npis.isin(evidence.loc[(evidence["kind"] == "taxonomy") & evidence["code"].isin(paediatric_codes), "npi"])
    if hospitals is not None:
        is_child = hospitals["type"].fillna("").astype("str").str.lower().str.startswith(CHILDRENS_HOSPITAL)
        ccns = hospitals.loc[is_child, "ccn"]
        child |= npis.isin(evidence.loc[(evidence["kind"] == "affiliation") & evidence["code"].isin(ccns), "npi"])
    bills = billed_rows(evidence)
    adult = npis.isin(bills.loc[bills["source"] == "claims", "npi"])
    if medicaid is not None and "age_group" in medicaid:
        rows = medicaid[medicaid["code"].isin(service.codes())]
        child |= npis.isin(rows.loc[rows["age_group"] == "child", "npi"])
        adult |= npis.isin(rows.loc[rows["age_group"] == "adult", "npi"])
    band = np.select([child & adult, child, adult], ["both", "paediatric", "adult"], default="unknown")
    return pd.Series(band, index=npis, dtype="str")
