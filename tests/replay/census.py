"""What the Census Bureau's geocoder and population API answer."""

from __future__ import annotations

import csv
import io
import json
import random
import re
from dataclasses import dataclass, field

from tests.replay.server import PAGE, Answer, Asked

__all__ = ["CensusApi", "Geocoder"]


@dataclass
class Geocoder:
    """The geocoder. Ids in ``flaky`` tie on the first question and match later; ``known`` streets match.

    Rows come back in another order, without coordinates where nothing matched.
    """

    known: dict[str, tuple[float, float]] = field(default_factory=dict)
    flaky: set[str] = field(default_factory=set)
    several: dict[str, list[tuple[float, float, str, str]]] = field(default_factory=dict)
    batches: list[int] = field(default_factory=list)
    singles: list[str] = field(default_factory=list)

    def __call__(self, asked: Asked) -> Answer:
        if asked.path.endswith("/addressbatch"):
            return self._batch(asked)
        if asked.path.endswith("/onelineaddress"):
            return self._single(asked)
        return Answer(b"no such service", 404, "text/plain")

    def _batch(self, asked: Asked) -> Answer:
        part = re.search(rb'filename="batch\.csv"\r\n.*?\r\n\r\n(.*?)\r\n--', asked.body, re.S)
        assert part is not None, "no file part"
        rows = list(csv.reader(io.StringIO(part[1].decode())))
        self.batches.append(len(rows))
        lines = []
        for key, street, city, state, zip_code in rows:
            whole = f"{street}, {city}, {state}, {zip_code}"
            if key in self.flaky:
                self.flaky.discard(key)
                lines.append([key, whole, "Tie"])
            elif street in self.known:
                lon, lat = self.known[street]
                lines.append([key, whole, "Match", "Exact", whole.upper(), f"{lon},{lat}", "59653655", "R",
                              "23", "019", "005000", "1002"])  # fmt: skip
            else:
                lines.append([key, whole, "No_Match"])
        random.Random(7).shuffle(lines)
        out = io.StringIO()
        csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\n").writerows(lines)
        headers = {"Content-Disposition": "attachment; filename=GeocodeResults.csv"}
        return Answer(out.getvalue().encode(), content_type="text/plain", headers=headers, origin="reconstructed")

    def _single(self, asked: Asked) -> Answer:
        line = asked.one("address")
        self.singles.append(line)
        matches = [
            {"matchedAddress": line.upper(), "coordinates": {"x": lon, "y": lat},
             "addressComponents": {"state": state, "zip": zip_code, "fromAddress": "198", "toAddress": "70"}}
            for lon, lat, state, zip_code in self.several.get(line.split(",")[0], [])
        ]  # fmt: skip
        body = {
            "result": {"input": {"benchmark": {"benchmarkName": asked.one("benchmark")}}, "addressMatches": matches}
        }
        return Answer(json.dumps(body).encode(), origin="reconstructed")


@dataclass
class CensusApi:
    """api.census.gov: without a key it leads to a page that says so, with status 200.

    Tables of the survey answer with the cells asked for, counties and tracts in an order of their own; the second area
    has a sentinel in place of every estimate. No question may ask for more than 50 names.
    """

    years: tuple[str, ...] = ("2024",)
    questions: list[str] = field(default_factory=list)

    def _survey(self, asked: Asked) -> Answer:
        names = asked.one("get").split(",")
        self.questions.append(f"{asked.one('for')} {asked.one('in')} {names[0]}")
        if asked.path.split("/")[2] not in self.years:
            return Answer(b"error: unknown dataset", 404, "text/plain")
        if len(names) > 50:
            return Answer(b"error: too many variables", 400, "text/plain")
        state, level = asked.one("in").removeprefix("state:"), asked.one("for").removesuffix(":*")
        ends = [["011", "000200"], ["003", "000200"], ["001", "000100"]]
        codes = ["state", "county", "tract"] if level == "tract" else ["state", "county"]
        rows = [
            [self._cell(name, place == 1) for name in names] + [state, *end][: len(codes)]
            for place, end in enumerate(ends)
        ]
        return Answer(json.dumps([names + codes, *rows]).encode(), origin="reconstructed")

    @staticmethod
    def _cell(name: str, hidden: bool) -> str:
        is_margin, is_whole = name.endswith("M"), "_001" in name
        if hidden:
            return "-222222222" if is_margin else "-666666666"
        if is_whole:
            return "-555555555" if is_margin else "1000"
        return "12" if is_margin else "30"

    def __call__(self, asked: Asked) -> Answer:
        if asked.path == "/data/missing_key.html":
            return Answer(PAGE, content_type="text/html", origin="reconstructed")
        if asked.one("key") in ("", "no-such-key"):
            headers = {"Location": "/api.census.gov/data/missing_key.html", "X-DataWebAPI-KeyError": "1"}
            return Answer(b"", 302, "text/html", headers, origin="reconstructed")
        if asked.one("for"):
            return self._survey(asked)
        return Answer(json.dumps([["NAME", "B01003_001E", "state"], ["Maine", "1", "23"]]).encode())
