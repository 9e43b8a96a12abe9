"""What a rerun replaces is kept, by its hash, while a whole run still names it.

So a coordinator gets the last whole answer while a refresh is under way, and two grades made from different demand
points stand side by side.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

from deserts.errors import DesertsError
from deserts.store.digests import Digest, what_differs
from deserts.store.manifest import Lineage
from deserts.store.sealed import read_sealed

__all__ = ["keep", "kept_path", "tidy"]

_FOLDER: Final = "kept"


def kept_path(path: Path, digest: Digest) -> Path:
    """Return where the version of a file with this digest is kept."""
    return path.parent / _FOLDER / f"{path.stem}-{digest.sha256[:16]}{path.suffix}"


def keep(paths: Iterable[Path], region_dir: Path, data_dir: Path) -> None:
    """Keep those of some files, about to be replaced, that a whole run of the region names."""
    named = _named_by_runs(region_dir)
    for path in paths:
        for digest in named.get(path.relative_to(data_dir).as_posix(), ()):
            target = kept_path(path, digest)
            if path.exists() and not target.exists() and what_differs(path, digest) is None:
                _link(path, target)


def tidy(region_dir: Path, data_dir: Path) -> None:
    """Remove what is kept and no whole run of the region names any more, or what stands in its own place again."""
    wanted = {
        kept_path(data_dir / path, digest)
        for path, digests in _named_by_runs(region_dir).items()
        for digest in digests
        if what_differs(data_dir / path, digest) is not None
    }
    for folder in region_dir.rglob(_FOLDER):
        for path in folder.iterdir():
            if path not in wanted:
                shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
        if not any(folder.iterdir()):
            folder.rmdir()


def _named_by_runs(region_dir: Path) -> Mapping[str, set[Digest]]:
    """Return path below the data folder to the digests that whole runs of a region give it."""
    named: dict[str, set[Digest]] = {}
    for record in sorted(region_dir.rglob("run.json")):
        try:
            lineage = Lineage.from_json(read_sealed(record, fix="")["stages"])
        except (DesertsError, KeyError):
            continue
        for manifest in lineage.manifests.values():
            for path, digest in manifest.outputs.items():
                named.setdefault(path, set()).add(digest)
    return named


def _link(path: Path, target: Path) -> None:
    """Give a file or a folder a second name; where the disk knows no such thing, copy it."""
    target.parent.mkdir(parents=True, exist_ok=True)
    if path.is_dir():
        temporary = target.with_name(f".{target.name}.tmp-")
        shutil.rmtree(temporary, ignore_errors=True)
        shutil.copytree(path, temporary, copy_function=_link_file)
        temporary.rename(target)
    else:
        _link_file(path, target)


def _link_file(source: str | Path, target: str | Path) -> None:
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)
