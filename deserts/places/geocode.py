"""Give addresses a place without a network: by ZIP, with the precision said."""

from __future__ import annotations

import numpy as np
import pandas as pd

from deserts.places.zips import ZipIndex

__all__ = ["locate"]


def locate(zips: pd.Series, *, index: ZipIndex) -> pd.DataFrame:
    """Return longitude, latitude and precision of each ZIP.

    Parameters
    ----------
    zips
        Five-digit ZIPs; empty or damaged ones get no place.
    index
        The offline look-up.

    Returns
    -------
    DataFrame
        ``lon, lat`` (degrees, null where none) and ``precision``: ``zip``, ``zip_nearby`` (a ZIP with the same first
        three digits stands in) or ``none``; same index as ``zips``.
    """
    text = zips.fillna("").astype(str)
    exact = index.positions(text)
    rows = np.where(exact >= 0, exact, index.nearby_positions(text))
    columns = index.columns(["lon", "lat"])
    located = rows >= 0
    values = {
        name: np.where(located, column[np.maximum(rows, 0)] if len(column) else np.nan, np.nan).astype(float)
        for name, column in columns.items()
    }
    precision = np.where(exact >= 0, "zip", np.where(located, "zip_nearby", "none"))
    return pd.DataFrame({**values, "precision": precision}, index=zips.index)
