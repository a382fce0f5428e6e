"""Find where the low-pass filter of a codec ends a spectrum."""

import math

import numpy as np
from scipy.fft import rfft

_N_FFT = 2048
_MOST_FRAMES = 128
# Bands over which the spectrum is smoothed: single tones vanish in a median of this width.
_WIDTH = 200.0  # Hz
# A filter takes this many dB off the sound below it, within an eighth of its frequency. Music falls
# by a few dB there.
_DROP = 20.0
# dB above the rounding of 16-bit samples that counts as sound.
_ABOVE_ROUNDING = 10.0
_ROUNDING = 10 * math.log10(1 / 32768**2 / 12)
# Higher edges, as a share of half the rate, are those of converters and resamplers.
_HIGHEST = 0.95


def average_spectrum(y: np.ndarray) -> np.ndarray:
    """Return the mean power in each bin of up to 128 frames, spread evenly over a waveform.

    The sum over the bins is about the mean power of the samples.
    """
    if len(y) < _N_FFT:
        y = np.concatenate([y, np.zeros(_N_FFT - len(y), y.dtype)])
    n_frames = min(_MOST_FRAMES, len(y) // _N_FFT)
    starts = np.linspace(0, len(y) - _N_FFT, n_frames).astype(int)
    window = np.hanning(_N_FFT).astype(np.float32)
    frames = y[starts[:, None] + np.arange(_N_FFT)]
    frames -= frames.mean(axis=1, keepdims=True)
    frames *= window
    spectra = rfft(frames, axis=1)
    power = (spectra.real**2 + spectra.imag**2).mean(axis=0, dtype=np.float64)
    power[1:-1] *= 2
    return power / (_N_FFT * float(np.dot(window, window)))


def measure_bandwidth(spectrum: np.ndarray, sr: float, share: float = 0.99) -> float:
    """Return the frequency in Hz below which a share of the power is; NaN for silence."""
    total = spectrum.sum()
    if not total > 0:
        return math.nan
    return float(np.searchsorted(np.cumsum(spectrum), share * total) * sr / _N_FFT)


def find_cut_off(spectrum: np.ndarray, sr: float) -> float:
    """Return the frequency in Hz of a sharp edge after which no sound follows.

    Music fades out gradually towards high frequencies; a codec's low-pass filter takes tens of dB
    off within some hundred Hz.

    Parameters
    ----------
    spectrum : ndarray of shape (n_bins,)
        Spectrum of :func:`average_spectrum`.
    sr : float
        Sampling rate in Hz.

    Returns
    -------
    float
        The frequency, rounded to kHz, as the edge of one filter moves a little with the music.
        Infinity if the sound reaches half the rate. NaN if it ends gradually: then there is nothing
        that a filter could have removed.
    """
    width = max(3, round(_WIDTH * _N_FFT / sr))
    n_bands = (len(spectrum) - 1) // width
    hertz = width * sr / _N_FFT
    if n_bands < 8:
        return math.nan
    power = np.median(spectrum[1 : 1 + n_bands * width].reshape(n_bands, width), axis=1)
    floor = _ROUNDING + _ABOVE_ROUNDING - 10 * math.log10(_N_FFT / 2)
    db = np.maximum(10 * np.log10(np.maximum(power, 1e-30)), floor)
    (sounding,) = np.nonzero(db > floor)
    if not len(sounding):
        return math.nan
    top = int(sounding[-1])
    back = top - round(np.clip(top / 8, 600 / hertz, 2000 / hertz))
    if back < 2:
        return math.nan
    level = float(np.median(db[max(0, back - 4) : back + 1]))
    if level - floor < _DROP:
        return math.nan
    (fallen,) = np.nonzero(db[back:] < level - _DROP)
    edge = (back + int(fallen[0]) + 0.5) * hertz if len(fallen) else math.inf
    return float(round(edge / 1000) * 1000) if edge < _HIGHEST * sr / 2 else math.inf
