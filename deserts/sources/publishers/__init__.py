"""One module a publisher's dataset: how it is fetched, and how it becomes a tidy frame."""

from __future__ import annotations
