"""What a parser returns: the tidy rows, the rows it could not use, and what it repaired."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

__all__ = ["BLANK_ROW", "Parsed", "empty_rejects", "rejects"]

BLANK_ROW = "a blank row"
"""Reason of a row without any text: neither data nor damage."""


@dataclass(frozen=True, slots=True)
class Parsed:
    """Rows of one file.

    Parameters
    ----------
    frame
        The usable rows, in the order of the file.
    rejected
        ``line`` (1 is the first line of the file; a record whose quoted text holds line breaks counts once) and
        ``reason`` of every row that could not be used, sorted by line.
    notes
        What was repaired or left empty, with counts, in plain words.
    """

    frame: pd.DataFrame
    rejected: pd.DataFrame
    notes: tuple[str, ...] = field(default=())

    @property
    def rows_in(self) -> int:
        """Rows that were read, blank and damaged ones included."""
        return len(self.frame) + len(self.rejected)


def empty_rejects() -> pd.DataFrame:
    """Return a list of damaged rows without rows."""
    return rejects([], [])


def rejects(lines: Sequence[int] | np.ndarray, reasons: Sequence[str]) -> pd.DataFrame:
    """Return damaged rows as a frame with the columns ``line`` and ``reason``."""
    frame = pd.DataFrame({"line": np.asarray(lines, dtype=np.int64), "reason": pd.Series(list(reasons), dtype="str")})
    return frame.sort_values("line", kind="stable", ignore_index=True)
