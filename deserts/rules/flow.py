"""How fast a pump empties, in whole numbers: volumes in nanolitres (a millionth of a mL), flows as fractions.

Everything is exact: a flow is ``(numerator, denominator)`` in nanolitres a day, so no engine can round another way.
"""

from __future__ import annotations

from typing import Any

__all__ = ["days_until_used", "delivered", "drug_flows", "fastest", "is_more", "spread"]

MILLION = 1_000_000


def drug_flows(drugs: list[dict[str, Any]], daily_nl: int | None) -> list[tuple[int, int]]:
    """Return the flow that each drug's dose and strength, and the programmed volume, stand for.

    Parameters
    ----------
    drugs
        ``dose_pg`` a day (None when not known) and ``strength_pg_ml`` of each.
    daily_nl
        Programmed volume a day, None when not known.
    """
    flows = [(drug["dose_pg"] * MILLION, drug["strength_pg_ml"]) for drug in drugs if drug["dose_pg"]]
    if daily_nl:
        flows.append((daily_nl, 1))
    return flows


def is_more(one: tuple[int, int], other: tuple[int, int]) -> bool:
    """Whether a fraction is greater than another."""
    return one[0] * other[1] > other[0] * one[1]


def spread(flows: list[tuple[int, int]]) -> tuple[tuple[int, int], tuple[int, int]]:
    """Return the slowest and the fastest flow."""
    slow = fast = flows[0]
    for flow in flows:
        if is_more(slow, flow):
            slow = flow
        if is_more(flow, fast):
            fast = flow
    return slow, fast


def delivered(residual: dict[str, int]) -> tuple[int, int]:
    """Return delivered volume as a fraction of the expected one, from what a refill found."""
    before = residual["previous_fill_nl"]
    return before - residual["measured_nl"], before - residual["expected_nl"]


def fastest(residual: dict[str, int] | None, tolerance_ppm: int) -> tuple[int, int]:
    """Return by how much faster than programmed the pump may run: its tolerance, or what a residual shows if more."""
    tolerance = (MILLION + tolerance_ppm, MILLION)
    if residual is not None and is_more(delivered(residual), tolerance):
        return delivered(residual)
    return tolerance


def days_until_used(
    volume_nl: int, flow: tuple[int, int], factor: tuple[int, int], before: tuple[int, int] | None
) -> int:
    """Return whole days until a volume has left the reservoir.

    Parameters
    ----------
    volume_nl
        The volume (nanolitres).
    flow
        Programmed flow now (nanolitres a day).
    factor
        By how much faster the pump runs.
    before
        Flow (nanolitres a day) and length (days) of the time before a change of dose; None when there was none.
    """
    if before is None:
        return volume_nl * flow[1] * factor[1] // (flow[0] * factor[0])
    used = before[0] * before[1] * factor[0]
    if volume_nl * factor[1] <= used:
        return volume_nl * factor[1] // (before[0] * factor[0])
    return before[1] + (volume_nl * factor[1] - used) * flow[1] // (flow[0] * factor[0])
