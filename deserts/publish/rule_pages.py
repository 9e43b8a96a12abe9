"""Put the rules and what runs them into a page that is one file, so that the page answers with the very same code.

The runtime (MicroPython for WebAssembly, see ``assets.toml``) and the sources of `deserts.rules` stand in the page; a
content security policy with the hashes of the page's own scripts lets nothing else run and nothing be fetched.
"""

from __future__ import annotations

import ast
import base64
import gzip
import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib import resources
from typing import Any

from markupsafe import Markup

from deserts.config import Settings
from deserts.documents.html import json_for_script
from deserts.errors import MissingDataError
from deserts.publish.assets import MICROPYTHON, Assets, find_assets, pinned, web_fetcher
from deserts.publish.page import inline_script, read_static

__all__ = ["RulesInPage", "locked_policy", "pack_rules", "packed", "rule_sources", "rules_runtime"]

_PACKAGE = "deserts.rules"
_DOOR = "door"
_HEAP_BYTES = 16 * 1024 * 1024
"""Room for a question of a page; a few megabytes are used."""
_STUBS = {
    "__future__.py": "annotations = None\n",
    "typing.py": "Any = None\n",
    "deserts/__init__.py": "",
}
"""What the rules import for the type checker alone, and the package around them."""


@dataclass(frozen=True, slots=True)
class RulesInPage:
    """What a template puts into its page.

    Parameters
    ----------
    data
        Runtime and sources as JSON, for an element of type ``application/json`` with the id ``rules``.
    module
        The script that defines ``startRules``, for the beginning of a script element of type ``module``.
    licence
        Notice of the runtime.
    """

    data: Markup
    module: Markup
    licence: str


def rules_runtime(settings: Settings) -> Assets:
    """Return the runtime's files.

    Raises
    ------
    MissingDataError
        If they can't be had; a page without them would have no rules.
    """
    found = find_assets(settings, MICROPYTHON, fetch=web_fetcher(settings))
    if not found.complete:
        asset = pinned(MICROPYTHON)
        raise MissingDataError(
            f"{asset.package} {asset.version} is not at hand, and without it a page cannot run the rules: "
            + "; ".join(found.problems),
            expected="the files that deserts/publish/assets.toml pins, in the cache",
            fix="run `deserts publish assets` once where connections are allowed",
        )
    return found


def rule_sources(names: Iterable[str]) -> dict[str, str]:
    """Return the rule modules with those that they import, as path to source text.

    Parameters
    ----------
    names
        Modules of `deserts.rules`, without the package.
    """
    folder = resources.files(_PACKAGE)
    wanted, found = {_DOOR, *names}, {f"{_path('__init__')}": folder.joinpath("__init__.py").read_text("utf-8")}
    while wanted:
        name = wanted.pop()
        text = folder.joinpath(f"{name}.py").read_text("utf-8")
        found[_path(name)] = text
        wanted |= {other for other in _imports(text) if _path(other) not in found}
    return dict(sorted(found.items()))


def pack_rules(names: Iterable[str], runtime: Assets) -> RulesInPage:
    """Pack rule modules and the runtime; equal input gives equal bytes.

    Parameters
    ----------
    names
        Modules of `deserts.rules` that the page asks.
    runtime
        From `rules_runtime`.
    """
    content: Mapping[str, Any] = {
        "engine": _compressed(runtime.contents["micropython.wasm"]),
        "heap_bytes": _HEAP_BYTES,
        "files": {**_STUBS, **rule_sources(names)},
    }
    # HTML has no control characters; the one of the pinned runtime stands in a string, where its escape means the same.
    loader = re.sub(r"[\x00-\x08\x0b\x0c\x0e-\x1f]", lambda at: f"\\x{ord(at[0]):02x}", runtime.text("micropython.mjs"))
    script = "\n".join((loader, read_static("rules.js")))
    return RulesInPage(json_for_script(content), inline_script(script), read_static("micropython_licence.txt"))


def packed(content: Mapping[str, Any]) -> Markup:
    """Return a page's data as compressed text, which the page unpacks by itself; equal data give equal text."""
    text = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return Markup(_compressed(text.encode("utf-8")))  # noqa: S704  letters, digits, + / and = alone


def _compressed(content: bytes) -> str:
    return base64.b64encode(gzip.compress(content, 9, mtime=0)).decode("ascii")


def locked_policy(*, scripts: Iterable[str], styles: Iterable[str], rules: bool = True) -> str:
    """Return the content security policy of a page that runs only these scripts and fetches nothing.

    Parameters
    ----------
    scripts, styles
        The exact text of each inline script and style element.
    rules
        Whether the page runs the rules, which compiles WebAssembly that the page itself holds.
    """
    script_src = [_hash(text) for text in scripts] + (["'wasm-unsafe-eval'"] if rules else [])
    parts = [
        "default-src 'none'",
        "script-src " + " ".join(script_src),
        "style-src " + " ".join(_hash(text) for text in styles),
        "img-src data:",
        *(["connect-src blob:"] if rules else []),
        "base-uri 'none'",
        "form-action 'none'",
    ]
    return "; ".join(parts)


def _hash(text: str) -> str:
    return "'sha256-" + base64.b64encode(hashlib.sha256(text.encode("utf-8")).digest()).decode("ascii") + "'"


def _path(name: str) -> str:
    return f"{_PACKAGE.replace('.', '/')}/{name}.py"


def _imports(text: str) -> set[str]:
    """Return the rule modules that a rule module imports."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.ImportFrom) and node.module == _PACKAGE:
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith(_PACKAGE + "."):
            found.add((node.module or "").rsplit(".", 1)[1])
    return found
