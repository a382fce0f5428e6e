"""Plots of a comparison: by matplotlib, and as positions for the report."""

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from ..._plot_style import style_axes

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from .results import ComparisonScores, ScoreRow

_MARGIN = 3.0  # percent of the width, on either side


def draw_comparison(comparison: "ComparisonScores", score: str, ax: "Axes | None") -> "Axes":
    """Draw a score's folds, means and intervals, one row per pipeline.

    Parameters
    ----------
    comparison : ComparisonScores
        The result to plot.
    score : str
        The score.
    ax : matplotlib Axes or None
        Axes to draw on; None creates a figure.
    """
    rows = comparison._plotted(score)
    ax = _make_axes(len(rows)) if ax is None else ax
    theme = style_axes(ax, grid="x")
    for place, row in enumerate(rows):
        if not np.isnan(row.low):
            ends = [row.low, row.high]
            ax.plot(ends, [place, place], color=theme.mark, linewidth=2, solid_capstyle="round")
        if len(row.folds) > 1:
            heights = np.full(len(row.folds), place + 0.22)
            ax.plot(row.folds, heights, "o", color=theme.muted, markersize=4)
        ax.plot(row.mean, place, "o", color=theme.mark, markersize=9)
    if score == "accuracy":
        ax.axvline(1 / comparison.protocol["genres"], color=theme.muted, linestyle=":", zorder=0)
    ax.set_yticks(range(len(rows)), [row.name for row in rows])
    ax.set_ylim(len(rows) - 0.4, -0.6)
    ax.set_xlabel(_label(comparison, score))
    ax.spines["left"].set_visible(False)
    ax.tick_params(axis="y", length=0)
    return ax


def _make_axes(n_rows: int) -> Any:
    try:
        import matplotlib.pyplot as plt
    except ImportError as error:
        raise ImportError(
            "Comparison.plot needs matplotlib: pip install 'skgenre[plot]'."
        ) from error
    _, ax = plt.subplots(figsize=(7.0, 1.2 + 0.55 * n_rows), layout="constrained")
    return ax


def _label(comparison: "ComparisonScores", score: str) -> str:
    single = comparison.frame["fold"].nunique() == 1
    key = ["dot: the score" if single else "large dot: mean", "bar: 95 % interval"]
    more = [] if single else ["grey: folds"]
    more += ["dotted: chance"] if score == "accuracy" else []
    return "\n".join(", ".join(line) for line in ([score], key, more) if line)


def place_scores(comparison: "ComparisonScores", score: str) -> dict[str, Any]:
    """Return positions of a score's folds, means and intervals, one row per pipeline.

    Parameters
    ----------
    comparison : ComparisonScores
        The result to plot.
    score : str
        The score.
    """
    chance = 1 / comparison.protocol["genres"] if score == "accuracy" else None
    return place_rows(comparison._plotted(score), chance)


def place_rows(rows: "list[ScoreRow]", chance: float | None) -> dict[str, Any]:
    """Return the positions of scores, one row per model.

    Parameters
    ----------
    rows : list of ScoreRow
        Folds, mean and interval.
    chance : float or None
        The score of chance, if it is drawn.
    """
    shown = [value for row in rows for value in (*row.folds, row.mean, row.low, row.high)]
    if chance is not None:
        shown.append(chance)
    ticks = make_ticks(float(np.nanmin(shown)), float(np.nanmax(shown)))

    def place(value: float) -> float:
        return _MARGIN + (100 - 2 * _MARGIN) * (value - ticks[0]) / (ticks[-1] - ticks[0])

    return {
        "ticks": [(place(tick), tick) for tick in ticks],
        "chance": None if chance is None else place(chance),
        "rows": [
            {
                "name": row.name,
                "text": f"{row.mean:.3f}",
                "mean": place(row.mean),
                "interval": [] if np.isnan(row.low) else [place(row.low), place(row.high)],
                "folds": [place(value) for value in row.folds] if len(row.folds) > 1 else [],
            }
            for row in rows
        ],
    }


def make_ticks(low: float, high: float, n_most: int = 6) -> list[float]:
    """Return evenly spaced round numbers from below `low` to above `high`.

    Parameters
    ----------
    low, high : float
        The range to enclose.
    n_most : int, default=6
        Maximum number of ticks.
    """
    span = max(high - low, 1e-3)
    power = 10.0 ** math.floor(math.log10(span / n_most))
    for step in (power * factor for factor in (1, 2, 5, 10, 20, 50)):
        first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
        if last - first < n_most:
            break
    last = max(last, first + 1)
    return [float(f"{number * step:.10g}") for number in range(first, last + 1)]
