"""Spectrograms."""

from typing import Any, Self

import numpy as np

from .._plot_style import LEVELS
from .._public import public
from ._axes import check_plot_support, make_axes
from ._clip import read_clip

# Start of the logarithmic axis in Hz. A frame of 2,048 samples has three frequencies below it.
_LOWEST = 31.25


@public
class SpectrogramDisplay:
    """Short-time spectrum of a clip in dB, with seconds and Hz on the axes.

    Parameters
    ----------
    spectrogram : ndarray of shape (n_frequencies, n_frames)
        Levels in dB.
    sr : float, default=22050
        Sampling rate of the waveform, in Hz.
    hop_length : int, default=512
        Hop length in samples; frame t is centred at sample ``t * hop_length``.

    Attributes
    ----------
    mesh_ : matplotlib QuadMesh
        The spectrogram.
    colorbar_ : matplotlib Colorbar or None
        The colour scale.
    ax_ : matplotlib Axes
        The axes.
    figure_ : matplotlib Figure
        The figure.

    See Also
    --------
    FeatureMapDisplay : Draws the input of a network.

    Examples
    --------
    >>> from skgenre.datasets import make_genre_music
    >>> from skgenre.inspection import SpectrogramDisplay
    >>> music = make_genre_music(1, duration=1.0, random_state=0)
    >>> display = SpectrogramDisplay.from_clip(music.data[0])
    >>> display.spectrogram.shape
    (1025, 44)
    """

    def __init__(
        self, spectrogram: np.ndarray, *, sr: float = 22050, hop_length: int = 512
    ) -> None:
        self.spectrogram = spectrogram
        self.sr = sr
        self.hop_length = hop_length

    @classmethod
    def from_clip(
        cls,
        clip: Any,
        *,
        sr: float = 22050,
        n_fft: int = 2048,
        hop_length: int = 512,
        duration: float | None = None,
        top_db: float = 80.0,
        y_axis: str = "log",
        ax: Any = None,
        colorbar: bool = True,
    ) -> Self:
        """Draw the spectrogram of a clip.

        Parameters
        ----------
        clip : str, PathLike or ndarray of shape (n_samples,)
            A sound file, or a waveform at `sr`.
        sr : float, default=22050
            Sampling rate in Hz; a file is resampled to it.
        n_fft : int, default=2048
            Frame length in samples.
        hop_length : int, default=512
            Hop length in samples.
        duration : float, default=None
            Seconds to draw from the beginning. None draws all.
        top_db : float, default=80.0
            Dynamic range in dB: lower levels are clipped to this far below the loudest.
        y_axis : {"log", "linear"}, default="log"
            Frequency scale.
        ax : matplotlib Axes, default=None
            Axes to draw on. None creates a figure.
        colorbar : bool, default=True
            Whether to draw the colour scale.

        Returns
        -------
        SpectrogramDisplay
            The display, drawn.
        """
        check_plot_support(cls)
        from .._librosa import librosa

        y = read_clip(cls, clip, sr, duration)
        # A clip shorter than a frame is padded, as in the transformers.
        y = np.pad(y, (0, max(0, n_fft - len(y))))
        spectrum = np.abs(librosa.stft(y, n_fft=n_fft, hop_length=hop_length, pad_mode="constant"))
        levels = librosa.amplitude_to_db(spectrum, ref=np.max, top_db=top_db)
        display = cls(levels, sr=sr, hop_length=hop_length)
        return display.plot(ax=ax, y_axis=y_axis, colorbar=colorbar)

    def plot(
        self, ax: Any = None, *, y_axis: str = "log", cmap: str = LEVELS, colorbar: bool = True
    ) -> Self:
        """Draw the spectrogram.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Axes to draw on. None creates a figure.
        y_axis : {"log", "linear"}, default="log"
            Frequency scale. The logarithmic one begins at 31.25 Hz.
        cmap : str, default="magma"
            A matplotlib colour map.
        colorbar : bool, default=True
            Whether to draw the colour scale.

        Returns
        -------
        SpectrogramDisplay
            The display.
        """
        if y_axis not in ("log", "linear"):
            raise ValueError(
                f"The 'y_axis' parameter of SpectrogramDisplay must be 'log' or 'linear'. Got "
                f"{y_axis!r} instead."
            )
        ax = make_axes(self, ax, (8, 3.6))
        n_frequencies, n_frames = self.spectrogram.shape
        first = 1 if y_axis == "log" else 0
        # Edges lie half a step before and after the centres.
        step = self.sr / 2 / (n_frequencies - 1)
        frequencies = (np.arange(first, n_frequencies + 1) - 0.5) * step
        times = (np.arange(n_frames + 1) - 0.5) * self.hop_length / self.sr
        self.mesh_ = ax.pcolormesh(
            times, frequencies, self.spectrogram[first:], cmap=cmap, rasterized=True
        )
        ax.set(xlabel="time (s)", ylabel="frequency (Hz)")
        ax.set_xlim(0, times[-1])
        if y_axis == "log":
            ax.set_yscale("log", base=2)
            lowest = max(frequencies[0], _LOWEST)
            ax.set_ylim(lowest, self.sr / 2)
            ticks = [f for f in 62.5 * 2.0 ** np.arange(10) if lowest <= f <= self.sr / 2]
            ax.set_yticks(ticks, [f"{f:g}" for f in ticks])
            ax.minorticks_off()
        else:
            ax.set_ylim(0, self.sr / 2)
        self.colorbar_ = None
        if colorbar:
            self.colorbar_ = ax.figure.colorbar(self.mesh_, ax=ax, label="level (dB)", pad=0.01)
        self.ax_ = ax
        self.figure_ = ax.figure
        return self
