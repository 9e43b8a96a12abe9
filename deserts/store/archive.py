"""Write zip archives whose bytes depend on their content alone."""

from __future__ import annotations

import io
import shutil
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from deserts.errors import InputError
from deserts.store.files import atomic_path

__all__ = ["write_archive"]

_EARLY: Final = (1980, 1, 1, 0, 0, 0)
"""Date of every member, so that equal content gives equal archives."""


def write_archive(
    path: Path, members: Mapping[str, bytes], files: Mapping[str, Path], *, packed: bool = True, private: bool = False
) -> int:
    """Write an archive, atomically; return its size in bytes.

    Parameters
    ----------
    path
        The archive.
    members, files
        Name in the archive to content, or to the file that holds it.
    packed
        Whether members are deflated; not where they are packed already.
    private
        Whether its owner alone may read it.

    Raises
    ------
    InputError
        If two members would have one name.
    """
    twice = members.keys() & files.keys()
    if twice:
        raise InputError(f"two files of the archive would have one name: {', '.join(sorted(twice))}", where=path)
    how = zipfile.ZIP_DEFLATED if packed else zipfile.ZIP_STORED
    with atomic_path(path, private=private) as temporary, zipfile.ZipFile(temporary, "w", how) as archive:
        for name in sorted([*members, *files]):
            info = zipfile.ZipInfo(name, _EARLY)
            info.compress_type = how
            info.external_attr = 0o644 << 16
            source = io.BytesIO(members[name]) if name in members else files[name].open("rb")
            with source, archive.open(info, "w", force_zip64=True) as target:
                shutil.copyfileobj(source, target, 1 << 20)
    return path.stat().st_size
