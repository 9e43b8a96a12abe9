"""Writes that survive a crash, folders that are replaced whole, records that notice a change."""

from __future__ import annotations

import errno
import json
import os
from pathlib import Path

import pytest

from deserts.errors import DamagedDataError, MissingDataError, StorageError
from deserts.store import atomic_folder, atomic_path, digest_of, read_sealed, require, what_differs, write_sealed
from deserts.store import write_text as write
from deserts.store.digests import Digest, index_of, is_written_here
from deserts.store.files import restore_folder, sweep


def test_a_file_is_synced_before_it_takes_its_place_and_its_folder_after(tmp_path, monkeypatch):
    order = []
    replace = Path.replace
    monkeypatch.setattr(
        os, "fsync", lambda handle: order.append("folder" if os.path.isdir(f"/proc/self/fd/{handle}") else "file")
    )
    monkeypatch.setattr(Path, "replace", lambda self, target: (order.append("rename"), replace(self, target))[1])
    write(tmp_path / "a.txt", "1")
    assert order == ["file", "rename", "folder"]


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), "No space left on device"),
        (OSError(errno.EACCES, "Permission denied"), "Permission denied"),
        (OSError("400 requested and 0 written"), "400 requested"),  # as numpy says it
    ],
)
def test_a_refusal_names_the_path_and_the_cause_and_leaves_nothing(tmp_path, error, words):
    target = tmp_path / "folder" / "a.txt"

    def refused() -> None:
        with atomic_path(target):
            raise error

    with pytest.raises(StorageError, match=words) as caught:
        refused()
    assert str(target) in str(caught.value)
    assert "MB free" in str(caught.value) or error.errno == errno.EACCES
    assert not list(target.parent.iterdir())


def test_an_error_about_another_file_stays_what_it_is(tmp_path):
    def read_meanwhile() -> None:
        with atomic_path(tmp_path / "a" / "a.txt"):
            (tmp_path / "b" / "nothing.csv").read_text()

    with pytest.raises(FileNotFoundError, match=r"nothing\.csv"):
        read_meanwhile()


def _fill(folder: Path, text: str) -> None:
    with atomic_folder(folder) as temporary:
        (temporary / "a").write_text(text)


def test_a_folder_is_replaced_whole_or_not_at_all(tmp_path):
    folder = tmp_path / "net"
    _fill(folder, "old")

    def broken() -> None:
        with atomic_folder(folder) as temporary:
            (temporary / "a").write_text("half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        broken()
    assert (folder / "a").read_text() == "old"
    _fill(folder, "new")
    assert [path.name for path in tmp_path.rglob("*")] == ["net", "a"]
    assert (folder / "a").read_text() == "new"


def test_a_folder_moved_aside_by_a_process_that_died_comes_back(tmp_path, monkeypatch):
    folder = tmp_path / "net"
    _fill(folder, "old")
    rename = Path.rename

    def die_at_the_second(self: Path, target: Path) -> Path:
        if ".tmp-" in self.name:
            os._exit(9)
        return rename(self, target)

    child = os.fork()
    if child == 0:
        monkeypatch.setattr(Path, "rename", die_at_the_second)
        _fill(folder, "new")
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 9
    assert not folder.exists()
    restore_folder(folder)
    assert (folder / "a").read_text() == "old"
    sweep(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["net"]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no pipes in folders")
def test_a_file_takes_no_device_s_place(tmp_path):
    pipe, link = tmp_path / "pipe", tmp_path / "link"
    os.mkfifo(pipe)
    link.symlink_to(pipe)
    for path in (pipe, link):
        with pytest.raises(StorageError, match="device or a pipe"):
            write(path, "x")
    assert pipe.is_fifo()
    assert link.is_symlink()


def test_what_differs_says_how(tmp_path):
    file = tmp_path / "a"
    file.write_bytes(b"0123")
    whole = digest_of(file)
    assert what_differs(file, whole) is None
    assert what_differs(file, Digest(whole.sha256)) is None  # as earlier versions recorded it
    file.write_bytes(b"012")
    assert "3 bytes, 4 were recorded" in str(what_differs(file, whole))
    file.write_bytes(b"0124")
    assert "changed" in str(what_differs(file, whole))
    with pytest.raises(DamagedDataError, match="damaged"):
        require(file, whole, fix="")
    file.unlink()
    assert what_differs(file, whole) == "it is gone"


def test_a_folder_differs_when_one_of_its_files_does(tmp_path):
    (tmp_path / "a").write_text("1")
    (tmp_path / "meta.json").write_text(json.dumps({"files": index_of(tmp_path)}))
    whole = digest_of(tmp_path)
    assert what_differs(tmp_path, whole) is None
    (tmp_path / "a").write_text("2")
    assert what_differs(tmp_path, whole) == "a: its content has changed since it was recorded"


def test_what_this_process_wrote_is_known_until_somebody_changes_it(tmp_path):
    write(tmp_path / "a", "1")
    assert is_written_here(tmp_path / "a")
    (tmp_path / "a").write_text("22")
    assert not is_written_here(tmp_path / "a")


def test_a_sealed_record_notices_a_change_and_takes_old_ones_only_where_asked(tmp_path):
    path = tmp_path / "r.json"
    write_sealed(path, {"limit": 480, "name": "é"})
    assert read_sealed(path, fix="") == {"limit": 480, "name": "é"}
    path.write_text(path.read_text().replace("480", "481"))
    with pytest.raises(DamagedDataError, match="seal"):
        read_sealed(path, fix="")
    path.write_text('{"limit": 480}')
    assert read_sealed(path, fix="", unsealed=True) == {"limit": 480}
    for content, kind in (('{"limit": 480}', DamagedDataError), ("[1]", DamagedDataError), ('{"a"', DamagedDataError)):
        path.write_text(content)
        with pytest.raises(kind):
            read_sealed(path, fix="")
    path.unlink()
    with pytest.raises(MissingDataError):
        read_sealed(path, fix="")
