"""The walks of docs/architecture.md lead through files that are there, and no module or function has grown too long."""

from __future__ import annotations

import ast
import re

import pytest

from tests.conftest import ROOT

PACKAGE = ROOT / "deserts"
MODULES = sorted(PACKAGE.rglob("*.py"))


def _walks() -> str:
    text = (ROOT / "docs/architecture.md").read_text(encoding="utf-8")
    return text[text.index("## A walk") : text.index("## One timeline")]


def test_each_file_of_the_walks_is_there() -> None:
    named = re.findall(r"`([a-z_]+(?:/[a-z_]+)*(?:/|\.py))`", _walks())
    assert len(named) > 25
    short = {"backup_text.py": "patients/search", "jsonable.py": "patients", "times.py": "roads", "search.py": "roads"}
    missing = [name for name in named if not (PACKAGE / short.get(name, ".") / name).exists()]
    assert missing == []


def test_contributing_names_rooms_that_are_there() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`((?:deserts|docs|tests|benchmarks)/[a-z_/]+(?:\.\w+)?)`", text))
    assert len(named) > 8
    assert [name for name in named if not (ROOT / name).exists()] == []


def test_no_module_is_over_400_lines() -> None:
    long = {str(path.relative_to(ROOT)): len(path.read_text("utf-8").splitlines()) for path in MODULES}
    assert {name: lines for name, lines in long.items() if lines > 400} == {}


TABLES_AS_CODE = ("build_players",)
"""Functions that are a table: who plays which part in the example."""


def _is_compiled(node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    return any("njit" in ast.unparse(decorator) for decorator in node.decorator_list)


def _long_functions(path) -> list[str]:
    """Return the functions whose body, the docstring left out, is over 50 lines; a compiled loop stays in one piece."""
    found = []
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) or _is_compiled(node):
            continue
        if node.name in TABLES_AS_CODE:
            continue
        body = node.body[1:] if ast.get_docstring(node) and len(node.body) > 1 else node.body
        if body[-1].end_lineno - body[0].lineno + 1 > 50:
            found.append(f"{path.relative_to(ROOT)}:{node.lineno} {node.name}")
    return found


def test_no_function_is_over_50_lines() -> None:
    assert [name for path in MODULES for name in _long_functions(path)] == []


@pytest.mark.parametrize("name", ["ci.yml", "release.yml", "packs.yml"])
def test_the_files_for_a_public_host_hold_what_they_promise(name: str) -> None:
    yaml = pytest.importorskip("yaml")
    facts = yaml.safe_load((ROOT / ".github/workflows" / name).read_text("utf-8"))
    assert facts["permissions"] == {"contents": "read"}
    for job in facts["jobs"].values():
        assert job["runs-on"]
        assert all("run" in step or "uses" in step for step in job["steps"])


def test_the_matrix_has_the_systems_and_versions_that_are_promised() -> None:
    yaml = pytest.importorskip("yaml")
    matrix = yaml.safe_load((ROOT / ".github/workflows/ci.yml").read_text("utf-8"))["jobs"]["versions"]["strategy"]
    assert {name.split("-")[0] for name in matrix["matrix"]["os"]} == {"ubuntu", "macos", "windows"}
    assert matrix["matrix"]["python"] == ["3.11", "3.12", "3.13", "3.14"]
