"""The finder: one HTML file that answers "who is next?" for every ZIP of a region, on a laptop where nothing may run.

Minutes from every ZIP are computed beforehand by the same search as ``deserts backup``, and the page orders them by the
same rules. It is of the team class: it names clinicians and holds what was said on the telephone.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import itertools
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
from deserts.patients.search.backup_data import TIER_ORDER, BackupData
from deserts.patients.search.backups import Reach, search_roads, straight_km
from deserts.patients.search.doubts import band_numbers, place_doubts, without_seasonal
from deserts.patients.search.eligibility import Marks, code_of, mark_days, mark_sites
from deserts.patients.search.origin import from_zip
from deserts.patients.search.ranking import most_minutes, nearest_beyond, rank_tier
from deserts.patients.search.routes import snap_origin
from deserts.patients.search.team import TeamFacts
from deserts.patients.search.unread import list_phrases
from deserts.patients.search.wording import (
    tier_title,
)
from deserts.patients.words import ENGLISH, two_emergencies, words_in
from deserts.progress import track
from deserts.publish.finder_places import PLACES, packed_places, place_columns
from deserts.publish.finder_sites import AUDIENCES, practices_to_lose, question_of, site_columns, tie_numbers
from deserts.publish.notes import about
from deserts.publish.page import inline_script, inline_style, read_static, render_page
from deserts.publish.rule_pages import locked_policy, pack_rules, rules_runtime
from deserts.publish.words import region_name
from deserts.rules.ranking import ASK, FITS, TICKS_A_MINUTE
from deserts.services.profile import Service
from deserts.store import Store, write_text

__all__ = ["FinderReport", "choose_sites", "credits_of", "finder_data", "write_finder"]

_PER_TIER = 16
"""Clinicians kept a tier, audience and way of choosing."""
_LEAST = 25
"""Fewest sites kept for a ZIP, wherever they are."""
_BEYOND = 4
"""Sites beyond the limit kept a tier and audience: enough for any one practice to be lost."""
_FAR_DAYS = 365
"""Days left that allow every drive, and a wait of nearly a year."""
_NO_ROAD = -1
_RULES = ("answer", "drives", "plan", "ranking", "timeline")
"""Rules that the page asks, with those that they import."""
_SCRIPTS = ("parts.js", "candidates.js", "finder_rank.js", "finder_dates.js", "finder_page.js")
_LIST_TOPICS = ("drive.", "note.", "tier.")
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
    notes = about(data.provenance, service=data.service, grade=store.grade, today=today, credits=credits_of(data))
    notes["banners"] = [*team.warnings, *notes["banners"]]
    style = inline_style(read_static("page.css", "finder.css"))
    script = inline_script(
        read_static("parts.js", "candidates.js", "finder_rank.js", "finder_dates.js", "finder_page.js")
    )
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


def credits_of(data: BackupData) -> tuple[str, ...]:
    """Return the credits that the road network asks for."""
    return () if data.network is None else tuple(data.network.meta.get("attribution", ()))


def finder_data(
    data: BackupData, *, zips: pd.DataFrame, today: dt.date, facts: TeamFacts, payers: Sequence[str] = (),
    most_places: int = PLACES,
) -> dict[str, Any]:  # fmt: skip
    """Return what the page ranks: ZIPs with minutes to their candidates, sites with ties, and refill limits.

    Parameters
    ----------
    data, facts
        As for `deserts.patients.search.backups.find_backups`.
    zips
        The ZIPs that can be asked for, columns of the table ``zips``.
    today
        Day of making.
    payers
        Payers that can be asked for and of which the team knows something, in small letters.
    most_places
        Hospitals without a named clinician kept for a ZIP.
    """
    data = data.asked(facts.standings)
    marks = {name: mark_sites(question_of(name, today), data, facts) for name in AUDIENCES}
    # A date moves those whose wait is not known behind the others: what it brings up is kept too.
    choices = [*marks.items()]
    paid = {payer: mark_sites(question_of("adult", today, payer=payer), data, facts) for payer in payers}
    choices += [
        (name, mark_sites(question_of(name, today, payer=payer), data, facts)) for payer in payers for name in AUDIENCES
    ]
    if keeps_time(data.service):
        choices += [(name, mark_days(mark, question_of(name, today, days=_FAR_DAYS), data)) for name, mark in choices]
    columns, sites = _zip_columns(data, zips, [mark for _, mark in choices], most_places=most_places)
    words = list_phrases(data.provenance, service=data.service)
    ties = tie_numbers(data)
    return {
        "zips": columns,
        "doubts": band_numbers(data),
        "list_words": {code: text for code, text in words.items() if code.startswith(_LIST_TOPICS)},
        "places": place_columns(data, {name: question_of(name, today) for name in AUDIENCES}),
        "sites": {**site_columns(data, marks, sites, ties=ties, today=today), "payers": _payer_fits(paid, sites)},
        "practices": practices_to_lose(data, sites, ties=ties),
        "tiers": [tier_title(tier, data.service) for tier in TIER_ORDER],
        "limit_min": data.limit_min,
        "refill": _refill_numbers(data.service),
    }


def _zip_columns(
    data: BackupData, zips: pd.DataFrame, choices: Sequence[Marks], *, most_places: int
) -> tuple[dict[str, Any], Longs]:
    """Return what the page holds of each ZIP, one list a column, and the sites that any of them brings up.

    Parameters
    ----------
    zips, most_places
        As for `finder_data`.
    choices
        Marks of each question that the page can ask.
    """
    known, far = zips.sort_values("zip").drop_duplicates("zip"), _limits_of_days(data.service, data.limit_min)
    rows: list[list[list[int]]] = []
    places: list[list[list[Any]]] = []
    unchecked, leg_m, needed = list[int](), list[int](), set[int]()
    without: list[dict[int, list[list[Any]]]] = []
    for zip_code in track(known["zip"].tolist(), "minutes from every ZIP", total=len(known)):
        origin = from_zip(zip_code, data.zips)
        start = snap_origin(origin, data)
        reach, line = search_roads(start, data, limit_min=None), straight_km(origin, data)
        for column, value in zip((unchecked, leg_m), place_doubts(start, data), strict=True):
            column += value
        kept = choose_sites(data, choices, reach, line, too_far=far)
        needed.update(kept.tolist())
        rows.append(_packed(kept, reach, line, limit_min=data.limit_min))
        seasons = without_seasonal(start, data.snaps[kept], reach.drive_min[kept], data)
        without.append({int(site): own for site, own in zip(kept, seasons, strict=True) if own})
        places.append(packed_places(data, origin, most=most_places))
    number = {site: at for at, site in enumerate(sorted(needed))}
    return {
        "zip": known["zip"].tolist(),
        "place": [plain(name, one_line=True) for name in known["place"]],
        "kind": known["kind"].tolist(),
        "near": [[[number[site], *rest] for site, *rest in candidates] for candidates in rows],
        "places": places,
        "unchecked": unchecked,
        "leg_m": leg_m,
        "without": [{number[site]: kinds for site, kinds in own.items()} for own in without],
    }, np.array(sorted(needed), dtype=np.int64)


def _payer_fits(paid: Mapping[str, Marks], sites: Longs) -> list[dict[str, int]]:
    """Return for each site the payers of which something else is known than that they must be asked."""
    fits = {payer: code_of(mark.payer[sites]).tolist() for payer, mark in paid.items()}
    return [{payer: own[at] for payer, own in fits.items() if own[at] != ASK} for at in range(len(sites))]


def _limits_of_days(service: Service, limit_min: float) -> tuple[float, ...]:
    """Return the longest drives that days left allow (minutes), as far as these are shorter than the limit."""
    if not keeps_time(service):
        return ()
    day_min = int(service.number("plan.drive_day_min"))
    return tuple(
        itertools.takewhile(lambda most: most < limit_min, (most_minutes(n, day_min) for n in itertools.count()))
    )


def choose_sites(
    data: BackupData, choices: Sequence[Marks], reach: Reach, line: npt.NDArray[np.float64], *,
    too_far: Sequence[float] = (),
) -> Longs:  # fmt: skip
    """Return the sites that any question about one ZIP can bring up, sorted.

    For each audience and tier these are the nearest clinicians, the most independent ones, whoever said no or named a
    wait, those who come first of the ones too far for few days left, all addresses of these, and the nearest beyond the
    limit.

    Parameters
    ----------
    choices
        Marks of each question that the page can ask.
    reach, line
        Minutes, and kilometres in a straight line, to every site.
    too_far
        Minutes from which somebody is too far for the days left.
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
                alike = by_minutes[eligible.fit[by_minutes] == fit]
                for least in (0.0, *too_far):
                    chosen.update(alike[reach.drive_min[alike] > least][:_PER_TIER].tolist())
            ranked = rank_tier(best, tier, drive_min=reach.drive_min, eligible=eligible, links=data.links, k=_PER_TIER)
            chosen.update(ranked.placed)
            chosen.update(_beyond(data, mark, reach, line, tier))
    people = np.unique(data.person[sorted(chosen)])
    open_sites = np.logical_or.reduce([mark.eligible.open for mark in choices])
    own = open_sites & np.isin(data.person, people) & (reach.drive_min <= data.limit_min)
    chosen.update(np.flatnonzero(own).tolist())
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
    """Return site, ticks (or a code where there is no road), metres and, beyond the limit, metres in a line."""
    away = np.where(np.isnan(line), -1, np.rint(line * 1000)).astype(np.int64)
    packed = []
    for site in kept.tolist():
        if np.isnan(reach.drive_min[site]):
            packed.append([site, _NO_ROAD, 0, int(away[site])])
            continue
        row = [site, round(reach.drive_min[site] * TICKS_A_MINUTE), round(reach.dist_km[site] * 1000)]
        packed.append(row if reach.drive_min[site] <= limit_min else [*row, int(away[site])])
    return packed


def _refill_numbers(service: Service) -> dict[str, Any] | None:
    """Return what the rules need to reckon a pump's days; None for a service without refills."""
    if not keeps_time(service):
        return None
    topics = (
        "ask.",
        "count.",
        "emergency.",
        "first.",
        "plan.",
        "red.",
        "safe.",
        "step.",
        "step_why.",
        "warning.",
        "weekday.",
        "when.",
        "why.",
    )
    return {
        "drive_day_min": int(service.number("plan.drive_day_min")),
        "limits": refill_limits(service),
        "words": {code: text for code, text in words_in(ENGLISH).items() if code.startswith(topics)},
    }
