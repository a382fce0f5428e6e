"""Onsets, their periodicity, and the tempo."""

from functools import lru_cache

import numpy as np
import scipy.fft
import scipy.signal

from ._library_fft import irfft, rfft

# Frames of a tempogram in memory at a time.
_BLOCK = 128


def onset_strength(
    decibels: np.ndarray, n_fft: int, hop_length: int, *, aggregate: str, center: bool = True
) -> np.ndarray:
    """Return the spectral flux: the rise of mel bands from one frame to the next.

    Parameters
    ----------
    decibels : ndarray of shape (n_mels, n_frames)
        A mel spectrogram in dB.
    n_fft, hop_length : int
        Frame length and hop of the spectrogram, in samples.
    aggregate : {"mean", "median"}
        Aggregation over the bands.
    center : bool, default=True
        Whether the frames are centred: a rise is then dated half a frame later, when it is
        completely in the window, as in librosa.

    Returns
    -------
    ndarray of shape (n_frames,), float32
        Flux in dB per frame.
    """
    rises = np.maximum(np.diff(decibels, axis=1), 0)
    flux = rises.mean(axis=0) if aggregate == "mean" else np.median(rises, axis=0)
    n_late = 1 + (n_fft // (2 * hop_length) if center else 0)
    n_frames = decibels.shape[1]
    onsets = np.zeros(n_frames, np.float32)
    onsets[n_late:] = flux[: max(0, n_frames - n_late)]
    return onsets


def local_autocorrelation(onsets: np.ndarray, win_length: int) -> np.ndarray:
    """Return librosa's tempogram: the periodicity of the onsets around each frame.

    Parameters
    ----------
    onsets : ndarray of shape (n_frames,)
        The flux.
    win_length : int
        Frames in the window around each frame, and number of lags in the result.

    Returns
    -------
    ndarray of shape (win_length, n_frames), float32
        The autocorrelation of the windowed onsets by lag, its maximum 1 in each frame.
    """
    half = win_length // 2
    # The ends fade out, so that a window over the edge has no step.
    padded = np.pad(onsets.astype(float), half, mode="linear_ramp")
    windows = np.lib.stride_tricks.sliding_window_view(padded, win_length)[: len(onsets)]
    taper = scipy.signal.get_window("hann", win_length, fftbins=True)
    n_fft = scipy.fft.next_fast_len(2 * win_length - 1, real=True)
    tempogram = np.empty((len(onsets), win_length), np.float32)
    for start in range(0, len(onsets), _BLOCK):
        spectrum = rfft(windows[start : start + _BLOCK] * taper, n_fft)
        power = spectrum.real**2 + spectrum.imag**2
        lags = irfft(power, n_fft)[:, :win_length]
        largest = np.abs(lags).max(axis=1, keepdims=True)
        largest[largest < np.finfo(np.float64).tiny] = 1.0
        tempogram[start : start + _BLOCK] = lags / largest
    return tempogram.T


@lru_cache(maxsize=16)
def tempo_prior(win_length: int, sr: float, hop_length: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the tempo of each lag in beats per minute, and its log prior.

    The prior is log-normal around 120 with a deviation of one octave, and zero above 320.
    """
    bpm = np.full(win_length, np.inf)
    bpm[1:] = 60.0 * sr / (hop_length * np.arange(1, win_length))
    with np.errstate(invalid="ignore"):
        prior = -0.5 * (np.log2(bpm) - np.log2(120.0)) ** 2
    prior[bpm >= 320.0] = -np.inf
    return bpm, prior


def estimate_tempo(onsets: np.ndarray, sr: float, hop_length: int) -> float:
    """Return the tempo of a clip in beats per minute, 0 without onsets.

    The lag that maximizes the mean tempogram, with a window of 8 s, and the prior, as in
    ``librosa.feature.tempo``.
    """
    if not onsets.any():
        return 0.0
    win_length = int(8.0 * sr // hop_length)
    mean = local_autocorrelation(onsets, win_length).mean(axis=1)
    bpm, prior = tempo_prior(win_length, sr, hop_length)
    return float(bpm[np.argmax(np.log1p(1e6 * mean) + prior)])
