"""Constant-Q transform: magnitudes at the pitches of the scale."""

from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
import scipy.fft

from ._library_fft import rfft
from ._spectrum import BLOCK, pad_waveform

C1 = 440.0 * 2.0 ** (-45 / 12)  # Hz


class _Octave(NamedTuple):
    """Filters of one octave: complex spectra, (n_filters, 1 + n_fft // 2), and their hop."""

    spectra: Any
    n_fft: int
    hop_length: int
    is_halved_after: bool


def constant_q(
    y: np.ndarray,
    sr: float,
    *,
    hop_length: int = 512,
    fmin: float = C1,
    n_bins: int = 84,
    bins_per_octave: int = 12,
    tuning: float = 0.0,
) -> np.ndarray:
    """Return the magnitudes of the constant-Q transform of a waveform, as in librosa.

    From octave to octave downwards the sampling rate is halved, so that the same short filters
    suffice. They depend on the tuning, which has a hundred values, and are cached; librosa
    recomputes them for each clip.

    Parameters
    ----------
    y : ndarray of shape (n_samples,)
        The waveform.
    sr : float
        Sampling rate in Hz.
    hop_length : int, default=512
        Samples from one frame to the next.
    fmin : float, default=32.7
        Lowest pitch, in Hz: C1.
    n_bins : int, default=84
        Number of pitches.
    bins_per_octave : int, default=12
        Bins per octave.
    tuning : float, default=0.0
        Deviation from A440 in fractions of a bin.

    Returns
    -------
    ndarray of shape (n_bins, n_frames), float32
        Magnitudes.
    """
    n_early, lengths, octaves = make_constant_q_plan(
        sr, hop_length, fmin, n_bins, bins_per_octave, tuning
    )
    if n_early:
        y = _resample(y, 2**n_early)
    responses = []
    for octave in octaves:
        responses.append(_respond(y, octave))
        if octave.is_halved_after:
            y = _resample(y, 2)
    n_frames = min(response.shape[1] for response in responses)
    magnitudes = np.concatenate([response[:, :n_frames] for response in responses[::-1]])
    return magnitudes / np.sqrt(lengths)[:, np.newaxis].astype(np.float32)


def _respond(y: np.ndarray, octave: _Octave) -> np.ndarray:
    padded = pad_waveform(y, octave.n_fft, center=True, pad_mode="constant")
    frames = np.lib.stride_tricks.sliding_window_view(padded, octave.n_fft)[:: octave.hop_length]
    response = np.empty((octave.spectra.shape[0], len(frames)), np.float32)
    for start in range(0, len(frames), BLOCK):
        block = frames[start : start + BLOCK].astype(np.float64)
        spectrum = rfft(block).astype(np.complex64)
        response[:, start : start + BLOCK] = np.abs(octave.spectra @ spectrum.T)
    return response


def _resample(y: np.ndarray, factor: int) -> np.ndarray:
    """Resample a waveform to a fraction of its rate, preserving its energy."""
    import soxr

    n_samples = -(-len(y) // factor)
    resampled = soxr.resample(y, factor, 1, quality="HQ")[:n_samples]
    resampled = np.pad(resampled, (0, n_samples - len(resampled)))
    return resampled * np.float32(np.sqrt(factor))


@lru_cache(maxsize=128)
def make_constant_q_plan(
    sr: float, hop_length: int, fmin: float, n_bins: int, bins_per_octave: int, tuning: float
) -> tuple[int, np.ndarray, list[_Octave]]:
    """Return how often to halve the rate first, the filters' lengths, and the octaves downwards."""
    from ..._librosa import librosa

    frequencies = fmin * 2.0 ** ((tuning + np.arange(n_bins)) / bins_per_octave)
    ratio = 2.0 ** (2 / bins_per_octave)
    alpha = np.full(n_bins, (ratio - 1) / (ratio + 1))
    n_octaves = -(-n_bins // bins_per_octave)
    cutoff = frequencies.max() * (1 + 0.5 * librosa.filters.window_bandwidth("hann") * alpha[0])
    if cutoff > sr / 2:
        raise ValueError(
            f"The pitches of the constant-Q transform go up to {cutoff:.0f} Hz, above half the "
            f"sampling rate, sr/2 = {sr / 2:g} Hz. Use a higher sr, a lower fmin or fewer "
            "n_octaves."
        )
    n_early = max(0, int(np.ceil(np.log2(sr / 2 / cutoff)) - 1) - 1)
    n_twos = (hop_length & -hop_length).bit_length() - 1
    n_early = min(n_early, max(0, n_twos - n_octaves + 1))
    top_sr = sr / 2**n_early
    hop = hop_length // 2**n_early
    lengths, _ = librosa.filters.wavelet_lengths(
        freqs=frequencies, sr=top_sr, window="hann", gamma=0, alpha=alpha
    )
    octaves = []
    octave_sr = top_sr
    for number in range(n_octaves):
        stop = n_bins - number * bins_per_octave
        part = slice(max(0, stop - bins_per_octave), stop)
        wavelets, sizes = librosa.filters.wavelet(
            freqs=frequencies[part],
            sr=octave_sr,
            window="hann",
            gamma=0,
            alpha=alpha[part],  # type: ignore[arg-type]
        )
        n_fft = wavelets.shape[1]
        wavelets = wavelets * (sizes[:, np.newaxis] / n_fft)
        spectra = scipy.fft.fft(wavelets, axis=1)[:, : n_fft // 2 + 1]
        # Drops the weakest hundredth of each filter's magnitude.
        sparse = librosa.util.sparsify_rows(spectra, quantile=0.01, dtype=np.complex64)
        dense = sparse.toarray() * np.float32(np.sqrt(top_sr / octave_sr))
        is_even = hop % 2 == 0
        octaves.append(_Octave(dense, n_fft, hop, is_even))
        if is_even:
            hop //= 2
            octave_sr /= 2
    return n_early, lengths, octaves
