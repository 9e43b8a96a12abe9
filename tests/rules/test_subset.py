"""Rule modules keep to what Python and MicroPython run alike."""

from __future__ import annotations

import ast
import functools
import json

import pytest

from deserts.rules import canonical, door, order
from tests.rules.harness import MODULES, RULES

_IMPORTS = {"__future__": {"annotations"}, "typing": {"Any"}}
_STATEMENTS = (
    ast.FunctionDef, ast.Return, ast.Assign, ast.AugAssign, ast.AnnAssign, ast.For, ast.While, ast.If, ast.Raise,
    ast.Import, ast.ImportFrom, ast.Expr, ast.Pass, ast.Break, ast.Continue,
)  # fmt: skip
_CALLS = {
    "abs", "all", "any", "bool", "dict", "enumerate", "int", "isinstance", "len", "list", "max", "min", "ord", "range",
    "reversed", "set", "str", "sum", "tuple", "zip", "TypeError", "ValueError", "LookupError", "sorted", "__import__",
    "getattr",
}  # fmt: skip
_METHODS = {
    "add", "append", "extend", "find", "get", "insert", "join", "lower", "partition", "pop", "replace", "split",
    "startswith", "endswith", "strip", "update", "upper",
}  # fmt: skip
"""MicroPython has these and they do the same; add one only after the vectors have used it."""


@functools.cache
def trees() -> dict[str, ast.Module]:
    return {name: ast.parse((RULES / f"{name}.py").read_text(encoding="utf-8")) for name in MODULES}


@pytest.mark.parametrize("name", MODULES)
def test_imports_nothing_but_rules(name):
    for node in ast.walk(trees()[name]):
        if isinstance(node, ast.Import):
            assert {alias.name for alias in node.names} <= {"json"}
        elif isinstance(node, ast.ImportFrom):
            module = node.module or ""
            allowed = _IMPORTS.get(module)
            if allowed is not None:
                assert {alias.name for alias in node.names} <= allowed
            else:
                assert module == "deserts.rules" or module.startswith("deserts.rules."), module
                assert {alias.name for alias in node.names} <= set(MODULES) or module != "deserts.rules"


@pytest.mark.parametrize("name", MODULES)
def test_keeps_to_the_subset(name):
    tree = trees()[name]
    own = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
    known = _CALLS | own | _imported(tree) | _arguments(tree)
    for node in ast.walk(tree):
        line = f"{name}.py:{getattr(node, 'lineno', 0)}"
        if isinstance(node, ast.stmt):
            assert isinstance(node, _STATEMENTS), f"{line}: {type(node).__name__}"
        if isinstance(node, ast.FunctionDef):
            assert not node.decorator_list, line
        if isinstance(node, ast.Constant):
            assert not isinstance(node.value, float | complex | bytes), f"{line}: whole numbers and text alone"
        assert not isinstance(node, ast.BinOp) or not isinstance(node.op, ast.Div), f"{line}: / gives a float"
        assert not isinstance(node, ast.DictComp | ast.SetComp | ast.NamedExpr), line
        assert not (isinstance(node, ast.Starred) and isinstance(node.ctx, ast.Load)), f"{line}: no stars in a list"
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            assert node.func.id in known, f"{line}: {node.func.id}"
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            rule_module = isinstance(node.func.value, ast.Name) and node.func.value.id in {*MODULES, "json"}
            sorts = name == "order" and node.func.attr == "sort"
            assert rule_module or sorts or node.func.attr in _METHODS, f"{line}: .{node.func.attr}"


def _imported(tree: ast.Module) -> set[str]:
    found = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    return {alias.asname or alias.name for node in found for alias in node.names}


def _arguments(tree: ast.Module) -> set[str]:
    return {node.arg for node in ast.walk(tree) if isinstance(node, ast.arg)}


@pytest.mark.parametrize("name", MODULES)
def test_sorts_by_whole_keys_alone(name):
    """``sorted`` may order plain keys; rows go through ``order.sort_rows``, since MicroPython's sort is not stable."""
    for node in ast.walk(trees()[name]):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "sorted":
            assert not node.keywords, f"{name}.py:{node.lineno}: use order.sort_rows"


@pytest.mark.browser
@pytest.mark.parametrize("name", MODULES)
def test_a_page_can_read_every_module(rules_in_browser, name):
    told = rules_in_browser.evaluate(
        "name => { try { askRule.asText(`${name}.nothing`, '{}'); } catch (error) { return String(error); } }", name
    )
    assert "ImportError" not in told
    assert "SyntaxError" not in told


def test_every_question_can_be_asked():
    for name in MODULES:
        module = __import__(f"deserts.rules.{name}", fromlist=["x"])
        for question in getattr(module, "QUESTIONS", ()):
            assert callable(getattr(module, question))
    with pytest.raises(LookupError):
        door.ask("days.of_parts", "{}")


def test_answers_are_written_as_json_writes_them():
    value = {"b": [1, -2, True, False, None, 10**30], "a": 'q"\\\n\r\t\x00\x1f é 語 😀', "": {}, "z": []}
    assert canonical.dumps(value) == json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    for odd in (0.5, {1}, b"x"):
        with pytest.raises(TypeError):
            canonical.dumps(odd)


def test_equal_keys_keep_their_order():
    rows = [{"k": number % 3, "n": number} for number in range(50)]
    assert order.sort_rows(rows, lambda row: (row["k"],)) == sorted(rows, key=lambda row: row["k"])
