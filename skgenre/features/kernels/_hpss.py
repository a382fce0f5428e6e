"""Harmonic and percussive parts of a waveform."""

import numpy as np

from ._compiled import compiled
from ._library_fft import irfft
from ._median import running_median
from ._spectrum import iterate_spectrum, make_window, pad_waveform

_N_FFT, _HOP = 2048, 512


def separate(y: np.ndarray, pad_mode: str = "constant") -> tuple[np.ndarray, np.ndarray]:
    """Return the harmonic and the percussive part of a waveform, which add up to it.

    Tones stand out along time, hits along frequency: each bin's magnitude is compared with its
    running medians in both directions, and divided between the parts by a soft mask. With
    ``librosa.effects.hpss``'s settings, n_fft=2048, hop_length=512, 31 frames and bins.

    Parameters
    ----------
    y : ndarray of shape (n_samples,)
        A waveform.
    pad_mode : str, default="constant"
        Padding mode at its ends.

    Returns
    -------
    harmonic, percussive : ndarray of shape (n_samples,), float32
        The parts. The second is the remainder, so one inverse transform is enough.
    """
    taper = make_window("hann", _N_FFT, _N_FFT)
    padded = pad_waveform(y, _N_FFT, center=True, pad_mode=pad_mode)
    n_frames = 1 + (len(padded) - _N_FFT) // _HOP
    D = np.empty((n_frames, 1 + _N_FFT // 2), np.complex64)
    for frames, spectrum in iterate_spectrum(padded, taper, _HOP):
        D[frames] = spectrum
    S = np.abs(D)
    along_time = running_median(S)
    along_frequency = running_median(np.ascontiguousarray(S.T)).T
    _mask(D, along_time, np.ascontiguousarray(along_frequency))
    harmonic = _invert(D, taper, len(y))
    return harmonic, y - harmonic


@compiled
def _mask(D, harmonic, percussive):
    """Multiply D by the harmonic share of the squared medians, .5 where both are 0."""
    n_frames, n_bins = D.shape
    tiny = np.finfo(np.float32).tiny
    for t in range(n_frames):
        for k in range(n_bins):
            larger = max(harmonic[t, k], percussive[t, k])
            if larger < tiny:
                D[t, k] *= np.float32(0.5)
                continue
            a = harmonic[t, k] / larger
            b = percussive[t, k] / larger
            D[t, k] *= (a * a) / (a * a + b * b)


def _invert(D: np.ndarray, taper: np.ndarray, n_samples: int) -> np.ndarray:
    """Return the waveform of a short-time spectrum whose frames are centred."""
    n_frames = len(D)
    length = _N_FFT + _HOP * (n_frames - 1)
    y = np.zeros(length)
    weight = np.zeros(length)
    for start in range(0, n_frames, 64):
        block = irfft(D[start : start + 64].astype(np.complex128))
        _overlap_add(block, taper, start * _HOP, _HOP, y, weight)
    half = _N_FFT // 2
    y, weight = y[half : half + n_samples], weight[half : half + n_samples]
    tiny = np.finfo(np.float32).tiny
    result = np.zeros(n_samples, np.float32)
    result[: len(y)] = np.where(weight > tiny, y / np.maximum(weight, tiny), y)
    return result


@compiled
def _overlap_add(block, taper, start, hop_length, y, weight):
    for t in range(len(block)):
        at = start + t * hop_length
        for i in range(len(taper)):
            y[at + i] += taper[i] * block[t, i]
            weight[at + i] += taper[i] * taper[i]
