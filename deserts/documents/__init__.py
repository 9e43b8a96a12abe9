"""Plumbing of documents that patients, publish and web share: HTML, PDF, DOCX, and CSV safe for spreadsheets."""

from __future__ import annotations

from deserts.documents.html import environment
from deserts.documents.spreadsheet import neutralise, neutralise_frame, write_csv
from deserts.documents.text import plain

__all__ = ["environment", "neutralise", "neutralise_frame", "plain", "write_csv"]
