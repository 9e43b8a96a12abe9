"""Two-digit state codes and postal codes, as whole columns."""

from __future__ import annotations

import pandas as pd

from deserts.config import state_by_fips

__all__ = ["postal_code"]


def postal_code(state_fips: pd.Series) -> pd.Series:
    """Return the postal code of each two-digit state code; empty for territories and unknown codes."""
    return state_fips.map(dict(state_by_fips())).fillna("").astype("str")
