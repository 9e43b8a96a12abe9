"""Answers kept beside a file that is being put together: one that is not as it was written counts as none."""

from __future__ import annotations

from pathlib import Path

from deserts.errors import DesertsError
from deserts.store import read_sealed, write_sealed

__all__ = ["keep_answer", "kept_answer"]

_NAME = "answer"


def keep_answer(path: Path, text: str, *, private: bool = False) -> None:
    """Keep an answer word for word, sealed; ``private`` for its owner alone."""
    write_sealed(path, {_NAME: text}, private=private)


def kept_answer(path: Path) -> str | None:
    """Return a kept answer, None where there is none or it was damaged: it is then asked for again."""
    try:
        text = read_sealed(path, fix="delete it")[_NAME]
    except (DesertsError, KeyError):
        return None
    return text if isinstance(text, str) else None
