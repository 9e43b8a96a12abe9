"""The road network as plain arrays in one folder of ``.npy`` files that any number of processes can map into memory.

An *edge* is a stretch of one road between two nodes, with a time for each direction in which it may be driven. The
*arcs* of the two CSR structures are these directions: forward (leaving a node) and reverse (entering it), with packed
costs (see `deserts.roads.costs`). Points lie on edges; searches run on arcs.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deserts.errors import WRONG_SHAPE, DamagedDataError, MissingDataError
from deserts.roads.arrays import Arcs, EdgeFlag, RoadArrays
from deserts.roads.lines import edge_boxes
from deserts.roads.proof import prove
from deserts.roads.turns import Turns, TurnSide
from deserts.store import Digest, atomic_folder, read_sealed, require, write_sealed
from deserts.store.digests import INDEX, index_of
from deserts.store.files import restore_folder

__all__ = ["FORMAT", "Arcs", "EdgeFlag", "Network"]

FORMAT = 7
"""Version of the folder's layout; a folder of another version is refused."""

_FIX = "run the stage `roads` again"


@dataclass(frozen=True)
class Network(RoadArrays):
    """A road network that can be saved and loaded; see `deserts.roads.arrays.RoadArrays` for its arrays."""

    @functools.cached_property
    def boxes(self) -> tuple[NDArray[np.float64], ...]:
        """West, south, east and north of every edge (degrees), kept since every single question asks for them."""
        return edge_boxes(self)

    def save(self, folder: Path) -> None:
        """Write the network into a folder, which appears whole or not at all; the old one stands until then.

        What is saved has been proved: no index leads out of its array, no time is negative. The hash of each array
        carries that proof to whoever loads it.

        Raises
        ------
        InputError
            If the arrays do not fit each other.
        StorageError
            If the system refuses: no room, no right to write.
        """
        prove(self)
        with atomic_folder(folder) as temporary:
            for name, array in self._arrays().items():
                np.save(temporary / f"{name}.npy", array, allow_pickle=False)
            write_sealed(temporary / INDEX, {**self.meta, "format": FORMAT, "files": index_of(temporary)})

    @classmethod
    def load(cls, folder: Path, *, mmap: bool = True) -> Network:
        """Open a saved network; with ``mmap`` its pages are shared by all processes that do so.

        Raises
        ------
        MissingDataError
            If there is no network in the folder.
        DamagedDataError
            If it is damaged or of another version.
        """
        restore_folder(folder)
        if not (folder / INDEX).is_file():
            raise MissingDataError("no road network here", where=folder, fix="run the stage `roads` first")
        try:
            meta = read_sealed(folder / INDEX, fix=_FIX, unsealed=True)  # those of before have no seal
            if meta.get("format") != FORMAT:
                raise DamagedDataError(
                    f"the road network is of version {meta.get('format')}, this is version {FORMAT}",
                    where=folder,
                    fix=_FIX,
                )
            files = meta.pop("files")
            names = _file_names(turns=bool(meta["turns"]))
            for name in names:
                require(folder / f"{name}.npy", Digest.from_json(files[f"{name}.npy"]), fix=_FIX)
            arrays = {name: np.load(folder / f"{name}.npy", mmap_mode="r" if mmap else None) for name in names}
        except (*WRONG_SHAPE, OSError, EOFError) as error:
            if isinstance(error, DamagedDataError):
                raise
            raise DamagedDataError(f"the road network is damaged: {error!r}", where=folder, fix=_FIX) from error
        forward, reverse = (
            Arcs(*(arrays.pop(f"{side}_{part.name}") for part in fields(Arcs))) for side in ("forward", "reverse")
        )
        turns = None
        if meta["turns"]:
            there, back = (
                TurnSide(*(arrays.pop(f"turns_{side}_{part.name}") for part in fields(TurnSide)))
                for side in ("forward", "reverse")
            )
            turns = Turns(there, back, arrays.pop("turns_of_edge"), arrays.pop("turns_delay_ms"))
        return cls(**arrays, forward=forward, reverse=reverse, turns=turns, meta=meta, folder=folder)

    def _arrays(self) -> dict[str, NDArray[Any]]:
        return {name: _value(self, name) for name in _file_names(turns=self.turns is not None)}


@functools.cache
def _file_names(*, turns: bool) -> tuple[str, ...]:
    """Names of the array files, in a fixed order."""
    plain = [f.name for f in fields(Network) if f.name not in ("forward", "reverse", "turns", "meta", "folder")]
    sides = [f"{side}_{part.name}" for side in ("forward", "reverse") for part in fields(Arcs)]
    if turns:
        sides += [f"turns_{side}_{part.name}" for side in ("forward", "reverse") for part in fields(TurnSide)]
        sides += ["turns_of_edge", "turns_delay_ms"]
    return (*plain, *sides)


def _value(holder: Any, name: str) -> NDArray[Any]:
    """Return the array that a file name stands for."""
    while not hasattr(holder, name):
        part, _, name = name.partition("_")
        holder = getattr(holder, part)
    return np.asarray(getattr(holder, name))
