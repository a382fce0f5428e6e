"""The plot of a comparison."""

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from .results import ComparisonScores


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
    for place, row in enumerate(rows):
        if not np.isnan(row.low):
            ends = [row.low, row.high]
            ax.plot(ends, [place, place], color="C0", linewidth=2, solid_capstyle="round")
        if len(row.folds) > 1:
            heights = np.full(len(row.folds), place + 0.22)
            ax.plot(row.folds, heights, "o", color="0.55", markersize=4)
        ax.plot(row.mean, place, "o", color="C0", markersize=9)
    if score == "accuracy":
        ax.axvline(1 / comparison.protocol["genres"], color="0.5", linestyle=":", zorder=0)
    ax.set_yticks(range(len(rows)), [row.name for row in rows])
    ax.set_ylim(len(rows) - 0.4, -0.6)
    ax.set_xlabel(_label(comparison, score))
    ax.grid(axis="x", color="0.9")
    ax.set_axisbelow(True)
    for side in ("top", "right", "left"):
        ax.spines[side].set_visible(False)
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
