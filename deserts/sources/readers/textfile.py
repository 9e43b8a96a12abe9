"""Open a text file that a publisher or a user gave: plain, gzip or zip, in whatever encoding, or say what is wrong.

Limits stop a decompression bomb; a member of an archive is read in memory or streamed, never written to a path that
the archive names.
"""

from __future__ import annotations

import gzip
import io
import re
import zipfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path, PurePosixPath
from typing import IO

from deserts.errors import InputError, MissingDataError
from deserts.sandbox import foreign

__all__ = ["MAX_RATIO", "codec_of", "looks_like_html", "member_names", "open_binary", "open_member", "read_head"]

MAX_RATIO = 200
"""Most times that an archive may grow: CSV shrinks 10 to 30 times, a bomb 1,000 times."""

_FREE_BYTES = 64 << 20
"""Up to this size any ratio is allowed: small files of blanks shrink well and do no harm."""

_HEAD = 1 << 16
_HTML = re.compile(rb"^\s*(?:<!--.*?-->\s*)*<(?:!doctype\s+html|html|head|body|\?xml[^>]*>\s*<html)", re.I | re.S)


class _Guarded(io.RawIOBase):
    """A stream that refuses to grow past what its compressed size can honestly hold."""

    def __init__(self, stream: IO[bytes] | gzip.GzipFile, *, size: int, max_ratio: int, where: str) -> None:
        self._stream = stream
        self._limit = max(_FREE_BYTES, size * max_ratio)
        self._max_ratio = max_ratio
        self._seen = 0
        self._where = where

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        with foreign(self._where, "a whole archive", fix="delete it and fetch it again"):
            block = self._stream.read(len(buffer))
        self._seen += len(block)
        if self._seen > self._limit:
            raise InputError(
                f"the archive unpacks to more than {self._limit:,} bytes",
                where=self._where,
                expected=f"at most {self._max_ratio} times its own size",
                fix="do not use it: it is damaged or made to fill the disk",
            )
        buffer[: len(block)] = block
        return len(block)


def looks_like_html(head: bytes) -> bool:
    """Whether bytes begin like a web page, as a publisher's error page does."""
    return _HTML.match(head.removeprefix(b"\xef\xbb\xbf")) is not None


def member_names(path: Path) -> tuple[str, ...]:
    """Return the files of a zip archive, sorted.

    Raises
    ------
    InputError
        If it is no zip archive, or a member's name would lead out of a folder.
    """
    with foreign(path, "a zip archive", fix="fetch it again"), zipfile.ZipFile(path) as archive:
        names = [info.filename for info in archive.infolist() if not info.is_dir()]
    for name in names:
        parts = PurePosixPath(name.replace("\\", "/"))
        if parts.is_absolute() or ".." in parts.parts or ":" in "".join(parts.parts[:1]):
            raise InputError(
                f"the archive holds a file that would land outside its folder: {name!r}",
                where=path,
                fix="do not use it; fetch it again from the publisher",
            )
    return tuple(sorted(names))


@contextmanager
def open_member(
    path: Path, name: str, *, content: IO[bytes] | None = None, max_ratio: int = MAX_RATIO
) -> Iterator[IO[bytes]]:
    """Stream one member of a zip archive; ``content`` is the archive where it lies in another one."""
    where = f"{path}, member {name}"
    with ExitStack() as opened:
        with foreign(where, "a part of a zip archive", fix="fetch it again"):
            archive = opened.enter_context(zipfile.ZipFile(path if content is None else content))
            stream = opened.enter_context(archive.open(name))
            size = archive.getinfo(name).compress_size
        # what the caller makes of the content is not the archive's fault
        yield io.BufferedReader(_Guarded(stream, size=size, max_ratio=max_ratio, where=where), _HEAD)


@contextmanager
def open_binary(path: Path, *, member: str = r"\.(csv|txt)$", max_ratio: int = MAX_RATIO) -> Iterator[IO[bytes]]:
    """Stream a file's content: as it is, or unpacked from gzip or from the one fitting member of a zip archive.

    Parameters
    ----------
    path
        The file; its first bytes decide how it is packed, not its name.
    member
        Pattern (case ignored) of the member to read from a zip archive; header-only members are passed over.
    max_ratio
        Most times that an archive may grow; more only where its reader's memory does not grow with the content.

    Raises
    ------
    MissingDataError
        If there is no such file.
    InputError
        If it is empty, a web page, a damaged archive, or grows without reason.
    """
    if not path.is_file():
        raise MissingDataError("there is no such file", where=path, fix="check the path, or run `deserts stage data`")
    with path.open("rb") as stream:
        head = stream.read(_HEAD)
        if not head:
            raise InputError("the file is empty", where=path, fix="fetch it again")
        if looks_like_html(head):
            raise InputError(
                "the file is a web page, not data",
                where=path,
                expected="the publisher's file",
                fix="open the address in a browser: it may have moved, or ask for a key",
            )
        stream.seek(0)
        if head[:2] == b"\x1f\x8b":
            unpacked = _Guarded(
                gzip.GzipFile(fileobj=stream),
                size=path.stat().st_size,
                max_ratio=max_ratio,
                where=str(path),
            )
            yield io.BufferedReader(unpacked, _HEAD)
        elif head[:4] == b"PK\x03\x04":
            with open_member(path, _one_member(path, member), max_ratio=max_ratio) as content:
                yield content
        else:
            yield stream


def _one_member(path: Path, pattern: str) -> str:
    names = [name for name in member_names(path) if re.search(pattern, name, re.I) and "fileheader" not in name.lower()]
    if len(names) != 1:
        raise InputError(
            f"the archive holds {len(names)} fitting files",
            where=path,
            expected=f"one whose name fits {pattern}",
            fix="found: " + (", ".join(member_names(path)[:10]) or "nothing"),
        )
    return names[0]


def read_head(path: Path, size: int = 1 << 12) -> bytes:
    """Return the first bytes of a file's content, unpacked."""
    with open_binary(path) as stream:
        return stream.read(size)


def codec_of(sample: bytes) -> str:
    """Return the codec of text that is not UTF-8: Mac Roman or Windows-1252 (which covers latin-1).

    Accented letters lie at 0xC0 and above in latin-1, and between 0x80 and 0x9F in Mac Roman, where Windows-1252 has
    punctuation. Punctuation does not stand between two letters, but for an apostrophe (0x92) before s or t, and what
    ends a word there (dashes, quotation marks, an ellipsis) is left out.
    """
    mac = len(re.findall(rb"[A-Za-z](?:\x92(?!(?:s|t|re|ll|ve)\b)|[\x80-\x91\x93-\x9f])(?=[a-z])", sample))
    mac += len(re.findall(rb"[A-Za-z][\x80-\x84\x86-\x90\x98-\x9f](?=[\s,]|$)", sample, flags=re.M))
    latin = len(re.findall(rb"[A-Za-z][\xc0-\xff](?=[a-z\s,]|$)", sample, flags=re.M))
    return "mac_roman" if mac > latin else "cp1252"
