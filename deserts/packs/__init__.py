"""Region packs: the finished run of a region in one file, for whoever answers questions and runs no pipeline.

A pack holds what answers read (tables, roads, provenance) and nothing that a team wrote down, unless it was asked for.
"""

from deserts.packs.changes import PackChanges, compare_packs
from deserts.packs.opening import OpenedPack, open_pack
from deserts.packs.record import PackRecord
from deserts.packs.writing import Packed, write_pack

__all__ = ["OpenedPack", "PackChanges", "PackRecord", "Packed", "compare_packs", "open_pack", "write_pack"]
