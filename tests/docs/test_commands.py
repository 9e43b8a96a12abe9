"""Every command that the documentation shows: run on the example, or held against the program's own options."""

from __future__ import annotations

import contextlib
import io
import re
import shlex
import shutil
import signal
import subprocess
import sys
import urllib.request
from pathlib import Path

import click
import pandas as pd
import pytest
import typer

from deserts.cli import build_app, main
from tests.conftest import ROOT
from tests.docs.manual import GENERATED, PAGES, Command, commands_of
from tests.example_data import example_run
from tests.packs.conftest import packed

COMMANDS = {name: commands_of(path.read_text(encoding="utf-8")) for name, path in PAGES.items()}
NEEDS_NETWORK = {"stage data", "doctor", "source live-check", "source list", "network fetch"}
OWN_FILES = {"access drive-times", "access fit-decay", "access score-matrix", "planning choose", "patient clock"}
"""Commands that need no region: they are run on files that the test writes."""


def _runs(command: Command) -> bool:
    name = command.name
    if command.words[0] != "deserts" or name in NEEDS_NETWORK:
        return False
    return command.on_example or (command.in_block and (name in OWN_FILES or "--region" not in command.words))


RUN = {name: [c for c in found if _runs(c)] for name, found in COMMANDS.items() if name not in GENERATED}
RUN = {name: found for name, found in RUN.items() if found}
COMPLETED = {
    "publish map": "publish map --region example --out map.html",
    "paper letter": "paper letter card.json --out letter.docx",
    "paper pact": "paper pact pact.json --out pact.pdf",
    "paper transfer": "paper transfer pact.json --out transfer.pdf",
    "paper words": "paper words",
    "explain": "explain --county {county} --region example",
    "access extinction": "access extinction --region example",
    "planning frontier": "planning frontier --demand d.csv --sites s.csv --costs c.csv -n 2 --threshold 60",
    "patient home-refill": "patient home-refill --region example --zip 86905",
    "planning hubs": "planning hubs --region example --hubs 2 --spokes 2",
    "paper packet": "paper packet packet.json --region example --out packet.docx",
    "planning choose": "planning choose --demand d.csv --sites s.csv --costs c.csv -n 2",
    "access research": "access research --region example --out research --draws 20",
    "source list": "source list --json",
    "evidence months": "evidence months --region example",
    "evidence ties": "evidence ties 9700000001 --region example",
    "evidence precedents": "evidence precedents --region example --find baclofen",
    "log leads": "log leads --region example",
    "log acceptance": "log acceptance --region example --draws 20",
    "run": "run --region example --no-network",
    "planning train": "planning train --region example -n 1",
    "planning van": "planning van --region example -n 2 --base=-60.0,38.0",
    "log verify": "log verify 2020000479 --outcome accepting",
    "log verifications connection": "log verifications connection",
    "log verifications backup": "log verifications backup copy-of-calls.sqlite",
    "evidence specialist": "evidence specialist 2020000479",
    "planning what-if": "planning what-if --region example --close 2020000479",
    "publish audit": "publish audit --region example",
}
"""Commands that sentences show in short, and how they are run on the example."""
NOT_RUN = {
    "log verifications import": "reads a file that a page saved; tests/specialists runs it",
    "evidence accuracy": "needs a sample of calls; tests/specialists runs it",
    "doctor": "asks the publishers",
    "access drive-times": "runs in researchers.md",
    "source example": "its result is the example itself, which the fixture builds",
    "access isochrones": "a whole state of roads; tests/roads runs it",
    "source live-check": "asks the publishers",
    "source fetch": "asks the publishers; tests/sources runs it",
    "source lock": "names a region that is not in the example; tests/sources runs it",
    "map": "a stage, run under its own name with the example in advocates.md",
    "evidence replicate": "needs the publishers' national files; tests/specialists runs it",
    "access score-matrix": "runs in researchers.md",
    "access fit-decay": "needs trips; tests/access runs it",
    "network fetch": "asks a payer's server; tests/sources runs it",
    "network check": "needs a payer's directory; tests/networks runs it",
    "network compare": "needs two directories; tests/networks runs it",
    "stage zip-demand": "needs the publishers' national files; tests/places runs it",
    "stage codebook": "test_docs compares what it prints",
    "--help": "tests/test_cli.py",
}
"""Commands whose options alone are held against the program here, and why."""
CHECKED = [
    pytest.param(name, command, id=f"{name}: {' '.join(command.words)}")
    for name, found in COMMANDS.items()
    for command in found
    if not _runs(command)
]


@pytest.fixture(scope="module")
def app() -> click.Group:
    group = typer.main.get_command(build_app())
    assert hasattr(group, "list_commands")
    return group


def _write_own_files(folder: Path, data: Path) -> None:
    """Write what a reader brings: small tables, and the example's own roads under the name that a page uses."""
    frames = {
        "demand": {"demand_id": list("abcdefg"), "population": [10, 20, 30, 40, 50, 60, 70]},
        "sites": {"site_id": list("stuvw")},
        "supply": {"supply_id": ["s", "t", "u"], "supply": [1, 1, 2]},
        "pairs": {
            "pair_id": ["p"], "origin_lon": [-60.0], "origin_lat": [38.0],
            "dest_lon": [-60.1], "dest_lat": [38.1],
        },
        "patients": {"zip": ["86905"], "primary_npi": ["2020000479"]},
    }  # fmt: skip
    for name, columns in frames.items():
        pd.DataFrame(columns).to_csv(folder / f"{name}.csv", index=False)
    pairs = [(d, s, 10 * (i + 1) + 25 * j) for i, d in enumerate("abcdefg") for j, s in enumerate("stuvw")]
    pd.DataFrame(pairs, columns=["demand_id", "site_id", "minutes"]).to_csv(folder / "costs.csv", index=False)
    served = pd.DataFrame(pairs, columns=["demand_id", "supply_id", "minutes"])
    served[served["supply_id"] < "v"].to_csv(folder / "supply_costs.csv", index=False)
    for short, name in (("d", "demand"), ("s", "sites"), ("c", "costs")):
        shutil.copy(folder / f"{name}.csv", folder / f"{short}.csv")
    extract = min((data / "raw").rglob("*.osm.pbf"))
    shutil.copy(extract, folder / "maine.osm.pbf")
    packed(example_run(data), folder / "example-itb.deserts")


def _serve(words: tuple[str, ...]) -> int:
    """Start the local page on a free port, ask it once and stop it; return the command's exit code."""
    command = [sys.executable, "-m", "deserts", *words[1:], "--port", "0"]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    try:
        assert server.stderr is not None
        said = server.stderr.readline()
        address = re.search(r"http://127\.0\.0\.1:\d+", said)
        assert address is not None, said + server.stderr.read()
        with urllib.request.urlopen(address[0], timeout=60) as answer:
            assert answer.status == 200
        server.send_signal(signal.SIGINT)
        server.communicate(timeout=60)
    finally:
        server.kill()  # a test that fails must not leave a server behind
    return 0 if server.returncode == 130 else server.returncode  # 130: stopped by hand


def _run(command: Command, folder: Path) -> tuple[int, str]:
    if command.words[1] == "serve":
        return _serve(command.words), ""
    shown = io.StringIO()
    answers = io.StringIO("86905\n\n\n2027-01-20\n" if "--ask" in command.words else "")
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(sys, "stdin", answers)
        with contextlib.redirect_stdout(shown), pytest.raises(SystemExit) as end:
            main(list(command.words[1:]))
    if command.output is not None:
        (folder / command.output).write_text(shown.getvalue(), encoding="utf-8")
    return int(end.value.code or 0), shown.getvalue()


@pytest.fixture
def desk(example_data, tmp_path, monkeypatch):
    """A folder in which a reader sits: a copy of the example and own files."""
    shutil.copytree(example_data, tmp_path / "data")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DESERTS_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("DESERTS_HOME", str(tmp_path / "own"))
    monkeypatch.setenv("DESERTS_NO_NETWORK", "1")
    monkeypatch.setenv("MPLBACKEND", "agg")
    monkeypatch.delenv("DESERTS_MIRROR", raising=False)
    _write_own_files(tmp_path, example_data)
    return tmp_path


@pytest.mark.parametrize("name", RUN)
def test_commands_on_the_example_run(name, desk, capsys):
    for command in RUN[name]:
        code, _ = _run(command, desk)
        assert code == 0, (" ".join(command.words), capsys.readouterr().err)
        for option, value in zip(command.words, command.words[1:], strict=False):
            assert option != "--out" or (desk / value).exists(), f"{' '.join(command.words)} wrote no {value}"


def test_commands_of_sentences_run_when_completed(desk, capsys):
    county = min(pd.read_parquet(next(desk.rglob("county_scores.parquet")), columns=["county_fips"])["county_fips"])
    for form in ("card", "packet", "pact"):
        assert _run(Command(("deserts", "paper", form, "--example"), f"{form}.json", in_block=True), desk)[0] == 0
    shown = {command.name for found in COMMANDS.values() for command in found if command.words[0] == "deserts"}
    assert shown >= COMPLETED.keys(), "a page no longer shows it"
    for line in COMPLETED.values():
        words = ("deserts", *line.format(county=county).split())
        code, _ = _run(Command(words, None, in_block=True), desk)
        assert code == 0, (" ".join(words), capsys.readouterr().err)


def test_every_shown_command_is_run_or_has_a_reason():
    shown = {command.name for found in COMMANDS.values() for command in found if command.words[0] == "deserts"}
    run = {command.name for found in RUN.values() for command in found} | COMPLETED.keys()
    assert shown - run == {name for name in NOT_RUN if name in shown and name not in run}
    assert NOT_RUN.keys() <= shown, "a reason for what no page shows"


def _declared(app: click.Group, words: list[str]) -> tuple[click.Command, list[str]]:
    """Return the command that the words name, through groups, and the words after it."""
    found: click.Command = app
    context = click.Context(click.Command("deserts"))
    while hasattr(found, "list_commands") and words != ["--help"]:
        assert words, f"{found.name} needs a command"
        assert words[0] in found.list_commands(context), f"there is no command {words[0]}"
        found, words = found.get_command(context, words[0]), words[1:]
    return found, words


def check_deserts(app: click.Group, command: Command) -> None:
    """Fail unless the command and its options exist; what stands in a block must parse as a whole."""
    found, rest = _declared(app, list(command.words[1:]))
    if command.in_block and rest != ["--help"]:
        with found.make_context(found.name, list(rest), resilient_parsing=False):
            return
    known = {option for parameter in found.params for option in (*parameter.opts, *parameter.secondary_opts)}
    given = {word.partition("=")[0] for word in rest if re.match(r"-[a-z]$|--[a-z]", word)}
    assert given <= known | {"--help"}, f"{found.name} has no {sorted(given - known)}"


def check_make(command: Command, folder: Path) -> list[str]:
    """Fail unless the targets and variables exist and make can plan the run; return the commands that it would run."""
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    words = [word for word in command.words[1:] if "…" not in word]
    for word in words:
        name, equals, value = word.partition("=")
        if not equals:
            assert re.search(rf"^{re.escape(name)}:", makefile, re.MULTILINE), f"make has no target {name}"
            continue
        assert re.search(rf"^{name}\s*\?=", makefile, re.MULTILINE), f"make has no variable {name}"
        for file in value.split() if name in ("ROADS", "CLAIMS", "DIRECTORY", "DEMAND", "COUNTIES", "ZIPS") else ():
            (folder / file).touch()
    for needed in ("Makefile", "pyproject.toml", "requirements-installer.lock", "requirements.lock"):
        shutil.copy(ROOT / needed, folder)
    (folder / "deserts" / "services").mkdir(parents=True, exist_ok=True)
    for profile in (ROOT / "deserts" / "services").glob("*.toml"):
        shutil.copy(profile, folder / "deserts" / "services")
    done = subprocess.run(["make", "--dry-run", *words], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    for word in words:
        _, equals, value = word.partition("=")
        for part in value.split() if equals and value != "1" else ():
            assert part in done.stdout, f"{word} changes nothing"
    lines = (line.strip().removeprefix("@") for line in done.stdout.splitlines())
    return [line for line in lines if line.startswith(".venv/bin/deserts ")]


@pytest.mark.parametrize(("page", "command"), CHECKED)
def test_other_commands_exist_with_their_options(page, command, app, tmp_path):
    if command.words[0] == "deserts":
        check_deserts(app, command)
        return
    for line in check_make(command, tmp_path):
        words = shlex.split(line.partition("||")[0])
        check_deserts(app, Command(("deserts", *words[1:]), None, in_block=True))


def test_commands_are_found_as_a_reader_copies_them():
    text = "```sh\nmake all \\\n  REGION=ME # why\n```\n`deserts map --region example`\n"
    text += "```console\n$ deserts x > y\nout\n```"
    assert commands_of(text) == [
        Command(("make", "all", "REGION=ME"), None, in_block=True),
        Command(("deserts", "map", "--region", "example"), None, in_block=False),
        Command(("deserts", "x"), "y", in_block=True),
    ]


@pytest.mark.parametrize("line", ["deserts mapp", "deserts map --regions=ME", "make al", "make all REGIO=ME"])
def test_a_wrong_command_is_noticed(line, app, tmp_path):
    command = Command(tuple(line.split()), None, in_block=True)
    with pytest.raises(Exception, match=r"no command|No such option|no target|no variable"):
        check_deserts(app, command) if command.words[0] == "deserts" else check_make(command, tmp_path)
