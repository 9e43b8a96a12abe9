"""What is said of one candidate: what to ask on the telephone, what it shares with others, how it fits."""

from __future__ import annotations

from typing import Any

from deserts.rules.wording import finding, say

__all__ = ["fit_marks", "place_questions", "questions", "shares"]

_YES, _ASK = 0, 1
_ANSWERS = ("mark.yes", "mark.ask", "mark.no")


def questions(asked: dict[str, Any], words: dict[str, str]) -> list[str]:
    """Return what to ask on the phone, the one question that matters first.

    Parameters
    ----------
    asked
        ``first`` (the service's own first question); ``in_doubt`` (whether the clinician is still there); ``audience``
        (``adult`` or ``child``) and ``age``; ``payer`` and ``pump`` as given (empty when not) with ``payer_fits`` and
        ``pump_fits``; ``plan`` and whether its directory names the clinician (``plan_lists``); ``asks_drug``. Fits are
        0 yes, 1 to be asked, 2 stated otherwise.
    words
        Phrases of the topic ``phone``.
    """
    found = [asked["first"]]
    if asked["in_doubt"]:
        found.append(say(words, finding("phone.take_up")))
    if asked["age"] != _YES:
        found.append(say(words, finding("phone.children" if asked["audience"] == "child" else "phone.adults")))
    if asked["payer"] and asked["payer_fits"] != _YES:
        found.append(say(words, finding("phone.payer", payer=asked["payer"])))
    if asked["plan"]:
        code = "phone.plan_lists" if asked["plan_lists"] else "phone.plan_lists_not"
        found.append(say(words, finding(code, plan=asked["plan"])))
    if asked["pump"] and asked["pump_fits"] != _YES:
        found.append(say(words, finding("phone.pump", pump=asked["pump"])))
    if asked["asks_drug"]:
        found.append(say(words, finding("phone.drug")))
    return found + [say(words, finding("phone.when"))]


def shares(kinds: list[list[str]], words: dict[str, str], *, is_dependent: bool) -> list[str]:
    """Return what ties somebody to the one lost or to those listed before, in words.

    Parameters
    ----------
    kinds
        For each of those listed before, in order, what is shared with it.
    words
        Phrases of the topic ``shares``.
    is_dependent
        Whether it shares something with the one lost.
    """
    found = [say(words, finding("shares.lost"))] if is_dependent else []
    for place, own in enumerate(kinds):
        if own:
            found.append(say(words, finding("shares.number", kinds=" and ".join(sorted(own)), number=place + 1)))
    return found


def fit_marks(fits: list[Any], words: dict[str, str]) -> list[str]:
    """Return how somebody fits, in words.

    Parameters
    ----------
    fits
        Pairs of topic (``child``, ``adult``, ``payer``, ``pump``, ``time``) and fit: 0 yes, 1 to be asked, 2 no, -1
        when it was not asked for.
    words
        Phrases of the topic ``mark``.
    """
    return [say(words, finding("mark." + topic, answer=words[_ANSWERS[fit]])) for topic, fit in fits if fit >= 0]


def place_questions(asked: dict[str, Any], words: dict[str, str]) -> list[str]:
    """Return what to ask a hospital's switchboard, the one question that matters first.

    Parameters
    ----------
    asked
        ``does`` (what the service does, as the profile words it), ``first``, ``audience``, ``age``, ``payer``,
        ``payer_fits``, ``pump`` and ``asks_drug`` as in `questions`.
    words
        Phrases of the topic ``switchboard``.
    """
    found = [say(words, finding("switchboard.which", does=asked["does"])), asked["first"]]
    if asked["age"] != _YES:
        found.append(words["switchboard.children" if asked["audience"] == "child" else "switchboard.adults"])
    if asked["payer"] and asked["payer_fits"] != _YES:
        found.append(say(words, finding("switchboard.payer", payer=asked["payer"])))
    if asked["pump"]:
        found.append(say(words, finding("switchboard.pump", pump=asked["pump"])))
    if asked["asks_drug"]:
        found.append(words["switchboard.drug"])
    return found + [words["switchboard.when"]]
