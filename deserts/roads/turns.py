"""Turns at junctions: what each costs and which are forbidden, laid out beside the arcs of a network.

A network with turns is searched on its arcs (see `deserts.roads.turn_kernels`), one without on its nodes. Each turn has
a one-byte code; rows of codes that are alike are stored once.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from deserts.roads.costs import METRE_BITS, UNREACHED

__all__ = ["FORBIDDEN", "NEVER", "SLACK_SHIFT", "TurnSide", "Turns"]

FORBIDDEN = 255
"""Code of a turn that may not be taken."""

NEVER = 65_535
"""Slack of an arc that no other rules out."""

SLACK_SHIFT = METRE_BITS + 4
"""Slack is counted in steps of 2**4 ms."""


@dataclass(frozen=True, slots=True)
class TurnSide:
    """Turns of one side of a network (forward, or reversed).

    Parameters
    ----------
    row
        Where in ``codes`` the turns from each arc begin: one for each arc that leaves its end, in their order, uint32.
    slack
        How much later a car may come on each arc than another car and still gain by it, in steps of `SLACK_SHIFT`,
        `NEVER` where another never rules it out, uint16.
    codes
        Code of each turn, uint8.
    mate
        Arc of the other side that each arc is, int32.
    """

    row: NDArray[np.uint32]
    slack: NDArray[np.uint16]
    codes: NDArray[np.uint8]
    mate: NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Turns:
    """Turns of both sides.

    Parameters
    ----------
    forward, reverse
        The two sides.
    delay_ms
        Milliseconds of each code, int32; `FORBIDDEN` has none.
    forbids
        Whether any turn but turning round is forbidden, bool ``(1,)``.
    """

    forward: TurnSide
    reverse: TurnSide
    of_edge: NDArray[np.int32]
    delay_ms: NDArray[np.int32]

    def arcs_of(self, *, reverse: bool) -> NDArray[np.int32]:
        """Return the arcs of one side of each edge as it is driven from tail to head and back, -1 for none."""
        if not reverse:
            return np.asarray(self.of_edge)
        return np.where(self.of_edge >= 0, self.forward.mate[self.of_edge], -1)

    @property
    def delays(self) -> NDArray[np.int64]:
        """Packed cost of each code."""
        found = np.full(FORBIDDEN + 1, UNREACHED, dtype=np.int64)
        found[: self.delay_ms.size] = self.delay_ms.astype(np.int64) << METRE_BITS
        return found
