"""Ask advisory databases about everything that is pinned: Python packages and scripts of pages; run by `make check`.

Where no database can be reached, that is said, and nothing fails: `make check` works without a connection.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOCK = ROOT / "requirements.lock"
ASSETS = ROOT / "deserts" / "publish" / "assets.toml"
PIP_AUDIT = "pip-audit==2.10.1"
PATIENCE_S = 120


def _run(words: list[str], folder: Path) -> str:
    """Return what a program printed as JSON; empty where it cannot be had or does not end."""
    try:
        done = subprocess.run(words, cwd=folder, capture_output=True, text=True, timeout=PATIENCE_S, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout


def _facts(text: str) -> dict:
    try:
        return json.loads(text)
    except ValueError:
        return {}


def _ask_python(requirements: Path) -> tuple[int, list[str]]:
    """Return how many packages the database knew, and what it says against them."""
    uv = Path(sys.executable).with_name("uv")
    words = [str(uv), "tool", "run", "--quiet", "--from", PIP_AUDIT, "pip-audit", "--requirement", str(requirements)]
    words += ["--no-deps", "--disable-pip", "--progress-spinner", "off", "--format", "json"]
    listed = _facts(_run(words, ROOT)).get("dependencies", [])
    known = [entry for entry in listed if "skip_reason" not in entry]
    found = [f"{entry['name']} {entry['version']}: {bad['id']}" for entry in known for bad in entry.get("vulns", [])]
    return len(known), found


def check_python() -> list[str]:
    """Return what is known against a locked package."""
    with tempfile.TemporaryDirectory() as name:  # one first: where it is not known, the index has no advisories
        first = Path(name) / "one.txt"
        first.write_text("requests==2.32.0\n")
        if not _ask_python(first)[0]:
            print("advisories on Python packages: not checked, no advisory database is reachable from here")
            return []
    known, found = _ask_python(LOCK)
    print(f"advisories on Python packages: {known} asked about, {len(found)} against them")
    return found


def check_scripts() -> list[str]:
    """Return what is known against a pinned script of the pages."""
    pinned = {entry["package"]: entry["version"] for entry in tomllib.loads(ASSETS.read_text("utf-8")).values()}
    npm = shutil.which("npm")
    if npm is None:
        print("advisories on scripts of pages: not checked, npm is not there")
        return []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "package.json").write_text(json.dumps({"name": "pages", "version": "0.0.0", "dependencies": pinned}))
        _run([npm, "install", "--package-lock-only", "--ignore-scripts", "--no-fund", "--no-audit"], folder)
        told = _facts(_run([npm, "audit", "--json"], folder))
    if "vulnerabilities" not in told:
        print("advisories on scripts of pages: not checked, no advisory database is reachable from here")
        return []
    found = [f"{name} {pinned.get(name, '')}: {entry['severity']}" for name, entry in told["vulnerabilities"].items()]
    print(f"advisories on scripts of pages: {len(pinned)} asked about, {len(found)} against them")
    return found


def main() -> int:
    """Print what was asked, and every advisory; return 1 where there is one."""
    found = [*check_python(), *check_scripts()]
    for line in found:
        print(f"  {line}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
