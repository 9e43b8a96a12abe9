"""The finder: one HTML file that answers "who is next?" for every ZIP of a region, on a laptop where nothing may run.

Minutes from every ZIP are computed beforehand by the same search as ``deserts backup``, and the page orders them by the
same rules. It is of the team class: it names clinicians and holds what was said on the telephone.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from deserts.arrays import Longs
from deserts.documents import plain
from deserts.documents.html import json_for_script
from deserts.errors import InputError
from deserts.patients.refill.timeline import keeps_time, refill_limits
from deserts.patients.search.answer import BackupQuery
from deserts.patients.search.backup_data import SITE_ERROR_MIN, TIER_ORDER, BackupData
from deserts.patients.search.backups import Reach, search_from, straight_km
from deserts.patients.search.eligibility import Marks, code_of, mark_days, mark_sites
from deserts.patients.search.origin import Origin, from_zip
from deserts.patients.search.ranking import nearest_beyond, rank_tier
from deserts.patients.search.team import TeamFacts
from deserts.patients.search.wording import (
    DRUG_WORDS,
    evidence_words,
    no_words,
    questions,
    said_words,
    tier_title,
)
from deserts.patients.words import texts, two_emergencies
from deserts.progress import track
from deserts.publish.finder_places import packed_places, place_columns
from deserts.publish.notes import about
from deserts.publish.page import inline_script, inline_style, read_static, render_page
from deserts.publish.rule_pages import locked_policy, pack_rules, rules_runtime
from deserts.publish.words import region_name
from deserts.rules.ranking import FITS, TICKS_A_MINUTE
from deserts.services.profile import Service
from deserts.specialists.standing import SiteStanding
from deserts.store import Store, write_text
from deserts.tables import Status

__all__ = ["FinderReport", "choose_sites", "finder_data", "write_finder"]

_AUDIENCES = ("adult", "child")
_PER_TIER = 16
"""Clinicians kept a tier, audience and way of choosing."""
_LEAST = 25
"""Fewest sites kept for a ZIP, wherever they are."""
_BEYOND = 4
"""Sites beyond the limit kept a tier and audience: enough for any one practice to be lost."""
_FAR_DAYS = 365
"""Days left that allow every drive, and a wait of nearly a year."""
_UNREACHABLE, _UNSNAPPED = -1, -2
_RULES = ("plan", "ranking", "timeline")
"""Rules that the page asks, with those that they import."""
_MOST_BYTES = 5_000_000
_LEAST_BYTES = 6
"""Least that one candidate of one ZIP takes in the file: two digits with brackets and commas."""


@dataclass(frozen=True, slots=True)
class FinderReport:
    """What was written: the file, its size, and how many ZIPs and clinicians' sites it holds."""

    path: Path
    size_bytes: int
    zips: int
    sites: int


def write_finder(
    store: Store, out_path: Path, *, data: BackupData, today: dt.date, facts: TeamFacts | None = None
) -> FinderReport:
    """Write the finder of a region, readable by its owner alone.

    Parameters
    ----------
    store
        Gives the region and the grade.
    out_path
        The file to write.
    data
        The region's tables as ``deserts backup`` loads them.
    today
        Day of making: ages of verifications are reckoned from it.
    facts
        The team's calls and payer networks; None when there are none.

    Raises
    ------
    InputError
        If the file would be too large for a mail attachment.
    """
    zips = store.read("zips")
    own = zips[zips["state"].isin(store.region.states)]
    # Known before the long ranking: no ZIP takes less than this.
    _refuse_if_too_large(own["zip"].nunique() * min(_LEAST, len(data.sites)) * _LEAST_BYTES, words="at least ")
    rules = pack_rules(_RULES, rules_runtime(store.settings))
    team = facts or TeamFacts()
    content = finder_data(data, zips=own, today=today, facts=team)
    notes = about(data.provenance, service=data.service, grade=store.grade, today=today, credits=_credits(data))
    notes["banners"] = [*team.warnings, *notes["banners"]]
    style = inline_style(read_static("page.css", "finder.css"))
    script = inline_script(read_static("finder_rank.js", "finder_dates.js", "finder_page.js"))
    html = render_page(
        "finder.html",
        title=f"{region_name(store.region)}: who is the next clinician?",
        policy=locked_policy(scripts=[script, rules.module], styles=[style]),
        style=style,
        data=json_for_script({**content, "check_after": notes["check_after"]}),
        script=script,
        module=rules.module,
        rules=rules.data,
        licence=rules.licence,
        refill=content["refill"] is not None,
        both=two_emergencies(),
        does=data.service.does,
        made_on=today.isoformat(),
        **notes,
    )
    size = len(html.encode("utf-8"))
    _refuse_if_too_large(size)
    write_text(out_path, html, private=True)
    return FinderReport(out_path, size, len(content["zips"]["zip"]), len(content["sites"]["npi"]))


def _refuse_if_too_large(size_bytes: int, *, words: str = "") -> None:
    if size_bytes > _MOST_BYTES:
        raise InputError(
            f"the finder would be {words}{size_bytes / 1e6:.1f} MB",
            expected=f"at most {_MOST_BYTES / 1e6:.0f} MB, which mail systems accept",
            fix="make one a state: `make all REGION=ME`, then `deserts publish finder --region ME`",
        )


def _credits(data: BackupData) -> tuple[str, ...]:
    return () if data.network is None else tuple(data.network.meta.get("attribution", ()))


def finder_data(data: BackupData, *, zips: pd.DataFrame, today: dt.date, facts: TeamFacts) -> dict[str, Any]:
    """Return what the page ranks: ZIPs with minutes to their candidates, sites with ties, and refill limits.

    Parameters
    ----------
    data, facts
        As for `deserts.patients.search.backups.find_backups`.
    zips
        The ZIPs that can be asked for, columns of the table ``zips``.
    today
        Day of making.
    """
    data = data.asked(facts.standings)
    marks = {name: mark_sites(_question(name, today), data, facts) for name in _AUDIENCES}
    # A date moves those whose wait is not known behind the others: what it brings up is kept too.
    choices = [*marks.values()]
    if keeps_time(data.service):
        choices += [mark_days(mark, _question(name, today, days=_FAR_DAYS), data) for name, mark in marks.items()]
    known = zips.sort_values("zip").drop_duplicates("zip")
    rows: list[list[list[int]]] = []
    places: list[list[list[int]]] = []
    needed: set[int] = set()
    for zip_code in track(known["zip"].tolist(), "minutes from every ZIP", total=len(known)):
        origin = from_zip(zip_code, data.zips)
        reach, line = search_from(origin, data, limit_min=None), straight_km(origin, data)
        kept = choose_sites(data, choices, reach, line)
        needed.update(kept.tolist())
        rows.append(_packed(kept, reach, line, limit_min=data.limit_min))
        places.append(packed_places(data, origin))
    sites = np.array(sorted(needed), dtype=np.int64)
    ties = _tie_numbers(data)
    place = {site: number for number, site in enumerate(sites.tolist())}
    return {
        "zips": {
            "zip": known["zip"].tolist(),
            "place": [plain(name, one_line=True) for name in known["place"]],
            "kind": known["kind"].tolist(),
            "near": [[[place[site], *rest] for site, *rest in candidates] for candidates in rows],
            "places": places,
        },
        "places": place_columns(data, {name: _question(name, today) for name in _AUDIENCES}),
        "sites": _site_columns(data, marks, sites, ties=ties, today=today),
        "practices": _practices(data, sites, ties=ties),
        "tiers": [tier_title(tier, data.service) for tier in TIER_ORDER],
        "limit_min": data.limit_min,
        "refill": _refill_numbers(data.service),
    }


def _question(audience: str, today: dt.date, *, days: int | None = None) -> BackupQuery:
    """Return the question of a patient of an age, wherever that is, with so many days left."""
    empty_on = None if days is None else today + dt.timedelta(days=days)
    here = Origin(0.0, 0.0, "", zip_precise=True)
    return BackupQuery(here, today, pediatric=audience == "child", empty_on=empty_on)


def choose_sites(data: BackupData, choices: Sequence[Marks], reach: Reach, line: npt.NDArray[np.float64]) -> Longs:
    """Return the sites that any question about one ZIP can bring up, sorted.

    For each audience and tier these are the nearest clinicians, the most independent ones, whoever said no or named a
    wait, all addresses of these, and the nearest beyond the limit.

    Parameters
    ----------
    choices
        Marks of each question that the page can ask.
    reach, line
        Minutes, and kilometres in a straight line, to every site.
    """
    chosen: set[int] = set()
    for mark in choices:
        eligible = mark.eligible
        best = eligible.best_sites(reach.drive_min, within_min=data.limit_min)
        chosen.update(best[np.isin(best, [*data.said])].tolist())
        for tier in range(len(TIER_ORDER)):
            own = best[eligible.tier[best] == tier]
            by_minutes = own[np.argsort(reach.drive_min[own], kind="stable")]
            for fit in FITS:
                chosen.update(by_minutes[eligible.fit[by_minutes] == fit][:_PER_TIER].tolist())
            ranked = rank_tier(best, tier, drive_min=reach.drive_min, eligible=eligible, links=data.links, k=_PER_TIER)
            chosen.update(ranked.placed)
            chosen.update(_beyond(data, mark, reach, line, tier))
    people = np.unique(data.person[sorted(chosen)])
    open_sites = np.logical_or.reduce([mark.eligible.open for mark in choices])
    alike = open_sites & np.isin(data.person, people) & (reach.drive_min <= data.limit_min)
    chosen.update(np.flatnonzero(alike).tolist())
    if len(chosen) < _LEAST:
        others = np.flatnonzero(open_sites)
        road = np.where(np.isnan(reach.drive_min[others]), np.inf, reach.drive_min[others])
        chosen.update(others[np.lexsort((others, line[others], road))][:_LEAST].tolist())
    return np.array(sorted(chosen), dtype=np.int64)


def _beyond(data: BackupData, mark: Marks, reach: Reach, line: npt.NDArray[np.float64], tier: int) -> list[int]:
    """Return the nearest sites of a tier beyond the limit and the nearest without a road, none tied to another.

    Those without a road are not too far for any days left, so that they may be all that is left to show.
    """
    found: list[int] = []
    for apart in (reach.drive_min > data.limit_min, np.isnan(reach.drive_min)):
        for _ in range(_BEYOND):
            free = mark.eligible.open & apart & ~data.links.touches(np.array(found, dtype=np.int64))
            eligible = dataclasses.replace(mark.eligible, open=free)
            site = nearest_beyond(reach.drive_min, line, tier=tier, eligible=eligible)
            if site is None:
                break
            found.append(site)
    return found


def _packed(kept: Longs, reach: Reach, line: npt.NDArray[np.float64], *, limit_min: float) -> list[list[int]]:
    """Return site, ticks (or a code where there is no road), tenths of km and, beyond the limit, metres in a line."""
    away = np.where(np.isnan(line), -1, np.rint(line * 1000)).astype(np.int64)
    packed = []
    for site in kept.tolist():
        if np.isnan(reach.drive_min[site]):
            code = _UNSNAPPED if reach.status[site] == Status.UNSNAPPED else _UNREACHABLE
            packed.append([site, code, 0, int(away[site])])
            continue
        row = [site, round(reach.drive_min[site] * TICKS_A_MINUTE), round(reach.dist_km[site] * 10)]
        packed.append(row if reach.drive_min[site] <= limit_min else [*row, int(away[site])])
    return packed


_SHOWN = ("npi", "name", "credentials", "practice_name", "address", "city", "state", "zip", "phone", "age_band")
"""Columns of a site that the page shows as they are."""


def _site_columns(
    data: BackupData, marks: Mapping[str, Marks], chosen: Longs, *,
    ties: Mapping[tuple[str, int], int], today: dt.date,
) -> dict[str, Any]:  # fmt: skip
    """Return what is shown of each site and what it is ranked by, one list a column."""
    newest = max(data.provenance.claims_years, default=0)
    rows = [{str(key): value for key, value in row.items()} for row in data.sites.iloc[chosen].to_dict("records")]
    shown = {name: [plain(str(row[name]), one_line=True) for row in rows] for name in _SHOWN}
    return {
        **shown,
        "practice": [str(row["practice_id"]) for row in rows],
        "person": data.person[chosen].tolist(),
        "grade_rank": [int(row["grade_rank"]) for row in rows],
        "give": [SITE_ERROR_MIN.get(str(row["precision"]), 0) for row in rows],
        "open": data.listed[chosen].astype(int).tolist(),
        "tier": data.tier[chosen].tolist(),
        "ties": [sorted(ties[tie] for tie in data.links.of(int(site))) for site in chosen],
        "tie_kinds": [kind for kind, _ in ties],
        "words": [
            [
                data.service.grade(str(row["grade"])).words,
                DRUG_WORDS.get(str(row["drug"]), ""),
                evidence_words(row, newest),
            ]
            for row in rows
        ],
        "demoted": [str(text) for text in marks[_AUDIENCES[0]].demoted[chosen]],
        **_said_columns([data.said.get(int(site)) for site in chosen], today),
        **{name: _audience_columns(data, name, mark, rows, chosen, today=today) for name, mark in marks.items()},
    }


def _said_columns(said: Sequence[SiteStanding | None], today: dt.date) -> dict[str, Any]:
    """Return what each clinic said: in words, every no with the days on which it stands, and the wait that it named."""
    noes = [() if at is None else at.noes for at in said]
    waits = [None if at is None else at.wait() for at in said]
    return {
        "said": [said_words(at, today) for at in said],
        "noes": [[no.span() for no in own] for own in noes],
        "no_words": [[no_words(no) for no in own] for own in noes],
        "wait": [
            None if told is None else [told.wait_days, told.on.toordinal(), told.fresh_until().toordinal()]
            for told in waits
        ],
    }


def _audience_columns(
    data: BackupData, audience: str, mark: Marks, rows: list[dict[str, Any]], chosen: Longs, *, today: dt.date
) -> dict[str, Any]:
    """Return what depends on whether the patient is an adult or a child."""
    query = _question(audience, today)
    return {
        "age": code_of(mark.age[chosen]).tolist(),
        "ask": [
            list(
                questions(
                    row, query, service=data.service, age=str(mark.age[site]), payer="", pump="", plan="",
                    in_doubt=bool(mark.demoted[site]),
                )
            )
            for site, row in zip(chosen, rows, strict=True)
        ],
    }  # fmt: skip


def _tie_numbers(data: BackupData) -> dict[tuple[str, int], int]:
    """Return a number for every tie of the data, in the order of kind and code."""
    every = {tie for site in range(len(data.sites)) for tie in data.links.of(site)}
    return {tie: number for number, tie in enumerate(sorted(every))}


def _practices(data: BackupData, chosen: Longs, *, ties: Mapping[tuple[str, int], int]) -> list[dict[str, Any]]:
    """Return the practices that can be named as lost, also those that a call closed, with the ties of their sites."""
    ids = data.sites["practice_id"].to_numpy(dtype=object)
    found = []
    for practice in sorted({*ids[chosen], *ids[[*data.said]]}):
        members = np.flatnonzero(ids == practice)
        row = data.sites.iloc[members[0]]
        name = str(row["practice_name"]) or f"Practice at {row['address']}"
        found.append(
            {
                "id": str(practice),
                "name": plain(f"{name}, {row['city']}, {row['state']}", one_line=True),
                "ties": sorted({ties[tie] for site in members for tie in data.links.of(int(site))}),
            }
        )
    return sorted(found, key=lambda entry: (entry["name"], entry["id"]))


def _refill_numbers(service: Service) -> dict[str, Any] | None:
    """Return what the rules need to reckon a pump's days; None for a service without refills."""
    if not keeps_time(service):
        return None
    topics = (
        "ask.",
        "emergency.",
        "first.",
        "plan.",
        "red.",
        "safe.",
        "step.",
        "step_why.",
        "warning.",
        "when.",
        "why.",
    )
    return {
        "drive_day_min": int(service.number("plan.drive_day_min")),
        "limits": refill_limits(service),
        "words": {code: text for code, text in texts().items() if code.startswith(topics)},
    }
