"""The one way into the rules from a page: the name of a question and JSON text go in, JSON text comes out."""

from __future__ import annotations

import json

from deserts.rules import canonical

__all__ = ["ask"]


def ask(name: str, text: str) -> str:
    """Return the answer of a rule.

    Parameters
    ----------
    name
        Module and question, for example ``timeline.reckon``. A module names what may be asked in ``QUESTIONS``.
    text
        What is asked, as JSON.

    Raises
    ------
    LookupError
        If no rule answers to that name.
    """
    module_name, _, question = name.partition(".")
    module = __import__("deserts.rules." + module_name, None, None, ("QUESTIONS",))
    if question not in module.QUESTIONS:
        raise LookupError("no rule answers to " + name)
    return canonical.dumps(getattr(module, question)(json.loads(text)))
