"""A clip as it is read: its channels, its rate and ``duration``."""

import io
from functools import cache

import matplotlib.pyplot as plt
import numpy as np
import soundfile
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from skgenre.audio import load_audio
from skgenre.datasets import make_genre_music

RATE, SR = 44100, 22050


@cache
def compute() -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Return a stereo clip of 3 s, and what is read of it."""
    clip = make_genre_music(1, genres=["jazz"], duration=3.0, sr=RATE, random_state=0).data[0]
    clip = 0.9 * clip / abs(clip).max()
    fade = np.linspace(0.2, 1, len(clip))
    stereo = np.stack([clip * fade, clip * fade[::-1]])
    file = io.BytesIO()
    soundfile.write(file, stereo.T, RATE, format="WAV")
    read = {
        title: load_audio(file, sr=SR, duration=duration)
        for title, duration in (
            ("as it is read: mono, 22,050 Hz", None),
            ("duration=2.0: cut", 2.0),
            ("duration=4.0: padded with zeros", 4.0),
        )
    }
    return stereo, read


def draw() -> Figure:
    """Return the figure."""
    stereo, read = compute()
    figure, axes = plt.subplots(
        2, 2, figsize=(9, 3.4), sharex=True, sharey=True, layout="constrained"
    )
    for channel, name in enumerate(("left", "right")):
        show(axes[0, 0], stereo[channel], RATE, f"C{channel}", name)
    axes[0, 0].set_title("a file: stereo, 44,100 Hz")
    axes[0, 0].legend(loc="upper right")
    for ax, (title, samples) in zip(axes.flat[1:], read.items(), strict=True):
        show(ax, samples, SR, "C0", None)
        ax.set_title(title)
    for ax in axes[1]:
        ax.set_xlabel("time (s)")
    for ax in axes[:, 0]:
        ax.set_ylabel("sample")
    axes[0, 0].set(xlim=(0, 4.2), ylim=(-1, 1))
    return figure


def show(ax: Axes, samples: np.ndarray, rate: float, colour: str, label: str | None) -> None:
    """Draw the range of samples in steps of a hundredth of a second."""
    step = round(rate / 100)
    blocks = samples[: len(samples) // step * step].reshape(-1, step)
    time = (np.arange(len(blocks)) + 0.5) * step / rate
    low, high = blocks.min(axis=1) - 0.005, blocks.max(axis=1) + 0.005
    ax.fill_between(time, low, high, color=colour, alpha=0.7, linewidth=0, label=label)
