"""The example's pack, made once; and a pack that a test may take apart and put together again."""

from __future__ import annotations

import datetime as dt
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from deserts.api.run import Run
from deserts.packs import write_pack
from deserts.packs.record import RECORD, Member
from deserts.store import read_sealed, sha256_of, write_sealed
from tests.example_data import example_run

MADE_ON = dt.date(2026, 11, 28)
Change = Callable[[Path], object]


def packed(run: Run, path: Path, **options: Any) -> Path:
    """Pack a run into a file."""
    write_pack(path, run.store, service=run.service, code="test", made_on=MADE_ON, **options)
    return path


@pytest.fixture(scope="session")
def example_pack(example_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The public pack of the example; not to be changed."""
    return packed(example_run(example_data), tmp_path_factory.mktemp("pack") / "example.deserts")


def rebuilt(pack: Path, out: Path, change: Change, *, seal: bool = True) -> Path:
    """Return a pack whose unpacked members somebody changed; with ``seal`` its record fits them again."""
    folder = out.with_suffix(".members")
    with zipfile.ZipFile(pack) as archive:
        archive.extractall(folder)
    change(folder)
    files = {file.relative_to(folder).as_posix(): file for file in folder.rglob("*") if file.is_file()}
    if seal:
        facts = read_sealed(folder / RECORD, fix="")
        members = {name: Member(file.stat().st_size, sha256_of(file)) for name, file in files.items() if name != RECORD}
        facts["members"] = {name: {"size_bytes": m.size_bytes, "sha256": m.sha256} for name, m in members.items()}
        write_sealed(folder / RECORD, facts)
    with zipfile.ZipFile(out, "w") as archive:
        for name, file in sorted(files.items()):
            archive.write(file, name)
    return out


def edit_json(path: Path, **changes: Any) -> None:
    """Change some values of a JSON file."""
    path.write_text(json.dumps({**json.loads(path.read_text("utf-8")), **changes}), encoding="utf-8")
