"""The commands, one module a topic; each has ``register(app)`` and imports heavy libraries inside its functions."""

from __future__ import annotations
