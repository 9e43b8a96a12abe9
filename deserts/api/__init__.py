"""The public door: open a run, build one, ask it questions; drive times and isochrones on anybody's points.

``import deserts`` offers what stands here. Names are imported when they are first used, so that a command pays only for
what it needs. The commands, the page and the notebooks go through the same functions.
"""

from __future__ import annotations
