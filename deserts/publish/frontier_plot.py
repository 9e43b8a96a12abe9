"""The frontier drawn: how many people each further site brings within reach, so that a budget can be argued."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from deserts.publish.county_colours import SHADES
from deserts.publish.drawing import INK, SOFT, TEAL, file_kind, new_drawing, stamp, style, write_drawing
from deserts.publish.words import limit_words

__all__ = ["draw_frontier"]


def draw_frontier(
    table: pd.DataFrame,
    path: Path,
    *,
    title: str,
    population: float,
    threshold_min: float,
    lines: Sequence[str] = (),
    across: str = "",
) -> None:
    """Draw the share of people covered, and the people that each further site adds; the same bytes for the same table.

    Parameters
    ----------
    table
        Result of `deserts.planning.frontier.frontier`.
    path
        ``.svg``, ``.png`` or ``.pdf``.
    title
        What is asked, for people.
    population
        All people.
    threshold_min
        Minutes within which people count as covered.
    lines
        Sentences that must stand on every output.
    across
        What stands across the drawing, such as that the run failed a check.

    Raises
    ------
    InputError
        If the ending of the path is none of these.
    """
    kind = file_kind(path, option="--plot")
    added, share = table["sites_added"].to_numpy(), 100 * table["share_covered"].to_numpy(dtype=float)
    known = np.flatnonzero(np.isfinite(share))
    first, last = known[0], known[-1]
    subtitle = (
        f"{added[first]} added: {share[first]:.0f}% of {population:,.0f} within {limit_words(threshold_min)}; "
        f"{added[last]} added: {share[last]:.0f}%. Each point is a best plan of its own."
    )
    with style():
        figure, bottom, top = new_drawing(title, subtitle, lines, width_in=8.0, height_in=5.0)
        room = top - bottom
        upper = figure.add_axes((0.11, bottom + 0.44 * room, 0.86, 0.52 * room))
        lower = figure.add_axes((0.11, bottom + 0.12 * room, 0.86, 0.25 * room), sharex=upper)
        upper.plot(added, share, marker="o", color=TEAL)
        for x, y in zip(added[known], share[known], strict=True):
            upper.annotate(f"{y:.0f}%", (x, y), textcoords="offset points", xytext=(0, 7), ha="center", fontsize=8)
        upper.set_ylabel(f"within {limit_words(threshold_min)} (%)", color=INK)
        upper.set_ylim(0, 108)
        upper.set_yticks(range(0, 101, 20))
        upper.tick_params(labelbottom=False)
        gains = table["gain_people"].to_numpy(dtype=float)
        lower.bar(added, np.nan_to_num(gains), width=0.62, color=SHADES[1], edgecolor=INK, linewidth=0.4)
        for x, gain in zip(added, gains, strict=True):
            if np.isfinite(gain):
                lower.annotate(f"{gain:+,.0f}", (x, max(gain, 0.0)), textcoords="offset points", xytext=(0, 2),
                               ha="center", fontsize=7.5)  # fmt: skip
        lower.set_ylabel("gained", color=INK)
        lower.yaxis.set_major_formatter("{x:,.0f}")
        lower.set_xlabel("sites added", color=INK)
        lower.set_xticks(added)
        lower.margins(y=0.25)
        for axes in (upper, lower):
            axes.grid(visible=True, axis="y", color="#e3e7e9")
            axes.set_axisbelow(True)
            axes.spines[["top", "right"]].set_visible(False)
            axes.tick_params(colors=SOFT)
        stamp(figure, across)
        write_drawing(figure, path, kind)
