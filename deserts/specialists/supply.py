"""Which sites count as supply in a run."""

from __future__ import annotations

import pandas as pd

from deserts.services import Service

__all__ = ["supply_at_grade"]


def supply_at_grade(sites: pd.DataFrame, *, service: Service, grade: str) -> pd.DataFrame:
    """Return the sites that count as supply: they supply, have a place, and are at the grade or better.

    Parameters
    ----------
    sites
        The table ``sites``.
    service, grade
        Ladder and rung of the run.
    """
    counts = sites["supplies"] & sites["lon"].notna() & (sites["grade_rank"] <= service.rank(grade))
    return sites[counts].reset_index(drop=True)
