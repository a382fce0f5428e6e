"""Plot of a report: positions in percent, for any width of the page."""

import math
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from .results import Comparison

_MARGIN = 3.0  # percent of the width, on either side


def place_scores(comparison: "Comparison", score: str) -> dict[str, Any]:
    """Return positions of a score's folds, means and intervals, one row per pipeline.

    Parameters
    ----------
    comparison : Comparison
        The result to plot.
    score : str
        The score.
    """
    summary = comparison.summary.sort_values(score, ascending=False, kind="stable")
    summary = summary[summary[score].notna()]
    frame = comparison.frame
    folds = {
        name: frame.loc[frame["pipeline"] == name, f"test_{score}"].tolist()
        for name in summary.index
    }
    intervals = [comparison._cut_interval(score, row) for _, row in summary.iterrows()]
    shown = [*summary[score], *(value for interval in intervals for value in interval)]
    shown += [value for values in folds.values() for value in values]
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
                "name": name,
                "text": f"{mean:.3f}",
                "mean": place(mean),
                "interval": [] if np.isnan(interval[0]) else [place(end) for end in interval],
                "folds": [place(value) for value in folds[name]] if len(folds[name]) > 1 else [],
            }
            for (name, mean), interval in zip(summary[score].items(), intervals, strict=True)
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
