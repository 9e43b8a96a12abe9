"""What the two services of CMS answer: the data API with its catalogue, and the provider data catalogue."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Mapping
from pathlib import Path

from tests.replay.server import Answer, Asked

__all__ = ["CmsData"]

TITLE = "Medicare Physician & Other Practitioners - by "
_LATEST = "92396110-2aed-4d63-a6a2-5d6207d46a29"
_FAMILIES = {"Prov_Svc": "Provider and Service", "Geo": "Geography and Service", "Prov": "Provider"}
_OTHERS = {
    "DSD_PTB": ("Medicare Part B Spending by Drug", r"_DYT(\d\d)_HCPCS[^/]*\.csv$"),
    "PSPS": ("Physician/Supplier Procedure Summary", r"PSPS_20(\d\d)\.csv$"),
    "OUT_Geo": ("Medicare Outpatient Hospitals - by Geography and Service", r"MUP_OUT_.*_DY(\d\d)_Geo\.csv$"),
    "OUT_Prov": ("Medicare Outpatient Hospitals - by Provider and Service", r"MUP_OUT_.*_DY(\d\d)_Prov_Svc\.csv$"),
    "Enrolled": ("Hospital Enrollments", r"Hospital_Enrollments_20(\d\d)[^/]*\.csv$"),
    "Owners": ("Hospital All Owners", r"Hospital_All_Owners_20(\d\d)[^/]*\.csv$"),
    "Reassigned": ("Revalidation Reassignment List", r"Revalidation_Reassignment_List_20(\d\d)[^/]*\.csv$"),
}
"""Further series: title, and where a file's name holds the year."""
_MACHINE = {"City/Town": "citytown", "ZIP Code": "zip_code"}
_PDC_LIMIT = 500
_BENES = "Tot_Benes"
_FEWEST = 11


def rows_of(path: Path) -> list[dict[str, str]]:
    """Return the rows of a CSV as the API gives them: every value text."""
    return list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8-sig"))))


class CmsData:
    """data.cms.gov, fed with the files of an area; rows of fewer than 11 people are never served."""

    def __init__(
        self, folder: Path, *, page_limit: int = 5000, pdc_limit: int = _PDC_LIMIT, by_reference: bool = False
    ):
        self.folder = folder / "data.cms.gov"
        self.page_limit = page_limit
        self.pdc_limit = pdc_limit
        self.by_reference = by_reference
        self.series: dict[str, tuple[str, int, Path]] = {}
        titles = {kind: TITLE + words for kind, words in _FAMILIES.items()}
        self.titles = titles | {kind: title for kind, (title, _) in _OTHERS.items()}
        for path in sorted(self.folder.rglob("*.csv")):
            if (hit := re.search(r"PHY_.*_D(\d\d)_(Prov_Svc|Geo|Prov)\.csv$", path.name)) is not None:
                self._add(hit[2], 2000 + int(hit[1]), path)
            for kind, (_, pattern) in _OTHERS.items():
                if (found := re.search(pattern, path.name)) is not None:
                    self._add(kind, 2000 + int(found[1]), path)
        self._rows: dict[Path, list[dict[str, str]]] = {}

    def _add(self, kind: str, year: int, path: Path) -> None:
        digit = list(self.titles).index(kind)
        self.series[f"0000{digit}{year}0-0000-4000-8000-00000000{year}"[:36].ljust(36, "0")] = (kind, year, path)

    def __call__(self, asked: Asked) -> Answer:
        if asked.path == "/data.json":
            return _json(self.catalog())
        if hit := re.fullmatch(r"/data-api/v1/dataset/([0-9a-f-]{36})/data(/stats)?", asked.path):
            return self._data(hit[1], asked, stats=bool(hit[2]))
        if asked.path.startswith("/provider-data/api/1/"):
            return self._catalogue(asked)
        path = self.folder / asked.path.lstrip("/")
        if path.is_file():
            return Answer(path.read_bytes(), content_type="text/csv", is_file=True)
        return Answer(b'{"message":"not found"}', 404)

    # --- data API -----------------------------------------------------------------------------------------------------

    def catalog(self) -> Mapping[str, object]:
        """data.json: files with and without ``format``, one ``latest``, inconsistent titles."""
        datasets = []
        for kind, title in self.titles.items():
            entries: list[dict[str, str]] = []
            family = sorted((year, uuid, path) for uuid, (k, year, path) in self.series.items() if k == kind)
            if not family:
                continue
            newest = family[-1]
            entries.append({"@type": "dcat:Distribution", "format": "API", "description": "latest",
                            "accessURL": f"https://data.cms.gov/data-api/v1/dataset/{_LATEST}/data",
                            "modified": "2026-05-21", "temporal": f"{newest[0]}-01-01/{newest[0]}-12-31",
                            "title": f"{title} : {newest[0]}-12-01"})  # fmt: skip
            for year, uuid, path in family:
                temporal = f"{year}-01-01/{year}-12-31"
                url = "https://data.cms.gov/" + path.relative_to(self.folder).as_posix()
                file = {
                    "@type": "dcat:Distribution",
                    "downloadURL": url,
                    "temporal": temporal,
                    "modified": "2026-05-21",
                }
                file |= {"mediaType": "text/csv"} if year % 2 else {"format": "CSV"}
                api = {"@type": "dcat:Distribution", "format": "API", "temporal": temporal, "modified": "2026-05-21",
                       "accessURL": f"https://data.cms.gov/data-api/v1/dataset/{uuid}/data",
                       "title": f"{title} : {year - 1 if year % 2 else year}-12-16"}  # fmt: skip
                entries += [file, api]
            identifier = f"https://data.cms.gov/data-api/v1/dataset/{_LATEST}/data-viewer"
            datasets.append({"title": title, "distribution": entries, "identifier": identifier})
        return {"@type": "dcat:Catalog", "dataset": datasets}

    def _data(self, uuid: str, asked: Asked, *, stats: bool) -> Answer:
        if uuid == _LATEST:
            uuid = max((u for u, (kind, _, _) in self.series.items() if kind == "Prov_Svc"))
        if uuid not in self.series:
            return Answer(b'{"message":"dataset not found"}', 404)
        rows = [row for row in self._all(self.series[uuid][2]) if _kept(row, asked.query)]
        if stats:
            return _json({"found_rows": len(rows), "total_rows": len(self._all(self.series[uuid][2]))})
        size, offset = min(int(asked.one("size", "1000")), self.page_limit), int(asked.one("offset", "0"))
        return _json(rows[offset : offset + size], origin="reconstructed")

    def _all(self, path: Path) -> list[dict[str, str]]:
        if path not in self._rows:
            rows = rows_of(path)
            self._rows[path] = [r for r in rows if not r.get(_BENES, "").isdigit() or int(r[_BENES]) >= _FEWEST]
        return self._rows[path]

    # --- provider data catalogue --------------------------------------------------------------------------------------

    def _files(self) -> dict[str, Path]:
        base = self.folder / "provider-data"
        names = {
            "mj5m-pzi6": "DAC_NationalDownloadableFile",
            "xubh-q36u": "Hospital_General_Information",
            "27ea-46a8": "Facility_Affiliation",
            "7t8x-u3ir": "Inpatient_Rehabilitation_Facility-General_Information",
        }
        return {key: next(base.rglob(f"{name}.csv")) for key, name in names.items()}

    def _catalogue(self, asked: Asked) -> Answer:
        if hit := re.search(r"/metastore/schemas/dataset/items/([\w-]+)$", asked.path):
            return self._item(hit[1])
        hit = re.search(r"/datastore/query/([\w-]+)/0$", asked.path)
        if hit is None or hit[1] not in self._files():
            return Answer(b'{"message":"no such dataset"}', 404)
        limit, offset = int(asked.one("limit", "500")), int(asked.one("offset", "0"))
        if limit > self.pdc_limit:
            return Answer(b'{"message":"JSON Schema validation failed.","status":400}', 400)
        operator = asked.one("conditions[0][operator]", "=")
        if operator not in ("=", "<>", "in", "contains", "starts with", "like"):
            return Answer(b'{"message":"Invalid operator","status":400}', 400)
        rows = [_machine(row) for row in rows_of(self._files()[hit[1]])]
        if column := asked.one("conditions[0][property]"):
            rows = [row for row in rows if row.get(column) == asked.one("conditions[0][value]")]
        return _json({"results": rows[offset : offset + limit], "count": len(rows), "schema": {}, "query": {}})

    def _item(self, key: str) -> Answer:
        files = self._files()
        if key not in files:
            return Answer(b'{"message":"no such dataset"}', 404)
        place = {
            "@type": "dcat:Distribution",
            "mediaType": "text/csv",
            "downloadURL": "https://data.cms.gov/" + files[key].relative_to(self.folder).as_posix(),
        }
        entry = {"identifier": "changes-at-every-refresh", "data": place} if self.by_reference else place
        return _json({"@type": "dcat:Dataset", "identifier": key, "title": files[key].stem, "modified": "2026-08-13",
                      "distribution": [entry]})  # fmt: skip


def _machine(row: Mapping[str, str]) -> dict[str, str]:
    return {_MACHINE.get(k, re.sub(r"[^a-z0-9]+", "_", k.lower()).strip("_")): v for k, v in row.items()}


def _kept(row: Mapping[str, str], query: Mapping[str, list[str]]) -> bool:
    for key, values in query.items():
        if (hit := re.fullmatch(r"filter\[(\w+)\]", key)) and row.get(hit[1]) != values[0]:
            return False
    for key, values in query.items():
        if hit := re.fullmatch(r"filter\[(\w+)\]\[condition\]\[path\]", key):
            wanted = [v[0] for k, v in query.items() if k.startswith(f"filter[{hit[1]}][condition][value]")]
            if row.get(values[0]) not in wanted:
                return False
    return True


def _json(value: object, *, origin: str = "synthetic") -> Answer:
    return Answer(json.dumps(value).encode(), origin=origin)
