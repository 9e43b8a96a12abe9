"""How much the choices matter: decay by catchment, weights of the county score, and whom to count as demand."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from scipy.stats import rankdata

from deserts.access.areas import weighted_mean, weighted_quantile
from deserts.access.catchments import floating_catchment
from deserts.access.components import COMPONENTS, combine_components
from deserts.access.decay import Decay
from deserts.access.pairs import PairTable
from deserts.arrays import Floats, Ints
from deserts.services import Service

__all__ = ["by_denominator", "catchment_grid", "penetration_check", "spearman", "weight_sensitivity"]

_CATCHMENTS_MIN = (60.0, 90.0, 120.0, 180.0)


def catchment_grid(
    pairs: PairTable,
    population: Floats,
    supply: Floats,
    county: Ints,
    n_counties: int,
    *,
    catchments_min: tuple[float, ...] = _CATCHMENTS_MIN,
) -> pd.DataFrame:
    """Return how the ranking of counties changes with decay and catchment.

    Decays: none (2SFCA), the three published zones scaled to the catchment, and a Gaussian and an exponential that
    fall to about 0.01 at its edge.

    Returns
    -------
    ``decay, catchment_min, people_at_zero_share, rank_correlation`` (Spearman's, of county means, with the Gaussian at
    120 minutes). Where that reference is constant the correlation is null.
    """
    placed = county >= 0
    means, rows = {}, []
    for bound in catchments_min:
        for name, decay in _decays(bound).items():
            score = floating_catchment(pairs, population=population, supply=supply, method="e2sfca", decay=decay)
            means[name, bound] = weighted_mean(score[placed], population[placed], county[placed], n_counties)
            people = population[placed]
            none = float(people @ (score[placed] == 0) / people.sum()) if people.sum() > 0 else np.nan
            rows.append((name, bound, none))
    reference = means.get(("gaussian", 120.0), means["gaussian", catchments_min[0]])
    table = pd.DataFrame(rows, columns=["decay", "catchment_min", "people_at_zero_share"])
    table["rank_correlation"] = [spearman(means[name, bound], reference) for name, bound, _ in rows]
    return table


def weight_sensitivity(county_scores: pd.DataFrame, *, service: Service) -> pd.DataFrame:
    """Return how the county score moves when one weight is halved or doubled.

    Returns
    -------
    ``component, factor, rank_correlation`` (with the score as weighted in the profile), ``largest_change`` (points).
    """
    weights = {name: service.number(f"score.weight_{name}") for name in COMPONENTS}
    base = combine_components(county_scores, weights)
    rows = []
    for name in COMPONENTS:
        for factor in (0.5, 2.0):
            changed = combine_components(county_scores, {**weights, name: weights[name] * factor})
            rows.append(
                (name, factor, spearman(changed.to_numpy(), base.to_numpy()), float((changed - base).abs().max()))
            )
    return pd.DataFrame(rows, columns=["component", "factor", "rank_correlation", "largest_change"])


def by_denominator(
    minutes: Floats, denominators: Mapping[str, Floats], *, limits_min: tuple[float, ...] = (30.0, 60.0, 120.0)
) -> pd.DataFrame:
    """Return the region's result under different counts of people.

    Parameters
    ----------
    minutes
        Minutes to the nearest site of each point; infinite where there is none.
    denominators
        Name (``all``, ``under 18``, ``Medicare``, ``disability-weighted``) to people at each point.
    limits_min
        Limits.

    Returns
    -------
    ``denominator, people, nearest_median_min`` (null where it lies beyond the limit) and a share beyond each limit.
    """
    everyone = np.zeros(minutes.size, dtype=np.int64)
    rows = []
    for name, people in denominators.items():
        median = float(weighted_quantile(minutes, people, everyone, 1, 0.5)[0]) if minutes.size else np.nan
        row: dict[str, object] = {
            "denominator": name,
            "people": float(people.sum()),
            "nearest_median_min": median if np.isfinite(median) else np.nan,
        }
        for limit in limits_min:
            beyond: Floats = (minutes > limit).astype(np.float64)
            row[f"beyond_{limit:g}_share"] = float(weighted_mean(beyond, people, everyone, 1)[0])
        rows.append(row)
    return pd.DataFrame(rows)


def penetration_check(county_scores: pd.DataFrame, penetration: pd.DataFrame) -> pd.DataFrame:
    """Compare desert status across Medicare Advantage penetration: claims see fee-for-service patients alone.

    Parameters
    ----------
    county_scores
        ``county_fips, population, desert_rank``.
    penetration
        ``county_fips, ma_share`` (0 to 1).

    Returns
    -------
    One row a third of the people, lowest penetration first: ``ma_third, counties, population, ma_share_mean,
    desert_people_share, rank_correlation`` (Spearman's of penetration and desert rank over counties, the same in all
    rows), and ``unknown`` where counties without a share are left, so that the people add up. Far more desert where
    penetration is high hints at deserts that are gaps in the claims.
    """
    every = county_scores.merge(penetration[["county_fips", "ma_share"]], on="county_fips", how="left")
    every = every[(every["population"] > 0) & every["desert_rank"].notna()]
    joined = every.dropna(subset=["ma_share"]).sort_values(["ma_share", "county_fips"], ignore_index=True)
    rest = every[every["ma_share"].isna()]
    if joined.empty:
        return pd.DataFrame(
            columns=["ma_third", "counties", "population", "ma_share_mean", "desert_people_share", "rank_correlation"]
        )
    people = joined["population"].to_numpy(np.float64)
    third = np.minimum((np.cumsum(people) - people / 2) / people.sum() * 3, 2.999).astype(np.int64)
    desert: Floats = np.asarray(joined["desert_rank"] >= 2, dtype=np.float64)
    share = joined["ma_share"].to_numpy(np.float64)
    known = pd.DataFrame(
        {
            "ma_third": ["low", "middle", "high"],
            "counties": np.bincount(third, minlength=3),
            "population": np.bincount(third, weights=people, minlength=3),
            "ma_share_mean": weighted_mean(share, people, third, 3),
            "desert_people_share": weighted_mean(desert, people, third, 3),
            "rank_correlation": spearman(share, joined["desert_rank"].to_numpy(np.float64)),
        }
    )
    if rest.empty:
        return known
    people = rest["population"].to_numpy(np.float64)
    unknown = {
        "ma_third": "unknown", "counties": len(rest), "population": people.sum(), "ma_share_mean": np.nan,
        "desert_people_share": float(np.average(rest["desert_rank"] >= 2, weights=people)),
        "rank_correlation": known["rank_correlation"].iloc[0],
    }  # fmt: skip
    return pd.concat([known, pd.DataFrame([unknown])], ignore_index=True)


def spearman(one: Floats, other: Floats) -> float:
    """Return Spearman's rank correlation over entries known in both; NaN where one of them is constant."""
    known = np.isfinite(one) & np.isfinite(other)
    first, second = rankdata(one[known]), rankdata(other[known])
    if first.size < 2 or np.ptp(first) == 0 or np.ptp(second) == 0:
        return float("nan")
    return float(np.corrcoef(first, second)[0, 1])


def _decays(catchment_min: float) -> dict[str, Decay]:
    thirds = tuple((catchment_min * part / 3, weight) for part, weight in ((1, 1.0), (2, 0.68), (3, 0.22)))
    return {
        "none": Decay.within(catchment_min),
        "zones": Decay.steps(thirds),
        "gaussian": Decay.gaussian(catchment_min / 3, catchment_min=catchment_min),
        "exponential": Decay("exponential", catchment_min / 4.6, catchment_min),
    }
