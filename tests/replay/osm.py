"""What Geofabrik and Overpass answer."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field

from tests.replay.server import Answer, Asked

__all__ = ["Geofabrik", "Overpass"]

DAY = "260101"

STATUS = (
    "Connected as: 1234567890\nCurrent time: 2026-11-21T23:00:00Z\nAnnounced endpoint: gall.openstreetmap.de/\n"
    "Rate limit: 2\n2 slots available now.\nCurrently running queries (pid, space limit, time limit, start time):\n"
)


@dataclass
class Geofabrik:
    """Dated extracts with their md5, an update state, and a ``-latest`` that lags behind."""

    extracts: dict[str, bytes]
    wrong_md5: bool = False

    def __call__(self, asked: Asked) -> Answer:
        name = asked.path.removeprefix("/north-america/us/")
        for slug, body in self.extracts.items():
            dated = f"{slug}-{DAY}.osm.pbf"
            digest = hashlib.md5(b"other" if self.wrong_md5 else body).hexdigest()
            if name == f"{slug}-updates/state.txt":
                text = (
                    "# original OSM minutely replication sequence number 6543210\ntimestamp=2026-01-01T21\\:21\\:02Z\n"
                )
                return Answer((text + "sequenceNumber=4600\n").encode(), content_type="text/plain")
            if name == f"{dated}.md5":
                return Answer(f"{digest}  {slug}-latest.osm.pbf\n".encode(), content_type="text/plain")
            if name == dated:
                return Answer(body, content_type="application/octet-stream", is_file=True)
        return Answer(b"not found", 404, "text/plain")


@dataclass
class Overpass:
    """The API: a status of at least five lines, and a small crossing of two streets."""

    status: str = STATUS
    asked: list[str] = field(default_factory=list)

    def __call__(self, asked: Asked) -> Answer:
        if asked.path == "/api/status":
            return Answer(self.status.encode(), content_type="text/plain", origin="reconstructed")
        self.asked.append(asked.path)
        nodes = [{"type": "node", "id": i, "lat": 44.8 + i / 1000, "lon": -68.8} for i in range(1, 5)]
        ways = [{"type": "way", "id": 9, "nodes": [1, 2, 3, 4], "tags": {"highway": "primary", "oneway": "no"}}]
        body = {"version": 0.6, "osm3s": {"timestamp_osm_base": "2026-01-29T01:45:29Z"}, "elements": [*nodes, *ways]}
        return Answer(json.dumps(body).encode(), origin="reconstructed")
