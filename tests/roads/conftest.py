"""Small road networks written as OpenStreetMap XML, and one as large as a town."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from xml.sax.saxutils import quoteattr

import numpy as np
import pytest

from deserts.roads import Network, SpeedModel, load_speeds, read_network
from deserts.roads.speeds import RoadKind

Nodes = Mapping[int, tuple[float, float]]
Ways = Sequence[tuple[int, Sequence[int], Mapping[str, str]]]
Writer = Callable[..., Path]


def osm_text(nodes: Nodes, ways: Ways, node_tags: Mapping[int, Mapping[str, str]] | None = None) -> str:
    def tags(found: Mapping[str, str]) -> str:
        return "".join(f"<tag k={quoteattr(k)} v={quoteattr(v)}/>" for k, v in found.items())

    lines = ['<?xml version="1.0" encoding="UTF-8"?>', '<osm version="0.6" generator="test">']
    for node, (lon, lat) in nodes.items():
        inner = tags((node_tags or {}).get(node, {}))
        lines.append(f'<node id="{node}" version="1" lon="{lon:.7f}" lat="{lat:.7f}">{inner}</node>')
    for way, refs, found in ways:
        lines.append(
            f'<way id="{way}" version="1">' + "".join(f'<nd ref="{ref}"/>' for ref in refs) + tags(found) + "</way>"
        )
    return "\n".join([*lines, "</osm>"])


@pytest.fixture
def write_osm(tmp_path: Path) -> Writer:
    def write(nodes: Nodes, ways: Ways, node_tags: Mapping | None = None, name: str = "roads.osm") -> Path:
        path = tmp_path / name
        path.write_text(osm_text(nodes, ways, node_tags), encoding="utf-8")
        return path

    return write


@pytest.fixture(scope="session")
def limits_only() -> SpeedModel:
    """A speed model of open country without bends or junctions, by which a posted limit is the speed."""
    model = load_speeds()
    zero = (0.0,) * len(model.kinds[RoadKind.STREETS].junction_rural_s)
    kinds = {
        kind: replace(rules, bends=None, junction_rural_s=zero, junction_urban_s=zero)
        for kind, rules in model.kinds.items()
    }
    return replace(model, kinds=kinds, unknown_per_km2=1.0)


def town(seed: int, *, side: int = 14, at: tuple[float, float] = (-70.0, 45.0), first: int = 1) -> tuple[dict, list]:
    """A bent grid with one-way streets, speed limits, bends between junctions and a few missing blocks."""
    rng = np.random.default_rng(seed)
    nodes: dict[int, tuple[float, float]] = {}
    for row in range(side):
        for column in range(side):
            jitter = rng.uniform(-0.002, 0.002, 2)
            nodes[first + row * side + column] = (at[0] + column * 0.01 + jitter[0], at[1] + row * 0.008 + jitter[1])
    ways = []
    bend = first + side * side
    for row in range(side):
        for column in range(side):
            here = first + row * side + column
            for there, ok in ((here + 1, column + 1 < side), (here + side, row + 1 < side)):
                inner_block = 0 < row < side - 1 and 0 < column < side - 1
                if not ok or (inner_block and rng.random() < 0.12):
                    continue
                middle = (np.array(nodes[here]) + nodes[there]) / 2 + rng.uniform(-0.001, 0.001, 2)
                nodes[bend] = (float(middle[0]), float(middle[1]))
                tags = {"highway": str(rng.choice(["residential", "secondary", "primary"]))}
                if rng.random() < 0.3:
                    tags["maxspeed"] = str(rng.choice(["25 mph", "50", "70"]))
                if inner_block and rng.random() < 0.2:
                    tags["oneway"] = str(rng.choice(["yes", "-1"]))
                ways.append((bend, [here, bend, there], tags))
                bend += 1
    return nodes, ways


@pytest.fixture(scope="session")
def town_network(tmp_path_factory: pytest.TempPathFactory) -> Network:
    path = tmp_path_factory.mktemp("town") / "town.osm"
    path.write_text(osm_text(*town(7)), encoding="utf-8")
    return read_network(path)
