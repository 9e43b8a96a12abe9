"""Lay the answers of the log over what public files say: the registry as it stands on a day.

The stage ``specialists`` runs this over everybody, and every reader runs it again over those of whom the log speaks now
or spoke then. So a call counts at once, and the same when the stages are run again.
"""

from __future__ import annotations

import datetime as dt

import numpy as np
import numpy.typing as npt
import pandas as pd

from deserts.services.profile import CONTRADICTED, VERIFIED, Service
from deserts.specialists.acceptance import probability_accepts
from deserts.specialists.acceptance_sample import CommonRate
from deserts.specialists.standing import SiteStanding, Standings

__all__ = [
    "CLOSED", "DOUBTED", "LISTED", "WRONG_NUMBER", "settle", "settle_people", "settle_sites", "standing_at_sites",
    "without_helpers",
]  # fmt: skip

LISTED, CLOSED, WRONG_NUMBER, DOUBTED = "listed", "moved", "wrong_number", "doubted"
"""Values of the column ``site_status``: nothing was said, not to be found here, wrong number, left some site."""

HELPERS = ("filed_rank", "filed_reason", "filed_p_active", "filed_p_basis", "billed", "deactivated_on", "against",
           "covered")  # fmt: skip
"""Columns of the unasked tables that settling starts from, and that no settled table has."""

_ANSWER_COLUMNS = ("last_outcome", "outcome_on", "review_on", "verified_on")


def settle(
    people: pd.DataFrame,
    sites: pd.DataFrame,
    standings: Standings,
    *,
    service: Service,
    rate: CommonRate | None = None,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the rows of people and of sites as they stand with these answers; no row is dropped.

    What comes out is not to be settled again with other answers: that starts from the unasked tables.

    Parameters
    ----------
    people, sites
        Rows of ``specialists_unasked`` and ``sites_unasked``; all sites of each clinician.
    standings
        What stands, as of the day from which ages are counted.
    service
        The profile.
    rate
        What is known of how many take new patients; None is the profile's prior (`probability_accepts`).
    """
    told = settle_people(people, standings, service=service, rate=rate)
    places = settle_sites(sites, told, standings)
    supplying = places.loc[places["supplies"], "npi"]
    return told.assign(
        supplies=told["npi"].isin(supplying).to_numpy(dtype=bool), state=_main_state(told["npi"], places)
    ), places


def without_helpers(people: pd.DataFrame, sites: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the tables ``specialists`` and ``sites``: whoever has a grade, without the columns to settle from."""
    graded = people[people["grade_rank"] >= 0]
    own = sites[sites["npi"].isin(graded["npi"])]
    return (
        graded.drop(columns=[name for name in HELPERS if name in graded]).reset_index(drop=True),
        own.drop(columns=[name for name in HELPERS if name in own]).reset_index(drop=True),
    )


def settle_people(
    people: pd.DataFrame, standings: Standings, *, service: Service, rate: CommonRate | None = None
) -> pd.DataFrame:
    """Return grade, drug, ages, years and chances of clinicians; see `settle`.

    Contradiction (an answer, a deactivated NPI) outranks everything, then verification, then the rungs of the profile.
    """
    npis = pd.Index(people["npi"], name="npi")
    said = standings.frame().reindex(npis).fillna("").astype("str").reset_index(drop=True)
    frame = people.reset_index(drop=True).assign(**{name: said[name] for name in _ANSWER_COLUMNS})
    still_off = frame["deactivated_on"].where(said["positive_on"] <= frame["deactivated_on"], "")
    against = (said["contradicted_on"] != "") | (still_off != "")
    rank = frame["filed_rank"].to_numpy(dtype=np.int64, copy=True)
    rank[(said["verified_on"] != "").to_numpy(dtype=bool)] = service.rank(VERIFIED)
    # A deactivated number of somebody without any other evidence is nobody's business here.
    known = (rank >= 0) | (said["last_outcome"] != "").to_numpy(dtype=bool)
    rank[against.to_numpy(dtype=bool) & known] = service.rank(CONTRADICTED)
    frame["grade_reason"] = _reasons(frame, said, still_off, rank, service)
    frame["grade_rank"] = rank
    frame["grade"] = np.array([grade.name for grade in service.grades] + [""], dtype=object)[rank]
    frame["age_band"] = np.where(said["said_ages"] != "", said["said_ages"], frame["age_band"])
    if service.drug_classes:
        frame["drug"] = frame["drug"].mask(frame["grade"] == VERIFIED, "baclofen_proven")
    frame = _with_years(frame, said, standings.as_of, service)
    frame = _with_chances(frame, said, standings, service, rate)
    return frame.astype(dict.fromkeys(["grade", "grade_reason", "age_band", "drug"], "str"))


def settle_sites(sites: pd.DataFrame, people: pd.DataFrame, standings: Standings) -> pd.DataFrame:
    """Return share, supply, state and telephone of sites; see `settle`.

    Parameters
    ----------
    people
        Result of `settle_people`.
    """
    own = sites.reset_index(drop=True)
    status, wrong_number = _said_of(own, standings)
    person = people.set_index("npi")
    rank, filed_rank = (
        person[name].reindex(own["npi"]).fillna(-1).to_numpy(dtype=np.int64) for name in ("grade_rank", "filed_rank")
    )
    grade = person["grade"].reindex(own["npi"]).fillna("").to_numpy(dtype=object)
    closed = status == CLOSED
    # A post-office box holds no clinic: it has no share where the clinician has another address.
    door = own["address_kind"].to_numpy(dtype=object) != "po_box"
    by_person = own["npi"].to_numpy(dtype=object)
    has_door = pd.Series(door & ~closed).groupby(by_person).transform("any").to_numpy(dtype=bool)
    holds = ~closed & (door | ~has_door)
    count = pd.Series(holds).groupby(by_person).transform("sum").to_numpy(dtype=np.int64)
    covered = own["covered"].to_numpy(dtype=bool) & (rank == filed_rank)
    return own.assign(
        share=np.where(holds, 1.0 / np.maximum(count, 1), 0.0),
        grade=grade.astype(str),
        grade_rank=rank,
        supplies=(rank >= 0) & (grade != CONTRADICTED) & holds & ~covered,
        site_status=status.astype(str),
        phone=own["phone"].mask(wrong_number, ""),
    ).astype({"grade": "str", "site_status": "str"})


def standing_at_sites(sites: pd.DataFrame, standings: Standings) -> dict[int, SiteStanding]:
    """Return what stands at each site of whose clinician the log speaks, by the row's position."""
    npi, site_id = sites["npi"].to_numpy(dtype=object), sites["site_id"].to_numpy(dtype=object)
    rows = np.flatnonzero(np.isin(npi.astype(str), list(standings.by_npi))) if standings.by_npi else ()
    count = sites["npi"].value_counts()
    return {
        int(row): standings.clinician(npi[row]).at(site_id[row], only_site=bool(count[npi[row]] == 1)) for row in rows
    }


def _said_of(sites: pd.DataFrame, standings: Standings) -> tuple[npt.NDArray[np.object_], npt.NDArray[np.bool_]]:
    """Return the status of each site, and whether its telephone number was said to be wrong."""
    status, wrong = np.full(len(sites), LISTED, dtype=object), np.zeros(len(sites), dtype=bool)
    for row, standing in standing_at_sites(sites, standings).items():
        wrong[row] = standing.wrong_number is not None
        if standing.closed is not None:
            status[row] = CLOSED
        elif standing.doubt is not None:
            status[row] = DOUBTED
        elif wrong[row]:
            status[row] = WRONG_NUMBER
    return status, wrong


def _reasons(
    frame: pd.DataFrame, said: pd.DataFrame, off: pd.Series, rank: npt.NDArray[np.int64], service: Service
) -> npt.NDArray[np.object_]:
    outcome = said["last_outcome"] + " on " + said["outcome_on"]
    had_bills = (" although " + frame["billed"]).where(frame["billed"] != "", "")
    against = ("answer: " + outcome).where(said["contradicted_on"] != "", "NPI deactivated on " + off) + had_bills
    pairs = zip(frame["against"], said["against"], strict=True)
    speaks = [", ".join(sorted(filter(None, f"{filed}, {told}".split(", ")))) for filed, told in pairs]
    doubts = pd.Series([f"; speaks against it: {words}" if words else "" for words in speaks], dtype="str")
    verified = "confirmed on " + said["verified_on"] + " (last answer: " + outcome + ")" + doubts
    chosen = np.select(
        [rank == service.rank(VERIFIED), rank == service.rank(CONTRADICTED)],
        [verified, against],
        default=frame["filed_reason"],
    )
    return np.asarray(chosen, dtype=object)


def _with_years(frame: pd.DataFrame, said: pd.DataFrame, as_of: dt.date, service: Service) -> pd.DataFrame:
    """Let an answer that the clinician does this count as evidence of its year."""
    told = pd.to_numeric(said["positive_on"].str.slice(0, 4), errors="coerce")
    years = frame[["first_year", "last_year"]].where(frame[["first_year", "last_year"]] > 0).assign(told=told)
    first, last = years[["first_year", "told"]].min(axis=1), years[["last_year", "told"]].max(axis=1)
    age = (as_of.year - last).clip(lower=0)
    return frame.assign(
        first_year=first.fillna(0).astype("int64"),
        last_year=last.fillna(0).astype("int64"),
        evidence_weight=0.5 ** (age / service.number("evidence.half_life_years")),
    )


def _with_chances(
    frame: pd.DataFrame, said: pd.DataFrame, standings: Standings, service: Service, rate: CommonRate | None
) -> pd.DataFrame:
    """Add the probabilities. A positive answer counts from its day, and the better of bills and answer stands."""
    answered = pd.to_datetime(said["positive_on"], format="%Y-%m-%d", errors="coerce")
    days = (pd.Timestamp(standings.as_of) - answered).dt.days.clip(lower=0)
    by_answer = service.number("active.after_answer") ** (days / 365.25)
    best = pd.concat([frame["filed_p_active"], by_answer], axis=1).max(axis=1)
    basis = np.where(by_answer.notna() & (best == by_answer), "answer", frame["filed_p_basis"])
    accepts = probability_accepts(pd.Index(frame["npi"]), standings, service=service, rate=rate)
    blocked = (frame["grade"] == CONTRADICTED).to_numpy()
    return frame.assign(
        p_active=np.where(blocked, 0.0, best.astype("float64")),
        p_active_basis=np.where(blocked, "contradicted", basis).astype(str),
        p_accepts_pump=np.where(blocked, 0.0, accepts["p_accepts_pump"]),
        p_accepts_basis=np.where(blocked, "contradicted", accepts["basis"]).astype(str),
    )


def _main_state(npis: pd.Series, sites: pd.DataFrame) -> npt.NDArray[np.object_]:
    """State with the largest share of a clinician's supply; the first by name among equals."""
    totals = sites.groupby(["npi", "state"])["share"].sum().reset_index()
    best = totals.sort_values(["npi", "share", "state"], ascending=[True, False, True]).drop_duplicates("npi")
    return best.set_index("npi")["state"].reindex(npis).astype("object").fillna("").to_numpy(dtype=object)
