"""A function of a waveform as a feature: the spectral centroid over time, and by genre."""

from functools import cache
from typing import Any

import librosa
import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure

from skgenre._plot_style import LEVELS, genre_styles, theme_of
from skgenre.datasets import make_genre_music
from skgenre.features import FunctionFeature, MelSpectrogram

SR, HOP_LENGTH, SECONDS = 22050, 512, 5.0
GENRES = ["classical", "metal"]


@cache
def compute() -> tuple[np.ndarray, np.ndarray, Any]:
    """Return maps of two clips, the centroids of all, and their genres."""
    music = make_genre_music(60, genres=GENRES, duration=SECONDS, random_state=0)
    centroids = FunctionFeature(librosa.feature.spectral_centroid).fit_transform(music.data)
    return MelSpectrogram().fit_transform(music.data[2:4]), centroids[:, 0], music.target


def draw() -> Figure:
    """Return the figure."""
    maps, centroids, target = compute()
    figure, axes = plt.subplots(1, 3, figsize=(9, 2.9), layout="constrained")
    styles = genre_styles(GENRES, theme_of(axes[2]))
    frequencies = librosa.mel_frequencies(130, fmin=0, fmax=SR / 2)[1:-1]
    ticks = [500, 1000, 2000, 4000, 8000]
    for ax, mel, centroid, genre in zip(axes, maps, centroids[2:4], GENRES, strict=False):
        time = np.arange(len(centroid)) * HOP_LENGTH / SR
        extent = (0, mel.shape[1] * HOP_LENGTH / SR, -0.5, len(mel) - 0.5)
        ax.imshow(mel, aspect="auto", origin="lower", cmap=LEVELS, extent=extent, rasterized=True)
        ax.plot(time, np.interp(centroid, frequencies, range(len(mel))), color="w", linewidth=1.4)
        ax.set_yticks(np.interp(ticks, frequencies, range(len(mel))), ["0.5", "1", "2", "4", "8"])
        ax.set(title=f"centroid of a {genre} clip", xlabel="time (s)", xlim=(0, SECONDS))
    axes[0].set_ylabel("frequency (kHz)")
    means = centroids.mean(axis=1) / 1000
    for place, genre in enumerate(GENRES):
        values = np.sort(means[target == genre])
        offsets = place + np.linspace(-0.2, 0.2, len(values))
        axes[2].plot(offsets, values, styles[genre].marker, color=styles[genre].color, ms=4)
    axes[2].set_xticks(range(len(GENRES)), GENRES)
    axes[2].set(title="mean of each clip", ylabel="centroid (kHz)", xlim=(-0.5, 1.5))
    axes[2].grid(axis="y")
    return figure
