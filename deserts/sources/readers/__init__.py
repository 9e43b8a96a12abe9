"""Read foreign files (text, workbooks, JSON, boundaries, archives) without trusting them."""

from __future__ import annotations
