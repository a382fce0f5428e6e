"""Facts about a sound file that its samples tell without listening."""

import math
import os
from typing import BinaryIO, NamedTuple

import numpy as np

from ._cut_off import average_spectrum, find_cut_off, measure_bandwidth
from ._load import decode

# Seconds decoded at most: the first minutes tell level and bandwidth of a song.
_MAX_DURATION = 120.0


class SampleFacts(NamedTuple):
    """Facts measured on the samples of a file.

    Parameters
    ----------
    leading_silence : float
        Seconds of samples that are exactly zero, from the beginning.
    cut_off : float
        Frequency in Hz where a codec's low-pass filter ends the spectrum; infinity for a spectrum
        that reaches half the sampling rate, NaN for sound without high frequencies, which can't
        tell.
    level : float
        Root mean square of the downmix, in dB of full scale.
    dc_offset : float
        Mean of the samples, relative to full scale.
    bandwidth : float
        Frequency in Hz below which 99 % of the power is; NaN for silence.
    """

    leading_silence: float
    cut_off: float
    level: float
    dc_offset: float
    bandwidth: float


def read_samples(
    file: str | os.PathLike | BinaryIO, max_duration: float = _MAX_DURATION
) -> SampleFacts:
    """Decode the beginning of a file and measure its samples.

    Raises
    ------
    AudioDecodeError
        If it can't be decoded.
    """
    # At its own rate: the highest plausible one asks for all samples of that duration.
    y, sr = decode(file, 1_000_000, max_duration)
    return measure_samples(y[: math.ceil(max_duration * sr)], sr)


def measure_samples(y: np.ndarray, sr: float) -> SampleFacts:
    """Measure a mono waveform.

    Parameters
    ----------
    y : ndarray of shape (n_samples,)
        The waveform, in [-1, 1].
    sr : float
        Its sampling rate in Hz.
    """
    power = float(np.dot(y, y)) / len(y)
    spectrum = average_spectrum(y)
    return SampleFacts(
        _count_leading_zeros(y) / sr,
        find_cut_off(spectrum, sr),
        10 * math.log10(power) if power > 0 else -math.inf,
        float(np.mean(y, dtype=np.float64)),
        measure_bandwidth(spectrum, sr),
    )


def _count_leading_zeros(y: np.ndarray) -> int:
    for start in range(0, len(y), 1 << 16):
        (found,) = np.nonzero(y[start : start + (1 << 16)])
        if len(found):
            return start + int(found[0])
    return len(y)
