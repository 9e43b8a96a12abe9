"""The way out and back: one polite connection, and downloads that arrive whole or not at all."""

from __future__ import annotations
