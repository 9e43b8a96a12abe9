"""Run the command line with ``python -m deserts``."""

from __future__ import annotations

from deserts.cli import main

main()
