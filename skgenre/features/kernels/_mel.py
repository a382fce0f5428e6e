"""Mel filters, decibels, cepstrum."""

import warnings
from functools import lru_cache
from typing import Any

import numpy as np
import scipy.fft


@lru_cache(maxsize=32)
def make_mel_filters(
    sr: float,
    n_fft: int,
    n_mels: int,
    fmin: float,
    fmax: float | None,
    htk: bool,
    norm: Any,
    dtype: str = "float32",
) -> np.ndarray:
    """Return librosa's mel filter bank, read-only, of shape (n_mels, 1 + n_fft // 2)."""
    import librosa

    with warnings.catch_warnings():
        # Callers refuse empty bands, and say so in the words of their own parameters.
        warnings.filterwarnings("ignore", message="Empty filters detected")
        filters = librosa.filters.mel(
            sr=sr, n_fft=n_fft, n_mels=n_mels, fmin=fmin, fmax=fmax, htk=htk, norm=norm, dtype=dtype
        )
    filters.flags.writeable = False
    return filters


def to_decibels(
    S: np.ndarray,
    *,
    power: float = 2.0,
    ref: float | str = 1.0,
    amin: float = 1e-10,
    top_db: float | None = None,
) -> np.ndarray:
    """Return a spectrogram in dB, relative to `ref`, with everything `top_db` below the peak cut.

    ``20 / power * log10(S)`` makes the values those of the amplitude, whatever the exponent.
    """
    reference = S.max() if isinstance(ref, str) else ref
    factor = S.dtype.type(20.0 / power)
    decibels = factor * np.log10(np.maximum(S, S.dtype.type(amin)))
    decibels -= factor * np.log10(S.dtype.type(max(amin, reference)))
    if top_db is not None:
        np.maximum(decibels, decibels.max() - S.dtype.type(top_db), out=decibels)
    return decibels


def cepstrum(
    decibels: np.ndarray, *, n_mfcc: int, dct_type: int, norm: str | None, lifter: float
) -> np.ndarray:
    """Return the first coefficients of the cosine transform over bands, liftered."""
    mfcc = scipy.fft.dct(decibels, axis=0, type=dct_type, norm=norm)[:n_mfcc]
    if lifter > 0:
        n = np.arange(1, 1 + n_mfcc, dtype=mfcc.dtype)[:, None]
        mfcc = mfcc * (1 + (lifter / 2) * np.sin(np.pi * n / lifter))
    return mfcc.astype(decibels.dtype, copy=False)
