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
    return found | {("hospital", ccn) for ccn in hospitals.get(site["npi"], ())}


def tier_of(site: dict, q: Question, ladder: list[str], newest: int) -> int:
    grade = ladder.index(site["grade"])
    supplied = grade <= ladder.index("manages_pumps")
    tier = (
        0 if site["grade"] == "verified" or (supplied and site["drug"] == "baclofen_proven") else 1 if supplied else 2
    )
    if 0 < site["last_year"] < newest - 3 and site["grade"] != "verified":
        tier = 2
    outcome = q.calls.get(site["npi"], ("", ()))[0]
    if outcome in GOOD:
        tier = 0
    if outcome in FOR_NOW or (q.pediatric and site["age_band"] == "adult"):
        tier = 2
    return tier


def fit_of(site: dict, q: Question) -> int:
    fits = [0]
    if q.pediatric:
        fits.append({"paediatric": 0, "both": 0, "adult": 2}.get(site["age_band"], 1))
    elif site["age_band"] == "paediatric":
        fits.append(1)
    if q.payer:
        inside = q.network.get(q.payer)
        fits.append(1 if inside is None else 0 if site["npi"] in inside else 2)
    if q.pump:
        makers = q.calls.get(site["npi"], ("", ()))[1]
        fits.append(1 if not makers else 0 if q.pump in makers else 2)
    return max(fits)


def may_be_listed(site: dict, q: Question, lost_practices: set[str]) -> bool:
    if not site["supplies"] or site["grade"] == "contradicted" or site.get("site_status") == "moved":
        return False
    if site["npi"] in q.exclude or site["practice_id"] in q.exclude:
        return False
    if site["practice_id"] in lost_practices and not q.keep_practice:
        return False
    return q.calls.get(site["npi"], ("", ()))[0] not in GONE


def backups(
    sites: list[dict], minutes: dict[str, float], q: Question, ladder: list[str], newest: int
) -> dict[str, list[str]]:
    """Return site ids by tier; each site holds its ``ties``."""
    lost = [s for s in sites if s["npi"] in q.exclude or s["practice_id"] in q.exclude]
    lost_practices = {s["practice_id"] for s in lost}
    lost_ties = set().union(*(s["ties"] for s in lost)) if lost else set()
    usable = [
        {**s, "dependent": bool(s["ties"] & lost_ties), "fit": fit_of(s, q),
         "tier": tier_of(s, q, ladder, newest), "min": minutes.get(s["site_id"], math.inf)}
        for s in sites
        if may_be_listed(s, q, lost_practices)
    ]  # fmt: skip
    answer = {}
    for number, tier in enumerate(TIERS):
        own = [s for s in usable if s["tier"] == number]
        best: dict[str, dict] = {}
        for s in sorted(own, key=lambda s: (s["dependent"], s["min"], s["site_id"])):
            if s["min"] <= q.limit:
                best.setdefault(s["npi"], s)
        order = sorted(best.values(), key=lambda s: (s["fit"], s["min"], ladder.index(s["grade"]), s["npi"]))
        taken: set = set()
        ranked = []
        for fit in range(3):
            later = []
            for s in (s for s in order if s["fit"] == fit):
                if s["dependent"] or taken & s["ties"]:
                    later.append(s)
                else:
                    ranked.append(s)
                    taken |= s["ties"]
            ranked += later
        if not ranked and any(s["min"] < math.inf for s in own):
            nearest = min((s["dependent"], s["min"]) for s in own if s["min"] < math.inf)[1]
            answer[tier] = [("nearest", nearest)]
            continue
        answer[tier] = [s["site_id"] for s in ranked[: q.k]]
    return answer


def rows(frame: pd.DataFrame) -> list[dict]:
    return frame.to_dict("records")
