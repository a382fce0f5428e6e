"""Waveforms."""

from typing import Any, Self

import numpy as np

from .._plot_style import style_axes
from .._public import public
from ._axes import check_plot_support, make_axes
from ._clip import read_clip

# Longer waveforms are drawn as their range in each of this many pieces.
_N_PIECES = 2000


@public
class WaveformDisplay:
    """Waveform over time.

    A waveform of more than 4,000 samples is drawn as an envelope: the minimum and maximum of each
    of 2,000 pieces.

    Parameters
    ----------
    waveform : ndarray of shape (n_samples,)
        The samples.
    sr : float, default=22050
        Sampling rate in Hz.

    Attributes
    ----------
    line_ : matplotlib Line2D or None
        The samples, of a short waveform.
    envelope_ : matplotlib PolyCollection or None
        The envelope, of a long one.
    ax_ : matplotlib Axes
        The axes.
    figure_ : matplotlib Figure
        The figure.

    See Also
    --------
    SpectrogramDisplay : Draws its spectrum over time.

    Examples
    --------
    >>> from skgenre.datasets import make_genre_music
    >>> from skgenre.inspection import WaveformDisplay
    >>> music = make_genre_music(1, duration=1.0, random_state=0)
    >>> display = WaveformDisplay.from_clip(music.data[0])
    >>> display.ax_.get_xlabel()
    'time (s)'
    """

    def __init__(self, waveform: np.ndarray, *, sr: float = 22050) -> None:
        self.waveform = waveform
        self.sr = sr

    @classmethod
    def from_clip(
        cls, clip: Any, *, sr: float = 22050, duration: float | None = None, ax: Any = None
    ) -> Self:
        """Draw a clip.

        Parameters
        ----------
        clip : str, PathLike or ndarray of shape (n_samples,)
            A sound file, or a waveform at `sr`.
        sr : float, default=22050
            Sampling rate in Hz; a file is resampled to it.
        duration : float, default=None
            Seconds to draw from the beginning. None draws all.
        ax : matplotlib Axes, default=None
            Axes to draw on. None creates a figure.

        Returns
        -------
        WaveformDisplay
            The display, drawn.
        """
        check_plot_support(cls)
        return cls(read_clip(cls, clip, sr, duration), sr=sr).plot(ax=ax)

    def plot(self, ax: Any = None, *, color: str | None = None) -> Self:
        """Draw the waveform.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Axes to draw on. None creates a figure.
        color : str, default=None
            Colour of the waveform. None takes the blue of all displays.

        Returns
        -------
        WaveformDisplay
            The display.
        """
        ax = make_axes(self, ax, (8, 2.2))
        theme = style_axes(ax)
        color = theme.mark if color is None else color
        y, n_samples = self.waveform, len(self.waveform)
        self.line_ = self.envelope_ = None
        if n_samples <= 2 * _N_PIECES:
            time = np.arange(n_samples) / self.sr
            (self.line_,) = ax.plot(time, y, color=color, linewidth=0.8)
        else:
            starts = np.linspace(0, n_samples, _N_PIECES, endpoint=False).astype(int)
            self.envelope_ = ax.fill_between(
                starts / self.sr,
                np.minimum.reduceat(y, starts),
                np.maximum.reduceat(y, starts),
                color=color,
                linewidth=0.3,
            )
        ax.set(xlabel="time (s)", ylabel="amplitude", xlim=(0, n_samples / self.sr))
        self.ax_ = ax
        self.figure_ = ax.figure
        return self
