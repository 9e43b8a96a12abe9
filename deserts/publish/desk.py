"""The desk: one HTML file that answers a coordinator about one patient, where nothing may be installed.

It answers by the rules of the commands (`deserts.rules`), for every ZIP of a region and its surroundings. Nothing that
is typed leaves the page or stays when it closes. A public copy holds facts of public files; a team copy also what
clinics said on the telephone.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from markupsafe import Markup

from deserts.documents.language import load_language
from deserts.errors import InputError
from deserts.patients.papers.card import fixed_facts
from deserts.patients.search.backup_data import BackupData
from deserts.patients.search.emergency import load_hospitals
from deserts.patients.search.team import TeamFacts
from deserts.patients.search.unread import list_phrases, search_behind
from deserts.patients.words import ENGLISH, draft_note, texts, two_emergencies, words_in
from deserts.publish.desk_data import desk_data, zips_around
from deserts.publish.finder import FinderReport, credits_of
from deserts.publish.notes import about
from deserts.publish.page import inline_script, inline_style, read_static, render_page
from deserts.publish.rule_pages import locked_policy, pack_rules, packed, rules_runtime
from deserts.publish.words import region_name
from deserts.rules.home_refill import PAYER_KINDS
from deserts.store import Store, write_text

__all__ = ["OLD_DAYS", "write_desk"]

OLD_DAYS = 180
"""A desk whose data are older than this names nobody first: it travels on sticks, and nothing renews it."""
_MOST_BYTES = 4_000_000
_RULES = ("call_log", "card", "desk", "discharge", "ed_letter", "home_refill", "typed")
_SCRIPTS = (
    "parts.js", "candidates.js", "desk_data.js", "desk_parts.js", "desk_tools.js", "desk_papers.js", "desk_map.js",
    "desk_page.js",
)  # fmt: skip
_FAMILY = "es"
"""Language of the family's pages beside English."""


def write_desk(
    store: Store, out_path: Path, *, data: BackupData, today: dt.date, facts: TeamFacts | None = None
) -> FinderReport:
    """Write the desk of a region, readable by its owner alone.

    Parameters
    ----------
    store
        Gives the region, its ZIPs and its hospitals.
    out_path
        The file to write.
    data
        The region's tables as ``deserts backup`` loads them.
    today
        Day of making.
    facts
        The team's calls and payer networks for a team copy; None makes a public copy, without calls.

    Raises
    ------
    InputError
        If the file would be over 4 MB.
    """
    rules = pack_rules(_RULES, rules_runtime(store.settings))
    team = facts or TeamFacts()
    zips = zips_around(store.read("zips"), store.region.states)
    content = desk_data(
        data, zips=zips, hospitals=load_hospitals(store), counties=store.read("counties"), today=today, facts=team
    )
    content.update(
        {
            "words": {**texts(), **page_phrases(list_phrases(data.provenance, service=data.service))},
            "data_on": data.provenance.refreshed_on,
            "old_days": OLD_DAYS,
            "papers": _papers(data, today) if content["refill"] else None,
        }
    )
    html = _page(store, content, data=data, today=today, team=team, is_team=facts is not None, rules=rules)
    size = len(html.encode("utf-8"))
    if size > _MOST_BYTES:
        raise InputError(
            f"the desk would be {size / 1e6:.1f} MB",
            expected=f"at most {_MOST_BYTES / 1e6:.0f} MB, which mail systems accept",
            fix="make one a state: `make all REGION=ME`, then `deserts publish desk --region ME`",
        )
    write_text(out_path, html, private=True)
    return FinderReport(out_path, size, len(content["zips"]["zip"]), len(content["sites"]["npi"]))


def _papers(data: BackupData, today: dt.date) -> dict[str, Any]:
    """Return what wallet card and letter need beside what is typed: lines, quotations, the family's language."""
    english = words_in(ENGLISH)
    return {
        "fixed": fixed_facts(),
        "own_drugs": list(data.service.drug_names),
        "data_lines": list(data.provenance.lines(today)),
        "search": search_behind(data.provenance, service=data.service),
        "note": two_emergencies().note,
        "family": {
            "language": _FAMILY,
            "fixed": fixed_facts(_FAMILY),
            "note": load_language(_FAMILY).word(two_emergencies().note),
            "draft": draft_note(_FAMILY),
            "words": {code: text for code, text in words_in(_FAMILY).items() if text != english[code]},
        },
    }


def page_phrases(words: Mapping[str, str]) -> dict[str, str]:
    """Return phrases as a page says them: where one names a command, the page's own way stands instead."""
    own = {code.removeprefix("page."): text for code, text in words.items() if code.startswith("page.")}
    return {**words, **{f"discharge.{name}": text for name, text in own.items()}}


def _page(
    store: Store,
    content: dict[str, Any],
    *,
    data: BackupData,
    today: dt.date,
    team: TeamFacts,
    is_team: bool,
    rules: Any,
) -> str:
    notes = about(data.provenance, service=data.service, grade=store.grade, today=today, credits=credits_of(data))
    notes["banners"] = [*team.warnings, *notes["banners"]]
    style = inline_style(read_static("page.css", "desk.css"))
    # One script: what runs the rules and what shows their answers, so that neither can be started without the other.
    script = Markup("\n").join((rules.module, inline_script(read_static(*_SCRIPTS))))
    return render_page(
        "desk.html",
        title=f"{region_name(store.region)}: who can take over this pump?" if content["refill"]
        else f"{region_name(store.region)}: who is the next clinician?",
        policy=locked_policy(scripts=[script], styles=[style]),
        style=style,
        script=script,
        data=packed(content),
        rules=rules.data,
        licence=rules.licence,
        refill=content["refill"] is not None,
        payers=content["payers"],
        lost=[*content["people"], *content["practices"]],
        both=two_emergencies(),
        payer_kinds=PAYER_KINDS,
        is_team=is_team,
        region=region_name(store.region),
        does=data.service.does,
        made_on=today.isoformat(),
        data_on=data.provenance.refreshed_on or "an unknown day",
        **notes,
    )  # fmt: skip
