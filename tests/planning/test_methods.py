"""Every method equals brute force on small cases and PySAL spopt on others."""

from __future__ import annotations

import dataclasses
import itertools

import numpy as np
import pytest

from deserts.errors import InputError, UnknownNameError
from deserts.planning import Instance, SolverOptions, Task, site_table, solve
from deserts.planning import median as median_module

from .conftest import brute, build


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("fixed", [(), (0, 5)])
@pytest.mark.parametrize("power", [1.0, 2.0])
def test_pmedian_equals_brute_force(random_case, seed: int, fixed, power: float) -> None:
    minutes, weight = random_case(seed)
    plan = solve(build(minutes, weight, fixed=fixed), Task(method="pmedian", count=3, power=power))
    best = brute(minutes, 3, lambda near: weight @ near**power, fixed=fixed)
    assert plan.objective == pytest.approx(best)
    assert plan.bound == pytest.approx(best)
    assert plan.gap == 0
    assert plan.is_chosen.sum() == 3 + len(fixed)


@pytest.mark.parametrize("seed", range(4))
def test_pmedian_with_missing_pairs_serves_most_people_first(random_case, seed: int) -> None:
    minutes, weight = random_case(seed, holes=0.6)
    plan = solve(build(minutes, weight), Task(method="pmedian", count=2))

    def value(near):
        served = np.isfinite(near)
        return (-weight[served].sum(), weight[served] @ near[served])

    lost, cost = brute(minutes, 2, value)
    served = np.isfinite(plan.nearest_min)
    assert weight[served].sum() == pytest.approx(-lost)
    assert plan.objective == pytest.approx(cost)


@pytest.mark.parametrize("seed", range(4))
def test_pmedian_with_a_limit_counts_the_unserved_at_it(random_case, seed: int) -> None:
    minutes, weight = random_case(seed, holes=0.6)
    plan = solve(build(minutes, weight, limit_min=80.0), Task(method="pmedian", count=2))
    assert plan.objective == pytest.approx(brute(minutes, 2, lambda near: weight @ np.minimum(near, 80.0)))


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("fixed", [(), (3,)])
def test_mclp_equals_brute_force(random_case, seed: int, fixed) -> None:
    minutes, weight = random_case(seed)
    plan = solve(build(minutes, weight, fixed=fixed), Task(method="mclp", count=2, threshold_min=9))
    best = -brute(minutes, 2, lambda near: -weight[near <= 9].sum(), fixed=fixed)
    assert plan.objective == pytest.approx(best)
    assert plan.bound == pytest.approx(best)
    assert plan.gap == 0


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("fixed", [(), (1,)])
def test_pcenter_equals_brute_force(random_case, seed: int, fixed) -> None:
    minutes, weight = random_case(seed)
    plan = solve(build(minutes, weight, fixed=fixed), Task(method="pcenter", count=3))
    assert plan.objective == brute(minutes, 3, np.max, fixed=fixed)
    assert plan.bound == plan.objective
    assert plan.gap == 0


@pytest.mark.parametrize("seed", range(4))
def test_lscp_is_the_smallest_cover_and_of_these_the_nearest(random_case, seed: int) -> None:
    minutes, weight = random_case(seed)
    threshold = float(np.sort(minutes.min(axis=1))[-1] + 6)
    plan = solve(build(minutes, weight), Task(method="lscp", threshold_min=threshold))
    count = int(plan.objective)
    assert (plan.nearest_min <= threshold).all()
    if count > 1:
        assert brute(minutes, count - 1, np.max) > threshold
    best = brute(minutes, count, lambda near: weight @ near if near.max() <= threshold else np.inf)
    assert weight @ plan.nearest_min == pytest.approx(best)


@pytest.mark.parametrize("seed", range(5))
def test_backup_needs_two_practices(random_case, seed: int) -> None:
    minutes, weight = random_case(seed, m=7)
    practice = ["a", "a", "b", "c", "c", "d", "e"]
    threshold = 40.0

    def covered(chosen):
        names = np.array(practice)[list(chosen)]
        near = minutes[:, list(chosen)] <= threshold
        return np.array([len(set(names[row])) >= 2 for row in near])

    possible = covered(range(7))
    choices = [c for k in range(8) for c in itertools.combinations(range(7), k)]
    fewest = min(len(c) for c in choices if (covered(c) | ~possible).all())
    instance = build(minutes, weight, practice=practice)
    plan = solve(instance, Task(method="backup", threshold_min=threshold, partial=True))
    assert plan.objective == fewest
    most = max(weight[covered(c)].sum() for c in itertools.combinations(range(7), 3))
    assert solve(instance, Task(method="backup", threshold_min=threshold, count=3)).objective == pytest.approx(most)


def test_existing_practices_count_towards_backup() -> None:
    minutes = np.array([[10.0, 10, 10], [10, 90, 10]])
    instance = build(minutes, [5, 7], fixed=(0,), practice=["old", "old", "new"])
    plan = solve(instance, Task(method="backup", threshold_min=30))
    assert plan.is_chosen.tolist() == [True, False, True]


@pytest.mark.parametrize("seed", range(4))
def test_capacities_equal_brute_force(random_case, seed: int) -> None:
    from scipy.optimize import linprog

    minutes, weight = random_case(seed, n=8, m=5)
    capacity = np.full(5, 0.55 * weight.sum())
    plan = solve(build(minutes, weight, capacity=capacity), Task(method="pmedian", count=2))
    best = np.inf
    for chosen in itertools.combinations(range(5), 2):
        cost = (weight[:, None] * minutes[:, chosen]).ravel()
        share = np.kron(np.eye(8), np.ones(2))
        room = np.kron(np.ones(8), np.eye(2)) * np.repeat(weight, 2)
        found = linprog(cost, A_ub=room, b_ub=capacity[list(chosen)], A_eq=share, b_eq=np.ones(8))
        best = min(best, found.fun if found.success else np.inf)
    assert plan.objective == pytest.approx(best)


def test_capacities_that_cannot_hold_everyone() -> None:
    with pytest.raises(InputError, match="cannot be shared out"):
        solve(build(np.ones((3, 2)), [10, 10, 10], capacity=[5, 5]), Task(method="pmedian", count=2))


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("count", [4, 9])
def test_large_way_equals_the_direct_way(monkeypatch: pytest.MonkeyPatch, seed: int, count: int) -> None:
    rng = np.random.default_rng(seed)
    minutes = np.hypot(*(rng.uniform(0, 90, (90, 1, 2)) - rng.uniform(0, 90, (1, 30, 2))).transpose(2, 0, 1)).round(1)
    instance = build(minutes, rng.integers(1, 900, 90))
    direct = solve(instance, Task(method="pmedian", count=count))
    monkeypatch.setattr(median_module, "DIRECT_PAIRS", 0)
    large = solve(instance, Task(method="pmedian", count=count))
    assert "exact" not in direct.how or direct.gap == 0
    assert large.objective == pytest.approx(direct.objective)
    assert large.bound <= direct.objective * (1 + 1e-9)
    assert large.gap < 1e-6


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("count", [2, 4])
@pytest.mark.parametrize("fixed", [(), (3,)])
def test_large_way_with_missing_pairs_equals_brute_force(
    monkeypatch: pytest.MonkeyPatch, random_case, seed: int, count: int, fixed
) -> None:
    monkeypatch.setattr(median_module, "DIRECT_PAIRS", 0)
    minutes, weight = random_case(seed + 20, n=25, m=9, holes=0.7)
    plan = solve(build(minutes, weight, fixed=fixed), Task(method="pmedian", count=count))

    def value(near):
        served = np.isfinite(near)
        return (-weight[served].sum(), weight[served] @ near[served])

    lost, cost = brute(minutes, count, value, fixed=fixed)
    served = np.isfinite(plan.nearest_min)
    assert weight[served].sum() == pytest.approx(-lost)
    assert plan.objective == pytest.approx(cost)
    assert plan.bound == pytest.approx(cost)


def test_equal_to_spopt() -> None:
    import pulp
    from spopt.locate import LSCP, MCLP, PCenter, PMedian

    rng = np.random.default_rng(5)
    minutes = np.hypot(*(rng.uniform(0, 60, (40, 1, 2)) - rng.uniform(0, 60, (1, 12, 2))).transpose(2, 0, 1)).round(2)
    weight = rng.integers(100, 9000, 40).astype(float)
    instance = build(minutes, weight)
    solver = pulp.HiGHS(msg=False) if "HiGHS" in pulp.listSolvers(onlyAvailable=True) else pulp.PULP_CBC_CMD(msg=False)
    median = PMedian.from_cost_matrix(minutes, weight, p_facilities=4).solve(solver)
    assert solve(instance, Task(method="pmedian", count=4)).objective == pytest.approx(median.problem.objective.value())
    center = PCenter.from_cost_matrix(minutes, p_facilities=4).solve(solver)
    assert solve(instance, Task(method="pcenter", count=4)).objective == pytest.approx(center.problem.objective.value())
    most = MCLP.from_cost_matrix(minutes, weight, service_radius=15, p_facilities=3).solve(solver)
    assert solve(instance, Task(method="mclp", count=3, threshold_min=15)).objective == pytest.approx(
        most.problem.objective.value()
    )
    least = LSCP.from_cost_matrix(minutes, service_radius=28).solve(solver)
    assert solve(instance, Task(method="lscp", threshold_min=28)).objective == least.problem.objective.value()


def test_adding_a_site_never_lowers_coverage_nor_raises_minutes(random_case) -> None:
    minutes, weight = random_case(11, n=30, m=9)
    instance = build(minutes, weight)
    covered = [solve(instance, Task(method="mclp", count=k, threshold_min=8)).objective for k in range(1, 10)]
    cost = [solve(instance, Task(method="pmedian", count=k)).objective for k in range(1, 10)]
    assert covered == sorted(covered)
    assert cost == sorted(cost, reverse=True)


def test_site_table_adds_up(random_case) -> None:
    minutes, weight = random_case(3)
    instance = build(minutes, weight, fixed=(1,))
    plan = solve(instance, Task(method="pmedian", count=2))
    table = site_table(instance, plan)
    assert table["site_id"].tolist() == instance.site_ids.tolist()
    assert table["chosen"].sum() == 3
    assert table.loc[table["fixed"] == 1, "chosen"].eq(1).all()
    assert table["population"].sum() == weight.sum()
    assert (table["population"] * table["mean_min"].fillna(0)).sum() == pytest.approx(plan.objective)
    assert table.loc[table["chosen"] == 0, "points"].eq(0).all()


def test_people_out_of_reach_are_named(random_case) -> None:
    minutes, weight = random_case(2)
    minutes[4] = np.nan
    instance = build(minutes, weight + 1)
    for task in (Task(method="lscp", threshold_min=59), Task(method="pcenter", count=3)):
        with pytest.raises(InputError, match="d0004"):
            solve(instance, task)
        partial = solve(instance, Task(**{**{f: getattr(task, f) for f in task.__slots__}, "partial": True}))
        assert any("d0004" in note for note in partial.notes)
    assert any("d0004" in note for note in solve(instance, Task(method="pmedian", count=3)).notes)
    assert any("d0004" in note for note in solve(instance, Task(method="mclp", count=3, threshold_min=59)).notes)


def test_pcenter_says_when_no_radius_is_enough() -> None:
    minutes = np.array([[5.0, np.nan, np.nan], [np.nan, 5, np.nan], [np.nan, np.nan, 5]])
    with pytest.raises(InputError, match="at least 3"):
        solve(build(minutes, [1, 1, 1]), Task(method="pcenter", count=2))


def test_unusable_tasks_are_refused(random_case) -> None:
    instance = build(*random_case(1))
    with pytest.raises(InputError, match="9 sites cannot be chosen from 8"):
        solve(instance, Task(method="pmedian", count=9))
    with pytest.raises(InputError, match="needs a number"):
        solve(instance, Task(method="mclp", threshold_min=10))
    with pytest.raises(InputError, match="needs a threshold"):
        solve(instance, Task(method="lscp"))
    with pytest.raises(UnknownNameError, match="no method"):
        solve(instance, Task(method="guess"))


def test_lscp_finds_its_own_number_and_says_so(random_case) -> None:
    minutes, weight = random_case(1)
    plan = solve(build(minutes, weight), Task(method="lscp", threshold_min=40, count=8))
    assert plan.objective < 8
    assert any("itself" in note for note in plan.notes)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("power", [1.5, 3.0])
def test_mclp_with_equity_equals_brute_force(random_case, seed: int, power: float) -> None:
    minutes, weight = random_case(seed, n=16, m=8)
    plan = solve(build(minutes, weight, fixed=(2,)), Task(method="mclp", count=2, threshold_min=9, power=power))
    today = minutes[:, 2]
    judged = weight * (today / (weight @ today / weight.sum())) ** (power - 1)
    best = -brute(minutes, 2, lambda near: -judged[near <= 9].sum(), fixed=(2,))
    assert plan.objective == pytest.approx(best)
    assert plan.gap == 0


def test_equity_moves_cover_to_those_far_out() -> None:
    minutes = np.array([[10.0, 1, 99], [300, 99, 1]])
    instance = build(minutes, [120, 100], fixed=(0,))
    plain, fair = (solve(instance, Task(method="mclp", count=1, threshold_min=5, power=p)) for p in (1.0, 2.0))
    assert plain.is_chosen.tolist() == [True, True, False]
    assert fair.is_chosen.tolist() == [True, False, True]


def test_equity_counts_the_unserved_at_the_limit_and_needs_one(random_case) -> None:
    minutes = np.array([[10.0, 1, 99], [np.nan, 99, 1]])
    task = Task(method="mclp", count=1, threshold_min=5, power=2.0)
    with pytest.raises(InputError, match="1 points have no existing site"):
        solve(build(minutes, [120, 100], fixed=(0,)), task)
    plan = solve(build(minutes, [120, 100], fixed=(0,), limit_min=480.0), task)
    assert plan.is_chosen.tolist() == [True, False, True]
    with pytest.raises(InputError, match="no site exists yet"):
        solve(build(minutes, [120, 100]), task)


@pytest.mark.parametrize(
    "task",
    [Task(method="lscp", threshold_min=50, power=2), Task(method="pcenter", count=2, power=2),
     Task(method="backup", threshold_min=50, power=2)],
    ids=lambda task: task.method,
)  # fmt: skip
def test_equity_is_refused_where_everyone_is_served(random_case, task: Task) -> None:
    with pytest.raises(InputError, match="however much they weigh"):
        solve(build(*random_case(1)), task)


@pytest.mark.parametrize("method", ["mclp", "lscp", "pcenter", "backup"])
def test_capacities_are_refused_where_they_have_no_part(random_case, method: str) -> None:
    instance = build(*random_case(1), capacity=np.full(8, 1e9))
    with pytest.raises(InputError, match="knows no capacities"):
        solve(instance, Task(method=method, count=2, threshold_min=50))


TASKS = [
    Task(method="pmedian", count=3), Task(method="mclp", count=3, threshold_min=12), Task(method="pcenter", count=3),
    Task(method="lscp", threshold_min=25, partial=True), Task(method="backup", threshold_min=25, partial=True),
    Task(method="backup", threshold_min=25, count=3),
]  # fmt: skip


@pytest.mark.parametrize("task", TASKS, ids=lambda task: f"{task.method}-{task.count}")
@pytest.mark.parametrize("fixed", [(), (2,)])
def test_order_of_rows_changes_nothing(random_case, task: Task, fixed) -> None:
    minutes, weight = random_case(9, n=40, m=10)
    minutes = np.ceil(minutes / 6) * 6  # many equal answers
    names = np.array([f"s{j:03d}" for j in range(10)])
    plans = set()
    for seed in range(4):
        rng = np.random.default_rng(seed)
        rows, columns = rng.permutation(40), rng.permutation(10)
        point, site = (axis.ravel() for axis in np.indices((40, 10)))
        shuffle = rng.permutation(400)
        instance = Instance.build(
            demand_ids=[f"d{i:04d}" for i in rows], weight=weight[rows], site_ids=names[columns].tolist(),
            point_index=point[shuffle], site_index=site[shuffle],
            drive_min=minutes[rows][:, columns].ravel()[shuffle], fixed=np.isin(columns, fixed),
        )  # fmt: skip
        plan = solve(instance, task)
        plans.add((plan.objective, plan.bound, *instance.site_ids[plan.is_chosen]))
    assert len(plans) == 1


def test_ties_of_covers_go_to_fewer_minutes_then_to_the_earlier_name() -> None:
    # all three cover both points; s001 and s002 take fewer minutes than s000, and s001 comes first
    minutes = np.array([[9.0, 3, 4], [9, 4, 3]])
    plan = solve(build(minutes, [10, 10]), Task(method="mclp", count=1, threshold_min=10))
    assert plan.is_chosen.tolist() == [False, True, False]
    # a site to spare goes where it saves most, though the cover is complete already
    spare = np.array([[1.0, 9, 9, 9], [9, 1, 9, 9], [9, 9, 9, 2]])
    plan = solve(build(spare, [5, 5, 100]), Task(method="mclp", count=2, threshold_min=10))
    assert plan.is_chosen.tolist() == [True, False, False, True]


@pytest.mark.parametrize("task", TASKS, ids=lambda task: f"{task.method}-{task.count}")
def test_without_any_time_there_is_an_answer_with_an_honest_gap(random_case, task: Task) -> None:
    minutes, weight = random_case(4, n=40, m=12)
    instance = build(minutes, weight)
    best = solve(instance, task)
    rushed = solve(instance, dataclasses.replace(task, options=SolverOptions(time_limit_s=0.0)))
    assert "exact" not in rushed.how
    most = task.method == "mclp" or (task.method, task.count) == ("backup", 3)
    assert (rushed.objective <= best.objective) if most else (rushed.objective >= best.objective)
    assert (rushed.bound >= best.objective * (1 - 1e-9)) if most else (rushed.bound <= best.objective * (1 + 1e-9))
    assert rushed.gap >= (abs(rushed.objective - best.objective) / rushed.objective) * (1 - 1e-9)


def test_every_program_of_a_plan_shares_one_clock(monkeypatch: pytest.MonkeyPatch, random_case) -> None:
    from deserts.planning import cover, model

    given = []
    now = [0.0]
    real = model.solve_program

    def watched(*arguments, options, **named):
        given.append(options.remaining_s)
        answer = real(*arguments, options=options, **named)
        now[0] += 10.0
        return answer

    monkeypatch.setattr(model.time, "monotonic", lambda: now[0])
    monkeypatch.setattr(cover, "solve_program", watched)
    plan = solve(build(*random_case(4, n=40, m=12)), Task(method="pcenter", count=3, options=SolverOptions(0.0, 25.0)))
    assert given[:3] == [25.0, 15.0, 5.0]
    assert set(given[3:]) <= {0.0}
    assert plan.gap >= 0


def test_nobody_lives_anywhere(random_case) -> None:
    minutes, weight = random_case(2)
    for task in TASKS:
        plan = solve(build(minutes, weight * 0), dataclasses.replace(task, partial=True))
        assert plan.gap == 0
        assert plan.is_chosen.any()
