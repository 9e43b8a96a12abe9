"""Find who can refill a pump, how far away they are, and what happens if they stop."""

from __future__ import annotations

__version__ = "0.1.0"
