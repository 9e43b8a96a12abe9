"""Fetch a file to its place: resumed after a break, checked, and moved there whole.

Beside the target stand, while it is being fetched, ``.NAME.part`` (the bytes so far) and ``.NAME.state`` (from where,
which version). A run that was killed at any moment leaves either the whole file or these two; neither is taken for the
other. A finished file keeps its state until the lock names it, so that it is not fetched again.
"""

from __future__ import annotations

import errno
import hashlib
import json
import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from deserts.errors import FaultyAnswerError, InputError, SourceError
from deserts.progress import task
from deserts.sources.readers.textfile import looks_like_html, member_names
from deserts.sources.transport.addresses import unsigned
from deserts.sources.transport.http import Attempt, Http, TryAgain
from deserts.store import sha256_of, write_json
from deserts.store.files import settle

__all__ = ["Downloaded", "Expect", "adopt", "download", "forget_recorded", "forget_state"]

_MB: Final = 1e6
_NO_ROOM: Final = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_STARTS: Final[Mapping[str, bytes]] = {
    "zip": b"PK\x03\x04",
    "xlsx": b"PK\x03\x04",
    "gzip": b"\x1f\x8b",
    "parquet": b"PAR1",
    "zstd": b"\x28\xb5\x2f\xfd",
}


@dataclass(frozen=True, slots=True)
class Expect:
    """What a file must be.

    Parameters
    ----------
    kind
        ``zip``, ``xlsx``, ``gzip``, ``zstd``, ``parquet``, ``pbf``, ``json`` or ``text``; its first bytes are checked.
    md5, sha256
        Hash that the publisher or a lock gives, or None.
    size_bytes
        Size that a lock gives, or None.
    """

    kind: str = "text"
    md5: str | None = None
    sha256: str | None = None
    size_bytes: int | None = None


@dataclass(frozen=True, slots=True)
class Downloaded:
    """What came: its sha256, and the address that it came from in the end where a publisher led elsewhere."""

    sha256: str
    final_url: str = ""


def download(http: Http, url: str, target: Path, expect: Expect, *, refused: Path | None = None) -> Downloaded:
    """Fetch a file, from the mirror where it is there.

    Parameters
    ----------
    http
        The connection.
    url
        The publisher's address.
    target
        Where the file goes.
    expect
        What it must be.
    refused
        Where what is something else goes; it is deleted when None.

    Raises
    ------
    FaultyAnswerError
        If what came is not what was expected; it is deleted.
    SourceError
        If the publisher keeps failing or there is no room; what has come so far is kept for the next run.
    NetworkForbiddenError
        If it is not in the mirror and connections are forbidden.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    part, state = _beside(target)
    try:
        if (mirrored := http.in_mirror(url)) is not None:
            shutil.copyfile(mirrored, part)
        elif not _is_finished(part, url, state):
            _fetch(http, url, part, state)
    except OSError as error:
        if error.errno not in _NO_ROOM:
            raise
        raise SourceError(
            f"there is no room for the file: {error.strerror}",
            where=target,
            fix="free some space and run it again; what has come so far is kept",
        ) from error
    digest = _checked(part, url, expect, state, refused)
    final_url = _read_state(state).get("final_url", "")
    write_json(state, {"url": unsigned(url), "sha256": digest, "final_url": final_url})
    settle(part, target)
    return Downloaded(digest, final_url)


def adopt(target: Path, url: str) -> Downloaded | None:
    """Return what an earlier, killed run finished but did not record: a whole file at ``target``; None otherwise."""
    _, state = _beside(target)
    if not _is_finished(target, url, state):
        return None
    facts = _read_state(state)
    return Downloaded(facts["sha256"], facts.get("final_url", ""))


def _is_finished(file: Path, url: str, state: Path) -> bool:
    facts = _read_state(state)
    if not file.is_file() or facts.get("url") != unsigned(url) or "sha256" not in facts:
        return False
    return facts["sha256"] == sha256_of(file)


def forget_state(target: Path) -> None:
    """Remove what stands beside a finished file, once the lock names it."""
    for path in _beside(target):
        path.unlink(missing_ok=True)


def forget_recorded(folder: Path) -> None:
    """Remove states below a folder whose file has gone to its place: a killed run recorded it and got no further."""
    for state in sorted(folder.rglob(".*.state")):
        name = state.name.removeprefix(".").removesuffix(".state")
        if not state.with_name(name).exists() and not state.with_name(f".{name}.part").exists():
            state.unlink()


def _beside(target: Path) -> tuple[Path, Path]:
    return target.with_name(f".{target.name}.part"), target.with_name(f".{target.name}.state")


def _read_state(state: Path) -> dict[str, str]:
    try:
        facts = json.loads(state.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return {key: value for key, value in facts.items() if isinstance(value, str)} if isinstance(facts, dict) else {}


def _fetch(http: Http, url: str, part: Path, state: Path) -> None:
    """Fetch into ``part``, going on where an earlier try of the same version stopped.

    An answer that gives neither its length nor its end in pieces may have been cut unseen: then it is asked whether
    anything follows, and a text must end with a whole line.
    """
    for _ in range(http.settings.attempts):
        if _fetch_once(http, url, part, state) or _is_end(http, url, part):
            return
    raise SourceError(
        f"the file ends before its end, {http.settings.attempts} times", where=unsigned(url), fix="try again later"
    )


def _fetch_once(http: Http, url: str, part: Path, state: Path) -> bool:
    """Fetch what is still to come, and return whether the answer said where it ends."""

    def headers() -> dict[str, str]:
        found = {"Accept-Encoding": "identity"}
        facts = _read_state(state)
        done = part.stat().st_size if part.is_file() else 0
        if done and facts.get("url") == unsigned(url) and "validator" in facts and "sha256" not in facts:
            found |= {"Range": f"bytes={done}-", "If-Range": facts["validator"]}
        return found

    def use(answer: Attempt) -> bool:
        done = part.stat().st_size if part.is_file() else 0
        if answer.status == 416 or (answer.status == 206 and _first_byte(answer.headers) != done):
            part.unlink(missing_ok=True)
            message = "the publisher has no such part of the file"
            raise TryAgain(message)
        if answer.status != 206:
            done = 0
            part.unlink(missing_ok=True)
            validator = _validator(answer.headers)
            address = unsigned(url)
            facts = {"url": address, "validator": validator, "final_url": unsigned(answer.final_url)}
            told = {name: text for name, text in facts.items() if (text and text != address) or name == "url"}
            write_json(state, told)
        length = answer.length or 0
        _check_room(part, length)
        with part.open("ab") as stream, task(f"{part.name[1:-5]} (MB)", total=(done + length) / _MB or None) as bar:
            bar.advance(done / _MB)
            for block in answer.blocks():
                stream.write(block)
                bar.advance(len(block) / _MB)
        return answer.length is not None or "chunked" in answer.headers.get("Transfer-Encoding", "").lower()

    return http.run("GET", url, use, headers=headers, also=frozenset({416}))


def _is_end(http: Http, url: str, part: Path) -> bool:
    """Whether nothing follows what came; by the last line where the publisher cannot say."""
    size = part.stat().st_size

    def use(answer: Attempt) -> bool:
        total = re.search(r"/(\d+)$", answer.headers.get("Content-Range", ""))
        if answer.status in (206, 416) and total is not None:
            return int(total[1]) == size
        return answer.status == 416 or not _ends_within_line(part)

    asked = {"Accept-Encoding": "identity", "Range": f"bytes={size}-"}
    return http.run("GET", url, use, headers=lambda: asked, also=frozenset({416}))


def _ends_within_line(part: Path) -> bool:
    """Whether a delimited text ends in a line with fewer fields than its first, and no line break."""
    with part.open("rb") as stream:
        first = stream.readline(1 << 16)
        stream.seek(max(0, part.stat().st_size - (1 << 16)))
        last = stream.read().rpartition(b"\n")[2]
    sign = max(b",\t|", key=first.count)
    return b"\0" not in first and last != b"" and last.count(sign) < first.count(sign)


def _first_byte(headers: Mapping[str, str]) -> int:
    found = re.match(r"bytes (\d+)-", headers.get("Content-Range", ""))
    return int(found[1]) if found else -1


def _check_room(part: Path, length: int) -> None:
    if length > (free := shutil.disk_usage(part.parent).free):
        raise SourceError(
            f"there is no room for the file: {length / _MB:,.0f} MB are needed, {free / _MB:,.0f} MB are free",
            where=part.parent,
            fix="free some space and run it again",
        )


def _validator(headers: Mapping[str, str]) -> str:
    """Return what names this version of the file: a strong ETag, else the day it was changed."""
    tag = headers.get("ETag", "")
    return tag if tag and not tag.startswith("W/") else headers.get("Last-Modified", "")


def _checked(part: Path, url: str, expect: Expect, state: Path, refused: Path | None) -> str:
    """Return the sha256 of what came, or delete it, or put it aside, and say what is wrong."""
    try:
        _check_content(part, url, expect)
        digest = sha256_of(part)
        _compare("sha256", expect.sha256, digest, url)
        _compare("size in bytes", expect.size_bytes, part.stat().st_size, url)
        if expect.md5 is not None:
            with part.open("rb") as stream:
                _compare("md5", expect.md5, hashlib.file_digest(stream, "md5").hexdigest(), url)
    except (FaultyAnswerError, InputError):
        if refused is not None and part.is_file():
            part.replace(refused)
        part.unlink(missing_ok=True)
        state.unlink(missing_ok=True)
        raise
    return digest


def _check_content(part: Path, url: str, expect: Expect) -> None:
    with part.open("rb") as stream:
        head = stream.read(4096)
    if not head.strip():
        raise FaultyAnswerError("the file is empty", where=unsigned(url), fix="try again later")
    if looks_like_html(head):
        raise FaultyAnswerError(
            "a web page came in place of the file",
            where=unsigned(url),
            fix="open the address in a browser: it may have moved",
        )
    start = _STARTS.get(expect.kind, b"")
    is_right = head.startswith(start) and (expect.kind != "pbf" or b"OSMHeader" in head[:64])
    if expect.kind == "json":
        is_right = head.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] in (b"[", b"{")
    if not is_right:
        raise FaultyAnswerError(
            f"the file is not what it should be: it begins with {head[:8]!r}", where=unsigned(url), expected=expect.kind
        )
    if expect.kind in ("zip", "xlsx"):
        try:
            member_names(part)  # reads the list of members, which stands at the end: a cut archive has none
        except InputError as error:
            raise FaultyAnswerError(
                f"the archive is not usable: {error.what}", where=unsigned(url), fix=error.fix
            ) from error


def _compare(what: str, expected: object, got: object, url: str) -> None:
    if expected is not None and expected != got:
        raise FaultyAnswerError(
            f"the {what} of the file is {got}",
            where=unsigned(url),
            expected=f"{expected}",
            fix="the file was deleted. It was cut or changed on its way, or the publisher has replaced it",
        )
