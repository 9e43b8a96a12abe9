"""Hashes of files: computed once a process for a file that does not change, and compared with what was recorded.

``sha256`` is the identity of a file, in locks and manifests. ``xxh3`` (128 bits) stands beside it because it is read
at the speed of memory: it tells a damaged file from a whole one before every first use, not a forged one.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import xxhash

from deserts.errors import WRONG_SHAPE, DamagedDataError

__all__ = [
    "INDEX", "Digest", "Signature", "digest_of", "forget_written", "index_of", "is_settled", "is_written_here",
    "note_written", "require", "sha256_of", "signature_of", "what_differs",
]  # fmt: skip

INDEX: Final = "meta.json"
"""File of a folder that lists the others under ``files``; its hash is that of the folder."""

_BLOCK: Final = 1 << 20
_STILL_WARM_NS: Final = 50_000_000
"""A file changed so lately may change again within one tick of the clock that its date is read from."""

Signature = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Digest:
    """What is recorded of a file. Records of earlier versions have neither size nor quick hash."""

    sha256: str
    size_bytes: int | None = None
    xxh3: str = ""

    @classmethod
    def from_json(cls, value: Any) -> Digest:
        """Read what `to_json` gave, or the bare sha256 of an earlier version."""
        return cls(value) if isinstance(value, str) else cls(**value)

    def to_json(self) -> dict[str, object]:
        """Return the record for a manifest."""
        return asdict(self)


_known: dict[Path, tuple[Signature, Digest]] = {}
_quick: dict[Path, tuple[Signature, str]] = {}
_written: dict[Path, Signature] = {}


def signature_of(path: Path) -> Signature:
    """Return size, date and inode of a file: while they stay the same, it is not read again."""
    facts = path.stat()
    return facts.st_size, facts.st_mtime_ns, facts.st_ino


def is_settled(signature: Signature) -> bool:
    """Whether a file was changed so long ago that a further change would show in its date."""
    return abs(time.time_ns() - signature[1]) > _STILL_WARM_NS


def digest_of(path: Path) -> Digest:
    """Return the hashes of a file, or of a folder's index; read once while size, date and inode stay the same."""
    file = path / INDEX if path.is_dir() else path
    signature = signature_of(file)
    known = _known.get(file)
    if known is not None and known[0] == signature:
        return known[1]
    sha, quick, size = hashlib.sha256(), xxhash.xxh3_128(), 0
    with file.open("rb") as stream:
        while block := stream.read(_BLOCK):
            sha.update(block)
            quick.update(block)
            size += len(block)
    digest = Digest(sha.hexdigest(), size, quick.hexdigest())
    if is_settled(signature):
        _known[file] = signature, digest
    return digest


def sha256_of(path: Path) -> str:
    """Return the sha256 of a file, or of a folder's index."""
    return digest_of(path).sha256


def _quick_of(file: Path) -> str:
    signature = signature_of(file)
    known = _quick.get(file)
    if known is not None and known[0] == signature:
        return known[1]
    if (whole := _known.get(file)) is not None and whole[0] == signature:
        return whole[1].xxh3
    quick = xxhash.xxh3_128()
    with file.open("rb", buffering=0) as stream:
        while block := stream.read(_BLOCK):
            quick.update(block)
    if is_settled(signature):
        _quick[file] = signature, quick.hexdigest()
    return quick.hexdigest()


EARLIER: Final = "an earlier version of deserts made it, and this one writes it in another way"
"""How a folder differs that was written before folders had an index."""


def what_differs(path: Path, recorded: Digest) -> str | None:
    """Return in words how a file, or a folder by its index, differs from what was recorded; None where it does not."""
    if path.is_dir():
        if recorded.size_bytes is None:
            return EARLIER
        return what_differs(path / INDEX, recorded) or _what_differs_inside(path)
    if not path.is_file():
        return "it is gone"
    size = path.stat().st_size
    if recorded.size_bytes is not None and size != recorded.size_bytes:
        return f"it has {size:,} bytes, {recorded.size_bytes:,} were recorded"
    same = _quick_of(path) == recorded.xxh3 if recorded.xxh3 else sha256_of(path) == recorded.sha256
    return None if same else "its content has changed since it was recorded"


def _what_differs_inside(folder: Path) -> str | None:
    try:
        listed = json.loads((folder / INDEX).read_text(encoding="utf-8"))["files"]
    except (*WRONG_SHAPE, OSError):
        return "its index lists no files"
    for name, facts in sorted(listed.items()):
        if (reason := what_differs(folder / name, Digest.from_json(facts))) is not None:
            return f"{name}: {reason}"
    return None


def index_of(folder: Path) -> dict[str, Mapping[str, object]]:
    """Return the digest of each file of a folder by name, for its index."""
    return {file.name: digest_of(file).to_json() for file in sorted(folder.iterdir()) if file.name != INDEX}


def require(path: Path, recorded: Digest, *, fix: str) -> Path:
    """Return a path whose content is what was recorded.

    Raises
    ------
    DamagedDataError
        If it is not.
    """
    if (reason := what_differs(path, recorded)) is not None:
        what = reason if reason == EARLIER else f"the file is damaged: {reason}"
        raise DamagedDataError(what, where=path, fix=fix)
    return path


# --- what this process wrote itself -----------------------------------------------------------------------------------


def note_written(path: Path) -> None:
    """Remember that this process wrote a file, whole."""
    _written[path.absolute()] = signature_of(path)


def forget_written(path: Path) -> None:
    """Forget that this process wrote a file or a folder: what it belongs to was not finished."""
    _written.pop((path / INDEX if path.is_dir() else path).absolute(), None)


def is_written_here(path: Path) -> bool:
    """Whether this process wrote a file, or a folder's index, and nobody has changed it since."""
    file = (path / INDEX if path.is_dir() else path).absolute()
    try:
        return _written.get(file) == signature_of(file)
    except OSError:
        return False
