"""Mel energies, decibels, cepstrum."""

from functools import lru_cache
from typing import Any

import numpy as np
import scipy.fft

from ._compiled import compiled
from ._lanes import SUMS, weighted_sums
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
    stride = power.strides[0] // power.itemsize
    for band in range(len(first)):
        row = band * energies.shape[1] + start
        n_bins = stop[band] - first[band]
        if n_frames >= SUMS:
            for t in range(0, n_frames, SUMS):
                frame = min(t, n_frames - SUMS)
                bins = first[band] * stride + frame
                weighted_sums(power, bins, stride, weights, at[band], n_bins, energies, row + frame)
        else:
            for t in range(n_frames):
                total = np.float32(0)
                for k in range(n_bins):
                    total += weights[at[band] + k] * power[first[band] + k, t]
                energies[band, start + t] = total


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
        power = magnitude(power, self._exponent)
        if power.strides[1] != power.itemsize:  # frames have to be neighbours
            power = np.ascontiguousarray(power)
        sum_bands(power, *self._bands, self._energies, frames.start)

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


@lru_cache(maxsize=32)
def make_cosines(
    n_bands: int, n_mfcc: int, dct_type: int, norm: str | None, lifter: float
) -> np.ndarray:
    """Return the first rows of the liftered cosine transform, of shape (n_mfcc, n_bands)."""
    cosines = scipy.fft.dct(np.eye(n_bands), axis=0, type=dct_type, norm=norm)[:n_mfcc]
    if lifter > 0:
        n = np.arange(1, 1 + n_mfcc)[:, None]
        cosines = cosines * (1 + (lifter / 2) * np.sin(np.pi * n / lifter))
    return np.ascontiguousarray(cosines)


@compiled
def transform_bands(bands, cosines, cepstra):
    """Write the products of a matrix with the frames of a spectrogram."""
    n_bands, n_frames = bands.shape
    for t in range(0, n_frames, SUMS):  # these bands stay in the processor's first cache
        frame = min(t, n_frames - SUMS)
        for number in range(len(cosines)):
            row = number * n_frames + frame
            first = number * n_bands
            weighted_sums(bands, frame, n_frames, cosines, first, n_bands, cepstra, row)


def cepstrum(
    decibels: np.ndarray, *, n_mfcc: int, dct_type: int, norm: str | None, lifter: float
) -> np.ndarray:
    """Return the first coefficients of the cosine transform over bands, liftered.

    The sums are in double precision: in single precision they lose 1e-3.
    """
    n_bands, n_frames = decibels.shape
    cosines = make_cosines(n_bands, n_mfcc, dct_type, norm, lifter)
    if n_frames < SUMS:
        return (cosines @ decibels).astype(np.float32)
    cepstra = np.empty((n_mfcc, n_frames), np.float32)
    transform_bands(np.ascontiguousarray(decibels, np.float32), cosines, cepstra)
    return cepstra
