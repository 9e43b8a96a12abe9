"""Access science: reach, floating catchments, adequacy, resilience, burden, uncertainty and the county score."""

from __future__ import annotations

from deserts.access.pairs import PairTable
from deserts.access.prepared import AccessInputs
from deserts.access.scores import AccessTables, build_scores

__all__ = ["AccessInputs", "AccessTables", "PairTable", "build_scores"]
