"""Mixed-integer programs as sparse arrays, solved by HiGHS.

References
----------
Huangfu, Q. & Hall, J. A. J. (2018). Parallelizing the dual revised simplex method. Mathematical Programming
Computation 10, 119-142. doi:10.1007/s12532-017-0130-5
"""

from __future__ import annotations

import dataclasses
import time
from dataclasses import dataclass

import numpy as np
from scipy import sparse

from deserts.arrays import Bools, Floats, Ints

__all__ = ["Answer", "Rows", "SolverOptions", "solve_program"]


@dataclass(frozen=True, slots=True)
class SolverOptions:
    """How long and how exactly to search.

    Parameters
    ----------
    gap
        Relative gap at which the search may stop; 0 asks for a proven optimum.
    time_limit_s
        Seconds for all programs of one plan together. A search that it cuts short may give another answer on another
        machine; the stated gap holds all the same.
    deadline_s
        Reading of the monotonic clock at which the time is up; None before `started`.
    """

    gap: float = 0.0
    time_limit_s: float = 240.0
    deadline_s: float | None = None

    def started(self) -> SolverOptions:
        """Return the options with the clock running; one that runs already is left alone."""
        if self.deadline_s is not None:
            return self
        return dataclasses.replace(self, deadline_s=time.monotonic() + self.time_limit_s)

    def share(self, parts: int) -> SolverOptions:
        """Return options for one of ``parts`` plans that are still to be made in what is left of the time."""
        return SolverOptions(self.gap, self.remaining_s / parts)

    @property
    def remaining_s(self) -> float:
        """Seconds that are left."""
        return self.time_limit_s if self.deadline_s is None else max(self.deadline_s - time.monotonic(), 0.0)


@dataclass(frozen=True, slots=True)
class Answer:
    """Result of one program.

    Parameters
    ----------
    values
        Value of each column; empty when nothing feasible was found.
    objective
        Objective of these values.
    bound
        No feasible values have a smaller objective.
    is_feasible
        Whether values were found.
    is_infeasible
        Whether it is proven that there are none.
    is_optimal
        Whether the search ended by itself: the gap is closed as far as was asked.
    """

    values: Floats
    objective: float
    bound: float
    is_feasible: bool
    is_infeasible: bool
    is_optimal: bool

    @property
    def how(self) -> str:
        """How the values were found, in words."""
        return "exact (HiGHS)" if self.is_optimal else "HiGHS, stopped by the time limit"


class Rows:
    """Constraints, gathered block by block as coordinates."""

    def __init__(self) -> None:
        self._row: list[Ints] = []
        self._column: list[Ints] = []
        self._value: list[Floats] = []
        self._lower: list[Floats] = []
        self._upper: list[Floats] = []
        self._count = 0

    def add(
        self, count: int, entries: list[tuple[Ints, Ints, float | Floats]], *, lower: float | Floats,
        upper: float | Floats,
    ) -> None:  # fmt: skip
        """Add ``count`` constraints ``lower <= sum(value * column) <= upper``.

        Parameters
        ----------
        count
            Number of new rows.
        entries
            Row within the block, column, value.
        lower, upper
            Bounds, one for all or one a row.
        """
        for row, column, value in entries:
            self._row.append(np.asarray(row, dtype=np.int64) + self._count)
            self._column.append(np.asarray(column, dtype=np.int64))
            self._value.append(np.broadcast_to(np.asarray(value, dtype=np.float64), np.shape(row)))
        self._lower.append(np.broadcast_to(np.asarray(lower, dtype=np.float64), count))
        self._upper.append(np.broadcast_to(np.asarray(upper, dtype=np.float64), count))
        self._count += count

    def matrix(self, columns: int) -> tuple[sparse.csr_matrix, Floats, Floats]:
        """Return the matrix and the bounds of its rows."""
        coordinates = (np.concatenate(self._row), np.concatenate(self._column))
        found = sparse.csr_matrix((np.concatenate(self._value), coordinates), shape=(self._count, columns))
        return found, np.concatenate(self._lower), np.concatenate(self._upper)


def solve_program(
    cost: Floats, rows: Rows, *, upper: Floats, is_integer: Bools, options: SolverOptions,
    start: Floats | None = None,
) -> Answer:  # fmt: skip
    """Minimise ``cost @ values`` with ``0 <= values <= upper`` under the rows.

    One thread and a fixed seed: the same program gives the same answer. HiGHS looks at the clock between its steps, so
    that it may overrun by the length of one.

    Parameters
    ----------
    cost, upper, is_integer
        One entry a column.
    rows
        The constraints.
    options
        When to stop.
    start
        A known feasible answer, or None.
    """
    import highspy

    if options.remaining_s <= 0:
        return Answer(np.empty(0), np.inf, -np.inf, is_feasible=False, is_infeasible=False, is_optimal=False)
    matrix, row_lower, row_upper = rows.matrix(cost.size)
    program = highspy.HighsLp()
    program.num_col_, program.num_row_ = cost.size, matrix.shape[0]
    program.col_cost_, program.col_lower_, program.col_upper_ = cost, np.zeros(cost.size), upper
    program.row_lower_, program.row_upper_ = row_lower, row_upper
    program.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    program.a_matrix_.start_, program.a_matrix_.index_ = matrix.indptr, matrix.indices
    program.a_matrix_.value_ = matrix.data
    kinds = (highspy.HighsVarType.kContinuous, highspy.HighsVarType.kInteger)
    program.integrality_ = [kinds[int(flag)] for flag in is_integer]
    solver = highspy.Highs()
    for name, value in {
        "output_flag": False, "threads": 1, "parallel": "off", "random_seed": 0, "mip_rel_gap": options.gap,
        "mip_abs_gap": 1e-9, "time_limit": options.remaining_s,
    }.items():  # fmt: skip
        solver.setOptionValue(name, value)
    solver.passModel(program)
    if start is not None:
        known = highspy.HighsSolution()
        known.col_value = start
        solver.setSolution(known)
    solver.run()
    return _answer(solver)


def _answer(solver: object) -> Answer:
    import highspy

    assert isinstance(solver, highspy.Highs)
    status, info = solver.getModelStatus(), solver.getInfo()
    is_feasible = info.primal_solution_status == 2  # kSolutionStatusFeasible
    values = np.array(solver.getSolution().col_value) if is_feasible else np.empty(0)
    is_optimal = status == highspy.HighsModelStatus.kOptimal
    objective = float(info.objective_function_value) if is_feasible else np.inf
    has_integers = any(kind == highspy.HighsVarType.kInteger for kind in solver.getLp().integrality_)
    bound = objective if is_optimal and not has_integers else float(info.mip_dual_bound)
    return Answer(values, objective, bound, is_feasible, status == highspy.HighsModelStatus.kInfeasible, is_optimal)
