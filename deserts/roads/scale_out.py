"""Spread the searches of many sites over Dask workers, on this machine or on others.

Each worker maps the network's folder into its memory (one copy of the pages a machine), so a task carries only its
sites. The folder must be readable by every worker under the same path. A task holds at least 10 sites; the result is
the same whatever the number of workers, and a task whose worker is lost runs again on another.
"""

from __future__ import annotations

import functools
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from deserts.errors import MissingExtraError, SourceError
from deserts.progress import task
from deserts.roads.network import Network
from deserts.roads.snapping import Snaps

if TYPE_CHECKING:
    from deserts.roads.times import Batch

__all__ = ["spread"]

LEAST_SOURCES = 10
_MOST_SOURCES = 50
_TASKS_PER_WORKER = 8
_RETRIES = 5
_CONNECT_SECONDS = 20


def spread(
    network: Network,
    points: Snaps,
    places: Snaps,
    *,
    limit_min: float,
    scheduler: str | None = None,
    processes: int | None = None,
) -> list[Batch]:
    """Search from every place on Dask workers; return the batches in the order of the places.

    Parameters
    ----------
    network
        The roads; saved to a temporary folder first when they are in memory only.
    points, places
        Where drives start, and distinct places of sites.
    limit_min
        Longest drive in minutes.
    scheduler
        Address of a running scheduler.
    processes
        Local worker processes instead.

    Raises
    ------
    MissingExtraError
        If Dask is not installed.
    SourceError
        If the scheduler does not answer, or has no workers.
    """
    with (
        _folder_of(network) as folder,
        _client(scheduler, processes) as client,
        task("drive times", total=len(places)) as ticker,
    ):
        workers = max(1, len(client.scheduler_info(n_workers=-1)["workers"]))
        size = min(_MOST_SOURCES, max(LEAST_SOURCES, -(-len(places) // (workers * _TASKS_PER_WORKER))))
        # a task of its own, not scattered data: it can be made again when the worker that holds it is lost
        shared = client.submit(_same, points, pure=False)
        futures = [
            client.submit(
                _search, str(folder), shared, places[start : start + size], limit_min, retries=_RETRIES, pure=False
            )
            for start in range(0, len(places), size)
        ]
        batches = []
        for future in futures:
            batches.append(future.result())
            ticker.advance(size)
        return batches


def _same(points: Snaps) -> Snaps:
    return points


def _search(folder: str, points: Snaps, places: Snaps, limit_min: float) -> Batch:
    """Run on a worker."""
    from deserts.roads.times import batch_search

    return batch_search(_mapped(folder), points, limit_min)(places)


@functools.lru_cache(maxsize=2)
def _mapped(folder: str) -> Network:
    return Network.load(Path(folder), mmap=True)


@contextmanager
def _folder_of(network: Network) -> Iterator[Path]:
    if network.folder is not None:
        yield network.folder.resolve()
        return
    with tempfile.TemporaryDirectory(prefix="deserts-network-") as temporary:
        folder = Path(temporary) / "network"
        network.save(folder)
        yield folder


@contextmanager
def _client(scheduler: str | None, processes: int | None) -> Iterator[Any]:
    try:
        from distributed import Client, LocalCluster
    except ImportError as error:
        raise MissingExtraError(
            "spreading work needs Dask", fix="install deserts with the extra `scale`: pip install 'deserts[scale]'"
        ) from error
    if scheduler is None:
        with (
            LocalCluster(
                n_workers=processes, threads_per_worker=1, processes=True, host="127.0.0.1", dashboard_address=None
            ) as cluster,
            Client(cluster) as client,
        ):
            yield client
        return
    try:
        client = Client(scheduler, timeout=_CONNECT_SECONDS)
    except (OSError, ValueError, TimeoutError) as error:
        raise SourceError(
            f"the Dask scheduler does not answer: {error}",
            where=scheduler,
            expected="an address such as tcp://10.0.0.5:8786",
            fix="start it with `dask scheduler`, and its workers with `dask worker ADDRESS`",
        ) from error
    with client:
        if not client.scheduler_info(n_workers=-1)["workers"]:
            raise SourceError("the Dask scheduler has no workers", where=scheduler, fix="start `dask worker ADDRESS`")
        yield client
