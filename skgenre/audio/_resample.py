"""Resample a waveform, whole or block by block."""

from collections.abc import Iterable, Iterator

import numpy as np
import soxr

from ._duration import fix_duration

# Samples that are allocated at a header's word, which may be damage.
_MOST_EXPECTED = 1 << 24


def n_resampled(n_samples: int, orig_sr: float, sr: float) -> int:
    """Return the number of samples of a waveform after resampling, rounded up."""
    return n_samples if orig_sr == sr else int(np.ceil(n_samples * (float(sr) / orig_sr)))


def resample(y: np.ndarray, orig_sr: float, sr: float) -> np.ndarray:
    """Resample a waveform to :func:`n_resampled` samples."""
    if orig_sr == sr:
        return y
    n_samples = n_resampled(len(y), orig_sr, sr)
    return fix_duration(soxr.resample(y, orig_sr, sr, quality="HQ"), n_samples, 1)


def resample_blocks(
    blocks: Iterable[np.ndarray], orig_sr: float, sr: float
) -> Iterator[np.ndarray]:
    """Resample the blocks of a float32 waveform.

    The concatenated results are those of :func:`resample`: the resampler keeps its state from block
    to block.
    """
    if orig_sr == sr:
        yield from blocks
        return
    resampler = soxr.ResampleStream(orig_sr, sr, 1, dtype="float32", quality="HQ")
    n_read = n_made = 0
    for block in blocks:
        n_read += len(block)
        resampled = resampler.resample_chunk(block)
        if len(resampled):
            n_made += len(resampled)
            yield resampled
    n_missing = n_resampled(n_read, orig_sr, sr) - n_made
    if n_missing > 0:
        rest = resampler.resample_chunk(np.zeros(0, np.float32), last=True)
        yield fix_duration(rest, n_missing, 1)


def join_blocks(blocks: Iterable[np.ndarray], n_expected: int) -> np.ndarray:
    """Return the blocks of a float32 waveform as one array.

    Allocated once: new memory for a list of blocks and for their concatenation takes longer than
    the copies.

    Parameters
    ----------
    blocks : iterable of ndarray
        The blocks.
    n_expected : int
        Number of samples by the header, which may be wrong.
    """
    y = np.empty(min(n_expected, _MOST_EXPECTED), np.float32)
    n_samples = 0
    for block in blocks:
        end = n_samples + len(block)
        if end > len(y):
            y = np.concatenate([y[:n_samples], np.empty(max(end, n_samples), np.float32)])
        y[n_samples:end] = block
        n_samples = end
    return y if n_samples == len(y) else y[:n_samples].copy()
