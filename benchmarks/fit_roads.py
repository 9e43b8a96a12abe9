"""Fit the speed model to the open pairs, and judge it on pairs it has not seen: ``python -m benchmarks.fit_roads``.

Minutes of fixed paths are fitted to Google's by least squares of the logarithm that let outliers count less, from round
numbers; then paths are sought again and the fit is repeated. For judging, the country is cut into eight parts and New
York's region into five, by where drives begin; each part's pairs are driven by the whole product with numbers that were
fitted on the other parts alone. Writes ``benchmarks/results/roads_fit.md``; the numbers of the product stand in
``deserts/roads/speeds.toml`` and are changed by nobody but a person.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.optimize import least_squares

from benchmarks.bench_roads_accuracy import BANDS, NEW_YORK, agreement, population, within
from benchmarks.harness import Report, shared_data
from benchmarks.road_paths import Features, Paths, Population, features_of, find_paths
from deserts.roads import load_speeds, pair_times, read_network, snap
from deserts.roads.speeds import KindModel, RoadKind, SpeedModel
from deserts.roads.tags import ROAD_CLASSES

Numbers = dict[str, float]
"""Values by name: ``class.trunk.rural_kmh``, ``urbanity.rural``, ``bends.slope``, ``local.urban_kmh``."""

_OUTLIER = 0.06
"""Errors of a pair (in the logarithm) beyond this count less than by their square."""
_PRIOR = 0.5
"""How far a number may stray from its start (in the logarithm) at the cost of one pair."""
_ROUNDS = 2


@dataclass(frozen=True)
class Task:
    """One kind of network that is fitted.

    Parameters
    ----------
    title
        What it is.
    kind, file
        Kind and extract.
    start
        Round numbers from which the fit begins.
    stand_in
        The same of what stands in for people where none are given.
    parts
        Into how many parts the pairs are cut for judging.
    """

    title: str
    kind: RoadKind
    file: str
    start: Numbers
    stand_in: Numbers
    parts: int


HIGHWAYS = Task(
    "numbered highways", RoadKind.HIGHWAYS, "us_highways.osm.pbf",
    {
        **{f"class.{name}.rural_kmh": kmh for name, kmh in zip(ROAD_CLASSES, (110.0, 95.0, 85.0, 80.0), strict=False)},
        **{f"class.{name}.urban_kmh": kmh for name, kmh in zip(ROAD_CLASSES, (90.0, 50.0, 45.0, 40.0), strict=False)},
        **{f"class.{name}.junction_rural_s": 15.0 for name in ROAD_CLASSES[:4]},
        **{f"class.{name}.junction_urban_s": 40.0 for name in ROAD_CLASSES[:4]},
        "urbanity.rural": 100.0, "urbanity.urban": 20_000.0, "bends.slope": 0.3,
        "local.rural_kmh": 40.0, "local.urban_kmh": 15.0, "local.rural": 1000.0, "local.urban": 20_000.0,
        "local.end_rural_min": 2.0, "local.end_urban_min": 3.0,
    },
    {"stand_in.people": 3000.0, "stand_in.power": 2.0}, parts=8,
)  # fmt: skip

_NEW_YORK_CLASSES = ("motorway", "primary", "secondary", "residential")
STREETS = Task(
    "New York's streets", RoadKind.PLAIN_STREETS, "ny_streets.osm.pbf",
    {
        **{f"class.{name}.rural_kmh": v for name, v in zip(_NEW_YORK_CLASSES, (100.0, 80.0, 70.0, 50.0), strict=True)},
        **{f"class.{name}.urban_kmh": v for name, v in zip(_NEW_YORK_CLASSES, (75.0, 35.0, 30.0, 20.0), strict=True)},
        "urbanity.urban": 20_000.0,
    },
    {"stand_in.people": 150.0, "stand_in.power": 1.2}, parts=5,
)  # fmt: skip


def with_numbers(model: SpeedModel, kind: RoadKind, numbers: Mapping[str, float]) -> SpeedModel:
    """Return a speed model with some of its numbers replaced."""
    rules, local = model.kinds[kind], model.local
    for name, value in numbers.items():
        section, _, key = name.rpartition(".")
        if section == "local":
            local = replace(local, **{key: value})
        elif section.startswith("class."):
            at = ROAD_CLASSES.index(section.removeprefix("class."))
            row = getattr(rules, key)
            rules = replace(rules, **{key: (*row[:at], value, *row[at + 1 :])})
        else:
            part = {"urbanity": "scale"}.get(section, section)
            rules = replace(rules, **{part: replace(getattr(rules, part), **{key: value})})
    return replace(model, kinds={**model.kinds, kind: rules}, local=local)


def numbers_of(model: SpeedModel, kind: RoadKind, names: Sequence[str]) -> Numbers:
    """Return some numbers of a model."""
    rules, found = model.kinds[kind], {}
    for name in names:
        section, _, key = name.rpartition(".")
        if section == "local":
            found[name] = getattr(model.local, key)
        elif section.startswith("class."):
            found[name] = getattr(rules, key)[ROAD_CLASSES.index(section.removeprefix("class."))]
        else:
            found[name] = getattr(getattr(rules, {"urbanity": "scale"}.get(section, section)), key)
    return found


def minutes_of(
    model: SpeedModel, rules: KindModel, edges: Features, paths: Paths, log_people: np.ndarray
) -> np.ndarray:
    """Return the minutes of fixed paths, or of a straight local drive where that is quicker."""
    low, high = np.log([rules.scale.rural, rules.scale.urban])
    urbanity = np.clip((log_people - low) / (high - low), 0.0, 1.0)
    kmh = rules.kmh(edges.road_class, urbanity)
    slower = 1.0
    if rules.bends is not None:
        slower = np.exp(rules.bends.slope * (np.minimum(edges.turning, rules.bends.most) - rules.bends.usual))
    driven = edges.metres / 1000 / kmh * 60 * slower
    rural, urban = (np.asarray(side)[edges.road_class] for side in (rules.junction_rural_s, rules.junction_urban_s))
    held = (rural + (urban - rural) * urbanity) / 60
    edge, back = paths.step >> 1, paths.step & 1
    passed = paths.share * (driven[edge] + held[edge] * edges.junction[edge, back])
    local = model.local
    low, high = np.log([local.rural, local.urban])
    share = np.clip((log_people[paths.near] - low) / (high - low), 0.0, 1.0)
    km_min = 60 / (local.rural_kmh + (local.urban_kmh - local.rural_kmh) * share)
    ends = (local.end_rural_min + (local.end_urban_min - local.end_rural_min) * share).sum(axis=1)
    total = np.bincount(paths.pair, weights=passed, minlength=len(paths.minutes))
    total += (paths.legs_km * km_min).sum(axis=1) + ends
    settled = paths.straight_km + rules.direct_leg * paths.near_km.sum(axis=1) <= rules.direct_km
    return np.where(settled, np.minimum(total, paths.straight_km * km_min.mean(axis=1) + ends), total)


@dataclass(frozen=True)
class Fit:
    """Fits the numbers of one kind of network to pairs."""

    task: Task
    file: Path
    people: Population
    edges: Features

    def numbers(self, pairs: pd.DataFrame) -> tuple[SpeedModel, Numbers]:
        """Fit to some pairs; return the model, and its numbers."""
        model = with_numbers(load_speeds(), self.task.kind, {**self.task.start, **self.task.stand_in})
        found = dict(self.task.start)
        for _ in range(_ROUNDS):
            paths = find_paths(read_network(self.file, speeds=model, population=self.people), pairs)
            found = self._fitted(model, paths, pairs, found, self.edges.log_people)
            model = with_numbers(model, self.task.kind, found)
        known = np.isfinite(paths.minutes)
        stand_in = self._stand_in(model, paths.of(known), pairs["google_min"].to_numpy()[known])
        return with_numbers(model, self.task.kind, stand_in), {**found, **stand_in}

    def _fitted(
        self, model: SpeedModel, paths: Paths, pairs: pd.DataFrame, start: Numbers, log_people: np.ndarray
    ) -> Numbers:
        known = np.isfinite(paths.minutes)
        theirs, mine = np.log(pairs["google_min"].to_numpy()[known]), paths.of(known)
        names, first = list(start), np.log(list(start.values()))
        # straying is measured from where the first round began
        prior = np.log([self.task.start[name] for name in names])

        def errors(logs: np.ndarray) -> np.ndarray:
            tried = with_numbers(model, self.task.kind, dict(zip(names, np.exp(logs).tolist(), strict=True)))
            minutes = minutes_of(tried, tried.kinds[self.task.kind], self.edges, mine, log_people)
            return np.concatenate([np.log(minutes) - theirs, _OUTLIER * (logs - prior) / _PRIOR])

        found = least_squares(errors, first, loss="soft_l1", f_scale=_OUTLIER, x_scale="jac", max_nfev=40)
        return dict(zip(names, np.exp(found.x).tolist(), strict=True))

    def _stand_in(self, model: SpeedModel, paths: Paths, google: np.ndarray) -> Numbers:
        """Fit what stands in for people, all other numbers as they are."""
        theirs, rules = np.log(google), model.kinds[self.task.kind]
        names = list(self.task.stand_in)

        def errors(values: np.ndarray) -> np.ndarray:
            minutes = minutes_of(model, rules, self.edges, paths, values[0] + values[1] * self.edges.log_roads)
            return np.log(minutes) - theirs

        people, power = self.task.stand_in.values()
        found = least_squares(errors, [np.log(people), power], loss="soft_l1", f_scale=_OUTLIER, diff_step=1e-3)
        return dict(zip(names, [float(np.exp(found.x[0])), float(found.x[1])], strict=True))


def parts_of(pairs: pd.DataFrame, parts: int) -> np.ndarray:
    """Cut pairs into parts of like size by where they begin: bands of longitude, cut in two by latitude if even."""
    lon, lat = pairs["origin_lon"].rank(method="first"), pairs["origin_lat"]
    halves = 2 if parts % 2 == 0 else 1
    band = np.minimum((lon - 1) * (parts // halves) // len(pairs), parts // halves - 1).astype(int)
    north = (lat > lat.groupby(band).transform("median")).astype(int) if halves == 2 else 0
    return (band * halves + north).to_numpy()


def driven_minutes(fit: Fit, model: SpeedModel, pairs: pd.DataFrame, *, people: bool) -> np.ndarray:
    """Return minutes of pairs by the whole product."""
    network = read_network(fit.file, speeds=model, population=fit.people if people else None)
    ends = [snap(network, pairs[f"{end}_lon"], pairs[f"{end}_lat"], max_snap_km=50.0) for end in ("origin", "dest")]
    return pair_times(network, *ends)[0]


def judge(report: Report, fit: Fit, pairs: pd.DataFrame) -> None:
    """Fit without each part in turn, drive that part, and tell errors by band and by place."""
    part, google = parts_of(pairs, fit.task.parts), pairs["google_min"].to_numpy()
    minutes = {True: np.full(len(pairs), np.nan), False: np.full(len(pairs), np.nan)}
    for number in range(fit.task.parts):
        out = part == number
        model, _ = fit.numbers(pairs[~out])
        for people, row in minutes.items():
            row[out] = driven_minutes(fit, model, pairs[out], people=people)
    called = {True: "with --population", False: "without"}
    rows = [
        {"Google minutes": f"{low} to {high}", "population": called[people]} | agreement(row[band], google[band])
        for low, high in BANDS
        for band in [(google >= low) & (google < high)]
        if band.any()
        for people, row in minutes.items()
    ]
    report.table(f"{fit.task.title}: pairs that the fit has not seen, by band", rows)
    places = [
        {"drives begin at": _called(pairs[part == number]), "Google minutes": f"{low} to {high}"}
        | {
            f"{name}, {called[people]}": value
            for people, row in minutes.items()
            for name, value in _errors(row, google, at)
        }
        for number in range(fit.task.parts)
        for low, high in BANDS
        for at in [(part == number) & (google >= low) & (google < high)]
        if at.any()
    ]  # fmt: skip
    report.table(f"{fit.task.title}: pairs that the fit has not seen, by place", places)


def _errors(ours: np.ndarray, google: np.ndarray, at: np.ndarray) -> list[tuple[str, float]]:
    found = agreement(ours[at], google[at])
    return [(name, found[name]) for name in ("pairs", "median ratio", "median abs error %")]


def _called(pairs: pd.DataFrame) -> str:
    lon, lat = pairs["origin_lon"], pairs["origin_lat"]
    return f"{lat.min():.1f} to {lat.max():.1f} N, {-lon.max():.1f} to {-lon.min():.1f} W"


def tell_numbers(report: Report, fit: Fit, pairs: pd.DataFrame) -> None:
    """Fit to all pairs, and set the numbers beside those of the product."""
    _, found = fit.numbers(pairs)
    shipped = numbers_of(load_speeds(), fit.task.kind, list(found))
    start = {**fit.task.start, **fit.task.stand_in}
    report.table(
        f"{fit.task.title}: numbers",
        [
            {"number": name, "start": start[name], "fitted here": value, "in speeds.toml": shipped[name]}
            for name, value in found.items()
        ],
        note="Several numbers do the work of each other (speed in town, delay at junctions, the bounds of town), so "
        "two fits may differ in them and agree in minutes.",
    )


def main() -> None:
    """Fit, judge, print and write."""
    data = shared_data()
    if data is None:
        print("the real public data are absent: nothing to fit to")
        return
    report = Report("roads_fit", " ".join((__doc__ or "").split("\n\n", 1)[1].split()))
    people = population(data)
    every = pd.read_csv(data / "validation" / "drive_times_open.csv")
    for task in (STREETS, HIGHWAYS):
        file = data / "roads" / task.file
        pairs = every[within(every, NEW_YORK)] if task is STREETS else every
        pairs = pairs.reset_index(drop=True)
        fit = Fit(task, file, people, features_of(file, load_speeds(), people))
        tell_numbers(report, fit, pairs)
        judge(report, fit, pairs)
    report.write()


if __name__ == "__main__":
    main()
