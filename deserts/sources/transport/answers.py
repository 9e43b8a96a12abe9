"""An open answer of a publisher: what its headers say, read with distrust, and its body up to a bound."""

from __future__ import annotations

import datetime as dt
import email.utils
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from deserts.errors import FaultyAnswerError
from deserts.sources.transport.addresses import unsigned

__all__ = ["Attempt", "TryAgain", "read_whole", "refuse_bomb", "refuse_status", "seconds_of"]

_ANSWER_BYTES: Final = 256 << 20
"""No answer that is read into memory may be larger; files are streamed to disk instead."""

_LONGEST_NUMBER: Final = 18


class TryAgain(OSError):  # noqa: N818  a condition that the retry loop handles, not a fault that a user meets
    """One try was of no use, another one may be."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """An open answer.

    Parameters
    ----------
    url
        Address that was asked for.
    final_url
        Address that answered in the end, after redirects.
    status, headers
        Of the answer.
    blocks
        Reads the decoded body, block by block.
    """

    url: str
    status: int
    headers: Mapping[str, str]
    blocks: Callable[[], Iterator[bytes]]
    final_url: str = ""

    @property
    def length(self) -> int | None:
        """Bytes of the body as the answer gives them; None where it gives none that can be read."""
        return _whole_number(self.headers.get("Content-Length", ""))


def _whole_number(text: str) -> int | None:
    """Return a number of ASCII digits; None for anything else that a header may hold."""
    bare = text.strip()
    return int(bare) if bare.isascii() and bare.isdigit() and len(bare) <= _LONGEST_NUMBER else None


def read_whole(answer: Attempt) -> bytes:
    """Return the body of an answer, up to the size that belongs into memory."""
    parts: list[bytes] = []
    size = 0
    for block in answer.blocks():
        size += len(block)
        if size > _ANSWER_BYTES:
            raise FaultyAnswerError(f"the answer is larger than {_ANSWER_BYTES:,} bytes", where=unsigned(answer.url))
        parts.append(block)
    return b"".join(parts)


def refuse_status(answer: Attempt, url: str) -> None:
    """Refuse an answer whose status says that asking again is of no use.

    Raises
    ------
    FaultyAnswerError
        With the status and the start of what came.
    """
    if answer.status == 404:
        raise FaultyAnswerError("the publisher has no such file", where=unsigned(url), fix="look whether it has moved")
    if answer.status >= 400:
        # An answer about a signed address may repeat the signature.
        start = "" if urlsplit(url).query else next(answer.blocks(), b"")[:200].decode("utf-8", errors="replace")
        said = f": {start.strip()}" if start.strip() else ""
        raise FaultyAnswerError(f"the publisher refused with status {answer.status}{said}", where=unsigned(url))


def refuse_bomb(unpacked: int, packed: int, url: str) -> None:
    """Refuse a body that grows without reason while it is unpacked.

    Raises
    ------
    FaultyAnswerError
        If it has grown over 200 times, and over 16 MB.
    """
    if unpacked > (16 << 20) and unpacked > 200 * max(packed, 1):
        raise FaultyAnswerError("the answer unpacks without end", where=unsigned(url), fix="do not use this address")


def seconds_of(text: str) -> float:
    """Return the seconds that ``Retry-After`` asks to wait, given as a number or as a date; 0 where it is neither."""
    if (seconds := _whole_number(text)) is not None:
        return float(seconds)
    try:
        moment = email.utils.parsedate_to_datetime(text)
    except (TypeError, ValueError, OverflowError, IndexError):
        return 0.0
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=dt.UTC)
    return max(0.0, (moment - dt.datetime.now(dt.UTC)).total_seconds())
