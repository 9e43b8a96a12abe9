"""Payers' provider directories: whom a plan lists, where. A listing is the payer's claim, never evidence."""

from __future__ import annotations
