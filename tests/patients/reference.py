"""Backups by brute force in plain Python, written from the rules alone; shares no code with the package."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import pandas as pd

TIERS = ("proven", "drug_unknown", "must_be_asked")
GOOD = {"accepting"}
FOR_NOW = {"full", "payer", "age"}
GONE = {"retired", "no_pumps"}


@dataclass
class Question:
    k: int = 5
    exclude: tuple[str, ...] = ()
    keep_practice: bool = False
    pediatric: bool = False
    payer: str | None = None
    pump: str | None = None
    limit: float = 480.0
    calls: dict[str, tuple[str, tuple[str, ...]]] = field(default_factory=dict)  # NPI: outcome by phone, pump makers
    network: dict[str, set[str]] = field(default_factory=dict)  # payer: NPIs in network


def ties(site: dict, hospitals: dict[str, set[str]]) -> set[tuple[str, str]]:
    found = {("practice", site["practice_id"]), ("door", site["site_id"][10:])}
    if digits := "".join(ch for ch in site["phone"] if ch.isdigit()):
        found.add(("phone", digits))
    if site["system_id"]:
        found.add(("owner", site["system_id"]))
    return found | {("hospital", ccn) for ccn in hospitals.get(site["npi"], ())}


def outcome_of(site: dict, q: Question) -> str:
    return q.calls.get(site["npi"], ("", ()))[0]


def tier_of(site: dict, q: Question, ladder: list[str], newest: int) -> int:
    """Evidence alone: bills, and the clinic's own word of today, which a no for now is too."""
    if outcome_of(site, q) in GOOD | FOR_NOW or site["grade"] == "verified":
        return 0
    if 0 < site["last_year"] < newest - 3:
        return 2
    supplied = ladder.index(site["grade"]) <= ladder.index("manages_pumps")
    return (0 if site["drug"] == "baclofen_proven" else 1) if supplied else 2


def is_folded(site: dict, q: Question) -> bool:
    """A no of today: to everybody, to an age that was not written down, to a payer that was not written down."""
    outcome = outcome_of(site, q)
    return outcome in ("full", "age") or (outcome == "payer" and q.payer is not None)


def supplies(site: dict, q: Question) -> bool:
    """Who says today that they do this supplies: also a number out of use, or an organisation that others bill for."""
    said = outcome_of(site, q) in GOOD | FOR_NOW
    return (site["supplies"] and site["grade"] != "contradicted") or (said and site["share"] > 0)


def fit_of(site: dict, q: Question) -> int:
    fits = [0]
    if q.pediatric:
        fits.append({"paediatric": 0, "both": 0, "adult": 2}.get(site["age_band"], 1))
    elif site["age_band"] == "paediatric":
        fits.append(1)
    if outcome_of(site, q) == "age":
        fits.append(2)
    if q.payer:
        inside = q.network.get(q.payer)
        fits.append(1 if inside is None else 0 if site["npi"] in inside else 2)
    if q.pump:
        makers = q.calls.get(site["npi"], ("", ()))[1]
        fits.append(1 if not makers else 0 if q.pump in makers else 2)
    return max(fits)


def may_be_listed(site: dict, q: Question, lost_practices: set[str]) -> bool:
    if not supplies(site, q) or site.get("site_status") == "moved":
        return False
    if site["npi"] in q.exclude or site["practice_id"] in q.exclude:
        return False
    if site["practice_id"] in lost_practices and not q.keep_practice:
        return False
    return q.calls.get(site["npi"], ("", ()))[0] not in GONE


def backups(
    sites: list[dict], minutes: dict[str, float], q: Question, ladder: list[str], newest: int
) -> dict[str, list[str]]:
    """Return site ids by tier, and under ``said_no`` those that are folded; each site holds its ``ties``."""
    lost = [s for s in sites if s["npi"] in q.exclude or s["practice_id"] in q.exclude]
    lost_practices = {s["practice_id"] for s in lost}
    lost_ties = set().union(*(s["ties"] for s in lost)) if lost else set()
    usable = [
        {**s, "dependent": bool(s["ties"] & lost_ties), "fit": fit_of(s, q),
         "grade": "verified" if outcome_of(s, q) in GOOD | FOR_NOW else s["grade"],
         "tier": tier_of(s, q, ladder, newest), "min": minutes.get(s["site_id"], math.inf), "no": is_folded(s, q)}
        for s in sites
        if may_be_listed(s, q, lost_practices)
    ]  # fmt: skip
    answer: dict = {"said_no": {}}
    for number, tier in enumerate(TIERS):
        own = [s for s in usable if s["tier"] == number]
        best: dict[str, dict] = {}
        for s in sorted(own, key=lambda s: (s["no"], s["dependent"], s["fit"], s["min"], s["site_id"])):
            if s["min"] <= q.limit:
                best.setdefault(s["npi"], s)
        order = sorted(best.values(), key=lambda s: (s["fit"], s["min"], ladder.index(s["grade"]), s["npi"]))
        answer["said_no"][tier] = [s["site_id"] for s in order if s["no"]]
        taken: set = set()
        ranked = []
        for fit in range(3):
            later = []
            for s in (s for s in order if s["fit"] == fit and not s["no"]):
                if s["dependent"] or taken & s["ties"]:
                    later.append(s)
                else:
                    ranked.append(s)
                    taken |= s["ties"]
            ranked += later
        far = [s for s in own if s["min"] < math.inf and not s["no"]]
        if not ranked and far:
            nearest = min((s["dependent"], s["min"]) for s in far)[1]
            answer[tier] = [("nearest", nearest)]
            continue
        answer[tier] = [s["site_id"] for s in ranked[: q.k]]
    return answer


def rows(frame: pd.DataFrame) -> list[dict]:
    return frame.to_dict("records")
