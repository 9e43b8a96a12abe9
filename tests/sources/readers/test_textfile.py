"""Members of zip archives: what the archive does wrong is told as ours, what its reader does wrong is not."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from deserts.errors import InputError
from deserts.sources.readers.textfile import open_member

_TEXT = b"npi,name\n1093000006,Ada\n" * 400


def _archive(folder: Path) -> Path:
    path = folder / "found.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("found.csv", _TEXT)
    return path


def _patched(path: Path, offset_of_central: int, value: bytes) -> Path:
    """Return the archive with other bytes in the header of its member, both where it lies and in the directory."""
    content = bytearray(path.read_bytes())
    central = content.rindex(b"PK\x01\x02")
    for start in (central + offset_of_central, offset_of_central - 2):
        content[start : start + len(value)] = value
    path.write_bytes(content)
    return path


def test_a_member_is_read_whole(tmp_path):
    with open_member(_archive(tmp_path), "found.csv") as stream:
        assert stream.read() == _TEXT


def test_a_member_that_is_not_there_is_told_with_its_name(tmp_path):
    path = _archive(tmp_path)
    with pytest.raises(InputError, match=r"member lost\.csv") as told, open_member(path, "lost.csv"):
        pass
    assert str(path) in str(told.value)


@pytest.mark.parametrize(
    ("offset", "value"),
    [(8, b"\x01\x00"), (10, b"\x63\x00")],
    ids=["with a password", "packed in a way that nobody knows"],
)
def test_a_member_that_cannot_be_unpacked_is_told(tmp_path, offset, value):
    path = _patched(_archive(tmp_path), offset, value)
    with pytest.raises(InputError, match=r"member found\.csv"), open_member(path, "found.csv") as stream:
        stream.read()


def test_a_damaged_member_is_told(tmp_path):
    path = _archive(tmp_path)
    content = bytearray(path.read_bytes())
    content[45:60] = b"\xff" * 15
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"member found\.csv"), open_member(path, "found.csv") as stream:
        stream.read()


@pytest.mark.parametrize("kind", [ValueError, KeyError, RuntimeError])
def test_what_the_reader_of_a_member_does_wrong_is_its_own_fault(tmp_path, kind):
    with pytest.raises(kind, match="mine"), open_member(_archive(tmp_path), "found.csv"):
        raise kind("mine")
