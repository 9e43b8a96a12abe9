"""Where the patients of a closed practice would go, and by how much each neighbour would have to grow.

Volumes are Medicare fee-for-service only and public files drop 10 patients or fewer, so a volume is an interval and
the growth of a neighbour is one too.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from deserts.access.closures import Groups
from deserts.access.kernels import close_groups
from deserts.access.pairs import PairTable
from deserts.arrays import Floats, Ints
from deserts.services import Service

__all__ = ["HIDDEN_MAX", "displaced_flows", "practice_volumes", "required_growth"]

HIDDEN_MAX = 10.0
"""Most patients that a clinician can have in the claims without a row: CMS removes rows of 10 or fewer."""


def practice_volumes(sites: pd.DataFrame, specialists: pd.DataFrame, *, service: Service) -> pd.DataFrame:
    """Return the patients a year of each practice as an interval.

    Parameters
    ----------
    sites
        Sites of the run's grade (``npi, practice_id, share``).
    specialists
        Clinicians (``npi, beneficiaries``; null where no claims row).

    Returns
    -------
    Index ``practice_id``; ``volume_low`` (as observed; one patient where the files show none, since the clinician is
    on the list) and ``volume_high`` (observed, or the ten that may be hidden, times ``resilience.volume_factor``).
    """
    observed = sites["npi"].map(specialists.set_index("npi")["beneficiaries"])
    factor = service.number("resilience.volume_factor")
    share = sites["share"].to_numpy(dtype=np.float64)
    table = pd.DataFrame(
        {
            "practice_id": sites["practice_id"].to_numpy(),
            "volume_low": observed.fillna(1.0).to_numpy() * share,
            "volume_high": observed.fillna(HIDDEN_MAX).to_numpy() * share * factor,
        }
    )
    return table.groupby("practice_id", sort=True)[["volume_low", "volume_high"]].sum()


def displaced_flows(pairs: PairTable, population: Floats, labels: pd.Series) -> pd.DataFrame:
    """Return to whom the people of each group would go if it closed.

    Parameters
    ----------
    pairs
        Drive times within the limit.
    population
        People at each point, the surroundings included: they need the clinic too.
    labels
        Group of each site (practice, site or clinician).

    Returns
    -------
    ``group_id, next_id`` (empty for the stranded), ``people`` (whose nearest is the group; shared where several are as
    near, and so are those who go on), ``added_person_min`` (null for the stranded), sorted.
    """
    groups = Groups.from_labels(labels)
    point, group, pair, share = close_groups(pairs.indptr, pairs.site, pairs.drive_min, groups.indptr, groups.group)
    entry, taker, part = _takers(pairs, groups.group[pairs.site], point, group, pair)
    people = (population[point] * share)[entry] * part
    added = (pairs.minutes_at(pair) - pairs.drive_min[pairs.indptr[point]])[entry]
    names = np.append(groups.names.to_numpy(dtype=object), "")
    table = pd.DataFrame(
        {
            "group_id": names[group[entry]],
            "next_id": names[taker],
            "people": people,
            "added_person_min": people * np.where(taker >= 0, added, 0.0),
        }
    )
    flows = table.groupby(["group_id", "next_id"], sort=True)[["people", "added_person_min"]].sum().reset_index()
    flows["added_person_min"] = flows["added_person_min"].where(flows["next_id"] != "")
    return flows


def _takers(pairs: PairTable, group_of_pair: Ints, point: Ints, closed: Ints, pair: Ints) -> tuple[Ints, Ints, Floats]:
    """Return entry, group and part of those who take over: all that are exactly as near share equally.

    Parameters
    ----------
    pairs, group_of_pair
        The pair table, and the group of each pair's site.
    point, closed, pair
        Of each entry: the point, the group that closes, the first pair outside it (-1 where none is left).
    """
    entry = np.flatnonzero(pair >= 0)
    place = pair[entry]
    entries, takers = [np.flatnonzero(pair < 0)], [np.full(int((pair < 0).sum()), -1, dtype=np.int64)]
    while entry.size:  # as often as the longest tie is long
        taker = group_of_pair[place]
        stays = taker != closed[entry]
        entries.append(entry[stays])
        takers.append(taker[stays])
        inside = place + 1 < pairs.indptr[point[entry] + 1]
        entry, place = entry[inside], place[inside] + 1
        tied = pairs.drive_min[place] == pairs.drive_min[pair[entry]]
        entry, place = entry[tied], place[tied]
    found = pd.DataFrame({"entry": np.concatenate(entries), "taker": np.concatenate(takers)}).drop_duplicates()
    found = found.sort_values(["entry", "taker"])
    part = 1.0 / found.groupby("entry")["taker"].transform("size").to_numpy(dtype=np.float64)
    return found["entry"].to_numpy(), found["taker"].to_numpy(), part


def required_growth(flows: pd.DataFrame, volumes: pd.DataFrame, *, service: Service) -> pd.DataFrame:
    """Return by how much each neighbour would have to grow to take over its part of a closed practice's patients.

    The closed practice's volume is shared out in proportion to ``people``. Growth is an interval: lowest where few
    patients meet a large neighbour, highest where many meet a small one.

    Returns
    -------
    Rows of ``flows`` with a neighbour, and ``growth_low``, ``growth_high`` (shares of the neighbour's volume),
    ``verdict``: ``absorbable`` where even the high end is within ``resilience.growth_max``, ``not_absorbable`` where
    even the low end exceeds it, else ``uncertain``.
    """
    total = flows.groupby("group_id")["people"].transform("sum").to_numpy(dtype=np.float64)
    part = np.divide(flows["people"], total, out=np.zeros(len(flows)), where=total > 0)
    closed = volumes.reindex(flows["group_id"])
    neighbour = volumes.reindex(flows["next_id"])
    result = flows.assign(
        growth_low=part * closed["volume_low"].to_numpy() / neighbour["volume_high"].to_numpy(),
        growth_high=part * closed["volume_high"].to_numpy() / neighbour["volume_low"].to_numpy(),
    )
    most = service.number("resilience.growth_max")
    result["verdict"] = np.select(
        [result["growth_high"] <= most, result["growth_low"] > most], ["absorbable", "not_absorbable"], "uncertain"
    )
    return result[result["next_id"] != ""].reset_index(drop=True)
