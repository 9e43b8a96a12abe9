"""Room around what a figure draws: for its title above, and for what it rests on below."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from deserts.publish.drawing import SOFT

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["make_room_for_title", "write_foot"]

_ABOVE_TITLE_IN = 0.1
_FOOT_LETTERS = 165
_FOOT_LINE_IN = 0.12


def make_room_for_title(figure: Figure) -> None:
    """Make a figure as much higher as its title stands out at the top."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    canvas: Any = FigureCanvasAgg(figure)
    canvas.draw()  # titles are placed while drawing
    axes: Any = figure.axes[0]
    top_in = axes.get_tightbbox(canvas.get_renderer()).y1 / figure.dpi
    _grow(figure, above_in=max(top_in + _ABOVE_TITLE_IN - figure.get_size_inches()[1], 0.0))


def _grow(figure: Figure, *, above_in: float = 0.0, below_in: float = 0.0) -> float:
    """Make a figure higher, its axes as large as before, and return its height in inches."""
    width_in, before_in = figure.get_size_inches()
    after_in = before_in + above_in + below_in
    figure.set_size_inches(width_in, after_in)
    for axes in figure.axes:
        box = axes.get_position()
        axes.set_position(
            (box.x0, (box.y0 * before_in + below_in) / after_in, box.width, box.height * before_in / after_in)
        )
    return float(after_in)


def write_foot(figure: Figure, lines: Sequence[str]) -> None:
    """Write what a figure rests on below it, and make it as much higher as that takes beyond one line."""
    below = [part for line in lines for part in textwrap.wrap(line, _FOOT_LETTERS)]
    after_in = _grow(figure, below_in=_FOOT_LINE_IN * (len(below) - 1))
    figure.text(0.01, 0.045 / after_in, "\n".join(below), fontsize=6.5, color=SOFT, va="bottom", linespacing=1.3,
                parse_math=False)  # fmt: skip
