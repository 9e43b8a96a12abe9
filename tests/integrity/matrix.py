"""The corruption matrix: each file of a built example, damaged in each way, under each command that reads it.

What may come out is the right answer, or a message and a code other than 0: never another answer, a traceback or a
signal. Which files a command reads is found by watching it on a whole example. All of it takes an hour or two
(``python -m tests.integrity.matrix``); the tests run a sample.
"""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import hashlib
import importlib
import itertools
import json
import os
import random
import shutil
import signal
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from deserts.cli import main
from deserts.errors import DesertsError

if TYPE_CHECKING:
    import pandas as pd

TODAY = "2026-11-22"
ASK = ("--region", "example", "--today", TODAY)
COMMANDS: dict[str, tuple[str, ...]] = {
    "run": ("run", "--region", "example", "--no-network"),
    "findings": ("findings", "--region", "example", "--json"),
    "backup": ("backup", *ASK, "--zip", "86901", "--json"),
    "explain": ("explain", *ASK, "--county", "{county}"),
    "emergency": ("patient", "emergency", *ASK, "--zip", "86905"),
    "drug-source": ("patient", "drug-source", *ASK, "--zip", "86905", "--strength", "2000"),
    "panel": ("patient", "panel", "{panel}", *ASK, "--out", "{out}/panel.csv"),
    "call-list": ("log", "call-list", *ASK),
    "specialist": ("evidence", "specialist", "{npi}", *ASK),
    "registry": ("evidence", "registry", "lost", "2022", "2024", "--region", "example"),
    "extinction": ("access", "extinction", *ASK),
    "research": ("access", "research", *ASK, "--draws", "20", "--out", "{out}/research"),
    "isochrones": ("access", "isochrones", "--roads", "{data}/processed/example/network", "--sites", "{sites}",
                   "--bands", "30", "--out", "{out}/reach.geojson"),
    "what-if": ("planning", "what-if", *ASK, "--close", "{npi}"),
    "train": ("planning", "train", *ASK, "-n", "1"),
    "map": ("publish", "map", *ASK, "--out", "{out}/map.html"),
    "finder": ("publish", "finder", *ASK, "--out", "{out}/finder.html"),
    "figures": ("publish", "figures", "--region", "example", "--out", "{out}/figures"),
    "sheets": ("publish", "sheets", *ASK, "--out", "{out}/sheets"),
    "site": ("publish", "site", *ASK, "--out", "{out}/site"),
    "pack": ("publish", "pack", "example", "--out", "{out}/example.deserts"),
    "desk": ("publish", "desk", "--region", "example", "--out", "{out}/desk.html"),
    "press": ("publish", "press", "--region", "example", "--contact", "press@example.org", "--out", "{out}/press"),
    "audit": ("publish", "audit", "--region", "example", "--out", "{out}/audit"),
    "lock": ("source", "lock", "x", "--region", "example", "--folder", "{out}"),
    "bundle": ("source", "bundle", "{out}/run.zip", "--region", "example"),
    "changes": ("source", "changes", "--region", "example"),
    "replicate": ("evidence", "replicate", "--region", "example"),
    "accuracy": ("evidence", "accuracy", "--region", "example"),
    "precedents": ("evidence", "precedents", "--region", "example", "--find", "baclofen"),
    "districts": ("publish", "sheets", *ASK, "--by", "cd", "--out", "{out}/sheets"),
    "doctor": ("doctor", "--region", "example", "--no-network", "--today", TODAY),
}  # fmt: skip

DAMAGES = ("zeroed half", "truncated", "one flipped bit", "garbage", "empty", "of another run")


@dataclass(frozen=True)
class World:
    """A built example, the same files of another run, and what commands need beside them."""

    data: Path
    other: Path
    county: str
    npi: str
    panel: Path
    sites: Path


@dataclass(frozen=True)
class Outcome:
    """What a command did: its code, what it said and wrote (hashed), and what went wrong beyond a message."""

    code: int
    said: str
    wrote: str
    fault: str = ""


def damage(path: Path, kind: str, *, other: Path, rng: random.Random) -> bool:
    """Damage one file; return whether it was possible."""
    content = path.read_bytes()
    half = len(content) // 2
    if kind == "one flipped bit":
        at = rng.randrange(len(content)) if content else 0
        new = content[:at] + bytes([content[at] ^ (1 << rng.randrange(8))]) + content[at + 1 :] if content else b"\x01"
    elif kind == "of another run":
        if not other.is_file() or other.read_bytes() == content:
            return False
        new = other.read_bytes()
    else:
        new = {
            "zeroed half": content[:half] + bytes(len(content) - half),
            "truncated": content[:half],
            "garbage": rng.randbytes(len(content)),
            "empty": b"",
        }[kind]
    if new == content:
        return False
    path.unlink()
    path.write_bytes(new)
    return True


def link_copy(source: Path, target: Path) -> None:
    """Copy a tree by second names: a damaged file gets an inode of its own, and nothing else is written twice."""
    shutil.copytree(source, target, copy_function=os.link)


def call(name: str, world: World, data: Path, out: Path, *, watch: Callable[[str], None] | None = None) -> Outcome:
    """Run one command in a child process, on one data folder."""
    out.mkdir(parents=True, exist_ok=True)
    told, result = out.parent / f"{out.name}.txt", out.parent / f"{out.name}.json"
    child = os.fork()
    if child == 0:
        _child(_words(name, world, data, out), data, told, result, watch)
    _, status = os.waitpid(child, 0)
    code = os.waitstatus_to_exitcode(status)
    if code < 0:
        return Outcome(code, "", "", f"ended by {signal.Signals(-code).name}")
    facts = json.loads(result.read_text())
    said = told.read_text(encoding="utf-8", errors="replace").replace(str(data), "DATA").replace(str(out), "OUT")
    return Outcome(facts["code"], said, _hash_of(out, data), facts["fault"])


def _words(name: str, world: World, data: Path, out: Path) -> list[str]:
    places = {
        "county": world.county,
        "npi": world.npi,
        "panel": world.panel,
        "sites": world.sites,
        "data": data,
        "out": out,
    }
    words = [word.format(**places) for word in COMMANDS[name]]
    return words if name == "isochrones" else [*words, "--data", str(data)]


def _child(words: list[str], data: Path, told: Path, result: Path, watch: Callable[[str], None] | None) -> None:
    """Run the command and leave; never returns."""
    code, fault = 70, "it did not come to an end"
    os.environ.update(DESERTS_HOME=str(data / "local"), COLUMNS="200")
    os.chdir(told.parent)
    with told.open("w", encoding="utf-8") as stream, contextlib.redirect_stdout(stream):
        sys.stderr = (told.parent / "err.txt").open("w", encoding="utf-8")
        if watch is not None:
            sys.addaudithook(lambda event, given: watch(str(given[0])) if event == "open" else None)
        try:
            main(words)
            code, fault = 0, ""
        except SystemExit as error:
            code, fault = int(error.code or 0), ""
        except DesertsError as error:
            code, fault = error.exit_code, ""
        except BaseException as error:
            fault = f"{type(error).__name__}: {error}"[:300]
    result.write_text(json.dumps({"code": code, "fault": fault, "modules": sorted(sys.modules)}))
    os._exit(0)


def _import_once(modules: Sequence[str]) -> None:
    """Import what a command imports, so that no cell does again; nothing is called, so no thread runs at a fork."""
    for module in modules:
        if module not in sys.modules:
            with contextlib.suppress(ImportError):
                importlib.import_module(module)


def _hash_of(out: Path, data: Path) -> str:
    digest = hashlib.sha256()
    for path in sorted(out.rglob("*")):
        if path.is_file():
            digest.update(path.relative_to(out).as_posix().encode())
            digest.update(path.read_bytes().replace(str(data).encode(), b"DATA"))
    return digest.hexdigest()


def tables_of(data: Path) -> dict[str, str]:
    """Return every file of a data folder that belongs to a run's identity, with its hash."""
    return {
        path.relative_to(data).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted((data / "processed").rglob("*"))
        if path.is_file() and path.name not in ("runs.jsonl", ".busy")
    }


def files_read(name: str, world: World, folder: Path) -> tuple[Outcome, tuple[str, ...]]:
    """Run a command on a whole example; return what came out and which of its files were opened."""
    data, log = folder / f"{name}-whole", folder / f"{name}.opened"
    link_copy(world.data, data)
    handle = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    start = f"{data}/"

    def note(path: str) -> None:
        if path.startswith(start):
            os.write(handle, (path.removeprefix(start) + "\n").encode())

    whole = call(name, world, data, folder / f"{name}-out", watch=note)
    os.close(handle)
    _import_once(json.loads((folder / f"{name}-out.json").read_text())["modules"])
    opened = {line for line in log.read_text().splitlines() if (world.data / line).is_file()}
    return whole, tuple(sorted(path for path in opened if Path(path).name not in (".busy", "runs.jsonl")))


def cells(names: Sequence[str], world: World, folder: Path) -> Iterator[tuple[str, Outcome, str, str]]:
    """Yield every cell of some commands: command, its right outcome, file, damage."""
    for name in names:
        whole, read = files_read(name, world, folder)
        assert (whole.code, whole.fault) == (0, ""), f"{name}: {whole}"
        for file in read:
            for kind in DAMAGES:
                yield name, whole, file, kind


def judge(name: str, whole: Outcome, file: str, kind: str, world: World, folder: Path) -> tuple[str, str]:
    """Damage one file, run one command; return ``same``, ``refused`` or ``skipped``, or ``WRONG`` with the reason."""
    data = folder / "data"
    shutil.rmtree(data, ignore_errors=True)
    shutil.rmtree(folder / "out", ignore_errors=True)
    link_copy(world.data, data)
    if not damage(data / file, kind, other=world.other / file, rng=random.Random(f"{name} {file} {kind}")):
        return "skipped", ""
    found = call(name, world, data, folder / "out")
    if found.fault:
        return "WRONG", found.fault
    if found.code != 0:
        return "refused", ""
    if name == "run" and tables_of(data) != tables_of(world.data):
        differ = {path for path, sha in tables_of(data).items() if tables_of(world.data).get(path) != sha}
        return "WRONG", f"the run left other bytes: {sorted(differ)[:5]}"
    if name == "doctor" and "damaged" in found.said.lower():
        return "refused", ""
    if (found.said, found.wrote) != (whole.said, whole.wrote):
        return "WRONG", _first_difference(whole, found)
    return "same", ""


def _first_difference(whole: Outcome, found: Outcome) -> str:
    pairs = zip(whole.said.splitlines(), found.said.splitlines(), strict=False)
    return next((f"{a[:120]!r} became {b[:120]!r}" for a, b in pairs if a != b), "it wrote other files, or said more")


def make_world(folder: Path, data: Path | None = None, *, with_other: bool = True) -> World:
    """Build a world in a child process: a process that has threads is not to be forked from.

    Parameters
    ----------
    folder
        Where to.
    data
        A finished example; one is made when None.
    with_other
        Whether to make another run, too, whose files take the place of this one's.
    """
    child = os.fork()
    if child == 0:
        code = 1
        try:
            world = _build_world(folder, data, with_other=with_other)
            facts = {name: str(value) for name, value in vars(world).items()}
            (folder / "world.json").write_text(json.dumps(facts))
            code = 0
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(code)
    assert os.waitpid(child, 0)[1] == 0, "the world could not be built"
    facts = json.loads((folder / "world.json").read_text())
    paths = {name: Path(facts[name]) for name in ("data", "other", "panel", "sites")}
    return World(**paths, county=facts["county"], npi=facts["npi"])


def _build_world(folder: Path, data: Path | None, *, with_other: bool) -> World:
    import pandas as pd

    from tests.example_data import example_run, make_example

    run = example_run(data or folder / "example")
    if data is None:
        make_example(run)
    tables, other = dataclasses.replace(run).store, folder / "other"
    if with_other:
        _make_other(run.settings.data_dir, other, tables.read("demand"), folder / "half.csv")
    sites = tables.read("sites").dropna(subset=["lon"]).head(3)
    sites[["site_id", "lon", "lat"]].to_csv(folder / "sites.csv", index=False)
    county = str(pd.Series(tables.read("county_scores")["county_fips"]).iloc[0])
    reached = tables.read("reach", columns=["site_id"])["site_id"]
    npi = str(reached[reached != ""].iloc[0]).split("-")[0]
    (folder / "panel.csv").write_text(f"zip,primary_npi\n86901,{npi}\n86905,{npi}\n")
    return World(run.settings.data_dir, other, county, npi, folder / "panel.csv", folder / "sites.csv")


def _make_other(data: Path, other: Path, points: pd.DataFrame, half: Path) -> None:
    """Run the example on half of its people, fewer roads and fewer claims."""
    from deserts.config import UserFiles
    from deserts.pipeline.stages import run_all
    from tests.example_data import example_run

    points[points["scored"]].iloc[::2][["point_id", "lon", "lat", "population"]].to_csv(half, index=False)
    beside = example_run(other)
    roads = sorted((data / "raw/example").rglob("*.pbf"))[1:]
    claims = sorted((data / "raw/example").rglob("*PHY*Prov_Svc.csv"))[1:]
    files = UserFiles(demand=half, roads=tuple(roads), claims=tuple(claims))
    settings = dataclasses.replace(beside.settings, files=files, time_limit_min=200.0)
    for _ in run_all(dataclasses.replace(beside, settings=settings)):
        pass
    _flatten(other)


def _flatten(other: Path) -> None:
    """Put the other run's files where those of a run on publishers' files lie."""
    for folder in sorted((other / "processed").rglob("own-*"), key=lambda path: len(path.parts), reverse=True):
        for path in sorted(folder.rglob("*")):
            target = folder.parent / path.relative_to(folder)
            if path.is_file():
                target.parent.mkdir(parents=True, exist_ok=True)
                target.unlink(missing_ok=True)
                shutil.copy2(path, target)
        shutil.rmtree(folder)


def _main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", help="commands; all when none is named")
    parser.add_argument("--after", type=int, default=0, help="so many cells of the first command were done before")
    parser.add_argument("--out", type=Path, help="where the table of results goes (JSON)")
    given = parser.parse_args()
    started, counts, wrong = time.monotonic(), {}, []
    with tempfile.TemporaryDirectory(prefix="deserts-matrix-") as place:
        folder = Path(place)
        world = make_world(folder)
        left = itertools.islice(cells(given.names or [*COMMANDS], world, folder), given.after, None)
        for name, whole, file, kind in left:
            verdict, reason = judge(name, whole, file, kind, world, folder)
            row = counts.setdefault(name, dict.fromkeys(("same", "refused", "skipped", "WRONG"), 0))
            row[verdict] += 1
            if verdict == "WRONG":
                wrong.append([name, file, kind, reason])
                print(f"WRONG {name} {file} {kind}: {reason}", flush=True)
            if sum(row.values()) % 50 == 0:
                print(f"{name}: {row} after {time.monotonic() - started:.0f} s", flush=True)
    for name, row in counts.items():
        print(f"{name:<12} " + " ".join(f"{key} {value}" for key, value in row.items()))
    if given.out:
        given.out.write_text(json.dumps({"counts": counts, "wrong": wrong}, indent=1) + "\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(_main())
