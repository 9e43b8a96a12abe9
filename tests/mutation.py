"""Change the code a little, one place at a time, and see whether the tests notice.

    python -m tests.mutation deserts.rules.timeline deserts.rules.reading --tests tests/patients/refill

Every mutant of a function's code (or of a plain value at the top of a module) is put into the running program in a
forked child, which then runs the tests in the given order until one fails. A mutant that no test notices survives. A
survivor that cannot be noticed, because it means the same, is explained in ``tests/mutants.toml`` by module, function,
line and change; any other makes the exit code 1. Use it on the modules where a wrong answer harms: timeline, standing,
ranking. Name the tests that notice most first.
"""

from __future__ import annotations

import argparse
import ast
import copy
import importlib
import inspect
import multiprocessing.pool
import os
import re
import signal
import sys
import tomllib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any

EXPLAINED = Path(__file__).with_name("mutants.toml")
_SECONDS = 120
_COMPARE = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.In: ast.NotIn, ast.NotIn: ast.In,
}  # fmt: skip
_BINARY = {ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.FloorDiv, ast.FloorDiv: ast.Mult, ast.Mod: ast.Mult}
_NAMES = {"min": "max", "max": "min", "any": "all", "all": "any"}


@dataclass(frozen=True)
class Mutant:
    """One change: where it is, what it does, and the changed module's tree."""

    module: str
    function: str
    line: int
    source: str
    change: str
    tree: ast.Module

    @property
    def key(self) -> tuple[str, str, str, str]:
        """What explains a survivor: it holds when lines move, and no longer when the line changes."""
        return self.module, self.function, self.source, self.change


def mutants_of(module: ModuleType) -> Iterator[Mutant]:
    """Yield every mutant of a module, top to bottom."""
    text = inspect.getsource(module)
    tree, lines = ast.parse(text), text.splitlines()
    skipped = {id(node) for node in _not_code(tree)}
    owners = _owners(tree)
    for position, node in enumerate(ast.walk(tree)):
        if id(node) in skipped:
            continue
        for change, apply in _changes(node):
            changed = copy.deepcopy(tree)
            apply(next(twin for place, twin in enumerate(ast.walk(changed)) if place == position))
            line = getattr(node, "lineno", 0)
            yield Mutant(
                module.__name__, owners.get(id(node), ""), line, lines[line - 1].strip(), change,
                ast.fix_missing_locations(changed),
            )  # fmt: skip


def _not_code(tree: ast.Module) -> Iterator[ast.AST]:
    """Yield the nodes of docstrings, annotations, decorators, imports, ``__all__`` and names of fields."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.ClassDef | ast.Module):
            first = node.body[0] if node.body else None
            if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant):
                yield from ast.walk(first)
        for decorator in getattr(node, "decorator_list", ()):  # a class is not made anew, so they would change nothing
            yield from ast.walk(decorator)
        for name in ("annotation", "returns"):
            if getattr(node, name, None) is not None:
                yield from ast.walk(getattr(node, name))
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield from ast.walk(node)
        if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant):
            yield node.slice
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) in ("__all__", "QUESTIONS"):
            yield from ast.walk(node)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            yield from ast.walk(node)


def _owners(tree: ast.Module) -> dict[int, str]:
    found: dict[int, str] = {}

    def visit(node: ast.AST, name: str) -> None:
        for child in ast.iter_child_nodes(node):
            inner = f"{name}.{child.name}".strip(".") if isinstance(child, ast.FunctionDef | ast.ClassDef) else name
            found[id(child)] = inner
            visit(child, inner)

    visit(tree, "")
    return found


def _changes(node: ast.AST) -> Iterator[tuple[str, Callable[[Any], None]]]:
    """Yield what can be changed in a node: in words, and a function that changes its twin."""
    match node:
        case ast.Compare():
            for place, operator in enumerate(node.ops):
                other = _COMPARE[type(operator)]
                yield f"{type(operator).__name__} {place} to {other.__name__}", _set_operator(place, other)
        case ast.BoolOp():
            other = ast.Or if isinstance(node.op, ast.And) else ast.And
            yield f"to {other.__name__}", lambda twin: setattr(twin, "op", other())
        case ast.BinOp() if type(node.op) in _BINARY:
            swapped = _BINARY[type(node.op)]
            yield f"{type(node.op).__name__} to {swapped.__name__}", lambda twin: setattr(twin, "op", swapped())
        case ast.UnaryOp(op=ast.Not()):
            yield "Not left out", lambda twin: twin.__dict__.update(op=ast.UAdd(), operand=_truth(twin.operand))
        case ast.Call(func=ast.Name(id=name)) if name in _NAMES:
            yield f"{name} to {_NAMES[name]}", lambda twin: setattr(twin.func, "id", _NAMES[twin.func.id])
        case _:
            yield from _changes_of_values(node)


def _changes_of_values(node: ast.AST) -> Iterator[tuple[str, Callable[[Any], None]]]:
    match node:
        case ast.Constant(value=bool()):
            yield f"{node.value} to {not node.value}", lambda twin: setattr(twin, "value", not twin.value)
        case ast.Constant(value=int()):
            yield f"{node.value} to {node.value + 1}", lambda twin: setattr(twin, "value", twin.value + 1)
        case ast.Constant(value=str()) if node.value:
            yield f"{node.value!r} to another text", lambda twin: setattr(twin, "value", f"{twin.value}!")
        case ast.Return() if node.value is not None and ast.unparse(node.value) != "None":
            yield "return None", lambda twin: setattr(twin, "value", ast.Constant(None))
        case ast.Expr(value=ast.Call()):
            yield "left out", lambda twin: setattr(twin, "value", ast.Constant(None))
        case ast.If() | ast.IfExp() | ast.While():
            yield "condition turned round", lambda twin: setattr(twin, "test", ast.UnaryOp(ast.Not(), twin.test))


def _set_operator(place: int, other: type[ast.cmpop]) -> Callable[[Any], None]:
    return lambda twin: twin.ops.__setitem__(place, other())


def _truth(operand: ast.expr) -> ast.expr:
    return ast.Call(ast.Name("bool", ast.Load()), [operand], [])


def put_in(mutant: Mutant) -> None:
    """Put a mutant into the running program: code of functions that differs, and plain values at a module's top."""
    module = importlib.import_module(mutant.module)
    changed: dict[str, Any] = {"__name__": module.__name__, "__file__": module.__file__}
    exec(compile(mutant.tree, module.__file__ or "", "exec"), changed)
    for name, value in changed.items():
        now = getattr(module, name, None)
        if isinstance(now, FunctionType) and now.__module__ == module.__name__:
            now.__code__, now.__defaults__ = value.__code__, value.__defaults__
        elif isinstance(now, int | str | tuple | dict | re.Pattern) and not name.startswith("__"):
            setattr(module, name, value)
        elif inspect.isclass(now) and now.__module__ == module.__name__:
            for method, inner in vars(value).items():
                there, here = _function_of(vars(now).get(method)), _function_of(inner)
                if there is not None and here is not None:
                    there.__code__, there.__defaults__ = here.__code__, here.__defaults__


def _function_of(member: Any) -> FunctionType | None:
    """Return the function behind a method, property or class method of a class, None where there is none."""
    for name in ("fget", "func", "__func__"):
        member = getattr(member, name, member)
    return member if isinstance(member, FunctionType) else None


class Loop:
    """A pytest plugin: where pytest would run the tests once, it runs them once a mutant, each time in a forked child.

    Parameters
    ----------
    modules
        Dotted names of the modules to change.
    processes
        How many children at a time.
    """

    def __init__(self, modules: Sequence[str], processes: int) -> None:
        self._modules, self._processes = modules, processes
        self.count, self.left, self.is_clean = 0, [], False

    def pytest_runtestloop(self, session: Any) -> bool:
        """Try the tests on the code as it is, then on every mutant."""
        self.is_clean = _passes(session.items, None)
        if not self.is_clean:
            return True
        mutants = [m for name in self._modules for m in mutants_of(importlib.import_module(name))]
        self.count = len(mutants)
        with multiprocessing.pool.ThreadPool(self._processes) as pool:
            tried = pool.imap(lambda mutant: (mutant, _passes(session.items, mutant)), mutants)
            for number, (mutant, survives) in enumerate(tried, start=1):
                if survives:
                    self.left.append(mutant)
                if survives or number % 50 == 0:
                    print(f"{number} of {self.count}, {len(self.left)} survive", file=sys.stderr, flush=True)
        return True


def _passes(items: Sequence[Any], mutant: Mutant | None) -> bool:
    """Whether every test passes, tried in a child; one that runs too long counts as a failure."""
    child = os.fork()
    if child == 0:
        code = 1
        try:
            signal.alarm(_SECONDS)
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, 1)
            os.dup2(nowhere, 2)
            if mutant is not None:
                put_in(mutant)
            code = _run(items)
        except BaseException:
            code = 1
        os._exit(code)
    return os.waitpid(child, 0)[1] == 0


def _run(items: Sequence[Any]) -> int:
    """Run tests until one fails; 0 when none does."""
    for place, item in enumerate(items):
        following = items[place + 1] if place + 1 < len(items) else None
        item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
        if item.session.testsfailed:
            return 1
    return 0


def _explained() -> dict[tuple[str, str, str, str], str]:
    entries = tomllib.loads(EXPLAINED.read_text(encoding="utf-8")).get("mutants", [])
    return {(e["module"], e["function"], e["source"], e["change"]): e["why"] for e in entries}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the mutants of the named modules and print the survivors."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutation", description=__doc__)
    parser.add_argument("modules", nargs="+", help="dotted names, for example deserts.rules.timeline")
    parser.add_argument("--tests", nargs="+", required=True, help="what pytest runs for each mutant")
    parser.add_argument("--processes", type=int, default=2)
    asked = parser.parse_args(arguments)
    import pytest

    loop = Loop(asked.modules, asked.processes)
    options = ["-p", "no:terminal", "-p", "no:cacheprovider", "-p", "no:xdist", "-o", "addopts=", "-m"]
    pytest.main([*options, "not browser and not slow", *asked.tests], plugins=[loop])
    if not loop.is_clean:
        print("the tests fail, or none was found, without any change")
        return 2
    left = loop.left
    known = _explained()
    unexplained = [mutant for mutant in left if mutant.key not in known]
    stale = [key for key in known if key[0] in asked.modules and key not in {mutant.key for mutant in left}]
    for mutant in unexplained:
        print(f"survives: {mutant.module}:{mutant.line} in {mutant.function or 'the module'}: {mutant.change}")
        print(f"    {mutant.source}")
    for key in stale:
        print(f"explained, yet it no longer survives: {' | '.join(key)}")
    print(f"{loop.count} mutants, {len(left)} survive, {len(left) - len(unexplained)} of them explained")
    return 1 if unexplained or stale else 0


if __name__ == "__main__":
    sys.exit(main())
