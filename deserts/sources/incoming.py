"""What a file that has come in is by its address, and how many rows it has."""

from __future__ import annotations

from pathlib import Path

__all__ = ["count_rows", "kind_of"]


def kind_of(url: str, asked: str) -> str:
    """Return what a file must be by its address: a mirror may hold the same data packed otherwise.

    ``asked`` is what is expected where the address has no ending.
    """
    suffixes = {".zip": "zip", ".xlsx": "xlsx", ".json": "json", ".pbf": "pbf", ".gz": "gzip", ".parquet": "parquet"}
    return suffixes.get(Path(url).suffix.lower(), "text" if Path(url).suffix else asked)


def count_rows(path: Path, *, header: bool) -> int | None:
    """Return the lines of a text file without its header, if it has one; None for other files."""
    if path.suffix.lower() not in (".csv", ".txt"):
        return None
    lines, last = 0, b"\n"
    with path.open("rb") as stream:
        while block := stream.read(1 << 20):
            lines += block.count(b"\n")
            last = block[-1:]
    return max(0, lines + (last != b"\n") - header)
