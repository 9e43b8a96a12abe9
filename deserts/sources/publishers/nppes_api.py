"""Ask the provider registry's API for every provider of some taxonomies in some states.

The API returns at most 1,200 providers a question: it clamps ``skip`` at 1,000 without a word and repeats pages. So a
question whose answer may be longer is parted by the first digits of the ZIP until every part is short enough.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from deserts.errors import FaultyAnswerError
from deserts.progress import task
from deserts.sources.publishers.nppes_json import check_answer
from deserts.sources.transport.http import Http
from deserts.sources.transport.kept import keep_answer, kept_answer
from deserts.store import write_bytes

__all__ = ["BASE", "TAXONOMY_NAMES", "fetch_providers", "find_providers"]

BASE: Final = "https://npiregistry.cms.hhs.gov/api/"
PAGE_ROWS: Final = 200
LAST_SKIP: Final = 1000
_CAP: Final = PAGE_ROWS + LAST_SKIP
_LONGEST_PREFIX: Final = 5

TAXONOMY_NAMES: Final[Mapping[str, str]] = {
    "208100000X": "Physical Medicine & Rehabilitation",
    "2081P0010X": "Pediatric Rehabilitation Medicine",
    "2081P0004X": "Spinal Cord Injury Medicine",
    "2081P0301X": "Brain Injury Medicine",
    "2081N0008X": "Neuromuscular Medicine",
    "2081P2900X": "Pain Medicine",
    "208VP0000X": "Pain Medicine",
    "208VP0014X": "Interventional Pain Medicine",
    "207LP2900X": "Pain Medicine",
    "207L00000X": "Anesthesiology",
    "2084P2900X": "Pain Medicine",
    "2084N0400X": "Neurology",
    "2084N0402X": "Neurology with Special Qualifications in Child Neurology",
    "2084P0005X": "Neurodevelopmental Disabilities",
    "2080P0008X": "Neurodevelopmental Disabilities",
    "207T00000X": "Neurological Surgery",
    "207N00000X": "Dermatology",
    "207ND0101X": "MOHS-Micrographic Surgery",
    "207NS0135X": "Procedural Dermatology",
}
"""Taxonomy code to the text that the API searches by. It matches any taxonomy of a provider: codes are re-checked."""


def find_providers(http: Http, *, state: str, taxonomy_name: str, prefix: str = "") -> Iterator[dict[str, Any]]:
    """Yield the providers of a state that list a taxonomy of that name; some may come twice.

    Parameters
    ----------
    http
        Connection.
    state, taxonomy_name
        The question.
    prefix
        First digits of the ZIP, by which a long answer is parted.
    """
    question = {"version": "2.1", "state": state, "taxonomy_description": taxonomy_name, "limit": str(PAGE_ROWS)}
    if prefix:
        question["postal_code"] = prefix if len(prefix) == _LONGEST_PREFIX else f"{prefix}*"
    found: list[dict[str, Any]] = []
    for skip in range(0, LAST_SKIP + 1, PAGE_ROWS):
        page = check_answer(http.get_json(BASE, params={**question, "skip": str(skip)}), where=f"{BASE} {question}")
        found += page
        if len(page) < PAGE_ROWS:
            yield from found
            return
    if len(prefix) == _LONGEST_PREFIX:
        raise FaultyAnswerError(
            f"more than {_CAP:,} providers answer to {taxonomy_name} in ZIP {prefix}",
            where=BASE,
            fix="use the registry's monthly file instead",
        )
    # The first page is full to the last: there is more than can be seen. Two digits are the least a wildcard may have.
    longer = [f"{a}{b}" for a in range(10) for b in range(10)] if not prefix else [f"{prefix}{a}" for a in range(10)]
    for part in longer:
        yield from find_providers(http, state=state, taxonomy_name=taxonomy_name, prefix=part)


def fetch_providers(http: Http, *, states: Sequence[str], taxonomies: Sequence[str], target: Path) -> int:
    """Write every provider with one of the taxonomies in one of the states as one answer, and return their number.

    Finished states and taxonomies are kept beside the target until all are there.
    """
    names = sorted({TAXONOMY_NAMES[code] for code in taxonomies if code in TAXONOMY_NAMES})
    parts = target.with_name(f".{target.name}.parts")
    wanted = frozenset(taxonomies)
    found: dict[str, dict[str, Any]] = {}
    with task("provider registry", total=len(states) * len(names)) as bar:
        for state in states:
            for index, name in enumerate(names):
                kept = parts / f"{state}-{index}.json"
                text = kept_answer(kept)
                if text is None:
                    rows = [row for row in find_providers(http, state=state, taxonomy_name=name) if _has(row, wanted)]
                    keep_answer(kept, text := json.dumps(rows))
                for row in json.loads(text):
                    found[str(row.get("number"))] = row
                bar.advance()
    rows = [found[number] for number in sorted(found)]
    lines = ",\n".join(json.dumps(row, ensure_ascii=False, sort_keys=True) for row in rows)
    write_bytes(target, f'{{"result_count": {len(rows)}, "results": [\n{lines}]}}\n'.encode())
    for path in sorted(parts.glob("*.json")):
        path.unlink()
    if parts.is_dir():
        parts.rmdir()
    return len(rows)


def _has(row: Mapping[str, Any], wanted: frozenset[str]) -> bool:
    taxonomies = row.get("taxonomies")
    return isinstance(taxonomies, list) and any(isinstance(t, dict) and t.get("code") in wanted for t in taxonomies)
