"""The check digit of a National Provider Identifier (NPI)."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable

import numpy as np
import pandas as pd

from deserts.arrays import Bools

__all__ = ["npi_is_valid", "npis_are_valid"]

_LENGTH = 10
_SHAPE = re.compile(r"[12][0-9]{9}")
# Luhn sum of "80840", the prefix that turns an NPI into a card-issuer number: constant, since those digits never move.
_PREFIX_SUM = 24


@functools.lru_cache(maxsize=1 << 16)
def npi_is_valid(npi: str) -> bool:
    """Whether ``npi`` has ten digits, starts with 1 or 2, and its check digit is right.

    The check is Luhn's over ``80840`` followed by the NPI (45 CFR 162.406).

    Examples
    --------
    >>> npi_is_valid("1234567893"), npi_is_valid("1234567894")
    (True, False)
    """
    return _SHAPE.fullmatch(npi) is not None and bool(_checks([npi])[0])


def npis_are_valid(npis: pd.Series) -> pd.Series:
    """Return for each text whether it is a valid NPI; same index.

    Parameters
    ----------
    npis
        Texts, shape (n,).
    """
    texts = npis.astype("str").fillna("")
    shaped = texts.str.fullmatch(_SHAPE.pattern, flags=0).to_numpy(dtype=bool)
    valid = np.zeros(len(texts), dtype=bool)
    valid[shaped] = _checks(texts[shaped])
    return pd.Series(valid, index=npis.index)


def _checks(npis: Iterable[str]) -> Bools:
    """Return which of some texts of ten digits have the right check digit."""
    digits = np.frombuffer("".join(npis).encode("ascii"), dtype=np.uint8).reshape(-1, _LENGTH).astype(np.int64) - ord(
        "0"
    )
    doubled = digits[:, -2::-2] * 2
    total = _PREFIX_SUM + digits[:, -1::-2].sum(axis=1) + np.where(doubled > 9, doubled - 9, doubled).sum(axis=1)
    return np.asarray(total % 10 == 0, dtype=bool)
