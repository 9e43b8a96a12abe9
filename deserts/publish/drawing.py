"""What figures and drawings of plans share: type, colours, the sentences below, and files equal byte for byte."""

from __future__ import annotations

import io
import textwrap
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from deserts.errors import InputError
from deserts.store import write_bytes

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = [
    "INK",
    "KINDS",
    "SHARED_SETTINGS",
    "SOFT",
    "TEAL",
    "drawing_bytes",
    "file_kind",
    "new_drawing",
    "stamp",
    "style",
    "write_drawing",
]

INK, SOFT, TEAL = "#1d2429", "#6b767c", "#00636b"
KINDS = ("svg", "png", "pdf")
SHARED_SETTINGS: Mapping[Any, Any] = {
    "svg.hashsalt": "deserts", "svg.fonttype": "path", "font.family": "DejaVu Sans",
}  # fmt: skip
"""Settings of every drawing: one typeface, and the same bytes in every run."""
_SETTINGS: dict[Any, Any] = {**SHARED_SETTINGS, "font.size": 9.5, "path.simplify": False, "hatch.linewidth": 0.6}
_STAMP = (0.55, 0.11, 0.09, 0.28)
_LINE_IN = 0.135
_LETTERS_AN_INCH = 20.5
_METADATA = {"svg": {"Date": None, "Creator": None}, "pdf": {"CreationDate": None}, "png": {"Software": None}}


def file_kind(path: Path, *, option: str, also: Sequence[str] = ()) -> str:
    """Return ``svg``, ``png``, ``pdf`` or another known ending of a path.

    Raises
    ------
    InputError
        If the ending is none of them.
    """
    kind = path.suffix.lstrip(".").lower()
    if kind not in (*KINDS, *also):
        known = ", ".join(f".{name}" for name in (*KINDS, *also))
        raise InputError(f"{path.name} does not say what kind of file is wanted", where=option, expected=known)
    return kind


def new_drawing(
    title: str, subtitle: str, lines: Sequence[str], *, width_in: float, height_in: float
) -> tuple[Figure, float, float]:
    """Return a figure with its title on top and the sentences that it must carry below.

    Returns
    -------
    figure
        Higher than ``height_in`` by what the sentences need.
    bottom, top
        Share of the height between which there is room to draw.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure as MplFigure  # not pyplot: it keeps global state

    letters = int((width_in - 0.3) * _LETTERS_AN_INCH)
    below = [part for line in lines for part in textwrap.wrap(line, letters)]
    above = textwrap.wrap(title, int(width_in * 9.4))
    head_in, foot_in = 0.26 * len(above) + 0.34, _LINE_IN * len(below) + 0.16
    whole_in = height_in + head_in + foot_in
    figure = MplFigure(figsize=(width_in, whole_in), facecolor="white")
    FigureCanvasAgg(figure)
    figure.text(0.15 / width_in, 1 - 0.1 / whole_in, "\n".join(above), fontsize=13, weight="bold", color=INK, va="top",
                parse_math=False)  # fmt: skip
    figure.text(0.15 / width_in, 1 - (0.16 + 0.26 * len(above)) / whole_in, subtitle, fontsize=9.5, color=INK, va="top",
                parse_math=False)  # fmt: skip
    figure.text(0.15 / width_in, 0.08 / whole_in, "\n".join(below), fontsize=6.8, color=SOFT, va="bottom",
                linespacing=1.35, parse_math=False)  # fmt: skip
    return figure, foot_in / whole_in, 1 - head_in / whole_in


def stamp(figure: Figure, words: str, *, size: float = 54.0) -> None:
    """Write words across a drawing; nothing where there are none."""
    if words:
        figure.text(0.5, 0.5, words, rotation=24, ha="center", va="center", fontsize=size, color=_STAMP)


def style() -> Any:
    """Return the settings under which a drawing must be made and saved."""
    import matplotlib as mpl  # heavy: only drawings need it

    return mpl.rc_context(_SETTINGS)


def drawing_bytes(figure: Figure, kind: str) -> bytes:
    """Return the drawing as a file of one of `KINDS`; the same bytes for the same drawing."""
    buffer = io.BytesIO()
    figure.savefig(buffer, format=kind, dpi=160, metadata=_METADATA[kind])
    return buffer.getvalue()


def write_drawing(figure: Figure, path: Path, kind: str) -> None:
    """Write the drawing as a whole or not at all."""
    write_bytes(path, drawing_bytes(figure, kind))
