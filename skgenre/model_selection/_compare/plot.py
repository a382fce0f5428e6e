"""The plot of a comparison."""

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from .results import Comparison


def draw_comparison(comparison: "Comparison", score: str, ax: "Axes | None") -> "Axes":
    """Draw a score's folds, means and intervals, one row per pipeline.

    Parameters
    ----------
    comparison : Comparison
        The result to plot.
    score : str
        The score.
    ax : matplotlib Axes or None
        Axes to draw on; None creates a figure.
    """
    summary = comparison.summary.sort_values(score, ascending=False, kind="stable")
    summary = summary[summary[score].notna()]
    ax = _make_axes(len(summary)) if ax is None else ax
    for row, (name, values) in enumerate(summary.iterrows()):
        folds = comparison.frame.loc[comparison.frame["pipeline"] == name, f"test_{score}"]
        low, high = comparison._cut_interval(score, values)
        if not np.isnan(low):
            ax.plot([low, high], [row, row], color="C0", linewidth=2, solid_capstyle="round")
        if len(folds) > 1:
            ax.plot(folds, np.full(len(folds), row + 0.22), "o", color="0.55", markersize=4)
        ax.plot(values[score], row, "o", color="C0", markersize=9)
    if score == "accuracy":
        ax.axvline(1 / comparison.protocol["genres"], color="0.5", linestyle=":", zorder=0)
    ax.set_yticks(range(len(summary)), summary.index)
    ax.set_ylim(len(summary) - 0.4, -0.6)
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


def _label(comparison: "Comparison", score: str) -> str:
    single = comparison.frame["fold"].nunique() == 1
    key = ["dot: the score" if single else "large dot: mean", "bar: 95 % interval"]
    more = [] if single else ["grey: folds"]
    more += ["dotted: chance"] if score == "accuracy" else []
    return "\n".join(", ".join(line) for line in ([score], key, more) if line)
