"""What is printed for one patient: wallet card, letter to an emergency department, packet for an insurer."""

from __future__ import annotations
