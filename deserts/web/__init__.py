"""The local web page and its JSON API: a thin face over ``deserts.patients`` that keeps nothing about a patient."""

from __future__ import annotations
