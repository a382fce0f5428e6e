"""Four feature maps of one clip, below each other on one time axis."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure

from skgenre.datasets import make_genre_music
from skgenre.features import MFCC, ChromaFeatures, MelSpectrogram, Tempogram

SR, HOP_LENGTH, SECONDS = 22050, 512, 8.0


def draw() -> Figure:
    """Return the figure."""
    music = make_genre_music(1, genres=["rock"], duration=SECONDS + 2, random_state=0)
    clip = music.data[:, 2 * SR :]
    maps = [
        ("MelSpectrogram: energy by pitch", MelSpectrogram(), "mel band", "magma"),
        ("MFCC: timbre", MFCC(), "coefficient", "RdBu_r"),
        ("ChromaFeatures: harmony", ChromaFeatures(), "pitch class", "Blues"),
        ("Tempogram: rhythm", Tempogram(), "lag (s)", "magma"),
    ]
    figure, axes = plt.subplots(2, 2, figsize=(9, 4.6), sharex=True, layout="constrained")
    for ax, (title, feature, unit, colours) in zip(axes.flat, maps, strict=True):
        values = feature.fit_transform(clip)[0]
        limits: dict[str, float] = {}
        if isinstance(feature, MFCC):
            values, limits = values[1:], {"vmin": -60, "vmax": 60}
        if isinstance(feature, Tempogram):
            values, limits = values[:120], {"vmin": 0, "vmax": 1}
        ax.imshow(
            values,
            aspect="auto",
            origin="lower",
            interpolation="nearest",
            cmap=colours,
            extent=(0, values.shape[1] * HOP_LENGTH / SR, -0.5, len(values) - 0.5),
            rasterized=True,
            **limits,
        )
        ax.set(title=title, ylabel=unit, xlim=(0, SECONDS))
        if isinstance(feature, ChromaFeatures):
            ax.set_yticks([0, 2, 4, 5, 7, 9, 11], ["C", "D", "E", "F", "G", "A", "B"])
        if isinstance(feature, Tempogram):
            lags = np.arange(0.5, 3, 0.5)
            ax.set_yticks(lags * SR / HOP_LENGTH, [f"{lag:.1f}" for lag in lags])
    for ax in axes[-1]:
        ax.set_xlabel("time (s)")
    return figure
