"""Accuracy of the models by their cost and by the number of clips."""

import re
from pathlib import Path

import matplotlib.pyplot as plt
from matplotlib.figure import Figure

from skgenre._plot_style import MARKERS, style_axes

RESULTS = Path(__file__).parents[2] / "benchmarks" / "results" / "choices"
KINDS = {
    "kernels": ["svm", "fast", "svm-mfcc"],
    "networks": ["covnet", "cnn", "crnn", "lstm"],
    "both": ["best", "vote"],
    "trees": ["xgb"],
}
# Where the names are written, in points from the mean.
SIDES = {
    "svm": (7, 7, "left"),
    "fast": (-7, 5, "right"),
    "best": (-5, 12, "right"),
    "covnet": (-7, 3, "right"),
    "crnn": (-6, -14, "right"),
    "cnn": (7, -5, "left"),
    "vote": (7, 3, "left"),
}
CURVES = {"svm": 0, "covnet": 1, "cnn": 4, "xgb": 3}  # with places of the palette


def draw() -> Figure:
    """Return the figure."""
    models = read("gtzan_logmel_dev_named.md")
    curves = read("gtzan_logmel_dev_curves.md")
    figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.9), sharey=True, layout="constrained")
    theme = style_axes(left, grid="y")
    for (kind, names), colour, marker in zip(KINDS.items(), theme.palette, MARKERS, strict=False):
        rows = [models[name] for name in names]
        left.errorbar(
            [float(row[4]) for row in rows],
            [float(row[0]) for row in rows],
            [float(row[1].strip("±")) for row in rows],
            fmt=marker,
            color=colour,
            elinewidth=1,
            alpha=0.9,
            label=kind,
        )
        for name, row in zip(names, rows, strict=True):
            place = (float(row[4]), float(row[0]))
            x, y, align = SIDES.get(name, (7, 3, "left"))
            left.annotate(name, place, (x, y), textcoords="offset points", ha=align)
    left.set_xscale("log")
    left.set_xlim(0.9, 200)
    left.set_xticks([1, 3, 10, 30, 100], ["1", "3", "10", "30", "100"])
    left.minorticks_off()
    left.set(xlabel="CPU time of a fit (s)", ylabel="accuracy", title="639 clips of GTZAN")
    left.legend(loc="lower right", ncols=2)

    style_axes(right, grid="y")
    counts = [60, 120, 250, 511]
    for number, (name, place) in enumerate(CURVES.items()):
        pairs = [[float(value) for value in cell.split(" ±")] for cell in curves[name][:4]]
        means, margins = zip(*pairs, strict=True)
        shifted = [count * 1.02 ** (number - 1.5) for count in counts]
        right.errorbar(
            shifted,
            means,
            margins,
            marker=MARKERS[number],
            color=theme.palette[place],
            elinewidth=1,
            label=name,
        )
    right.set_xscale("log")
    right.set_xticks(counts, [str(count) for count in counts])
    right.minorticks_off()
    right.set(xlabel="training clips", title="fewer clips")
    right.legend(loc="lower right", ncols=2)
    right.set_ylim(0.3, 0.87)
    return figure


def read(file: str) -> dict[str, list[str]]:
    """Return the first table of a file by its first column."""
    text = (RESULTS / file).read_text(encoding="utf-8").partition("\n\n")[0]
    rows = [re.split(r"\s*\|\s*", line.strip("| ")) for line in text.splitlines()[2:]]
    return {name: cells for name, *cells in rows}
