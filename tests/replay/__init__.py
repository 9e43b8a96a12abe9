"""A server on loopback that speaks real HTTP like the publishers, quirks and faults included.

Clients are pointed to it by ``HttpSettings.routes``: ``https://HOST/PATH`` becomes ``http://127.0.0.1:PORT/HOST/PATH``.
"""

from __future__ import annotations

from tests.replay.faults import Fault
from tests.replay.server import Replay

__all__ = ["Fault", "Replay"]
