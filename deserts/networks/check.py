"""What each clinician whom a plan lists is, by the files read: shown, not shown, contradicted; and whom it lacks.

"Not shown" is never called a phantom: rows below 11 patients, Medicare Advantage, Medicaid and children's clinics hide
people who really do this. "Contradicted" rests on a fact against the person, and is for the team alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import pandas as pd

from deserts.services import Service
from deserts.services.profile import CONTRADICTED
from deserts.sources.directories.listing import Reading

__all__ = ["Listed", "PlanCheck", "PlanFiles", "check_listings", "check_plan", "members_of", "standing_of_listed"]


class Listed(StrEnum):
    """What a listed clinician is by the files read."""

    SHOWN = "shown"
    NOT_SHOWN = "not_shown"
    CONTRADICTED = "contradicted"


@dataclass(frozen=True, slots=True)
class PlanFiles:
    """What a check rests on.

    Parameters
    ----------
    names
        Plans and networks as the files name them, sorted.
    hashes
        Name and sha256 of each file that gave a row, sorted.
    source_dates, retrieved_on
        Days that the files give of themselves, and days on which we got them (ISO 8601), sorted; empty where untold.
    gaps
        Why the reading is incomplete; empty when it is whole.
    sources
        Kinds of sources of the rows (`sources.directories.status.READER_STATUS`), sorted; empty where not recorded.
    """

    names: tuple[str, ...]
    hashes: tuple[tuple[str, str], ...]
    source_dates: tuple[str, ...]
    retrieved_on: tuple[str, ...]
    gaps: tuple[str, ...]
    sources: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class PlanCheck:
    """A directory held against a run.

    Parameters
    ----------
    files
        What it rests on.
    listed
        One row a listed clinician of the service's specialties: npi, name, specialty, listed_via, places, accepting
        (as the payer says; ``differs`` or ``unknown``), dated_on and got_on (the newest record's own day and that on
        which we got it, may be empty), standing (`Listed`), why, called (what a call said otherwise), grade.
    missing
        One row a clinician of the region with evidence at the run's grade whom the plan does not list: npi, name,
        grade, practice_name, city, state.
    other_specialties
        How many clinicians the directory lists in these states whose specialty is another.
    unspecified
        How many of those have no specialty in the directory, so that they might be of these.
    organisations
        How many organisations it lists as a whole, without saying which of their clinicians that covers.
    states
        States that were looked at, sorted.
    """

    files: PlanFiles
    listed: pd.DataFrame
    missing: pd.DataFrame
    other_specialties: int
    unspecified: int
    organisations: int
    states: tuple[str, ...]

    def count(self, standing: Listed) -> int:
        """Return how many listed clinicians have a standing."""
        return int((self.listed["standing"] == standing).sum())


def check_plan(
    reading: Reading, *, specialists: pd.DataFrame, sites: pd.DataFrame, service: Service, grade: str,
    states: Sequence[str],
) -> PlanCheck:  # fmt: skip
    """Hold a directory against the clinicians of a run.

    Parameters
    ----------
    reading
        Result of ``sources.directories.read_directory``.
    specialists, sites
        Tables of the run.
    service, grade
        The run's service, and the grade from which a clinician counts as shown.
    states
        The region's own states: a clinician is listed here when one of the places lies there, or gives no state.
    """
    return _check(
        reading.frame, reading.gaps, specialists=specialists, sites=sites, service=service, grade=grade, states=states
    )


def check_listings(
    listings: pd.DataFrame, *, specialists: pd.DataFrame, sites: pd.DataFrame, service: Service, grade: str,
    states: Sequence[str],
) -> PlanCheck:  # fmt: skip
    """Hold rows of ``plan_listings`` against a run; see `check_plan`.

    The table holds people who could do this and organisations alone, so nobody is counted as of another specialty.
    """
    names = {"specialty": "specialty_text", "codes": "specialty_code", "address": "address_1", "zip": "zip5"}
    frame = listings.rename(columns=names).assign(location_id="", network_name="")
    gaps = tuple(sorted({gap for text in set(listings["gaps"]) for gap in text.split("; ") if gap}))
    return _check(frame, gaps, specialists=specialists, sites=sites, service=service, grade=grade, states=states)


def _check(
    frame: pd.DataFrame, gaps: tuple[str, ...], *, specialists: pd.DataFrame, sites: pd.DataFrame, service: Service,
    grade: str, states: Sequence[str],
) -> PlanCheck:  # fmt: skip
    rows = frame[frame["state"].isin([*states, ""])]
    is_organisation = rows["entity"] == "organisation"
    people = _people(rows[~is_organisation & (rows["npi"] != "")])
    organisations = rows.loc[is_organisation, ["npi", "name"]]
    counted = specialists.set_index("npi")
    is_ours = people["npi"].isin(counted.index) | people["codes"].map(
        lambda codes: any(code in service.taxonomies for code in codes.split())
    )
    listed = standing_of_listed(people[is_ours].reset_index(drop=True), counted, service=service, grade=grade)
    missing = _missing(people["npi"], counted, sites, service=service, grade=grade, states=states)
    return PlanCheck(
        _files(frame, gaps), listed, missing,
        int((~is_ours).sum()), int((~is_ours & (people["codes"] == "")).sum()),
        int(organisations["npi"].where(organisations["npi"] != "", organisations["name"]).nunique()),
        tuple(sorted(states)),
    )  # fmt: skip


def _people(rows: pd.DataFrame) -> pd.DataFrame:
    """Return one row a listed NPI, in the order of NPIs."""
    if rows.empty:
        names = ["npi", "name", "specialty", "codes", "listed_via", "places", "accepting", "dated_on", "got_on"]
        return pd.DataFrame(columns=names)
    place = rows["location_id"] + "|" + rows["address_1"] + "|" + rows["zip5"]
    grouped = rows.assign(place=place).sort_values("npi", kind="stable").groupby("npi", sort=True)
    return pd.DataFrame(
        {
            "name": grouped["name"].agg(_first),
            "specialty": grouped["specialty_text"].agg(lambda texts: "; ".join(sorted(set(texts) - {""}))),
            "codes": grouped["specialty_code"].agg(_codes),
            "listed_via": grouped["listed_via"].agg(lambda ways: ", ".join(sorted(set(ways)))),
            "places": grouped["place"].nunique(),
            "accepting": grouped["accepting"].agg(_accepting),
            "dated_on": grouped["source_date"].max(),
            "got_on": grouped["retrieved_on"].max(),
        }
    ).reset_index()


def _codes(cells: pd.Series) -> str:
    """Return each taxonomy code once; a cell may hold several."""
    return " ".join(sorted({code for cell in cells for code in str(cell).replace(";", " ").split()}))


def _first(names: pd.Series) -> str:
    return next((str(name) for name in sorted(names) if name), "")


def _accepting(told: pd.Series) -> str:
    """Return what the payer says of new patients, ``differs`` where its rows differ, ``unknown`` where none tells."""
    words = set(told) - {"unknown", ""}
    return "differs" if len(words) > 1 else next(iter(words), "unknown")


def standing_of_listed(people: pd.DataFrame, counted: pd.DataFrame, *, service: Service, grade: str) -> pd.DataFrame:
    """Return listed people with what the files, and the team's calls, show of each.

    Parameters
    ----------
    people
        One row an NPI.
    counted
        The run's clinicians, indexed by NPI.
    service, grade
        The service, and the grade from which somebody counts as shown.
    """
    known = counted.reindex(people["npi"])
    own = known["grade"].fillna("").to_numpy()
    rank = known["grade_rank"].to_numpy()
    supplies = known["supplies"].fillna(value=False).to_numpy(dtype=bool)
    is_shown = supplies & (rank >= 0) & (rank <= service.rank(grade))
    standing = pd.Series(str(Listed.NOT_SHOWN), index=people.index, dtype="str")
    standing[is_shown] = str(Listed.SHOWN)
    standing[own == CONTRADICTED] = str(Listed.CONTRADICTED)
    reasons = known["grade_reason"].fillna("").to_numpy()
    why = pd.Series(reasons, index=people.index, dtype="str").where(own != "", "in no file that was read")
    said = known["last_outcome"].fillna("").to_numpy()
    columns = ["npi", "name", "specialty", "listed_via", "places", "accepting", "dated_on", "got_on"]
    return people[columns].assign(standing=standing, why=why, called=said, grade=own)


def members_of(check: PlanCheck, *, payer: str) -> pd.DataFrame:
    """Return the directory as a table of networks (`specialists.payers`): who is listed is in the network."""
    return pd.DataFrame({"payer": payer, "npi": check.listed["npi"], "practice_id": "", "network": "in"})


def _missing(
    npis: pd.Series, counted: pd.DataFrame, sites: pd.DataFrame, *, service: Service, grade: str, states: Sequence[str]
) -> pd.DataFrame:
    shown = counted[counted["supplies"] & counted["grade_rank"].between(0, service.rank(grade))]
    shown = shown[~shown.index.isin(npis) & (shown["entity"] == "I")]
    at = sites[sites["state"].isin(states) & sites["npi"].isin(shown.index)].drop_duplicates("npi")
    found = at[["npi", "practice_name", "city", "state"]].assign(
        name=shown["name"].reindex(at["npi"]).to_numpy(), grade=shown["grade"].reindex(at["npi"]).to_numpy()
    )
    return found[["npi", "name", "grade", "practice_name", "city", "state"]].sort_values("npi", ignore_index=True)


def _files(frame: pd.DataFrame, gaps: tuple[str, ...]) -> PlanFiles:
    def distinct(name: str) -> tuple[str, ...]:
        return tuple(sorted(set(frame[name]) - {""})) if name in frame else ()

    names = tuple(sorted({*distinct("plan_name"), *distinct("network_name")}))
    pairs = frame[["source_file", "source_sha256"]].drop_duplicates().itertuples(index=False)
    hashes = tuple(sorted((str(name), str(digest)) for name, digest in pairs))
    dates = distinct("source_date"), distinct("retrieved_on")
    return PlanFiles(names, hashes, *dates, gaps, distinct("source"))
