"""Boxes and arrows, for pictures of the guide."""

from collections.abc import Sequence

import matplotlib.pyplot as plt
from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch

from skgenre._plot_style import style_axes

Box = tuple[float, float, str, str]


def draw_flow(
    boxes: dict[str, Box], arrows: Sequence[tuple[str, str, str]], *, size: tuple[float, float]
) -> Figure:
    """Draw boxes and arrows between them.

    Parameters
    ----------
    boxes : dict of str -> (x, y, title, text)
        Boxes by name. x and y are of the centre, in columns and rows; the text is below the title.
    arrows : list of (from, to, text)
        Arrows from the right of a box to the left of another one, with a text in the middle.
    size : (width, height)
        Size of the figure in inches.
    """
    figure, ax = plt.subplots(figsize=size, layout="constrained")
    theme = style_axes(ax)
    ax.axis("off")
    wide, high = 0.8, 0.7
    for x, y, title, text in boxes.values():
        ax.add_patch(
            FancyBboxPatch(
                (x - wide / 2, y - high / 2),
                wide,
                high,
                boxstyle="round,pad=0,rounding_size=0.06",
                mutation_aspect=2,
                facecolor="none",
                edgecolor=theme.palette[0],
                linewidth=1.4,
            )
        )
        ax.text(x, y - 0.14, title, ha="center", va="center", weight="bold", size=9)
        ax.text(x, y + 0.14, text, ha="center", va="center", size=8)
    for start, end, text in arrows:
        (x0, y0, *_), (x1, y1, *_) = boxes[start], boxes[end]
        place = {"xy": (x1 - wide / 2, y1), "xytext": (x0 + wide / 2, y0)}
        style = {"arrowstyle": "-|>", "color": theme.muted, "linewidth": 1.2, "shrinkA": 2}
        ax.annotate("", **place, arrowprops=style | {"shrinkB": 2})
        if text:
            middle = ((x0 + x1) / 2, (y0 + y1) / 2)
            plain = {"facecolor": theme.page, "edgecolor": "none", "pad": 1.5}
            ax.text(*middle, text, ha="center", va="center", size=8.5, bbox=plain)
    columns = [box[0] for box in boxes.values()]
    rows = [box[1] for box in boxes.values()]
    ax.set(xlim=(min(columns) - 0.42, max(columns) + 0.42))
    ax.set(ylim=(max(rows) + 0.45, min(rows) - 0.45))
    return figure
