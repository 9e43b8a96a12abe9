"""Seeds: real files beside the checkout, cut short, and those of the example.

Real files are never copied into the checkout; where they are absent, seeds come from the example alone. A mutation of a
first hundred rows says as much as one of a million.
"""

from __future__ import annotations

import functools
import gzip
import json
import os
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SHARED = Path(os.environ.get("DESERTS_SHARED", ROOT.parent / "shared")) / "data"


def real(*patterns: str, lines: int | None = None, most: int = 1 << 20) -> tuple[bytes, ...]:
    """Return real files that fit patterns, cut to some lines, without those that are larger than ``most`` bytes."""
    found = [path for pattern in patterns for path in sorted(SHARED.glob(pattern)) if path.is_file()]
    return tuple(body for path in found if len(body := cut(path.read_bytes(), lines)) <= most)


def cut(content: bytes, lines: int | None) -> bytes:
    """Return the first lines of a text, packed again where it was packed."""
    if lines is None:
        return content
    if content[:2] == b"\x1f\x8b":
        return gzip.compress(cut(gzip.decompress(content), lines), mtime=0)
    return b"\n".join(content.split(b"\n")[:lines])


@functools.cache
def by_dataset(raw: Path) -> dict[str, list[Path]]:
    """Return the example's raw files by dataset."""
    from deserts.sources.raw import RawArea

    area = RawArea.open(raw)
    found: dict[str, list[Path]] = {}
    for entry in area.entries:
        found.setdefault(entry.dataset, []).append(area.folder / entry.path)
    return found


def example(raw: Path, dataset: str, lines: int | None = 80) -> tuple[bytes, ...]:
    """Return the example's files of a dataset."""
    return tuple(cut(path.read_bytes(), lines) for path in by_dataset(raw).get(dataset, ()))


def some_counties() -> bytes:
    """Return a dozen county borders as GeoJSON."""
    whole = next(iter(SHARED.glob("mirror/**/geojson-counties-fips.json")), None)
    if whole is not None:
        found = json.loads(whole.read_bytes())
        found["features"] = found["features"][:12]
        return json.dumps(found).encode()
    shape = {"type": "Polygon", "coordinates": [[[-69, 44], [-68, 44], [-68, 45], [-69, 44]]]}
    facts = {"GEO_ID": "0500000US23019", "NAME": "Penobscot"}
    one = {"type": "Feature", "id": "23019", "properties": facts, "geometry": shape}
    return json.dumps({"type": "FeatureCollection", "features": [one]}).encode()
