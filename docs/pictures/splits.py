"""Three ways to split sixteen clips by eight artists: which of them train, and which test."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold

from skgenre._plot_style import style_axes

ARTISTS = np.repeat(np.arange(8), 2)
GENRES = np.repeat([0, 1], 8)
OFFICIAL = np.array([0, 0, 0, 0, 2, 2, 1, 1] * 2)  # train, valid, test


def draw() -> Figure:
    """Return the figure."""
    X = np.zeros((len(ARTISTS), 1))
    by_clip = StratifiedKFold(4, shuffle=True, random_state=3)
    by_artist = StratifiedGroupKFold(4, shuffle=True, random_state=1)
    ways = {
        "folds of clips: artists in both train and test": list(by_clip.split(X, GENRES)),
        "folds of artists": list(by_artist.split(X, GENRES, ARTISTS)),
        "an official split": [(np.flatnonzero(OFFICIAL == 0), np.flatnonzero(OFFICIAL == 1))],
    }
    figure, axes = plt.subplots(
        3, 1, figsize=(9, 4.2), sharex=True, height_ratios=[4, 4, 1.2], layout="constrained"
    )
    for ax, (title, splits) in zip(axes, ways.items(), strict=True):
        theme = style_axes(ax)
        colours = {"train": theme.palette[0], "test": theme.palette[1]}
        for row, (train, test) in enumerate(splits):
            for name, clips in (("train", train), ("test", test)):
                ax.bar(
                    clips + ARTISTS[clips] * 0.5,
                    0.8,
                    bottom=row - 0.4,
                    width=0.92,
                    color=colours[name],
                )
            torn = np.intersect1d(ARTISTS[train], ARTISTS[test])
            for artist in torn:
                ax.plot(
                    2.5 * artist + np.array([-0.46, 1.46]),
                    [row + 0.44] * 2,
                    color=theme.text,
                    linewidth=1.6,
                )
        ax.set_title(title)
        ax.set_yticks(range(len(splits)), [f"fold {row}" for row in range(len(splits))])
        ax.set_ylim(len(splits) - 0.4, -0.6)
        ax.tick_params(length=0)
        for side in ("left", "bottom"):
            ax.spines[side].set_visible(False)
    axes[2].set_yticks([0], [""])
    axes[2].set_xticks(2.5 * np.arange(8) + 0.5, [f"artist {number}" for number in range(8)])
    handles = [Patch(color=colours[name], label=name) for name in colours]
    handles.append(plt.Line2D([], [], color=theme.text, linewidth=1.6, label="artist in both"))
    figure.legend(handles=handles, loc="outside right center")
    return figure
