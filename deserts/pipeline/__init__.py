"""The stages from raw files to scores and map: the only place that composes the packages."""

from __future__ import annotations
