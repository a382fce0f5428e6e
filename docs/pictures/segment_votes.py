"""Segments of a clip, the prediction of each, and their vote."""

from functools import cache
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure
from sklearn.pipeline import make_pipeline

from skgenre._plot_style import LEVELS, genre_styles, theme_of
from skgenre.classifiers import CNNClassifier, SegmentVotingClassifier
from skgenre.datasets import make_genre_music
from skgenre.features import MelSpectrogram, Segmenter

SECONDS, N_SEGMENTS = 6.0, 6


@cache
def fit() -> tuple[np.ndarray, np.ndarray, Any]:
    """Return the map of a clip, the probabilities of its segments, and the genres."""
    genres = ["classical", "jazz", "metal"]
    music = make_genre_music(30, genres=genres, duration=SECONDS, random_state=0)
    mel = MelSpectrogram(n_mels=40)
    network = CNNClassifier(channels=(16, 16), max_epochs=15, random_state=0)
    model = make_pipeline(Segmenter(mel, segment_duration=1.0), SegmentVotingClassifier(network))
    model.fit(music.data[:27], music.target[:27])
    clip = music.data[28:29]
    votes = model[-1].predict_proba_segments(model[:-1].transform(clip))[0]
    return mel.fit_transform(clip)[0], votes, model.classes_


def draw() -> Figure:
    """Return the figure."""
    mel, votes, genres = fit()
    figure, axes = plt.subplots(
        2, 2, figsize=(9, 3.8), width_ratios=[6, 1], sharey="row", layout="constrained"
    )
    axes[0, 0].imshow(
        mel,
        aspect="auto",
        origin="lower",
        cmap=LEVELS,
        extent=(0, SECONDS, -0.5, 39.5),
        rasterized=True,
    )
    axes[0, 0].set(title="a clip: its segments", ylabel="mel band")
    axes[0, 1].remove()
    bottom = [0.0] * N_SEGMENTS
    total = 0.0
    styles = genre_styles(genres, theme_of(axes[1, 0]))
    for number, genre in enumerate(genres):
        shares = votes[:, number]
        colour = styles[genre].color
        bars = axes[1, 0].bar(range(N_SEGMENTS), shares, 0.94, bottom, align="edge", color=colour)
        axes[1, 0].bar_label(
            bars,
            [f"{share:.1f}" if share > 0.15 else "" for share in shares],
            label_type="center",
            color="black",
        )
        axes[1, 1].bar(0, shares.mean(), 0.7, total, color=colour)
        axes[1, 1].text(
            0, total + shares.mean() / 2, genre, ha="center", va="center", fontsize=9, color="black"
        )
        bottom = [low + share for low, share in zip(bottom, shares, strict=True)]
        total += shares.mean()
    axes[1, 0].set(title="the prediction of each segment", xlabel="time (s)", ylabel="probability")
    axes[1, 1].set(title="the clip", xticks=[])
    for ax in axes[:, 0]:
        ax.set_xlim(0, SECONDS)
        for second in range(1, N_SEGMENTS):
            ax.axvline(second, color="w", linewidth=1)
    return figure
