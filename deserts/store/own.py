"""Which of a user's own files a run was made from: the part of its identity that parts it from the published one.

Tables made from a user's own demand points stand beside those made from the publishers', in a folder of their own
below each folder that depends on them; what does not depend on them is shared.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from deserts.tables import Scope

__all__ = ["PUBLISHED", "OwnFiles"]

_PLACES: Final = frozenset({"county_polygons", "zip_places", "demand"})
_ROADS: Final = frozenset({"roads"})
_NOT_OF_SERVICE: Final = frozenset({"demand", "roads"})


@dataclass(frozen=True, slots=True)
class OwnFiles:
    """The user's own input files of a run.

    Parameters
    ----------
    files
        Dataset, file name and sha256 of each, sorted.
    """

    files: tuple[tuple[str, str, str], ...] = ()

    @classmethod
    def of(cls, files: Iterable[tuple[str, str, str]]) -> OwnFiles:
        """Return the identity of some files, whatever their order."""
        return cls(tuple(sorted(files)))

    @classmethod
    def from_json(cls, rows: Any) -> OwnFiles:
        """Read what `to_json` gave."""
        return cls.of((str(dataset), str(name), str(sha256)) for dataset, name, sha256 in rows)

    def to_json(self) -> list[list[str]]:
        """Return the files as plain values."""
        return [list(row) for row in self.files]

    def tag(self, scope: Scope) -> str:
        """Return the name of the folder for what depends on these files in a scope; empty where nothing does."""
        chosen = [(dataset, sha256) for dataset, _, sha256 in self.files if _belongs(dataset, scope)]
        if not chosen:
            return ""
        text = "\n".join(f"{dataset} {sha256}" for dataset, sha256 in sorted(chosen))
        return f"own-{hashlib.sha256(text.encode()).hexdigest()[:8]}"

    def sentence(self) -> str:
        """Return which files these are, in words; empty where there is none."""
        return ", ".join(f"{name} ({dataset})" for dataset, name, _ in self.files)


def _belongs(dataset: str, scope: Scope) -> bool:
    if scope == Scope.REGION:
        return dataset in _PLACES
    if scope == Scope.NETWORK:
        return dataset in _ROADS
    return scope == Scope.GRADE or dataset not in _NOT_OF_SERVICE


PUBLISHED: Final = OwnFiles()
"""A run on the publishers' files alone."""
