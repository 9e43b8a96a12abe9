"""Spread the searches of many sources over Dask workers, on this machine or on others.

Each worker maps the network's folder into its memory (one copy of the pages a machine), so a task carries only its
sources. The folder must be readable by every worker under the same path. A task holds at least 10 sources; the result
is the same whatever the number of workers, and a task whose worker is lost runs again on another.
"""

from __future__ import annotations

import functools
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from deserts.errors import SourceError
from deserts.extras import need
from deserts.progress import task
from deserts.roads.network import Network

__all__ = ["spread"]

P = TypeVar("P")
R = TypeVar("R")

LEAST_SOURCES = 10
_MOST_SOURCES = 50
_TASKS_PER_WORKER = 8
_RETRIES = 5
_CONNECT_SECONDS = 20


def spread(
    network: Network,
    work: Callable[[Network, Any, P], R],
    part: Callable[[int, int], P],
    sources: int,
    *,
    shared: Any,
    scheduler: str | None = None,
    processes: int | None = None,
) -> list[R]:
    """Work on parts of the sources on Dask workers; return the results in the order of the sources.

    Parameters
    ----------
    network
        The roads; saved to a temporary folder first when they are in memory only.
    work
        Function of a module that takes the network, what all tasks share, and a part.
    part
        Returns what belongs to the sources from start up to stop.
    sources
        How many there are.
    shared
        What every task needs, sent once a worker.
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
        task("drive times", total=sources) as ticker,
    ):
        workers = max(1, len(client.scheduler_info(n_workers=-1)["workers"]))
        size = min(_MOST_SOURCES, max(LEAST_SOURCES, -(-sources // (workers * _TASKS_PER_WORKER))))
        # a task of its own, not scattered data: it can be made again when the worker that holds it is lost
        common = client.submit(_same, shared, pure=False)
        futures = [
            client.submit(
                _run, str(folder), work, common, part(start, min(start + size, sources)), retries=_RETRIES, pure=False
            )
            for start in range(0, sources, size)
        ]
        results = []
        for future in futures:
            results.append(future.result())
            ticker.advance(size)
        return results


def _same(shared: Any) -> Any:
    return shared


def _run(folder: str, work: Callable[[Network, Any, P], R], shared: Any, part: P) -> R:
    """Run on a worker."""
    return work(_mapped(folder), shared, part)


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
    need("dask", "distributed", extra="scale", to="spread work over processes and machines")
    from distributed import Client, LocalCluster

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
