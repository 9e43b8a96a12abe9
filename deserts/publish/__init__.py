"""What travels: map, finder, succession map, figures, fact sheets, a static site; public but for the finder."""

from __future__ import annotations
