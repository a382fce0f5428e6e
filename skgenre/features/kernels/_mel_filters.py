"""Mel scale and its filter bank, equal to librosa's without importing it.

Slaney's scale is linear up to 1,000 Hz, with 15 mel there, and logarithmic above, where 27 mel are
a factor of 6.4 in frequency. HTK's is 2595 log10(1 + f / 700).
"""

from functools import lru_cache
from typing import Any

import numpy as np

_HZ_PER_MEL = 200 / 3
_CORNER_HZ = 1000.0
_CORNER_MEL = _CORNER_HZ / _HZ_PER_MEL
_LOG_STEP = np.log(6.4) / 27


@lru_cache(maxsize=32)
def make_mel_filters(
    sr: float,
    n_fft: int,
    n_mels: int,
    fmin: float,
    fmax: float | None,
    htk: bool,
    norm: Any,
) -> np.ndarray:
    """Return triangular filters evenly spaced in mel, read-only.

    Parameters
    ----------
    sr : float
        Sampling rate in Hz.
    n_fft : int
        Length of a frame in samples.
    n_mels : int
        Number of filters.
    fmin, fmax : float
        Where the first filter begins and the last one ends, in Hz; None is ``sr / 2``.
    htk : bool
        Whether to use HTK's mel scale instead of Slaney's.
    norm : {"slaney"}, float or None
        "slaney" gives filters the same area, a number p gives them the p-norm 1 over the bins, and
        None the height 1.

    Returns
    -------
    ndarray of shape (n_mels, 1 + n_fft // 2), float32
        One filter per row. One that lies between two bins is zero.
    """
    limits = np.array([fmin, sr / 2 if fmax is None else fmax], dtype=float)
    low, high = _to_mel(limits, htk)
    corners = _to_hz(np.linspace(low, high, n_mels + 2), htk)[:, np.newaxis]
    lower, peaks, upper = corners[:-2], corners[1:-1], corners[2:]
    bins = np.fft.rfftfreq(n_fft, 1 / sr)
    rising = (bins - lower) / (peaks - lower)
    falling = (upper - bins) / (upper - peaks)
    filters = np.maximum(0, np.minimum(rising, falling)).astype(np.float32)
    if norm == "slaney":
        filters *= 2 / (upper - lower)
    elif norm is not None:
        lengths = np.linalg.norm(filters.astype(float), ord=norm, axis=1, keepdims=True)
        lengths[lengths == 0] = 1.0
        filters /= lengths
    filters.flags.writeable = False
    return filters


@lru_cache(maxsize=32)
def count_empty_bands(*filter_parameters: Any) -> int:
    """Return how many filters of :func:`make_mel_filters` lie between two bins and are zero."""
    return int((make_mel_filters(*filter_parameters).max(axis=1) == 0).sum())


def _to_mel(hz: np.ndarray, htk: bool) -> np.ndarray:
    if htk:
        return 2595 * np.log10(1 + hz / 700)
    above = _CORNER_MEL + np.log(np.maximum(hz, _CORNER_HZ) / _CORNER_HZ) / _LOG_STEP
    return np.where(hz < _CORNER_HZ, hz / _HZ_PER_MEL, above)


def _to_hz(mel: np.ndarray, htk: bool) -> np.ndarray:
    if htk:
        return 700 * (10 ** (mel / 2595) - 1)
    above = _CORNER_HZ * np.exp(_LOG_STEP * (np.maximum(mel, _CORNER_MEL) - _CORNER_MEL))
    return np.where(mel < _CORNER_MEL, _HZ_PER_MEL * mel, above)
