"""Access through one payer's network, beside access through any: where a payer leaves people without anybody near.

Out of network is shown, never dropped: each row carries the minutes to the nearest clinician of any network.
"""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd

from deserts.access.adequacy import Supply, measure_adequacy
from deserts.access.areas import summarise_areas
from deserts.access.coverage import told
from deserts.access.pairs import codes_of
from deserts.access.prepared import AccessInputs, Prepared, prepare
from deserts.access.reach import measure_reach
from deserts.arrays import Bools, Ints
from deserts.specialists.payers import network_of
from deserts.tables.scores import PAYER_SCORES

__all__ = ["blank_payers", "payer_names", "score_payers"]

_SUMMARY = ["population", "status", "nearest_median_min", "beyond_60_share", "beyond_120_share"]


def payer_names(networks: pd.DataFrame) -> list[str]:
    """Return each payer once, sorted; spellings that differ in case only are one payer, named as first sorted."""
    names = pd.Series(sorted(networks["payer"].unique()), dtype="str")
    return names[~names.str.casefold().duplicated()].tolist()


def score_payers(
    inputs: AccessInputs, networks: pd.DataFrame, *, limits: pd.DataFrame, time_limit_min: float
) -> pd.DataFrame:
    """Return the table ``payer_scores``: one row a payer and county of the region.

    Parameters
    ----------
    inputs
        As for ``access.build_scores``.
    networks
        Result of ``specialists.payers.read_payer_networks``.
    limits
        Result of ``adequacy.county_limits`` for the scored counties.
    time_limit_min
        Minutes beyond which a site counts as out of reach.

    Returns
    -------
    DataFrame
        Sorted by payer and county. A payer without anybody at the grade has the status ``none_at_grade`` everywhere.
        ``adequacy`` is judged at the run's grade only.

    Raises
    ------
    InputError
        If the inputs do not fit together.
    """
    prepared = prepare(inputs, time_limit_min=time_limit_min)
    counties = inputs.counties.loc[inputs.counties["scored"], "county_fips"].sort_values().reset_index(drop=True)
    county = codes_of(prepared.demand["county_fips"], pd.Index(counties))
    rows = np.flatnonzero(prepared.demand["scored"].to_numpy(dtype=bool) & (county >= 0))
    limits = limits.set_index("county_fips").loc[counties].reset_index()

    def summary(of: Prepared) -> pd.DataFrame:
        return _summarise(of, rows, county[rows], len(counties), time_limit_min=time_limit_min)

    any_network = summary(prepared)["nearest_median_min"]
    parts: list[pd.DataFrame] = []
    for payer in payer_names(networks):
        network = network_of(prepared.sites, networks, payer)
        # "unknown" counts: the table of such a payer names only who refuses it.
        member = network.ne("out").to_numpy(dtype=bool)
        at_grade = Supply(prepared.pairs, prepared.sites["npi"]).only(member)
        judged = measure_adequacy(prepared.demand, limits, at_grade=at_grade)
        part = pd.concat([counties, summary(_members(prepared, member))], axis=1).assign(
            payer=payer,
            any_network_median_min=any_network,
            sites_in_network=int(member.sum()),
            network_basis=_basis(networks, payer),
            adequate_share=judged["adequate_share"],
            adequacy=judged["adequacy"],
        )
        parts.append(part[[name for name in PAYER_SCORES.column_names if name in part]])
    return pd.concat(parts, ignore_index=True)


def blank_payers(payers: pd.DataFrame, county_scores: pd.DataFrame) -> pd.DataFrame:
    """Null the numbers of counties of which the run itself can tell nothing; the status says why."""
    status = payers["county_fips"].map(county_scores.set_index("county_fips")["status"])
    gone = payers["county_fips"].isin(county_scores.loc[~told(county_scores), "county_fips"])
    numbers = ["nearest_median_min", "any_network_median_min", "beyond_60_share", "beyond_120_share", "adequate_share"]
    result = payers.assign(
        status=payers["status"].where(~gone, status), adequacy=payers["adequacy"].where(~gone, "unknown")
    )
    result[numbers] = result[numbers].where(~gone)
    return result


def _basis(networks: pd.DataFrame, payer: str) -> str:
    own = networks[networks["payer"].str.casefold() == payer.casefold()]
    return "members" if (own["network"] == "in").any() else "refusals"


def _members(prepared: Prepared, member: Bools) -> Prepared:
    columns = np.flatnonzero(member)
    return dataclasses.replace(
        prepared,
        sites=prepared.sites.iloc[columns].reset_index(drop=True),
        pairs=prepared.pairs.take_sites(columns),
        practice=prepared.practice[columns],
        site_component=prepared.site_component[columns],
    )


def _summarise(prepared: Prepared, rows: Ints, area: Ints, n_areas: int, *, time_limit_min: float) -> pd.DataFrame:
    points = prepared.measures(rows, measure_reach(prepared.pairs, prepared.practice, k=2))
    any_site = len(prepared.sites) > 0
    table = summarise_areas(points, area, n_areas, time_limit_min=time_limit_min, any_site=any_site)
    chosen: pd.DataFrame = table[_SUMMARY]
    return chosen
