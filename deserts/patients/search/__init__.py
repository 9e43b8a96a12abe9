"""Who comes next: the question, the ranking by evidence and fit, the answer, and places to go in an emergency."""

from __future__ import annotations
