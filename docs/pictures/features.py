"""Four feature maps of one clip, below each other on one time axis."""

from functools import cache

import librosa
import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from skgenre._plot_style import LEVELS, SHARES, SIGNED
from skgenre.datasets import make_genre_music
from skgenre.features import MFCC, ChromaFeatures, MelSpectrogram, Tempogram

SR, HOP_LENGTH, SECONDS = 22050, 512, 8.0


@cache
def compute() -> dict[str, np.ndarray]:
    """Return the maps of one clip, without its first seconds."""
    music = make_genre_music(1, genres=["rock"], duration=SECONDS + 2, random_state=0)
    clip = music.data[:, 2 * SR :]
    features = (MelSpectrogram(), MFCC(), ChromaFeatures(), Tempogram())
    return {type(feature).__name__: feature.fit_transform(clip)[0] for feature in features}


def draw() -> Figure:
    """Return the figure."""
    maps = compute()
    figure, axes = plt.subplots(2, 2, figsize=(9, 4.6), sharex=True, layout="constrained")
    (mel, mfcc), (chroma, tempogram) = axes
    show(mel, maps["MelSpectrogram"], "MelSpectrogram: energy by pitch", LEVELS)
    frequencies = librosa.mel_frequencies(130, fmin=0, fmax=SR / 2)[1:-1]
    ticks = [200, 500, 1000, 2000, 4000, 8000]
    mel.set_yticks(np.interp(ticks, frequencies, range(128)), ["0.2", "0.5", "1", "2", "4", "8"])
    mel.set_ylabel("frequency (kHz)")

    # Coefficient 0 is the level, which would hide the others.
    show(mfcc, maps["MFCC"][1:], "MFCC: timbre", SIGNED, vmin=-90, vmax=90)
    mfcc.set_yticks([0, 4, 9, 14, 18], ["1", "5", "10", "15", "19"])
    mfcc.set_ylabel("coefficient")

    show(chroma, maps["ChromaFeatures"], "ChromaFeatures: harmony", SHARES)
    chroma.set_yticks([0, 2, 4, 5, 7, 9, 11], ["C", "D", "E", "F", "G", "A", "B"])
    chroma.set_ylabel("pitch class")

    show(tempogram, maps["Tempogram"][:120], "Tempogram: rhythm", LEVELS, vmin=0, vmax=1)
    lags = np.arange(0.5, 3, 0.5)
    tempogram.set_yticks(lags * SR / HOP_LENGTH, [f"{lag:.1f}" for lag in lags])
    tempogram.set_ylabel("lag (s)")
    for ax in (chroma, tempogram):
        ax.set_xlabel("time (s)")
    return figure


def show(ax: Axes, values: np.ndarray, title: str, colours: str, **limits: float) -> None:
    """Draw a map with seconds from left to right."""
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
    ax.set(title=title, xlim=(0, SECONDS))
