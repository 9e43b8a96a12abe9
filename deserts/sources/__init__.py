"""One module a publisher: fetch to ``data/raw``, parse to a tidy frame. ``http`` owns outside sockets."""

from __future__ import annotations
