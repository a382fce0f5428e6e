"""Accuracy of one model under leaky and honest splits, with true and with random labels."""

from functools import cache

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skgenre._plot_style import style_axes
from skgenre.classifiers import SegmentVotingClassifier
from skgenre.datasets import make_genre_music
from skgenre.features import MFCC, FramePooling, Segmenter
from skgenre.model_selection import leakage_gap

GENRES = ["classical", "disco", "jazz", "metal"]
SPLITS = {
    "segment-random": "segments of a clip\nin train and test",
    "clip-random": "clips kept together,\nartists in both",
    "group-disjoint": "artists kept\ntogether",
}


@cache
def measure() -> dict[str, pd.DataFrame]:
    """Return the accuracy of segments with true labels, and with one random label per artist."""
    music = make_genre_music(80, genres=GENRES, duration=6.0, random_state=0)
    artists, first = np.unique(music.groups, return_index=True)
    random = np.random.default_rng(0).permutation(music.target[first])
    meaningless = dict(zip(artists, random, strict=True))
    labels = {
        "true labels": music.target,
        "random labels": np.array([meaningless[artist] for artist in music.groups]),
    }
    segments = Segmenter(MFCC(n_mfcc=20), segment_duration=2.0, segment_hop=0.5)
    tables = make_pipeline(segments, FramePooling()).fit_transform(music.data)
    model = SegmentVotingClassifier(make_pipeline(StandardScaler(), KNeighborsClassifier(1)))
    return {
        name: leakage_gap(model, tables, target, groups=music.groups, random_state=0).summary.xs(
            "segment", level="unit"
        )
        for name, target in labels.items()
    }


def draw() -> Figure:
    """Return the figure."""
    figure, ax = plt.subplots(figsize=(9, 3.0), layout="constrained")
    theme = style_axes(ax, grid="y")
    for number, (name, summary) in enumerate(measure().items()):
        rows = summary.loc[list(SPLITS)]
        ax.errorbar(
            np.arange(len(rows)) + (number - 0.5) * 0.16,
            rows["accuracy"],
            [
                rows["accuracy"] - rows["accuracy_low"],
                rows["accuracy_high"] - rows["accuracy"],
            ],
            fmt="os"[number],
            markersize=7,
            capsize=4,
            color=theme.palette[number],
            label=name,
        )
    ax.axhline(1 / len(GENRES), color=theme.muted, linestyle=":")
    ax.annotate("chance", (2.38, 1 / len(GENRES) + 0.03), color=theme.text, ha="right")
    ax.set_xticks(range(len(SPLITS)), SPLITS.values())
    ax.tick_params(axis="x", length=0)
    ax.set(ylabel="accuracy of segments", ylim=(0, 1.05), xlim=(-0.4, 2.4))
    ax.set_title("one model, the same clips, three splits (means and 95 % intervals)")
    figure.legend(loc="outside right center")
    return figure
