"""Which version of the program made a result."""

from __future__ import annotations

import functools
import hashlib
from pathlib import Path

from deserts import version

__all__ = ["code_version"]


@functools.cache
def code_version() -> str:
    """Return the package version and a short hash of its source, the same on every machine."""
    root = Path(version.__file__).parent
    digest = hashlib.sha256()
    for path in sorted(root.rglob("*")):
        if path.is_file() and path.suffix in {".py", ".toml", ".csv", ".html", ".css", ".js", ".j2"}:
            digest.update(path.relative_to(root).as_posix().encode())
            digest.update(path.read_bytes())
    return f"{version.__version__}+{digest.hexdigest()[:12]}"
