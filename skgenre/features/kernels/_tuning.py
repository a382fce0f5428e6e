"""Tuning of a clip."""

import numpy as np

from ._compiled import compiled
from ._spectrum import iterate_power, n_frames_of

_LOWEST, _HIGHEST = 150.0, 4000.0  # Hz: range of the pitches
_THRESHOLD = 0.1  # of a frame's maximum
_RESOLUTION = 0.01  # of a bin
_N_FFT = 2048


def estimate_tuning(S: np.ndarray, sr: float, n_fft: int, bins_per_octave: int = 12) -> float:
    """Return the deviation from A440 in fractions of a bin, as librosa estimates it.

    Peaks of each frame's spectrum are interpolated between bins by a parabola; the tuning is the
    most common deviation of the stronger half of them.

    Parameters
    ----------
    S : ndarray of shape (1 + n_fft // 2, n_frames)
        A spectrogram, of magnitude or power.
    sr : float
        Sampling rate in Hz.
    n_fft : int
        Length of a frame in samples.
    bins_per_octave : int, default=12
        Bins that the deviation is a fraction of.
    """
    frequencies = np.arange(S.shape[0]) * sr / n_fft
    is_pitch = (frequencies >= _LOWEST) & (frequencies < min(_HIGHEST, sr / 2))
    bins = np.flatnonzero(is_pitch)
    if not bins.size:
        return 0.0
    pitches, strengths = _find_peaks(np.ascontiguousarray(S), bins[0], bins[-1] + 1, sr / n_fft)
    strengths = strengths[pitches > 0]
    pitches = pitches[pitches > 0]
    if not pitches.size:
        return 0.0  # silence is in tune
    strong = pitches[strengths >= np.median(strengths)]
    # Pitch above A0 (27.5 Hz), in bins: the fractional part is the deviation.
    deviations = np.mod(bins_per_octave * np.log2(strong / 27.5), 1.0)
    deviations[deviations >= 0.5] -= 1.0
    edges = np.linspace(-0.5, 0.5, int(np.ceil(1 / _RESOLUTION)) + 1)
    counts, _ = np.histogram(deviations, edges)
    return float(edges[counts.argmax()])


def estimate_tuning_of(y: np.ndarray, sr: float, bins_per_octave: int = 12) -> float:
    """Return the deviation of a waveform, from the magnitudes of librosa's default frames."""
    n_frames = n_frames_of(len(y), _N_FFT, _N_FFT // 4, center=True)
    S = np.empty((1 + _N_FFT // 2, n_frames), np.float32)
    blocks = iterate_power(
        y,
        n_fft=_N_FFT,
        center=True,
        hop_length=_N_FFT // 4,
        win_length=None,
        window="hann",
        pad_mode="constant",
    )
    for frames, power in blocks:
        np.sqrt(power, out=S[:, frames])
    return estimate_tuning(S, sr, _N_FFT, bins_per_octave)


@compiled
def _find_peaks(S, low, high, width):
    """Return the frequencies in Hz and the heights of all peaks in bins low to high - 1."""
    n_bins, n_frames = S.shape
    loudest = np.zeros(n_frames, S.dtype)
    for k in range(n_bins):
        for t in range(n_frames):
            loudest[t] = max(loudest[t], S[k, t])
    thresholds = (_THRESHOLD * loudest).astype(S.dtype)
    pitches = np.empty((high - low) * n_frames // 2 + n_frames, S.dtype)
    strengths = np.empty_like(pitches)
    n_peaks = 0
    for k in range(low, high):
        for t in range(n_frames):
            here = S[k, t]
            if here <= thresholds[t]:
                continue
            below = S[k - 1, t] if k > 0 else here
            above = S[k + 1, t] if k + 1 < n_bins else here
            # A neighbour below the threshold is treated as 0.
            if (below > thresholds[t] and here <= below) or (
                above > thresholds[t] and here < above
            ):
                continue
            if k == 0 or k + 1 == n_bins:
                shift = S.dtype.type(0)
                slope = here - below if k else above - here
            else:
                slope = (above - below) / 2
                bend = above + below - 2 * here
                shift = -slope / bend if abs(slope) < abs(bend) else S.dtype.type(0)
            pitches[n_peaks] = (k + shift) * width
            strengths[n_peaks] = here + slope * shift / 2
            n_peaks += 1
    return pitches[:n_peaks], strengths[:n_peaks]
