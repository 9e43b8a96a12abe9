"""Manifests: what a stage read, with which settings, and what it wrote. Together they are the lineage of a run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any, Final

from deserts.errors import WRONG_SHAPE, DamagedDataError, DesertsError
from deserts.store.digests import Digest
from deserts.store.sealed import read_sealed, write_sealed

__all__ = ["Lineage", "Manifest", "artifact_of"]

_FIX: Final = "run `deserts run` again: it makes anew what a damaged record leaves in doubt"


@dataclass(frozen=True, slots=True)
class Manifest:
    """The record of one finished stage.

    Parameters
    ----------
    stage, scope, code
        Name of the stage, the scope of what it writes, and version of the code that ran it.
    inputs
        Name to sha256 of everything it read: ``table:NAME``, ``network``, a raw file's path, ``user:NAME``.
    parameters
        The settings that its result depends on.
    outputs
        Path below the data folder to digest of everything it wrote.
    """

    stage: str
    scope: str
    code: str
    inputs: Mapping[str, str]
    parameters: Mapping[str, Any]
    outputs: Mapping[str, Digest] = field(default_factory=dict)

    @property
    def is_read(self) -> bool:
        """Whether it wrote anything that others read; a map is only looked at."""
        return any(_is_link(artifact_of(path)) for path in self.outputs)

    def to_json(self) -> dict[str, Any]:
        """Return the record as plain values."""
        return {
            "stage": self.stage,
            "scope": self.scope,
            "code": self.code,
            "inputs": dict(self.inputs),
            "parameters": dict(self.parameters),
            "outputs": {path: digest.to_json() for path, digest in self.outputs.items()},
        }

    @classmethod
    def from_json(cls, facts: Mapping[str, Any]) -> Manifest:
        """Read what `to_json` gave.

        Raises
        ------
        ValueError, KeyError, TypeError, AttributeError
            If it is of another shape.
        """
        outputs = {str(path): Digest.from_json(value) for path, value in facts["outputs"].items()}
        inputs = {str(name): str(sha) for name, sha in facts["inputs"].items()}
        names = (str(facts["stage"]), str(facts.get("scope", "")), str(facts["code"]))
        return cls(*names, inputs, dict(facts["parameters"]), outputs)

    def write(self, path: Path) -> None:
        """Write the record, sealed."""
        write_sealed(path, self.to_json())

    @classmethod
    def read(cls, path: Path) -> Manifest | None:
        """Return a record; None where there is none that can be read, since its stage then counts as not run."""
        try:
            return cls.from_json(read_sealed(path, fix=_FIX, unsealed=True))
        except (*WRONG_SHAPE, DesertsError):
            return None


def artifact_of(path: str) -> str:
    """Return the name that stages call an output by when they read it."""
    place = PurePosixPath(path)
    return f"table:{place.stem}" if place.suffix == ".parquet" else place.stem


@dataclass(frozen=True, slots=True)
class Lineage:
    """The manifests of one run by the name of their stage."""

    manifests: Mapping[str, Manifest] = field(default_factory=dict)

    @classmethod
    def of_folders(cls, folders: Mapping[str, Path]) -> Lineage:
        """Read the manifests of each scope's folder; damaged ones count as not there.

        Two scopes may share a folder: a run on a user's own demand points reads the roads of the published one, whose
        places lie beside them. Manifests of earlier versions name no scope.
        """
        found: dict[str, Manifest] = {}
        for scope, folder in folders.items():
            for path in sorted((folder / "manifest").glob("*.json")):
                manifest = Manifest.read(path)
                if manifest is not None and manifest.stage == path.stem and manifest.scope in (scope, ""):
                    found.setdefault(manifest.stage, manifest)
        return cls(found)

    @classmethod
    def from_json(cls, facts: Mapping[str, Any]) -> Lineage:
        """Read what `to_json` gave.

        Raises
        ------
        DamagedDataError
            If it is of another shape.
        """
        try:
            return cls({name: Manifest.from_json(value) for name, value in facts.items()})
        except WRONG_SHAPE as error:
            raise DamagedDataError(f"the record of a run is damaged: {error}", fix=_FIX) from error

    def to_json(self) -> dict[str, Any]:
        """Return the records as plain values."""
        return {name: manifest.to_json() for name, manifest in self.manifests.items()}

    def of_output(self, path: str) -> tuple[Manifest, Digest] | None:
        """Return who wrote a path below the data folder, and its digest; None where no stage did."""
        for manifest in self.manifests.values():
            if path in manifest.outputs:
                return manifest, manifest.outputs[path]
        return None

    def shared(self, folder: str) -> dict[str, Digest]:
        """Return what others read of all that lies in one folder below the data folder."""
        return {
            path: digest
            for manifest in self.manifests.values()
            for path, digest in manifest.outputs.items()
            if PurePosixPath(path).parent.as_posix() == folder and _is_link(artifact_of(path))
        }

    def break_above(self, stage: str) -> tuple[str, str] | None:
        """Return where the chain of hashes above a stage breaks: who read, and what; None where it holds.

        What a stage read must be what the stage before it wrote last. Raw files and a user's own tables are no link
        of the chain: they may be newer than a run, which is then old, not mixed.
        """
        made = {
            artifact_of(path): (manifest.stage, digest.sha256)
            for manifest in self.manifests.values()
            for path, digest in manifest.outputs.items()
        }
        return self._break_above(stage, made, frozenset())

    def _break_above(
        self, stage: str, made: Mapping[str, tuple[str, str]], seen: frozenset[str]
    ) -> tuple[str, str] | None:
        manifest = self.manifests[stage]
        for name, sha256 in sorted(manifest.inputs.items()):
            if not _is_link(name):
                continue
            maker, written = made.get(name, ("", ""))
            if written != sha256:
                return stage, name.removeprefix("table:")
            if maker not in seen and (broken := self._break_above(maker, made, seen | {stage, maker})) is not None:
                return broken
        return None


def _is_link(name: str) -> bool:
    return name.startswith("table:") or name in ("network", "provenance")
