"""The fixtures that ask the rules in Python and in a browser."""

from tests.rules.harness import agree, rules_in_browser  # noqa: F401
