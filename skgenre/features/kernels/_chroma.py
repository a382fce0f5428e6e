"""Energy by pitch class."""

from functools import lru_cache
from typing import Any

import numpy as np

from ._spectrum import iterate_spectrum, magnitude, n_frames_of


@lru_cache(maxsize=64)
def make_chroma_filters(
    sr: float, n_fft: int, n_chroma: int, tuning: float, dtype: str = "float32"
) -> np.ndarray:
    """Return librosa's chroma filter bank, read-only, of shape (n_chroma, 1 + n_fft // 2)."""
    import librosa

    filters = librosa.filters.chroma(
        sr=sr, n_fft=n_fft, n_chroma=n_chroma, tuning=tuning, dtype=dtype
    )
    filters.flags.writeable = False
    return filters


def power_spectrogram(y: np.ndarray, *, dtype: str = "float32", **framing: Any) -> np.ndarray:
    """Return the power spectrogram of a waveform, of shape (1 + n_fft // 2, n_frames).

    For the estimate of the tuning, which looks at the whole clip: 4 kB a frame with n_fft=2048.
    """
    n_fft = framing["n_fft"]
    n_frames = n_frames_of(len(y), n_fft, framing["hop_length"], framing["center"])
    S = np.empty((1 + n_fft // 2, n_frames), dtype)
    for frames, spectrum in iterate_spectrum(y, **framing):
        S[:, frames] = magnitude(spectrum, 2, dtype).T
    return S


def estimate_tuning(S: np.ndarray, sr: float, n_fft: int, n_chroma: int) -> float:
    """Return the clip's deviation from A440 in fractions of a chroma bin, as librosa estimates."""
    import librosa

    pitch, strength = librosa.piptrack(S=S, sr=sr, n_fft=n_fft)
    is_pitch = pitch > 0
    if not is_pitch.any():
        return 0.0  # where librosa warns: silence is in tune
    strong = strength >= np.median(strength[is_pitch])
    return float(librosa.pitch_tuning(pitch[is_pitch & strong], bins_per_octave=n_chroma))


def scale_frames(energies: np.ndarray, norm: float | None) -> np.ndarray:
    """Return pitch-class energies with each frame scaled to unit norm.

    A frame without energy stays as it is.
    """
    if norm is None:
        return energies
    length = np.linalg.norm(energies, ord=norm, axis=0, keepdims=True)
    length[length < np.finfo(energies.dtype).tiny] = 1.0
    return energies / length
