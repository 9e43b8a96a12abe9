"""Answers in JSON: what is none, what carries an error, what was cut."""

from __future__ import annotations

import json
from typing import Any

from deserts.errors import FaultyAnswerError
from deserts.sources.readers.textfile import looks_like_html

__all__ = ["BrokenJsonError", "parse_json"]


class BrokenJsonError(FaultyAnswerError):
    """What should be JSON ends early or is none."""


def parse_json(content: bytes, *, where: str) -> Any:
    """Return the value of a JSON answer.

    Raises
    ------
    FaultyAnswerError
        If it is a web page, carries an error (``Errors``) or a sign of being cut (``remark``), or is no JSON
        (`BrokenJsonError`).
    """
    if looks_like_html(content[:4096]):
        hint = "the address may have moved, or the service now asks for a key"
        raise FaultyAnswerError("the answer is a web page, not JSON", where=where, fix=hint)
    try:
        answer = json.loads(content.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise BrokenJsonError(f"the answer is no JSON: {error}", where=where, fix="try again later") from error
    if isinstance(answer, dict) and "remark" in answer:
        raise FaultyAnswerError(
            f"the answer is incomplete: {answer['remark']}", where=where, fix="ask for less at once"
        )
    if isinstance(answer, dict) and answer.get("Errors"):
        raise FaultyAnswerError(f"the service refused: {json.dumps(answer['Errors'])[:300]}", where=where)
    return answer
