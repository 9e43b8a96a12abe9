"""A patient's answer while roads are closed."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from deserts.errors import InputError

if TYPE_CHECKING:
    from deserts.api.answers import Backups
    from deserts.api.run import Run
    from deserts.patients.asking.request import PatientRequest
    from deserts.sources.transport.http import Http

__all__ = ["with_roads_closed"]

_SNOW = "every road that is shut in winter"


def with_roads_closed(
    run: Run,
    request: PatientRequest,
    found: Backups,
    *,
    files: Sequence[Path],
    snow: bool = False,
    http: Http | None = None,
) -> Backups:
    """Return an answer with what it becomes while roads are closed; the answer itself stays as it is.

    Parameters
    ----------
    run, request, found
        The run, the question and its answer.
    files
        GeoJSON with lines across roads, or areas whose roads are under water.
    snow
        Whether roads that are shut in winter are closed too.
    http
        As for `Run.answer`.

    Raises
    ------
    InputError
        If a file is no GeoJSON of lines and areas, or nothing meets a road.
    """
    from deserts.patients.asking.request import locate_patient
    from deserts.patients.search.closed_roads import roads_closed
    from deserts.patients.search.facts import load_team_facts
    from deserts.roads.shut import roads_to_shut

    if not files and not snow:
        return found
    data = run.backup_data
    roads = roads_to_shut(data.network, files, snow=snow)
    if not roads.any():
        raise InputError(
            "no road of the region is shut in winter, by the tags of its extract",
            where="--snow", expected="an extract with seasonal roads, or --close-roads FILE",
        )  # fmt: skip
    origin = locate_patient(
        request, zips=data.zips, region_states=data.region_states, allow_geocoder=http is not None, http=http
    )
    facts = load_team_facts(run.settings, run.service, today=found.today)
    words = " and ".join([*(path.name for path in files), *([_SNOW] if snow else [])])
    query = request.query(origin, found.today)
    timeline = found.asked.timeline
    if timeline is not None:
        query = dataclasses.replace(query, empty_on=timeline.earliest_empty_on)
    closed = roads_closed(query, data, facts, found.answer, roads=roads, words=words)
    return dataclasses.replace(found, roads_closed=closed)
