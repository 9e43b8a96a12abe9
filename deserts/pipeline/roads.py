"""Stage ``roads``: OpenStreetMap extracts to the arrays of the road network."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from deserts.errors import MissingDataError
from deserts.pipeline.inputs import file_hashes, files_for
from deserts.pipeline.run import Run
from deserts.pipeline.stage import Stage
from deserts.roads import read_network
from deserts.sources.publishers import centres
from deserts.store import FlowRow
from deserts.tables import Scope

__all__ = ["STAGE"]

_POPULATION_LAYERS = ("centres_tract", "centres_block_group")
"""Fixed published layers for the density term of the speed model, never the region's own demand."""

Layer = tuple[npt.NDArray[np.float64], npt.NDArray[np.float64], npt.NDArray[np.float64]]


def _inputs(run: Run) -> Mapping[str, str]:
    return file_hashes(file for name in ("roads", *_POPULATION_LAYERS) for file in files_for(run, name))


def _parameters(_run: Run) -> Mapping[str, object]:
    return {}


def _outputs(run: Run) -> Sequence[Path]:
    return [run.store.network_dir]


def _work(run: Run) -> Sequence[FlowRow]:
    files = files_for(run, "roads")
    if not files:
        raise MissingDataError(
            "no road extract is at hand",
            where=run.settings.raw_area(run.region),
            fix="run `deserts stage data`, or give ROADS=",
        )
    network = read_network([file.path for file in files], population=_population(run))
    network.save(run.store.network_dir)
    return [FlowRow("network", len(files), network.nodes, "extracts in, nodes kept after contraction")]


def _population(run: Run) -> Layer | None:
    files = next((found for name in _POPULATION_LAYERS if (found := files_for(run, name))), ())
    if not files:
        return None
    frames = [centres.read_centres(file.path).frame for file in files]
    lon, lat, people = (np.concatenate([f[c].to_numpy(float) for f in frames]) for c in ("lon", "lat", "population"))
    return lon, lat, people


STAGE = Stage("roads", "road network", Scope.NETWORK, _inputs, _parameters, _outputs, _work)
