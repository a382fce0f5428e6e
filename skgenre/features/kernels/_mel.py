"""Mel energies, decibels, cepstrum."""

from functools import lru_cache
from typing import Any

import numpy as np
import scipy.fft

from ._compiled import compiled
from ._mel_filters import make_mel_filters
from ._spectrum import magnitude


@lru_cache(maxsize=32)
def make_mel_bands(*filter_parameters: Any) -> tuple[np.ndarray, ...]:
    """Return the filter bank of :func:`make_mel_filters` without its zeros.

    Each filter is a triangle over a few bins. Returns all weights one after the other, and the
    first bin, the bin after the last, and the first weight of each band.
    """
    filters = make_mel_filters(*filter_parameters)
    is_inside = filters > 0
    first = is_inside.argmax(axis=1)
    stop = filters.shape[1] - is_inside[:, ::-1].argmax(axis=1)
    weights = np.concatenate([row[a:b] for row, a, b in zip(filters, first, stop, strict=True)])
    at = np.cumsum(stop - first) - (stop - first)
    return weights, first, stop, at


@compiled
def sum_bands(power, weights, first, stop, at, energies, start):
    """Write the energies of a block's frames into the columns of `energies` from `start` on."""
    n_frames = power.shape[1]
    for band in range(len(first)):
        row = energies[band, start : start + n_frames]
        row[:] = 0
        k = first[band]
        weight = weights[at[band] : at[band] + stop[band] - k]
        i = 0
        while i + 4 <= len(weight):  # four at a time, to read and write `row` less often
            w0, w1, w2, w3 = weight[i], weight[i + 1], weight[i + 2], weight[i + 3]
            p0, p1, p2, p3 = power[k], power[k + 1], power[k + 2], power[k + 3]
            for t in range(n_frames):
                row[t] += w0 * p0[t] + w1 * p1[t] + w2 * p2[t] + w3 * p3[t]
            i += 4
            k += 4
        while i < len(weight):
            w0 = weight[i]
            p0 = power[k]
            for t in range(n_frames):
                row[t] += w0 * p0[t]
            i += 1
            k += 1


class MelEnergies:
    """Energies of mel bands, filled block by block.

    Parameters
    ----------
    n_frames : int
        Frames of the clip.
    exponent : float
        Exponent of the magnitudes: 2 is power.
    *filter_parameters
        Arguments of :func:`make_mel_filters`.
    """

    def __init__(self, n_frames: int, exponent: float, *filter_parameters: Any) -> None:
        self._bands = make_mel_bands(*filter_parameters)
        self._exponent = exponent
        self._energies = np.empty((len(self._bands[1]), n_frames), np.float32)

    def add(self, frames: slice, power: np.ndarray) -> None:
        """Add a block of the power spectrogram."""
        sum_bands(
            np.ascontiguousarray(magnitude(power, self._exponent)),
            *self._bands,
            self._energies,
            frames.start,
        )

    def finish(self) -> np.ndarray:
        """Return the energies, of shape (n_mels, n_frames)."""
        return self._energies


def to_decibels(
    S: np.ndarray,
    *,
    power: float = 2.0,
    ref: float | str = 1.0,
    amin: float = 1e-10,
    top_db: float | None = None,
    out: np.ndarray | None = None,
) -> np.ndarray:
    """Return a spectrogram in dB, relative to `ref`, with everything `top_db` below the peak cut.

    ``20 / power * log10(S)`` makes the values those of the amplitude, whatever the exponent. `out`
    takes the result, and may be `S`.
    """
    peak = float(S.max()) if top_db is not None or isinstance(ref, str) else 0.0
    reference = max(amin, peak if isinstance(ref, str) else ref)
    factor = 20.0 / power
    floor = amin
    if top_db is not None:
        floor = max(amin, max(amin, peak) * 10 ** (-top_db / factor))
    decibels = np.maximum(S, S.dtype.type(floor), out=out)
    np.log10(decibels, out=decibels)
    decibels *= S.dtype.type(factor)
    if reference != 1.0:
        decibels -= S.dtype.type(factor * np.log10(reference))
    return decibels


def cepstrum(
    decibels: np.ndarray, *, n_mfcc: int, dct_type: int, norm: str | None, lifter: float
) -> np.ndarray:
    """Return the first coefficients of the cosine transform over bands, liftered.

    A fast transform is used: the sums of a matrix product in single precision lose 1e-3.
    """
    mfcc = scipy.fft.dct(decibels, axis=0, type=dct_type, norm=norm)[:n_mfcc]
    if lifter > 0:
        n = np.arange(1, 1 + n_mfcc, dtype=mfcc.dtype)[:, None]
        mfcc = mfcc * (1 + (lifter / 2) * np.sin(np.pi * n / lifter))
    return mfcc.astype(decibels.dtype, copy=False)
