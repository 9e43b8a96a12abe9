"""Who really manages pumps: evidence, grades, sites, the registry over years, calls, and what directories are worth."""

from __future__ import annotations

from deserts.specialists.registry import Registry, RegistryInputs, build_registry

__all__ = ["Registry", "RegistryInputs", "build_registry"]
