"""Plot of a report: positions in percent, for any width of the page."""

import math
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from .results import ComparisonScores

_MARGIN = 3.0  # percent of the width, on either side


def place_scores(comparison: "ComparisonScores", score: str) -> dict[str, Any]:
    """Return positions of a score's folds, means and intervals, one row per pipeline.

    Parameters
    ----------
    comparison : ComparisonScores
        The result to plot.
    score : str
        The score.
    """
    rows = comparison._plotted(score)
    shown = [value for row in rows for value in (*row.folds, row.mean, row.low, row.high)]
    chance = 1 / comparison.protocol["genres"] if score == "accuracy" else None
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
