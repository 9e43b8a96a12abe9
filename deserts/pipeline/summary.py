"""One sentence of findings, in plain words, and the paths to open."""

from __future__ import annotations

import numpy as np
import pandas as pd

from deserts.access.adequacy import adequacy_headline
from deserts.access.coverage import told
from deserts.access.gate import open_gate
from deserts.pipeline.run import Run
from deserts.provenance import Provenance
from deserts.sentences import say
from deserts.services.profile import SPECIALTY_ONLY
from deserts.tables import Status

__all__ = ["failed_checks", "findings"]


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
    verdict = provenance.verdict("share_beyond", service=run.service)
    whom = f"sites at grade {run.grade} ({words})"
    notices = f" Note: {' '.join(_notes(provenance))}" if _notes(provenance) else ""
    if not verdict.may_be_said:
        return f"{where}: {_lower(say('share_beyond', verdict, whom=whom))} That is no finding about care."
    if (failed := failed_checks(run)) and verdict.may_be_said:
        return f"{where}: not verified, so no finding is given. {failed}"
    if not told(scores).any():
        return f"{where}: nothing can be told, {scores['desert_class'].iloc[0]}.{notices}"
    if (scores["status"] == Status.NONE_AT_GRADE).all():
        return (
            f"{where}: none found at grade {run.grade} ({words}) in these files; "
            f"that is no proof that nobody does it (see the limits on the map).{notices} {provenance.reconciliation}"
        )
    people = scores["population"].to_numpy(float)
    beyond = _share(scores["beyond_60_share"], people)
    far = _share(scores["beyond_120_share"], people)
    single = say("one_option", verdict, share=f"{_share(scores['one_option_share'], people):.0%}")
    is_bound = run.service.rank(run.grade) >= run.service.rank(SPECIALTY_ONLY)
    bound = "an upper bound, not access: " if is_bound else ""
    driving = f"{beyond:.0%} live over 60 and {far:.0%} over 120 minutes of driving"
    return (
        f"{where}: {bound}of {people[told(scores)].sum():,.0f} residents, {driving} from the nearest site at grade "
        f"{run.grade} or better ({words}), and {single}{_on_paper(run, scores, provenance)}.{notices} "
        f"{provenance.reconciliation}"
    )


def failed_checks(run: Run) -> str:
    """Return the checks that the run fails before publishing, in words; empty where there is none."""
    return " ".join(open_gate(run.store, service=run.service).reasons())


def _notes(provenance: Provenance) -> list[str]:
    """Return what must be said beside the findings, as sentences: notices, and what was not searched."""
    search = provenance.search_sentence()
    return [f"{note.rstrip('.')}." for note in (*provenance.notices, *([search] if search is not None else []))]


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]


def _on_paper(run: Run, scores: pd.DataFrame, provenance: Provenance) -> str:
    """Return what to add on counties that pass the adequacy standard on paper alone; nothing where there is none."""
    if not (scores["adequacy"] == "passes_on_paper_only").any():
        return ""
    counties = run.store.read("counties", columns=["county_fips", "name"])
    names = dict(zip(counties["county_fips"], counties["name"], strict=True))
    verdict = provenance.verdict("adequacy", service=run.service)
    return "; " + adequacy_headline(scores, names, verdict=verdict).removesuffix(".")


def _share(shares: pd.Series, people: np.ndarray) -> float:
    values = shares.to_numpy(float)
    known = ~np.isnan(values) & (people > 0)
    return float(np.average(values[known], weights=people[known])) if known.any() else float("nan")
