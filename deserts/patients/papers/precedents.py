"""Decisions of independent reviewers on the same kind of care, out of the user's own copies.

The stories of patients stay in those copies: a packet cites number, year, plan and decision with the address where
anybody can look it up. A decision on somebody else is no precedent in law and no rate.
"""

from __future__ import annotations

import functools
import logging
import re
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pandas as pd

from deserts.errors import InputError, MissingDataError
from deserts.patients.jsonable import Jsonable
from deserts.sources.publishers.appeals import JURISDICTIONS, Jurisdiction, read_appeals

LOG = logging.getLogger("deserts.patients")

__all__ = ["DECISION_WORDS", "Precedent", "cited", "copies", "find_precedents", "read_copies"]

DECISION_WORDS: Final = {
    "overturned": "overturned the plan's refusal",
    "overturned_in_part": "overturned the plan's refusal in part",
    "upheld": "upheld the plan's refusal",
    "other": "decided otherwise",
}

_SUFFIXES = (".xlsx", ".csv", ".zip", ".csv.gz")
_QUOTE_WORDS = 14
"""Words shown on either side of a hit: enough to judge it, little of the story."""


@dataclass(frozen=True, slots=True)
class Precedent(Jsonable):
    """One decision.

    Parameters
    ----------
    jurisdiction, title
        State, and what its decisions are called.
    case_id, year, plan, decision, reason
        As the file tells; California does not name the plan.
    around
        The words around the hit, for the person who searches; never on a paper.
    pointer
        The user's own file and the line in it.
    address
        Where anybody can look it up.
    """

    jurisdiction: str
    title: str
    case_id: str
    year: int
    plan: str
    coverage: str
    decision: str
    reason: str
    treatment: str
    around: str
    pointer: str
    address: str

    def citation(self) -> str:
        """Return the sentence for a paper: nothing of the patient's story."""
        plan = f", {self.plan}" if self.plan else ""
        return (
            f"{self.title} {self.case_id} ({self.year}{plan}): the reviewer {DECISION_WORDS[self.decision]}. "
            f"To be looked up at {self.address}."
        )


def copies(local_dir: Path) -> dict[str, Path]:
    """Return the user's copies by state: ``appeals_ny.xlsx`` and the like in the folder of own tables."""
    found = {}
    for one in JURISDICTIONS:
        paths = [local_dir / f"appeals_{one.state.lower()}{suffix}" for suffix in _SUFFIXES]
        there = [path for path in paths if path.is_file()]
        if there:
            found[one.state] = there[0]
    return found


def read_copies(files: dict[str, Path]) -> pd.DataFrame:
    """Read copies by state, each once as long as it is unchanged; with ``pointer``.

    Raises
    ------
    InputError
        If a file is none of its jurisdiction.
    """
    frames = [_read(state, path, path.stat().st_mtime_ns if path.is_file() else 0) for state, path in files.items()]
    return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=["jurisdiction"])


@functools.lru_cache(maxsize=4)
def _read(state: str, path: Path, _changed: int) -> pd.DataFrame:
    parsed = read_appeals(path, state)
    lines = parsed.frame.index.astype("str")
    return parsed.frame.assign(pointer=[f"{path.name}, row {line}" for line in lines])


def find_precedents(
    decisions: pd.DataFrame, queries: Sequence[str], *, state: str | None = None, decided: Sequence[str] = ()
) -> tuple[Precedent, ...]:
    """Return decisions in whose texts all words of one of the queries stand, newest first.

    Parameters
    ----------
    decisions
        As `read_copies` returns.
    queries
        Words to look for, any case; ``baclofen pump`` asks for both words. No category is called pump: summaries,
        treatment and diagnosis are searched.
    state
        One jurisdiction; None for all.
    decided
        Decisions wanted (``overturned``, ``upheld`` …); all when empty.

    Raises
    ------
    InputError
        If there is nothing to look for.
    """
    wanted = [re.findall(r"[^\W_]+", query.lower()) for query in queries]
    if not any(wanted):
        raise InputError("there is no word to look for", where="--find", expected="for example: --find baclofen")
    if decisions.empty:
        return ()
    rows = decisions if state is None else decisions[decisions["jurisdiction"] == state]
    rows = rows[rows["decision"].isin(decided)] if decided else rows
    text = (rows["summary"] + " " + rows["treatment"] + " " + rows["diagnosis"]).str.lower()
    hit = pd.Series(data=False, index=rows.index)
    for words in wanted:
        holds = pd.Series(bool(words), index=rows.index)
        for word in words:
            holds &= text.str.contains(rf"\b{re.escape(word)}", regex=True)
        hit |= holds
    found = rows[hit].sort_values(["year", "jurisdiction", "case_id"], ascending=[False, True, True])
    first = [words[0] for words in wanted if words]
    return tuple(_precedent(row, first) for row in found.to_dict("records"))


def _precedent(row: Mapping[Hashable, object], words: Sequence[str]) -> Precedent:
    one = _jurisdiction(str(row["jurisdiction"]))
    text = ("case_id", "plan", "coverage", "decision", "reason", "treatment", "pointer")
    return Precedent(
        jurisdiction=one.state,
        title=one.title,
        year=int(str(row["year"])),
        around=_around(str(row["summary"]), words),
        address=one.address,
        **{name: str(row[name]) for name in text},
    )


def _jurisdiction(state: str) -> Jurisdiction:
    return next(one for one in JURISDICTIONS if one.state == state)


def _around(summary: str, words: Sequence[str]) -> str:
    """Return some words on either side of the first hit."""
    parts = summary.split()
    at = next((i for i, part in enumerate(parts) if any(word in part.lower() for word in words)), None)
    if at is None:
        return ""
    first, last = max(0, at - _QUOTE_WORDS), min(len(parts), at + _QUOTE_WORDS + 1)
    return ("… " if first else "") + " ".join(parts[first:last]) + (" …" if last < len(parts) else "")


def cited(local_dir: Path, queries: Sequence[str], *, state: str, most: int = 3) -> tuple[str, ...]:
    """Return sentences on refusals that were overturned, the patient's own state first; none without a copy.

    A copy that cannot be read costs no packet: it is left out, and a warning says what is wrong with it.
    """
    if not queries:
        return ()
    try:
        decisions = read_copies(copies(local_dir))
    except (InputError, MissingDataError) as error:
        LOG.warning("no decisions of reviewers are cited: %s", error)
        return ()
    found = find_precedents(decisions, queries, decided=("overturned", "overturned_in_part"))
    ordered = sorted(found, key=lambda one: one.jurisdiction != state)
    return tuple(one.citation() for one in ordered[:most])
