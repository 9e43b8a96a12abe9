"""When the pump runs dry and what follows from it: dates, plan, checks before a discharge or a refill at home."""

from __future__ import annotations
