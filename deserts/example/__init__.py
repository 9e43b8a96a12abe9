"""The embedded example: a synthetic state in the publishers' own file formats.

People, places and clinicians are invented. The state lies in an empty patch of the Atlantic, its codes are
unassigned, and its files carry the traps that the real ones carry (see docs/example.md).
"""

from __future__ import annotations

from deserts.example.write import NOTICE, write_example

__all__ = ["NOTICE", "write_example"]
