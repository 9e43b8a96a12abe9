"""Commands stand in the groups that the table names, keep their former names for a while, and start quickly."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from deserts.cli import build_app
from deserts.commands.groups import FORMER_GROUPS, GROUPS, TOP, former_names
from tests.command_line import every_command
from tests.conftest import ROOT

COMMANDS = ROOT / "deserts" / "commands"
ENTRIES = [*TOP.values(), *(entry for group in GROUPS.values() for entry in group.entries.values())]
HEAVY = {"geopandas", "matplotlib", "numba", "numpy", "pandas", "pyarrow", "pydantic", "requests", "scipy", "shapely"}


def _calls(tree: ast.AST, *names: str) -> list[ast.Call]:
    calls = (node for node in ast.walk(tree) if isinstance(node, ast.Call))
    return [call for call in calls if isinstance(call.func, ast.Attribute) and call.func.attr in names]


def test_the_top_and_the_groups():
    assert set(TOP) == {"run", "backup", "serve", "map", "findings", "explain", "doctor"}
    assert set(GROUPS) == {
        "stage", "patient", "paper", "log", "evidence", "network", "access", "planning", "publish", "source"
    }  # fmt: skip
    assert not TOP.keys() & GROUPS.keys()


def test_no_command_stands_outside_the_groups():
    """Whatever a module offers typer is named in the table; nothing registers itself elsewhere."""
    named = {(entry.module.rpartition(".")[2], entry.attribute) for entry in ENTRIES}
    for path in sorted(COMMANDS.glob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        apps = {
            node.targets[0].id
            for node in tree.body
            if isinstance(node, ast.Assign) and _calls(node.value, "Typer") and isinstance(node.targets[0], ast.Name)
        }
        assert {(path.stem, app) for app in apps} <= named, f"{path.name}: a sub-application outside the groups"
        for call in _calls(tree, "command", "add_typer"):
            owner = ast.unparse(call.func.value)
            assert owner in apps, f"{path.name}:{call.lineno} registers a command outside deserts/commands/groups.py"
        public = next((ast.literal_eval(node.value) for node in tree.body
                       if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__"), [])  # fmt: skip
        for node in tree.body:
            if isinstance(node, ast.FunctionDef) and node.name in public and "typer.Option" in ast.unparse(node.args):
                assert (path.stem, node.name) in named, f"{path.name}: {node.name} is a command outside the groups"


def test_every_entry_is_a_command_with_help():
    for words, command in every_command().items():
        assert command.help, words
        assert not command.hidden


@pytest.mark.parametrize(("former", "group", "name"), [(old, group, name) for old, group, name, _ in former_names()])
def test_former_names_lead_to_the_command_and_say_where_it_is_now(former, group, name):
    app = build_app()
    old, new = (CliRunner().invoke(app, [*words, "--help"]) for words in ([former], [group, name]))
    assert (old.exit_code, new.exit_code) == (0, 0)
    purpose = every_command().get(f"{group} {name}")
    if purpose is not None:
        assert purpose.help.partition(".")[0].partition(":")[0][:30] in " ".join(old.stdout.split())
    root = typer.main.get_command(app)
    assert f"  {former} " not in CliRunner().invoke(app, ["--help"]).stdout or former in {*TOP, *GROUPS}
    assert root.get_command(None, former).hidden or former in {*TOP, *GROUPS}


def test_a_former_name_still_does_its_work_with_a_notice():
    done = CliRunner().invoke(build_app(), ["sources", "--json"])
    assert done.exit_code == 0
    assert "`deserts sources` is now `deserts source list`" in done.stderr
    assert done.stdout == CliRunner().invoke(build_app(), ["source", "list", "--json"]).stdout


@pytest.mark.parametrize(("old", "group"), FORMER_GROUPS.items())
def test_a_former_name_that_now_calls_a_group_does_both(old, group):
    app = build_app()
    name = next(iter(GROUPS[group].entries))
    inside = CliRunner().invoke(app, [old, name, "--help"])
    assert inside.stdout == CliRunner().invoke(app, [group, name, "--help"]).stdout
    alone = CliRunner().invoke(app, [old, "--help"])
    assert alone.exit_code == 0
    assert f"{old} [OPTIONS]" in alone.stdout


@pytest.mark.parametrize(
    ("typed", "meant"), [("clok", "`deserts patient clock`"), ("bakup", "`deserts backup`"), ("xyzzy", None)]
)
def test_a_mistyped_command_is_told_what_was_meant(typed, meant):
    done = CliRunner().invoke(build_app(), [typed])
    assert done.exit_code == 2
    assert f"No such command '{typed}'" in done.output
    assert ("Did you mean" in done.output) == (meant is not None)
    assert meant is None or meant in done.output


def _options() -> dict[str, dict[str, set[str]]]:
    """Return, for each flag, each of its explanations with the places that spell it."""
    found: dict[str, dict[str, set[str]]] = {}
    for path in sorted(COMMANDS.glob("*.py")):
        for call in _calls(ast.parse(path.read_text(encoding="utf-8")), "Option"):
            if not call.args or not isinstance(call.args[0], ast.Constant):
                continue
            told = next((ast.unparse(word.value) for word in call.keywords if word.arg == "help"), "")
            found.setdefault(call.args[0].value, {}).setdefault(told, set()).add(f"{path.name}:{call.lineno}")
    return found


def test_options_that_commands_share_are_spelled_once():
    twice = {
        (flag, told): places for flag, texts in _options().items() for told, places in texts.items() if len(places) > 1
    }
    assert not twice, "define the option once, in deserts/commands/options.py"


SHARED_FLAGS = {"--region", "--service", "--grade", "--data", "--local", "--mirror", "--no-network", "--json",
                "--scheduler", "--workers", "--today", "--roads", "--claims", "--directory", "--zips", "--strict",
                "--contact", "--blank", "--frozen", "--force", "--also"}  # fmt: skip


def test_flags_of_every_run_stand_only_among_the_shared_options():
    elsewhere = {
        flag: places
        for flag, texts in _options().items()
        if flag in SHARED_FLAGS
        for places in texts.values()
        if any(not place.startswith("options.py") for place in places)
    }
    assert not elsewhere


@pytest.mark.parametrize("argument", ["--version", "--help"])
def test_the_face_imports_nothing_heavy_and_takes_a_quarter_of_a_second(argument, tmp_path: Path):
    code = (
        "import sys, time\nfrom deserts.cli import main\n"
        f"try: main([{argument!r}])\nexcept SystemExit as end: assert not end.code\n"
        "print(sorted({name.partition('.')[0] for name in sys.modules}), file=sys.stderr)\n"
        "print(time.process_time(), file=sys.stderr)\n"
    )
    seconds = []
    for _ in range(3):  # the first run may write byte code; a busy machine may disturb another
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=tmp_path)
        modules, taken = done.stderr.splitlines()[-2:]
        assert not HEAVY & set(ast.literal_eval(modules))
        seconds.append(float(taken))
    assert min(seconds) < 0.25, "CPU seconds, not the clock on the wall"
