"""A service is data: codes, taxonomies, the ladder of grades with rules and words, and numbers with their reasons."""

from __future__ import annotations

from deserts.services.profile import Grade, Number, Service, load_service, service_names

__all__ = ["Grade", "Number", "Service", "load_service", "service_names"]
