"""Counties, demand points, rurality, county types, the offline ZIP look-up and geocoding by ZIP."""

from __future__ import annotations
