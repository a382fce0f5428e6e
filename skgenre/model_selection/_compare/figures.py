"""Figures of a comparison for its page, drawn with matplotlib as SVG."""

from typing import Any

import numpy as np
import pandas as pd

from ..._plot_style import MARKERS
from ..._shown_text import show
from ...inspection import GenreConfusionMatrixDisplay, ReliabilityDisplay
from ...inspection._inline_svg import (
    LINE,
    MARK,
    PAGE,
    SERIES,
    TEXT,
    inline_svg,
    page_label,
    page_style,
)

# Cells beyond it are too small to read.
MOST_GENRES = 40
NEEDS_MATPLOTLIB = (
    "The figures need matplotlib: pip install 'skgenre[plot]', and write the page again."
)
# Inches per genre, and for the labels.
_CELL, _EDGE = 0.42, 1.5


def can_draw() -> bool:
    """Tell whether matplotlib is installed."""
    try:
        import matplotlib.figure  # noqa: F401
    except ImportError:
        return False
    return True


def draw_confusion(counts: pd.DataFrame, pipeline: str) -> str:
    """Draw a confusion matrix: numbers of clips, shaded by their share of the true genre.

    Parameters
    ----------
    counts : DataFrame of shape (n_genres, n_genres)
        Clips by true and predicted genre.
    pipeline : str
        Name of the pipeline, for the title.
    """
    from matplotlib.collections import PolyCollection
    from matplotlib.colors import to_rgba

    values = counts.to_numpy()
    shares = values / np.maximum(values.sum(axis=1, keepdims=True), 1)
    labels = [page_label(genre) for genre in counts.index]
    longest = max(map(len, labels))
    side = _CELL * len(values)
    with page_style():
        size = side + _EDGE + 0.07 * longest, side + _EDGE / 2 + 0.06 * longest
        ax = _make_figure(size)
        display = GenreConfusionMatrixDisplay(values, display_labels=labels)
        display.plot(ax=ax, colorbar=False)
        display.im_.remove()
        rows, columns = np.nonzero(values)
        corners = np.array([[-0.48, -0.48], [0.48, -0.48], [0.48, 0.48], [-0.48, 0.48]])
        cells = np.stack([columns, rows], axis=1)[:, np.newaxis, :] + corners
        # Opacities, so that the cells lie on the page in light and in dark mode.
        colors = [to_rgba(MARK, 0.06 + 0.94 * share) for share in shares[rows, columns]]
        ax.add_collection(PolyCollection(cells, facecolors=colors), autolim=False)
        for share, text in zip(shares.ravel(), display.text_.ravel(), strict=True):
            text.set_color(PAGE if share > 0.5 else TEXT)
            if not text.get_text():
                text.remove()
        ax.set(xticklabels=labels, yticklabels=labels)
        ax.tick_params(length=0)
        for spine in ax.spines.values():
            spine.set_linewidth(0.6)
        return inline_svg(ax.figure, f"Confusion matrix of {show(pipeline)}")


def draw_scores(values: pd.DataFrame, label: str) -> str:
    """Draw a score of each genre and pipeline, one row per genre.

    Parameters
    ----------
    values : DataFrame of shape (n_genres, n_pipelines)
        The score, from 0 to 1.
    label : str
        Its name.
    """
    longest = max(len(page_label(genre)) for genre in values.index)
    names = [page_label(name) for name in values.columns]
    width = 4.6 + 0.07 * longest
    # A legend that is wider than the figure would be cut.
    entry = 0.6 + 0.085 * max(map(len, names))
    n_columns = int(np.clip(width / entry, 1, min(3, len(names))))
    with page_style():
        n_lines = -(-len(names) // n_columns)
        ax = _make_figure((width, 1.3 + 0.36 * len(values) + 0.25 * n_lines))
        places = np.arange(len(values))
        lows, highs = values.min(axis=1).to_numpy(), values.max(axis=1).to_numpy()
        ax.hlines(places, lows, highs, color=LINE, linewidth=2, zorder=1)
        # One below the other within the row, so that equal values stay visible.
        step = min(0.12, 0.6 / len(names))
        for number, name in enumerate(names):
            ax.plot(
                values.iloc[:, number].to_numpy(),
                places + step * (number - (len(names) - 1) / 2),
                linestyle="none",
                marker=MARKERS[number % len(MARKERS)],
                color=SERIES[number % len(SERIES)],
                markersize=7,
                label=name,
                clip_on=False,
            )
        ax.set_yticks(places, [page_label(genre) for genre in values.index])
        ax.set(xlim=(0, 1), ylim=(len(values) - 0.5, -0.5), xlabel=label)
        ax.grid(axis="x")
        ax.tick_params(length=0)
        ax.tick_params(axis="y", pad=10)
        for spine in ax.spines.values():
            spine.set_visible(False)
        ax.figure.legend(loc="outside upper center", ncols=n_columns, frameon=False)
        return inline_svg(
            ax.figure, f"{label} of each genre: {', '.join(map(show, values.columns))}"
        )


def draw_reliability(bins: pd.DataFrame, pipeline: str) -> str:
    """Draw the accuracy of predictions by their confidence.

    Parameters
    ----------
    bins : DataFrame
        As in :func:`skgenre.metrics.reliability_frame`.
    pipeline : str
        Name of the pipeline, for the title.
    """
    with page_style():
        ax = _make_figure((6.4, 4.6))
        display = ReliabilityDisplay(bins).plot(ax=ax)
        for bar in display.bars_:
            bar.set(facecolor=MARK, edgecolor="none")
        for line in (display.line_, ax.get_legend().legend_handles[-1]):
            line.set_color(MARK)
        return inline_svg(ax.figure, f"Reliability diagram of {show(pipeline)}")


def _make_figure(size: tuple[float, float]) -> Any:
    # Not by pyplot, which would keep the figure, and may open a window.
    from matplotlib.figure import Figure

    return Figure(figsize=size, layout="constrained").subplots()
