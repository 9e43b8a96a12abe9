"""Every fault a user can meet, one class a kind, each also a builtin of the same meaning.

A message answers four questions: what is wrong, where (file, row, column), what was expected, what to do.
The command line prints that message without a traceback and leaves with the class's exit code.
"""

from __future__ import annotations

from pathlib import Path

__all__ = [
    "WRONG_SHAPE",
    "DamagedDataError",
    "DesertsError",
    "FaultyAnswerError",
    "InputError",
    "LockMismatchError",
    "MissingDataError",
    "MissingExtraError",
    "MixedRunsError",
    "NetworkForbiddenError",
    "NotPublishableError",
    "SourceError",
    "StaleDataError",
    "StorageError",
    "UnknownNameError",
]

WRONG_SHAPE = (ValueError, LookupError, TypeError, AttributeError, ArithmeticError, RecursionError)
"""What taking a record of ours apart raises where it has another shape: for `except`, followed by a `DesertsError`."""


class DesertsError(Exception):
    """Base of all errors that deserts raises on purpose.

    Parameters
    ----------
    what
        What is wrong, as one sentence without a final full stop.
    where
        The place: a file, optionally with row and column, for example ``claims.csv, row 7, column Tot_Benes``.
    expected
        What would have been right.
    fix
        What to do next, as an instruction.
    """

    exit_code = 1

    def __init__(
        self, what: str, *, where: str | Path | None = None, expected: str | None = None, fix: str | None = None
    ) -> None:
        self.what = what
        self.where = None if where is None else str(where)
        self.expected = expected
        self.fix = fix
        super().__init__(what)

    def __str__(self) -> str:
        """Return the whole message, a line a question."""
        lines = [self.what if self.where is None else f"{self.where}: {self.what}"]
        if self.expected is not None:
            lines.append(f"expected: {self.expected}")
        if self.fix is not None:
            lines.append(f"to do: {self.fix}")
        return "\n  ".join(lines)


class InputError(DesertsError, ValueError):
    """A file or an option that the user gave cannot be used as it is."""

    exit_code = 2


class UnknownNameError(DesertsError, LookupError):
    """A region, service, grade, ZIP, NPI or other name that is not known."""

    exit_code = 2


class MissingDataError(DesertsError, FileNotFoundError):
    """A table or file that an earlier stage writes is not there yet."""

    exit_code = 3


class DamagedDataError(InputError):
    """A file that a stage wrote, or that was fetched, is no longer what was recorded of it."""

    exit_code = 3


class MixedRunsError(DesertsError, RuntimeError):
    """Tables of two runs lie side by side, and what was asked would be answered from half of each."""

    exit_code = 3


class MissingExtraError(DesertsError, ImportError):
    """An optional package is needed for what was asked and is not installed."""

    exit_code = 3


class SourceError(DesertsError, ConnectionError):
    """A publisher could not be reached or kept failing."""

    exit_code = 4


class FaultyAnswerError(SourceError):
    """A publisher answered, but not with what it publishes (HTML, a cut body, an error inside a 200)."""


class NetworkForbiddenError(SourceError):
    """A file is not in the mirror or the cache and ``--no-network`` forbids fetching it."""


class StaleDataError(DesertsError, RuntimeError):
    """``--strict`` was asked for and the data or a verification is older than allowed."""

    exit_code = 5


class StorageError(DesertsError, OSError):
    """The system refuses to store a file: no room, no right to write there."""

    exit_code = 1


class LockMismatchError(DesertsError, RuntimeError):
    """A frozen run met a file that differs from its lock."""

    exit_code = 6


class NotPublishableError(DesertsError, RuntimeError):
    """A run failed a check without which it may not be published."""

    exit_code = 7
