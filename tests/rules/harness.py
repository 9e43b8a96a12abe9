"""Ask the rules the same questions in Python and in a real browser, and want the same bytes.

A test module draws questions (`random.Random` with a fixed seed) and calls ``agree(rule, questions)``. The fixture
packs all rules as a page does, so that packing, content security policy and bridge are tested with them.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from deserts.config import Settings
from deserts.publish.assets import MICROPYTHON, find_assets
from deserts.publish.rule_pages import locked_policy, pack_rules
from deserts.rules import door

RULES = Path(door.__file__).parent
MODULES = sorted(path.stem for path in RULES.glob("*.py") if path.stem != "__init__")
_HANDLE = "window.ready = startRules().then((ask) => { window.askRule = ask; return true; });"
_AT_ONCE = 500
_SHOWN = 1500

Agree = Callable[[str, Sequence[dict[str, Any]]], list[dict[str, Any]]]


def runtime() -> Any:
    """The runtime from the caches that ``make setup`` fills; the test is skipped with a reason where it is absent."""
    found = find_assets(Settings(data_dir=Path("data"), allow_network=False), MICROPYTHON)
    if not found.complete:
        pytest.skip("the rules' runtime is in no cache: run `deserts publish assets` where connections are allowed")
    return found


def rules_page() -> str:
    """A page that holds every rule and nothing else."""
    packed = pack_rules(MODULES, runtime())
    script = f"{packed.module}\n{_HANDLE}"
    return (
        '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>rules</title>'
        f'<meta http-equiv="Content-Security-Policy" content="{locked_policy(scripts=[script], styles=[])}">'
        f'</head><body><script type="application/json" id="rules">{packed.data}</script>'
        f'<script type="module">{script}</script></body></html>'
    )


@pytest.fixture(scope="session")
def rules_in_browser(browser: Any, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A page of a real browser, opened from a file, in which ``askRule(rule, question)`` answers."""
    file = tmp_path_factory.mktemp("rules") / "rules.html"
    file.write_text(rules_page(), encoding="utf-8")
    page = browser.new_context().new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(file.as_uri())
    try:
        page.wait_for_function("window.ready !== undefined", timeout=20_000)
        assert page.evaluate("() => window.ready")
    except Exception as error:
        raise AssertionError(f"the rules did not start: {complaints}") from error
    return page


@pytest.fixture(scope="session")
def agree(rules_in_browser: Any) -> Agree:
    """A function that asks both, fails at the first difference, and returns the answers."""

    def ask_both(rule: str, questions: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
        texts = [json.dumps(question, ensure_ascii=False) for question in questions]  # as a page's JSON.stringify
        here = [door.ask(rule, text) for text in texts]
        there: list[str] = []
        for start in range(0, len(texts), _AT_ONCE):
            there += rules_in_browser.evaluate(
                "([rule, texts]) => texts.map((text) => window.askRule.asText(rule, text))",
                [rule, texts[start : start + _AT_ONCE]],
            )
        for question, python, page in zip(questions, here, there, strict=True):
            if page != python:
                pytest.fail(
                    f"{rule} differs: {_apart(python, page)}; asked {json.dumps(question)[:_SHOWN]}", pytrace=False
                )
        return [json.loads(text) for text in here]

    return ask_both


def _apart(python: str, page: str) -> str:
    """Return where two texts differ first."""
    at = next((at for at, pair in enumerate(zip(python, page, strict=False)) if len(set(pair)) > 1), len(python))
    part = slice(max(0, at - 60), at + 60)
    return f"{python[part]!r} here, {page[part]!r} in the page"
