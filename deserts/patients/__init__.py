"""For a coordinator with a patient on the line: who is next, what must happen by when, and what is not known.

Everything here takes frozen dataclasses and gives frozen dataclasses. Nothing about a patient is logged or cached, and
no exception carries it; only commands that were asked for a file write one, readable by its owner alone.
"""

from __future__ import annotations
