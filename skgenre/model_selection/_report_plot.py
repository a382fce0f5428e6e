"""Plot of a report: SVG strips with widths in percent, for any page width."""

import math
from html import escape
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from ._comparison import Comparison

_STRIP = 24  # pixels
_MARGIN = 3.0  # percent of the width, on either side


def draw_report_plot(comparison: "Comparison", score: str) -> str:
    """Return HTML with a score's folds, means and intervals, one row per pipeline.

    The style sheet of the page defines its classes ``plot``, ``label``, ``fold``, ``interval``,
    ``mean``, ``chance``, ``grid`` and ``tick``.

    Parameters
    ----------
    comparison : Comparison
        The result to plot.
    score : str
        The score.
    """
    summary = comparison.summary.sort_values(score, ascending=False, kind="stable")
    summary = summary[summary[score].notna()]
    folds = {
        name: comparison.frame.loc[comparison.frame["pipeline"] == name, f"test_{score}"]
        for name in summary.index
    }
    intervals = [comparison._cut_interval(score, row) for _, row in summary.iterrows()]
    shown = [*summary[score], *(value for interval in intervals for value in interval)]
    shown += [value for values in folds.values() for value in values]
    chance = 1 / comparison.protocol["genres"] if score == "accuracy" else None
    if chance is not None:
        shown.append(chance)
    ticks = make_ticks(float(np.nanmin(shown)), float(np.nanmax(shown)))
    scale = _Scale(ticks[0], ticks[-1])
    lines = [(scale(tick), "grid") for tick in ticks]
    lines += [] if chance is None else [(scale(chance), "chance")]
    background = "".join(_line(place, 0, place, _STRIP, kind) for place, kind in lines)
    parts = []
    for name, values in summary.iterrows():
        strip = [background]
        low, high = comparison._cut_interval(score, values)
        if not np.isnan(low):
            strip.append(_line(scale(low), _STRIP / 2, scale(high), _STRIP / 2, "interval"))
        if len(folds[name]) > 1:
            strip += [_dot(scale(value), 3.5, "fold") for value in folds[name]]
        strip.append(_dot(scale(values[score]), 6, "mean"))
        mean = f"{values[score]:.3f}"
        parts.append(
            f'<div class="label"><span>{escape(str(name))}</span><b>{mean}</b></div>'
            f"{_svg(strip, f'{name}: {mean}')}"
        )
    axis = [
        f'<text x="{scale(tick):.2f}%" y="14" text-anchor="middle" class="tick">{tick:g}</text>'
        for tick in ticks
    ]
    return f'<div class="plot">{"".join(parts)}{_svg(axis, f"axis of {score}")}</div>\n'


def _svg(parts: list[str], label: str) -> str:
    return (
        f'<svg width="100%" height="{_STRIP}" role="img" aria-label="{escape(label)}">'
        f"{''.join(parts)}</svg>"
    )


class _Scale:
    """Positions of values, in percent of the width."""

    def __init__(self, low: float, high: float) -> None:
        self.low, self.span = low, high - low

    def __call__(self, value: float) -> float:
        return _MARGIN + (100 - 2 * _MARGIN) * (value - self.low) / self.span


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


def _line(x1: float, y1: float, x2: float, y2: float, kind: str) -> str:
    return f'<line x1="{x1:.2f}%" y1="{y1}" x2="{x2:.2f}%" y2="{y2}" class="{kind}"/>'


def _dot(x: float, radius: float, kind: str) -> str:
    return f'<circle cx="{x:.2f}%" cy="{_STRIP / 2}" r="{radius}" class="{kind}"/>'
