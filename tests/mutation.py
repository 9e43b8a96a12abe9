"""Change the code a little, one place at a time, and see whether the tests notice.

    python -m tests.mutation deserts.rules.timeline deserts.rules.reading --tests tests/patients/refill
    python -m tests.mutation --drawn 60 --seed 7

Every mutant of a function's code (or of a plain value at the top of a module) is put into the running program in a
forked child, which then runs the tests in the given order until one fails. A mutant that no test notices survives. A
survivor that cannot be noticed, because it means the same, is explained in ``tests/mutants.toml`` by module, function,
line and change; any other makes the exit code 1. Use it on the modules where a wrong answer harms: timeline, standing,
ranking. Name the tests that notice most first. The second form draws mutants by chance from all the critical modules
that ``tests/mutants.toml`` lists with the tests of their rooms; words for people are left out of the draw, and more
than a tenth unexplained makes the exit code 1.
"""

from __future__ import annotations

import argparse
import ast
import copy
import importlib
import inspect
import json
import multiprocessing.pool
import os
import random
import re
import signal
import sys
import time
import tomllib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any

EXPLAINED = Path(__file__).with_name("mutants.toml")
_LEAST_SECONDS = 120
_TIMES_AS_LONG = 4
_TENTH = 0.1
_COMPARE = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.In: ast.NotIn, ast.NotIn: ast.In,
}  # fmt: skip
_BINARY = {ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.FloorDiv, ast.FloorDiv: ast.Mult, ast.Mod: ast.Mult}
_PLAIN = (int, float, str, tuple, list, set, frozenset, dict, re.Pattern)
_NAMES = {"min": "max", "max": "min", "any": "all", "all": "any"}


@dataclass(frozen=True)
class Mutant:
    """One change: where it is, what it does, and how to make it in a copy of the module's tree."""

    module: str
    function: str
    line: int
    source: str
    change: str
    place: int
    whole: ast.Module
    apply: Callable[[Any], None]

    @property
    def key(self) -> tuple[str, str, str, str]:
        """What explains a survivor: it holds when lines move, and no longer when the line changes."""
        return self.module, self.function, self.source, self.change

    def tree(self) -> ast.Module:
        """Return the changed module."""
        changed = copy.deepcopy(self.whole)
        self.apply(next(twin for place, twin in enumerate(ast.walk(changed)) if place == self.place))
        return ast.fix_missing_locations(changed)


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
            line = getattr(node, "lineno", 0)
            function, source = owners.get(id(node), ""), lines[line - 1].strip()
            yield Mutant(module.__name__, function, line, source, change, position, tree, apply)


def _not_code(tree: ast.Module) -> Iterator[ast.AST]:
    """Yield the nodes of docstrings, annotations, decorators, fields, imports, ``__all__`` and names of columns."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.ClassDef | ast.Module):
            first = node.body[0] if node.body else None
            if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant):
                yield from ast.walk(first)
        for fixed in _fixed_parts(node):
            yield from ast.walk(fixed)
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


def _fixed_parts(node: ast.AST) -> Iterator[ast.AST]:
    """Yield decorators and fields: functions and classes are not made anew, so a change of these would do nothing."""
    yield from getattr(node, "decorator_list", ())
    if isinstance(node, ast.ClassDef):
        yield from (statement for statement in node.body if not isinstance(statement, ast.FunctionDef))


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
        case ast.Constant(value=int() | float()):
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
    exec(compile(mutant.tree(), module.__file__ or "", "exec"), changed)
    for name, value in changed.items():
        now = getattr(module, name, None)
        if isinstance(now, FunctionType) and now.__module__ == module.__name__:
            now.__code__, now.__defaults__ = value.__code__, value.__defaults__
        elif isinstance(now, _PLAIN) and not name.startswith("__"):
            _put_everywhere(name, now, value)
        elif inspect.isclass(now) and now.__module__ == module.__name__:
            for method, inner in vars(value).items():
                there, here = _function_of(vars(now).get(method)), _function_of(inner)
                if there is not None and here is not None:
                    there.__code__, there.__defaults__ = here.__code__, here.__defaults__


def _put_everywhere(name: str, now: Any, value: Any) -> None:
    """Change a plain value in its module and in all that imported it by name, tests among them."""
    for module in [m for key, m in sys.modules.items() if key.startswith(("deserts", "tests"))]:
        if vars(module).get(name) is now:
            setattr(module, name, value)


def _function_of(member: Any) -> FunctionType | None:
    """Return the function behind a method, property or class method of a class, None where there is none."""
    for name in ("fget", "func", "__func__"):
        member = getattr(member, name, member)
    return member if isinstance(member, FunctionType) else None


class Loop:
    """A pytest plugin: where pytest would run the tests once, it runs them once a mutant, each time in a forked child.

    Parameters
    ----------
    mutants
        The changes to try.
    processes
        How many children at a time.
    """

    def __init__(self, mutants: Sequence[Mutant], processes: int) -> None:
        self._mutants, self._processes = mutants, processes
        self.left: list[Mutant] = []
        self.is_clean = False

    def pytest_runtestloop(self, session: Any) -> bool:
        """Try the tests on the code as it is, then on every mutant."""
        session.config._tmp_path_factory.getbasetemp()  # one folder for all children: the example is built once
        started = time.monotonic()
        self.is_clean = _passes(session.items, None, seconds=0)
        seconds = max(_LEAST_SECONDS, round(_TIMES_AS_LONG * (time.monotonic() - started)))
        if not self.is_clean:
            return True
        with multiprocessing.pool.ThreadPool(self._processes) as pool:
            tried = pool.imap(lambda mutant: (mutant, _passes(session.items, mutant, seconds=seconds)), self._mutants)
            for number, (mutant, survives) in enumerate(tried, start=1):
                if survives:
                    self.left.append(mutant)
                if survives or number % 50 == 0:
                    print(f"{number} of {len(self._mutants)}, {len(self.left)} survive", file=sys.stderr, flush=True)
        return True


def _passes(items: Sequence[Any], mutant: Mutant | None, *, seconds: int) -> bool:
    """Whether every test passes, tried in a child; more than so many seconds (0: no end) count as a failure."""
    child = os.fork()
    if child == 0:
        code = 1
        try:
            signal.alarm(seconds)
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


def _all_of(modules: Sequence[str]) -> list[Mutant]:
    return [mutant for name in modules for mutant in mutants_of(importlib.import_module(name))]


def _try(mutants: Sequence[Mutant], tests: Sequence[str], processes: int) -> list[Mutant]:
    """Return the mutants that the tests do not notice; pytest runs in a child, for it starts only once a process."""
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(read)
        loop = _session(mutants, tests, processes)
        places = [place for place, mutant in enumerate(mutants) if mutant in loop.left]
        os.write(write, json.dumps(places if loop.is_clean else None).encode())
        os._exit(0)
    os.close(write)
    with os.fdopen(read, "rb") as answer:
        left = json.loads(answer.read() or b"null")
    os.waitpid(child, 0)
    if left is None:
        sys.exit(f"the tests fail, or none was found, without any change: {' '.join(tests)}")
    return [mutants[place] for place in left]


def _session(mutants: Sequence[Mutant], tests: Sequence[str], processes: int) -> Loop:
    import pytest

    loop = Loop(mutants, processes)
    options = ["-p", "no:terminal", "-p", "no:cacheprovider", "-o", "addopts=", "-m"]
    pytest.main([*options, "not browser and not slow", *tests], plugins=[loop])
    return loop


def _told(left: Sequence[Mutant], count: int) -> list[Mutant]:
    """Print the survivors that nothing explains, and return them."""
    known = _explained()
    unexplained = [mutant for mutant in left if mutant.key not in known]
    for mutant in unexplained:
        print(f"survives: {mutant.module}:{mutant.line} in {mutant.function or 'the module'}: {mutant.change}")
        print(f"    {mutant.source}")
    print(f"{count} mutants, {len(left)} survive, {len(left) - len(unexplained)} of them explained", flush=True)
    return unexplained


def try_all(modules: Sequence[str], tests: Sequence[str], processes: int) -> int:
    """Try every mutant of some modules; 1 where one survives unexplained, or an explanation has grown old."""
    mutants = _all_of(modules)
    left = _try(mutants, tests, processes)
    found = {mutant.key for mutant in left}
    stale = [key for key in _explained() if key[0] in modules and key not in found]
    for key in stale:
        print(f"explained, yet it no longer survives: {' | '.join(key)}")
    return 1 if _told(left, len(mutants)) or stale else 0


def try_drawn(count: int, seed: int, processes: int) -> int:
    """Try mutants drawn by chance from the critical modules; 1 where over a tenth survives unexplained."""
    rooms = tomllib.loads(EXPLAINED.read_text(encoding="utf-8"))["critical"]
    every = [(place, m) for place, room in enumerate(rooms) for m in _all_of(room["modules"]) if not _is_wording(m)]
    drawn = random.Random(seed).sample(every, count)
    left = []
    for place, room in enumerate(rooms):
        mutants = [mutant for its, mutant in drawn if its == place]
        for mutant in mutants:
            print(f"drawn: {mutant.module}:{mutant.line} {mutant.change} | {mutant.source}", flush=True)
        left += _try(mutants, room["tests"], processes) if mutants else []
    return 1 if len(_told(left, count)) > _TENTH * count else 0


def _is_wording(mutant: Mutant) -> bool:
    return mutant.change.endswith("to another text") and " " in mutant.change.removesuffix("to another text").strip()


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the mutants of the named modules, or some drawn by chance, and print the survivors."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutation", description=__doc__)
    parser.add_argument("modules", nargs="*", help="dotted names, for example deserts.rules.timeline")
    parser.add_argument("--tests", nargs="+", help="what pytest runs for each mutant")
    parser.add_argument("--drawn", type=int, help="this many mutants by chance from the critical modules")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--processes", type=int, default=2)
    asked = parser.parse_args(arguments)
    if asked.drawn:
        return try_drawn(asked.drawn, asked.seed, asked.processes)
    if not (asked.modules and asked.tests):
        parser.error("name modules and --tests, or --drawn")
    return try_all(asked.modules, asked.tests, asked.processes)


if __name__ == "__main__":
    sys.exit(main())
