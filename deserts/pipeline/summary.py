"""One sentence of findings, in plain words, and the paths to open."""

from __future__ import annotations

import numpy as np
import pandas as pd

from deserts.access.adequacy import adequacy_headline
from deserts.pipeline.run import Run
from deserts.services.profile import SPECIALTY_ONLY
from deserts.tables import Status

__all__ = ["findings"]


def findings(run: Run) -> str:
    """Return what the scores say about the region, with its grade, its limits and the reconciliation line.

    Raises
    ------
    MissingDataError
        If the scores are not there yet.
    """
    scores = run.store.read("county_scores")
    provenance = run.store.provenance()
    where = "The embedded example (synthetic)" if run.region.is_example else f"{run.region.region_id}"
    words = run.service.grade(run.grade).words
    if (scores["status"] == Status.NONE_AT_GRADE).all():
        return (
            f"{where}: none found at grade {run.grade} ({words}) in these files; "
            f"that is no proof that nobody does it (see the limits on the map). {provenance.reconciliation}"
        )
    people = scores["population"].to_numpy(float)
    beyond = _share(scores["beyond_60_share"], people)
    far = _share(scores["beyond_120_share"], people)
    single = _share(scores["one_option_share"], people)
    notices = f" Note: {'; '.join(provenance.notices)}." if provenance.notices else ""
    is_bound = run.service.rank(run.grade) >= run.service.rank(SPECIALTY_ONLY)
    bound = "an upper bound, not access: " if is_bound else ""
    driving = f"{beyond:.0%} live over 60 and {far:.0%} over 120 minutes of driving"
    return (
        f"{where}: {bound}of {people.sum():,.0f} residents, {driving} from the nearest site at grade {run.grade} or "
        f"better ({words}), and {single:.0%} have one practice within reach and no second"
        f"{_on_paper(run, scores)}.{notices} {provenance.reconciliation}"
    )


def _on_paper(run: Run, scores: pd.DataFrame) -> str:
    """Return what to add on counties that pass the adequacy standard on paper alone; nothing where there is none."""
    if not (scores["adequacy"] == "passes_on_paper_only").any():
        return ""
    counties = run.store.read("counties", columns=["county_fips", "name"])
    names = dict(zip(counties["county_fips"], counties["name"], strict=True))
    return "; " + adequacy_headline(scores, names).removesuffix(".")


def _share(shares: pd.Series, people: np.ndarray) -> float:
    values = shares.to_numpy(float)
    known = ~np.isnan(values) & (people > 0)
    return float(np.average(values[known], weights=people[known])) if known.any() else float("nan")
