"""JSON records that notice a change: each carries a hash of itself, so that a flipped bit in one is no fact."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from deserts.errors import DamagedDataError, MissingDataError
from deserts.store.files import write_json

__all__ = ["read_sealed", "write_sealed"]

_SEAL: Final = "seal"


def write_sealed(path: Path, facts: Mapping[str, Any], *, private: bool = False) -> None:
    """Write facts with their seal, atomically, equal facts as equal bytes."""
    write_json(path, {**facts, _SEAL: _seal_of(facts)}, private=private)


def read_sealed(path: Path, *, fix: str, unsealed: bool = False) -> dict[str, Any]:
    """Read what `write_sealed` wrote.

    Parameters
    ----------
    path
        The file.
    fix
        What to do when it is damaged.
    unsealed
        Whether a record without a seal is taken, as earlier versions wrote them.

    Raises
    ------
    MissingDataError
        If it is not there.
    DamagedDataError
        If it is no JSON object, or its content does not fit its seal.
    """
    try:
        facts = json.loads(path.read_bytes().decode("utf-8"))
    except FileNotFoundError as error:
        raise MissingDataError("there is no such record", where=path, fix=fix) from error
    except (OSError, ValueError, RecursionError) as error:
        raise DamagedDataError(f"the record is damaged: {error}", where=path, fix=fix) from error
    if not isinstance(facts, dict):
        raise DamagedDataError("the record is damaged: it is no object", where=path, fix=fix)
    seal = facts.pop(_SEAL, None)
    if not (seal is None and unsealed) and seal != _seal_of(facts):
        raise DamagedDataError("the record is damaged: it does not fit its own seal", where=path, fix=fix)
    return facts


def _seal_of(facts: Mapping[str, Any]) -> str:
    plain = json.dumps(facts, sort_keys=True, ensure_ascii=False, allow_nan=False)
    return hashlib.sha256(plain.encode("utf-8", errors="surrogatepass")).hexdigest()
