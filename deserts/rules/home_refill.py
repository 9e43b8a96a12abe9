"""Can a home-infusion nurse refill this pump? Possible, unlikely or unknown, with the reasons."""

from __future__ import annotations

from typing import Any

from deserts.rules.wording import finding, say

__all__ = ["PAYER_KINDS", "POSSIBLE", "QUESTIONS", "UNKNOWN", "UNLIKELY", "check"]

QUESTIONS = ("check",)

POSSIBLE, UNLIKELY, UNKNOWN = "possible", "unlikely", "unknown"
PAYER_KINDS = ("commercial", "medicare", "medicare_advantage", "medicaid", "va", "unknown")
_BY_PAYER = {
    "commercial": (POSSIBLE, "home.commercial"),
    "medicare": (UNLIKELY, "home.medicare"),
    "medicaid": (UNKNOWN, "home.medicaid"),
}


def check(question: dict[str, Any]) -> dict[str, Any]:
    """Return whether a refill at home is worth asking for.

    Parameters
    ----------
    question
        ``payer`` (one of `PAYER_KINDS`); ``dose_is_stable`` (None when not known); ``companies``: how many of the
        user's table serve the place, None without such a table; ``words``.

    Returns
    -------
    dict
        ``chance``, three ``reasons``, and ``next_step``.
    """
    words = question["words"]
    found = [
        _BY_PAYER.get(question["payer"], (UNKNOWN, "home.payer_unknown")),
        _by_dose(question["dose_is_stable"]),
        _by_area(question["companies"]),
    ]
    chances = [one[0] for one in found]
    chance = UNLIKELY if UNLIKELY in chances else UNKNOWN if UNKNOWN in chances else POSSIBLE
    count = question["companies"] or 0
    companies = f"{count} company" if count == 1 else f"{count} companies"
    return {
        "chance": chance,
        "reasons": [say(words, finding(one[1], companies=companies)) for one in found],
        "next_step": words["home.next_" + chance],
    }


def _by_dose(is_stable: Any) -> tuple[str, str]:
    if is_stable is None:
        return UNKNOWN, "home.dose_unknown"
    return (POSSIBLE, "home.stable") if is_stable else (UNLIKELY, "home.unstable")


def _by_area(companies: int | None) -> tuple[str, str]:
    if companies is None:
        return UNKNOWN, "home.no_table"
    return (POSSIBLE, "home.served") if companies else (UNKNOWN, "home.not_served")
