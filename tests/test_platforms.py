"""On systems that lack what Unix has: every module is imported, every day's commands work, and what is missing is said.

Windows itself runs in the hosted matrix (``.github/workflows``); here its gaps are simulated.
"""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

from deserts import system
from tests.conftest import ROOT

UNIX_ONLY = {"fcntl", "grp", "posix", "pty", "pwd", "resource", "syslog", "termios", "tty"}
WITHOUT = f"""
import os, sys
for name in {sorted(UNIX_ONLY - {"posix"})}:
    sys.modules[name] = None
for name in ("fchmod", "fchown", "geteuid", "getuid", "fork", "getloadavg", "sched_getaffinity", "statvfs", "killpg"):
    if hasattr(os, name):
        delattr(os, name)
import deserts.system
deserts.system.KEEPS_MODES = False
"""


def _without(code: str, folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run code in a process that lacks what Windows lacks."""
    known = {name: value for name, value in os.environ.items() if not name.startswith("DESERTS_")}
    return subprocess.run(
        [sys.executable, "-c", WITHOUT + code], cwd=folder, env={**known, **environment}, capture_output=True,
        text=True, check=False, encoding="utf-8",
    )  # fmt: skip


def test_no_module_imports_at_its_top_what_only_unix_has():
    for path in sorted((ROOT / "deserts").rglob("*.py")):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            names = {alias.name for alias in node.names} if isinstance(node, ast.Import) else set()
            names |= {node.module or ""} if isinstance(node, ast.ImportFrom) and not node.level else set()
            assert not names & UNIX_ONLY, f"{path}:{node.lineno}"


def test_every_module_is_imported_without_them(tmp_path):
    code = """
import importlib, pkgutil, deserts
names = [entry.name for entry in pkgutil.walk_packages(deserts.__path__, "deserts.") if "__main__" not in entry.name]
for name in names:
    importlib.import_module(name)
print(len(names))
"""
    done = _without(code, tmp_path)
    assert done.returncode == 0, done.stderr[-2000:]
    assert int(done.stdout) > 300


@pytest.mark.slow
def test_the_commands_of_a_day_work_without_them(own_example, tmp_path):
    data = own_example.settings.data_dir
    code = f"""
from deserts.cli import main
def run(*words):
    try:
        main([*words, "--data", {str(data)!r}, "--local", "own"])
    except SystemExit as end:
        assert not end.code, (words, end.code)
run("run", "--no-network")
run("backup", "--zip", "86905", "--run-dry", "2027-01-20", "--today", "2026-11-22")
run("log", "verify", "2020000479", "--outcome", "accepting", "--on", "2026-11-20", "--today", "2026-11-22")
run("backup", "--zip", "86905", "--today", "2026-11-22")
"""
    code += f"main(['publish', 'finder', '--data', {str(data)!r}, '--out', 'finder.html'])\n"
    done = _without(code, tmp_path)
    assert done.returncode == 0, done.stderr[-2000:]
    assert "Traceback" not in done.stderr
    assert (tmp_path / "finder.html").is_file()
    assert done.stderr.count("this system has no locks") == 1
    assert "phone" in done.stdout.lower() or "verified" in done.stdout


def test_private_files_say_where_modes_do_not_keep_others_out(tmp_path):
    code = """
from pathlib import Path
from deserts.store import write_text
for name in ("a", "b"):
    write_text(Path(name), "x", private=True)
write_text(Path("c"), "x")
"""
    done = _without(code, tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stderr.count("this system has no file modes") == 1
    assert (tmp_path / "c").read_text(encoding="utf-8") == "x"


def test_a_token_is_read_where_there_are_no_modes(tmp_path, monkeypatch, caplog):
    from deserts.web import server

    monkeypatch.setattr(server, "KEEPS_MODES", False)
    system.note_missing.cache_clear()
    (tmp_path / "token").write_text("a" * 24, encoding="utf-8")
    (tmp_path / "token").chmod(0o666)
    assert server.read_token(tmp_path / "token") == "a" * 24
    assert "see that nobody else can enter" in caplog.text


@pytest.mark.parametrize("encoding", ["cp437", "cp1252", "ascii", "utf-8"])
def test_a_terminal_of_few_characters_takes_every_answer(encoding, example_data, tmp_path):
    words = ["backup", "--zip", "86901", "--data", str(example_data), "--local", str(tmp_path)]
    command = [sys.executable, "-m", "deserts", *words]
    environment = {**os.environ, "PYTHONIOENCODING": encoding}
    done = subprocess.run(command, env=environment, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr[-1000:]
    shown = done.stdout.decode("utf-8" if encoding == "ascii" else encoding)
    assert "Theodora Vance" in shown


def test_what_goes_to_a_file_is_utf_8(example_data, tmp_path):
    code = f"""
import io, sys
sys.stdout = io.TextIOWrapper(sys.stdout.buffer, encoding="cp1252")
from deserts.cli import main
main(["backup", "--zip", "86901", "--json", "--data", {str(example_data)!r}, "--local", {str(tmp_path)!r}])
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False, cwd=tmp_path)
    assert "Zoë Ünïcode-Ørsted" in done.stdout.decode("utf-8")
