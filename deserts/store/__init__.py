"""Where files live, how they are written so that a crash leaves none half, and how they are checked before use."""

from deserts.store.digests import Digest, digest_of, require, sha256_of, what_differs
from deserts.store.files import (
    atomic_folder,
    atomic_path,
    gathered,
    write_bytes,
    write_json,
    write_private,
    write_text,
    writing_shapes,
)
from deserts.store.locks import alone
from deserts.store.own import PUBLISHED, OwnFiles
from deserts.store.sealed import read_sealed, write_sealed
from deserts.store.tables import FlowRow, Store

__all__ = [
    "PUBLISHED",
    "Digest",
    "FlowRow",
    "OwnFiles",
    "Store",
    "alone",
    "atomic_folder",
    "atomic_path",
    "digest_of",
    "gathered",
    "read_sealed",
    "require",
    "sha256_of",
    "what_differs",
    "write_bytes",
    "write_json",
    "write_private",
    "write_sealed",
    "write_text",
    "writing_shapes",
]
