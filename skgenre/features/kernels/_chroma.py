"""Energy by pitch class."""

from functools import lru_cache

import numpy as np
import scipy.ndimage
import scipy.signal

from ._constant_q import C1
from ._tuning import estimate_tuning


@lru_cache(maxsize=64)
def make_chroma_filters(sr: float, n_fft: int, n_chroma: int, tuning: float) -> np.ndarray:
    """Return librosa's chroma filter bank, read-only, of shape (n_chroma, 1 + n_fft // 2)."""
    from ..._librosa import librosa

    filters = librosa.filters.chroma(sr=sr, n_fft=n_fft, n_chroma=n_chroma, tuning=tuning)
    filters.flags.writeable = False
    return filters


class ChromaEnergies:
    """Energies of pitch classes, filled block by block.

    With tuning=None the whole power spectrogram is kept until the tuning is known: 4 kB per frame
    with n_fft=2048.

    Parameters
    ----------
    n_frames : int
        Frames of the clip.
    sr : float
        Sampling rate in Hz.
    n_fft : int
        Length of a frame in samples.
    n_chroma : int
        Number of pitch classes.
    tuning : float or None
        Deviation from A440 in fractions of a chroma bin. None estimates it.
    """

    def __init__(
        self, n_frames: int, sr: float, n_fft: int, n_chroma: int, tuning: float | None
    ) -> None:
        self._sr = sr
        self._n_fft = n_fft
        self._n_chroma = n_chroma
        if tuning is None:
            self._filters = None
            self._energies = np.empty((1 + n_fft // 2, n_frames), np.float32)
        else:
            self._filters = make_chroma_filters(sr, n_fft, n_chroma, tuning)
            self._energies = np.empty((n_chroma, n_frames), np.float32)

    def add(self, frames: slice, power: np.ndarray) -> None:
        """Add a block of the power spectrogram."""
        if self._filters is None:
            self._energies[:, frames] = power
        else:
            self._energies[:, frames] = self._filters @ power

    def finish(self) -> np.ndarray:
        """Return the energies, of shape (n_chroma, n_frames)."""
        if self._filters is not None:
            return self._energies
        tuning = estimate_tuning(self._energies, self._sr, self._n_fft, self._n_chroma)
        filters = make_chroma_filters(self._sr, self._n_fft, self._n_chroma, tuning)
        return filters @ self._energies


def scale_frames(energies: np.ndarray, norm: float | None) -> np.ndarray:
    """Return pitch-class energies with each frame scaled to unit norm.

    A frame without energy is unchanged.
    """
    if norm is None:
        return energies
    length = np.linalg.norm(energies, ord=norm, axis=0, keepdims=True)
    length[length < np.finfo(energies.dtype).tiny] = 1.0
    return energies / length


def fold_octaves(
    magnitudes: np.ndarray, bins_per_octave: int, n_chroma: int = 12, fmin: float = C1
) -> np.ndarray:
    """Return constant-Q magnitudes summed over octaves, one row per pitch class from C on.

    `fmin` is the frequency of the first row of the magnitudes, in Hz.
    """
    import librosa

    n_merge = bins_per_octave // n_chroma
    n_bins, n_frames = magnitudes.shape
    semitones_above_c = librosa.hz_to_midi(fmin) % 12
    # Rounded to a whole class, as librosa does.
    first_class = int(np.round(semitones_above_c * (n_chroma / 12)))
    # A class includes its own pitch and those half way to its neighbours.
    classes = ((np.arange(n_bins) + n_merge // 2) // n_merge + first_class) % n_chroma
    chroma = np.zeros((n_chroma, n_frames), np.float32)
    np.add.at(chroma, classes, magnitudes)
    return chroma


def energy_normalised(chroma: np.ndarray, n_smooth: int = 41) -> np.ndarray:
    """Return chroma energy normalised statistics (CENS), of shape (n_chroma, n_frames).

    Shares of each frame's energy, rounded to four steps and smoothed over `n_smooth` frames.
    """
    shares = scale_frames(chroma, 1)
    steps = sum((shares > step).astype(np.float32) for step in (0.4, 0.2, 0.1, 0.05))
    window = scipy.signal.get_window("hann", n_smooth + 2, fftbins=False)
    window /= window.sum()
    smooth = scipy.ndimage.convolve1d(steps * np.float32(0.25), window, axis=1, mode="constant")
    return scale_frames(smooth, 2)


def tonal_centroid(chroma: np.ndarray) -> np.ndarray:
    """Return the tonnetz: chroma's position on the circles of fifths, minor and major thirds.

    Returns
    -------
    ndarray of shape (6, n_frames)
        Sine and cosine of fifths, of minor thirds, of major thirds.
    """
    pitch = np.linspace(0, 12, len(chroma), endpoint=False)
    angle = np.multiply.outer([7 / 6, 7 / 6, 3 / 2, 3 / 2, 2 / 3, 2 / 3], pitch)
    angle[::2] -= 0.5  # the sine of an angle is the cosine of a quarter turn less
    radius = np.array([1, 1, 1, 1, 0.5, 0.5])[:, np.newaxis]
    basis = (radius * np.cos(np.pi * angle)).astype(np.float32)
    return basis @ scale_frames(chroma, 1)
