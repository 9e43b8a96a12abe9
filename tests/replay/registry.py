"""What the provider registry answers: its API, with the caps it does not speak of, and its page of files."""

from __future__ import annotations

import fnmatch
import io
import json
import re
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.replay.server import Answer, Asked

__all__ = ["Registry", "RegistryFiles", "provider"]

_MOST = 200
_LAST_SKIP = 1000


def provider(npi: str, *, state: str, zip_code: str, taxonomy: tuple[str, str], **more: Any) -> dict[str, Any]:
    """Return one invented provider in the shape of 2026: texts, missing keys, null descriptions."""
    place = {"country_code": "US", "address_purpose": "LOCATION", "address_type": "DOM", "address_1": "1 MAIN ST",
             "city": "TOWN", "state": state, "postal_code": zip_code}  # fmt: skip
    return {
        "enumeration_type": "NPI-1", "number": npi, "created_epoch": "1389230978000",
        "basic": {"first_name": "A", "last_name": "B", "sex": "F", "last_updated": "2026-01-02", "status": "A"},
        "addresses": [place], "practiceLocations": [], "identifiers": [], "other_names": [],
        "taxonomies": [{"code": taxonomy[0], "desc": taxonomy[1], "license": None, "primary": True, "state": None}],
        **more,
    }  # fmt: skip


class Registry:
    """The API. ``providers`` are what it knows; ``recorded`` is a real page that answers questions of no one."""

    def __init__(self, providers: Sequence[dict[str, Any]]):
        self.providers = list(providers)

    def __call__(self, asked: Asked) -> Answer:
        if asked.one("version") != "2.1":
            return _errors("version", "01", "Unsupported Version")
        known = {"number", "state", "taxonomy_description", "postal_code", "last_name", "city"}
        given = {k: v[0] for k, v in asked.query.items() if k in known and v[0]}
        if not given:
            if asked.one("enumeration_type"):
                return _errors("enumeration_type", "09", "enumeration_type requires additional search criteria")
            return _errors("generic", "04", "No valid search criteria provided")
        if set(given) == {"state"}:
            return _errors("state", "04", "Field state requires additional search criteria")
        hits = [p for p in self.providers if _fits(p, given)]
        limit = min(int(asked.one("limit", "10")), _MOST)
        skip = min(int(asked.one("skip", "0")), _LAST_SKIP)  # without a word
        page = hits[skip : skip + limit]
        return Answer(json.dumps({"result_count": len(page), "results": page}).encode(), origin="reconstructed")


def _fits(row: dict[str, Any], given: dict[str, str]) -> bool:
    places = [*row["addresses"], *row["practiceLocations"]]
    tests = {
        "number": lambda v: row["number"] == v,
        "state": lambda v: any(p["state"] == v for p in places),
        "city": lambda v: any(p["city"].upper() == v.upper() for p in places),
        "last_name": lambda v: fnmatch.fnmatch(row["basic"].get("last_name", ""), v.upper()),
        "taxonomy_description": lambda v: any(v.lower() in (t["desc"] or "").lower() for t in row["taxonomies"]),
        "postal_code": lambda v: any(p["postal_code"].startswith(v.rstrip("*")) for p in places),
    }
    return all(tests[name](value) for name, value in given.items())


def _errors(name: str, number: str, text: str) -> Answer:
    body = {"Errors": [{"field": name, "number": number, "description": text}]}
    return Answer(json.dumps(body).encode(), origin="reconstructed")


class RegistryFiles:
    """download.cms.gov: the page of files (dead V1 names among them), zips with ``fileheader`` members."""

    def __init__(self, folder: Path):
        base = folder / "download.cms.gov/nppes"
        monthly = next(base.glob("NPPES_Data_Dissemination_*_V2"))
        report = next(base.glob("NPPES_Deactivated_NPI_Report_*.zip"))
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
            for path in sorted(monthly.iterdir()):
                archive.writestr(zipfile.ZipInfo(path.name), path.read_bytes())
                header = re.sub(r"\.csv$", "_fileheader.csv", path.name)
                archive.writestr(zipfile.ZipInfo(header), path.read_bytes().split(b"\n")[0])
        self.files = {f"{monthly.name}.zip": out.getvalue(), report.name: report.read_bytes()}

    def __call__(self, asked: Asked) -> Answer:
        if asked.path == "/nppes/NPI_Files.html":
            names = [
                *self.files,
                "NPPES_Data_Dissemination_March_2026.zip",
                "NPPES_Data_Dissemination_March_2026_V2.zip",
                "NPPES_Data_Dissemination_040626_041226_Weekly_V2.zip",
            ]
            links = "".join(f"<li><a href='./{name}'>{name}</a></li>" for name in names)
            return Answer(f"<html><body><ul>{links}</ul></body></html>".encode(), content_type="text/html")
        name = asked.path.rsplit("/", 1)[-1]
        if name not in self.files:
            return Answer(b"gone", 404, "text/plain")
        return Answer(self.files[name], content_type="application/zip", is_file=True)
