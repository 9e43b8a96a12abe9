"""What a form sends: its fields, and files that come along. All of it is read in memory, and nothing is kept."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from email.parser import BytesParser
from email.policy import HTTP
from typing import Any
from urllib.parse import parse_qsl

from fastapi import Request

from deserts.errors import InputError

__all__ = ["File", "body_fields", "body_parts", "closed_roads_fields", "nest", "taken_apart"]

_MOST_FIELDS = 400


@dataclass(frozen=True, slots=True)
class File:
    """A file of a form: what the sender calls it, and what is in it."""

    name: str
    content: bytes


async def body_fields(request: Request) -> dict[str, str]:
    """Return the fields of a form from the body, without its files; the guard has already bounded its size.

    A field that comes twice has its last value.
    """
    return (await _body(request))[0]


async def body_parts(request: Request) -> tuple[dict[str, str], dict[str, File]]:
    """Return the fields of a form, and its files by the names of theirs; empty ones were not chosen."""
    return await _body(request)


async def closed_roads_fields(request: Request) -> dict[str, str]:
    """Return the fields of a form with a file of what is closed as the text that the page sends again with the rest."""
    fields, files = await _body(request)
    if (file := files.get("close_roads_file")) is not None:
        fields["close_roads"] = file.content.decode("utf-8-sig", "replace")
        fields["close_roads_name"] = file.name
    return fields


async def _body(request: Request) -> tuple[dict[str, str], dict[str, File]]:
    body, kind = await request.body(), request.headers.get("content-type", "")
    if kind.split(";")[0].strip().lower() == "multipart/form-data":
        return taken_apart(body, kind)
    try:
        found = parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=_MOST_FIELDS)
    except ValueError:
        raise _too_many() from None
    return dict(found), {}


def taken_apart(body: bytes, content_type: str) -> tuple[dict[str, str], dict[str, File]]:
    """Return fields and files of a body of several parts.

    Raises
    ------
    InputError
        If there are more fields than any form of ours has.
    """
    head = b"Content-Type: " + content_type.encode("latin-1", "replace") + b"\r\n\r\n"
    message = BytesParser(policy=HTTP).parsebytes(head + body)
    fields: dict[str, str] = {}
    files: dict[str, File] = {}
    for number, part in enumerate(message.iter_parts() if message.is_multipart() else ()):
        if number >= _MOST_FIELDS:
            raise _too_many()
        content, name = part.get_payload(decode=True), part.get_param("name", header="content-disposition")
        if not isinstance(content, bytes) or not isinstance(name, str):
            continue
        if part.get_filename() is None:
            fields[name] = content.decode("utf-8", "replace")
        elif content.strip():
            files[name] = File(str(part.get_filename()), content)
    return fields, files


def _too_many() -> InputError:
    return InputError("the form has too many fields", expected=f"at most {_MOST_FIELDS}")


def nest(fields: Mapping[str, str]) -> dict[str, Any]:
    """Return dotted field names as groups and lists: ``drugs.1.name`` is the name of the first drug.

    Rows of a list in which nothing was entered are left out; a row's unit alone is nothing.
    """
    root: dict[str, Any] = {}
    for name, value in fields.items():
        *groups, last = name.split(".")
        place = root
        for group in groups:
            place = place.setdefault(group, {})
            if not isinstance(place, dict):
                raise InputError("two fields of the form contradict each other", where="the form")
        place[last] = value
    return {name: _with_lists(value) for name, value in root.items()}


def _with_lists(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    inner = {name: _with_lists(entry) for name, entry in value.items()}
    return _as_list(inner)


def _as_list(value: dict[str, Any]) -> Any:
    if not value or not all(re.fullmatch(r"\d{1,2}", key) for key in value):
        return value
    rows = [value[key] for key in sorted(value, key=int)]
    return [row for row in rows if not isinstance(row, dict) or _is_filled(row)]


def _is_filled(row: Mapping[str, str]) -> bool:
    return any(value for name, value in row.items() if not name.endswith("_unit"))
