"""Framing, windowing and Fourier transform."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

import numpy as np

from ._lane_fft import PRECISIONS, LanePower, is_supported
from ._library_fft import rfft

# Frames in memory at a time, whole groups of lanes: a block of 1,025 bins is 0.26 MB.
BLOCK = 64

# Transforms that a thread keeps, each of 0.6 MB for frames of 2,048 samples: one of each precision.
_MOST_KEPT = 2

_this_thread = threading.local()


@lru_cache(maxsize=32)
def make_window(window: Any, win_length: int, n_fft: int) -> np.ndarray:
    """Return a window of `win_length` samples, read-only, zero-padded on both sides to `n_fft`."""
    short = _make_periodic_window(window, win_length)
    left = (n_fft - win_length) // 2
    padded = np.pad(short, (left, n_fft - win_length - left))
    padded.flags.writeable = False
    return padded


def _make_periodic_window(window: Any, length: int) -> np.ndarray:
    """Return SciPy's window; the usual one without its signal package, which is slow to import."""
    if window == "hann" and length > 1:
        return 0.5 + 0.5 * np.cos(np.linspace(-np.pi, np.pi, length, endpoint=False))
    from scipy.signal import get_window

    return get_window(window, length, fftbins=True)


def n_frames_of(n_samples: int, n_fft: int, hop_length: int, center: bool) -> int:
    """Return how many frames a waveform has; one shorter than `n_fft` counts as that long."""
    length = max(n_samples, n_fft) + (2 * (n_fft // 2) if center else 0)
    return 1 + (length - n_fft) // hop_length


def pad_waveform(y: np.ndarray, n_fft: int, center: bool, pad_mode: str) -> np.ndarray:
    """Pad a waveform for cutting frames."""
    if len(y) < n_fft:
        y = np.pad(y, (0, n_fft - len(y)))
    if center:
        y = np.pad(y, n_fft // 2, mode=pad_mode)  # type: ignore[call-overload]
    return y


def iterate_power(
    y: np.ndarray,
    *,
    n_fft: int,
    hop_length: int,
    win_length: int | None,
    window: Any,
    center: bool,
    pad_mode: str,
    precision: str = "double",
) -> Iterator[tuple[slice, np.ndarray]]:
    """Yield the power spectrogram of a waveform, a block of frames at a time.

    Parameters
    ----------
    y : ndarray of shape (n_samples,)
        A waveform; zero-padded at its end if it is shorter than `n_fft`.
    n_fft, hop_length, win_length : int
        Frame length, hop and window length, in samples.
    window : str, float or tuple
        As in :func:`scipy.signal.get_window`.
    center : bool
        Whether frame t is centred at sample ``t * hop_length``.
    pad_mode : str
        As in :func:`numpy.pad`, for `center`.
    precision : {"double", "single"}, default="double"
        Precision of the transform.

    Yields
    ------
    frames : slice
        Indices of the frames.
    power : ndarray of shape (1 + n_fft // 2, n_block)
        Their power spectra, float32. The next block overwrites them.
    """
    n_frames = n_frames_of(len(y), n_fft, hop_length, center)
    if is_supported(n_fft):
        lead = 0
        if pad_mode == "constant":  # zeros need no copy
            lead = n_fft // 2 if center else 0
        else:
            y = pad_waveform(y, n_fft, center, pad_mode)
        y = np.ascontiguousarray(y, np.float32)
        with _borrow_transform(n_fft, hop_length, win_length, window, precision) as transform:
            for first in range(0, n_frames, BLOCK):
                n_block = min(BLOCK, n_frames - first)
                power = transform.compute(y, first * hop_length - lead, n_block)
                yield slice(first, first + n_block), power
        return
    padded = pad_waveform(y, n_fft, center, pad_mode)
    taper = make_window(window, win_length or n_fft, n_fft).astype(PRECISIONS[precision])
    for frames, spectrum in iterate_spectrum(padded, taper, hop_length):
        yield frames, (spectrum.real**2 + spectrum.imag**2).astype(np.float32).T


@contextmanager
def _borrow_transform(
    n_fft: int, hop_length: int, win_length: int | None, window: Any, precision: str
) -> Iterator[LanePower]:
    """Lend this thread's transform, with its work memory and tables, or a new one.

    Each thread keeps the last ones that it used. A lent one is not among them, so that another
    spectrogram that begins before the end of this one has its own.
    """
    settings = (n_fft, hop_length, win_length, window, precision)
    kept = _this_thread.__dict__.setdefault("kept", {})
    transform = kept.pop(settings, None)
    if transform is None:
        taper = make_window(window, win_length or n_fft, n_fft)
        transform = LanePower(taper, hop_length, BLOCK, precision)
    try:
        yield transform
    finally:
        kept[settings] = transform
        if len(kept) > _MOST_KEPT:
            del kept[next(iter(kept))]


def iterate_spectrum(
    padded: np.ndarray, taper: np.ndarray, hop_length: int
) -> Iterator[tuple[slice, np.ndarray]]:
    """Yield the short-time Fourier transform of a padded waveform, a block of frames at a time.

    For lengths that are not powers of two, and where the phase is needed: complex, of shape
    (n_block, 1 + n_fft // 2), in the precision of `taper`.
    """
    frames = np.lib.stride_tricks.sliding_window_view(padded, len(taper))[::hop_length]
    for start in range(0, len(frames), BLOCK):
        block = frames[start : start + BLOCK] * taper
        yield slice(start, start + len(block)), rfft(block)


def magnitude(power: np.ndarray, exponent: float) -> np.ndarray:
    """Return the magnitudes of a power spectrum, raised to a power."""
    if exponent == 2:
        return power
    return np.sqrt(power) if exponent == 1 else power ** (exponent / 2)
