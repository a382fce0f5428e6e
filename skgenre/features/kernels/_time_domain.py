"""Descriptors of the waveform itself, frame by frame."""

import numpy as np

from ._compiled import compiled


def root_mean_square(
    y: np.ndarray, frame_length: int, hop_length: int, center: bool, pad_mode: str = "constant"
) -> np.ndarray:
    """Return the root mean square of each frame, of shape (n_frames,)."""
    if center:
        y = np.pad(y, frame_length // 2, mode=pad_mode)  # type: ignore[call-overload]
    return _root_mean_square(np.ascontiguousarray(y), frame_length, hop_length)


def zero_crossing_rate(
    y: np.ndarray, frame_length: int, hop_length: int, center: bool
) -> np.ndarray:
    """Return the share of samples of each frame at which the sign changes.

    A change at the first sample of a frame is unknown and not counted; samples within 1e-10 of zero
    are positive; the ends are padded with the outermost sample.
    """
    if center:
        y = np.pad(y, frame_length // 2, mode="edge")
    return _zero_crossing_rate(np.ascontiguousarray(y), frame_length, hop_length)


@compiled
def _root_mean_square(y, frame_length, hop_length):
    n_frames = 1 + (len(y) - frame_length) // hop_length
    rms = np.empty(n_frames, np.float32)
    for t in range(n_frames):
        # Eight sums, since a single one would wait for each addition.
        sums = np.zeros(8)
        start = t * hop_length
        for i in range(0, frame_length - 7, 8):
            for lane in range(8):
                sample = np.float64(y[start + i + lane])
                sums[lane] += sample * sample
        total = sums.sum()
        for i in range(frame_length - frame_length % 8, frame_length):
            total += np.float64(y[start + i]) ** 2
        rms[t] = np.sqrt(total / frame_length)
    return rms


@compiled
def _zero_crossing_rate(y, frame_length, hop_length):
    n_frames = 1 + (len(y) - frame_length) // hop_length
    n_before = np.empty(len(y), np.int64)  # sign changes up to and including each sample
    n_before[0] = 0
    was_negative = y[0] < -1e-10
    for i in range(1, len(y)):
        is_negative = y[i] < -1e-10
        n_before[i] = n_before[i - 1] + (is_negative != was_negative)
        was_negative = is_negative
    rate = np.empty(n_frames, np.float32)
    for t in range(n_frames):
        start = t * hop_length
        rate[t] = (n_before[start + frame_length - 1] - n_before[start]) / frame_length
    return rate
