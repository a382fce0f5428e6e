"""Energy by pitch class."""

from functools import lru_cache

import numpy as np

from ._tuning import estimate_tuning


@lru_cache(maxsize=64)
def make_chroma_filters(
    sr: float, n_fft: int, n_chroma: int, tuning: float
) -> np.ndarray:
    """Return librosa's chroma filter bank, read-only, of shape (n_chroma, 1 + n_fft // 2)."""
    import librosa

    filters = librosa.filters.chroma(
        sr=sr, n_fft=n_fft, n_chroma=n_chroma, tuning=tuning
    )
    filters.flags.writeable = False
    return filters


class ChromaEnergies:
    """Energies of pitch classes, filled block by block.

    With tuning=None the whole power spectrogram is kept until it is known: 4 kB a frame with
    n_fft=2048.

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
        """Take in a block of the power spectrogram."""
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

    A frame without energy stays as it is.
    """
    if norm is None:
        return energies
    length = np.linalg.norm(energies, ord=norm, axis=0, keepdims=True)
    length[length < np.finfo(energies.dtype).tiny] = 1.0
    return energies / length
