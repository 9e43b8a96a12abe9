"""Payers' directory servers with manners that have been seen: opaque pages, wrong totals, refusals, signed files."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa

from tests.replay.server import Answer, Asked

__all__ = ["IndexServer", "NationalServer", "PlanNetServer"]


@dataclass
class PlanNetServer:
    """A Plan-Net server.

    Parameters
    ----------
    host
        Its own host name.
    resources
        What it holds.
    size
        Entries a page, whatever is asked for.
    total
        What it says it has; None for the truth.
    refuses
        Query names to which it answers 400.
    trailing_empty_page
        Whether the last page with entries names one more, which is empty.
    next_host
        Host of the next page; another one is a trap.
    circle
        Whether the last page leads back to the first.
    """

    host: str
    resources: Sequence[Mapping[str, Any]]
    size: int = 20
    total: int | None = None
    refuses: frozenset[str] = frozenset()
    trailing_empty_page: bool = False
    next_host: str | None = None
    circle: bool = False
    _searches: dict[str, list[Mapping[str, Any]]] = field(default_factory=dict)

    def __call__(self, asked: Asked) -> Answer:
        if "_getpages" in asked.query:
            return self._page(asked.one("_getpages"), int(asked.one("_getpagesoffset", "0")))
        kind = asked.path.rstrip("/").rsplit("/", 1)[-1]
        if self.refuses & set(asked.query):
            outcome = {"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": "not-supported"}]}
            return Answer(json.dumps(outcome).encode(), status=400, content_type="application/fhir+json")
        found = [r for r in self.resources if r["resourceType"] == kind and self._fits(r, asked)]
        found += self._included(found, asked)
        key = hashlib.sha256(repr((kind, sorted(asked.query.items()))).encode()).hexdigest()[:10]
        self._searches[key] = found
        return self._page(key, 0)

    def _fits(self, resource: Mapping[str, Any], asked: Asked) -> bool:
        codes = set(asked.one("specialty").split(",")) - {""}
        has = {c["code"] for concept in resource.get("specialty", []) for c in concept["coding"]}
        kinds = {c["code"] for concept in resource.get("type", []) for c in concept.get("coding", [])}
        return (not codes or bool(codes & has)) and asked.one("type") in ("", *kinds)

    def _included(self, found: Sequence[Mapping[str, Any]], asked: Asked) -> list[Mapping[str, Any]]:
        names = {entry.split(":")[1] for entry in asked.query.get("_include", [])}
        fields = {"participating-organization": "participatingOrganization", "service": "healthcareService"}
        wanted: set[str] = set()
        for resource in found:
            for name in names:
                value = resource.get(fields.get(name, name), [])
                for one in value if isinstance(value, list) else [value]:
                    wanted.add(one["reference"])
        return [r for r in self.resources if f"{r['resourceType']}/{r['id']}" in wanted]

    def _page(self, key: str, offset: int) -> Answer:
        found = self._searches[key]
        rows = found[offset : offset + self.size]
        following = offset + self.size
        links = [{"relation": "self", "url": f"https://{self.host}/fhir?_getpages={key}&_getpagesoffset={offset}"}]
        if following < len(found) or (self.trailing_empty_page and rows):
            links.append({"relation": "next", "url": self._next(key, following)})
        elif self.circle and found:
            links.append({"relation": "next", "url": self._next(key, 0)})
        body = {
            "resourceType": "Bundle", "type": "searchset", "total": len(found) if self.total is None else self.total,
            "link": links, "entry": [{"resource": row, "search": {"mode": "match"}} for row in rows],
        }  # fmt: skip
        return Answer(json.dumps(body).encode(), content_type="application/fhir+json")

    def _next(self, key: str, offset: int) -> str:
        return f"https://{self.next_host or self.host}/fhir?_getpages={key}&_getpagesoffset={offset}"


@dataclass
class IndexServer:
    """A server of files that an index names, by path."""

    files: Mapping[str, bytes]

    def __call__(self, asked: Asked) -> Answer:
        body = self.files.get(asked.path)
        return Answer(b"", status=404) if body is None else Answer(body, is_file=True)


@dataclass
class NationalServer:
    """The national directory: a manifest, and zstd files behind redirects to addresses with a signature."""

    kinds: Mapping[str, Sequence[Mapping[str, Any]]]
    signature: str = "sig=SECRET"
    stems: Mapping[str, str] = field(default_factory=dict)

    def __call__(self, asked: Asked) -> Answer:
        if asked.path.endswith("/manifest.json"):
            files = {self._name(kind): {"compressed_bytes": len(self._body(kind))} for kind in self.kinds}
            value = {"compression_algorithm": "zstd", "generated_at": "2026-09-29", "files": files}
            return Answer(json.dumps(value).encode())
        kind = next((kind for kind in self.kinds if asked.path.endswith(f"/{self._name(kind)}.zst")), None)
        if kind is None:
            return Answer(b"", status=404)
        if self.signature not in "&".join(f"{k}={v[0]}" for k, v in asked.query.items()):
            return Answer(b"", status=302, headers={"Location": f"{asked.path.rsplit('/', 1)[-1]}?{self.signature}"})
        return Answer(self._body(kind), is_file=True, content_type="application/zstd")

    def _name(self, kind: str) -> str:
        return self.stems.get(kind, f"{kind}.ndjson")

    def _body(self, kind: str) -> bytes:
        text = "".join(json.dumps(resource) + "\n" for resource in self.kinds[kind]).encode()
        return bytes(pa.Codec("zstd").compress(text, asbytes=True))
