"""Accuracy of features on 60 clips, with and without a pretrained network."""

import json
from pathlib import Path

import matplotlib.pyplot as plt
from matplotlib.figure import Figure

from skgenre._plot_style import style_axes

RESULTS = Path(__file__).parents[2] / "benchmarks" / "results" / "embedding_accuracy.json"
NAMES = {
    0: "MFCC, means\nand deviations",
    1: "MFCC,\nmore statistics",
    2: "musicnn,\nrandom weights",
}
NAMES |= {3: "musicnn", 4: "musicnn,\ntwo layers", 6: "musicnn,\nless training data"}


def draw() -> Figure:
    """Return the figure."""
    rows = json.loads(RESULTS.read_text(encoding="utf-8"))["features"]
    figure, ax = plt.subplots(figsize=(9, 2.9), layout="constrained")
    theme = style_axes(ax, grid="y")
    is_trained = [number in (3, 4, 6) for number in NAMES]
    bars = ax.bar(
        range(len(NAMES)),
        [rows[number]["accuracy"] for number in NAMES],
        width=0.6,
        color=[theme.palette[1] if trained else theme.palette[0] for trained in is_trained],
    )
    ax.bar_label(bars, fmt="{:.2f}", padding=2)
    ax.set_xticks(range(len(NAMES)), NAMES.values())
    ax.tick_params(axis="x", length=0)
    ax.set(ylabel="accuracy", ylim=(0, 1), title="an SVM on 60 clips of ten genres (GTZAN)")
    ax.axhline(0.1, color=theme.muted, linestyle=":")
    ax.annotate("chance", (len(NAMES) - 0.55, 0.12), color=theme.text)
    ax.set_xlim(-0.5, len(NAMES) - 0.1)
    return figure
