"""A user's own file is hashed once a run, however many stages name it."""

from __future__ import annotations

import os
import shutil
import sys
from collections import Counter
from pathlib import Path

import pytest

from deserts.api.run import Run
from deserts.cli import main
from deserts.store import digests


@pytest.mark.slow
def test_a_run_hashes_each_own_file_once(own_example: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    raw = own_example.settings.data_dir / "raw/example"
    roads, claims = tmp_path / "own.osm.pbf", tmp_path / "own_2024.csv"
    shutil.copy(next(raw.rglob("exampland*.osm.pbf")), roads)
    shutil.copy(next(raw.rglob("*D24_Prov_Svc.csv")), claims)
    for own in (roads, claims):
        os.utime(own, (1.7e9, 1.7e9))  # a file changed this very moment is read again, on purpose
    hashed: Counter[str] = Counter()
    opened = Path.open

    def watched(self: Path, *args, **kwargs):
        if sys._getframe(1).f_globals["__name__"] == digests.__name__:
            hashed[self.name] += 1
        return opened(self, *args, **kwargs)

    monkeypatch.setattr(Path, "open", watched)
    asked = [
        "run",
        "--region",
        "example",
        "--data",
        str(own_example.settings.data_dir),
        "--no-network",
        "--until",
        "times",
    ]
    with pytest.raises(SystemExit) as ended:
        main([*asked, "--roads", str(roads), "--claims", str(claims)])
    assert not ended.value.code
    assert {name: hashed[name] for name in (roads.name, claims.name)} == {roads.name: 1, claims.name: 1}
