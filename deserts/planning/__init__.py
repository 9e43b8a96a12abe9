"""Planning: where the next clinic, van or trained clinician helps most, with proof of how good the choice is."""

from __future__ import annotations

from deserts.planning.instance import Instance, Layout, read_instance
from deserts.planning.model import SolverOptions
from deserts.planning.solve import METHODS, Plan, Task, site_table, solve

__all__ = ["METHODS", "Instance", "Layout", "Plan", "SolverOptions", "Task", "read_instance", "site_table", "solve"]
