"""A payer's directory held against evidence and drive times: who is listed, who of them is shown to do this."""

from __future__ import annotations

from deserts.networks.check import (
    Listed,
    PlanCheck,
    PlanFiles,
    check_listings,
    check_plan,
    members_of,
    standing_of_listed,
)
from deserts.networks.sentence import public_lines, team_lines

__all__ = [
    "Listed", "PlanCheck", "PlanFiles", "check_listings", "check_plan", "members_of", "public_lines",
    "standing_of_listed", "team_lines",
]  # fmt: skip
