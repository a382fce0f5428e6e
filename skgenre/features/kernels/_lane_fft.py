"""Fourier transform of several frames at a time, one in each lane of a vector register.

Libraries transform one frame after the other and need shuffles within a register. Here eight
frames, or sixteen in single precision, are side by side, so that every step of the textbook
algorithm is the same operation on as many numbers: several times as fast as SciPy's
(``python -m benchmarks fft``). Double precision is the default, as mel bands 100 dB below the
loudest lose up to 0.1 dB in single precision on MP3 files.

The derivation. The n real samples of a frame are taken as n/2 complex ones, z[i] = x[2i] +
j x[2i+1]. Their transform Z comes from Stockham's algorithm (decimation in time), which needs no
reordering: in passes of radix 4, with a last one of radix 2 when n/2 is no power of 4. With E and
O the transforms of the even and the odd samples, X[k] = E[k] + exp(-2 pi j k / n) O[k] where
E[k] = (Z[k] + Z*[n/2-k]) / 2 and O[k] = (Z[k] - Z*[n/2-k]) / 2j, and X[n/2-k] =
(E[k] - exp(...) O[k])*.

The numbers of a group of frames, 128 kB for n = 2048, are more than the processor's first cache
holds. So the passes are done in two stages, each on a part that fits: with n/2 = n_rows n_columns,
the first stage transforms every n_columns-th number into a column of n_rows numbers; the second one
joins these transforms, for which the numbers of a row need only each other.

The work array holds, for each complex number, the real parts of all lanes and then the imaginary
ones: the matrix of the two stages, each row followed by one unused number, so that neighbours in a
column are not in the same set of the cache; then the memory of the passes.
"""

import math
from functools import lru_cache
from typing import Any

import numpy as np

from ._compiled import compiled, compiled_into_callers
from ._lanes import (
    REGISTER,
    TILE,
    butterfly,
    first_butterfly,
    last_butterfly,
    power_pair,
    transpose,
)

PRECISIONS = {"double": np.float64, "single": np.float32}


@compiled_into_callers
def _pass(x, start, stride, length, place, unit, twiddles, at, turn, step):
    """Join transforms by fours.

    Parameters
    ----------
    x : ndarray
        Number p of transform q is number ``q + 4 * stride * p`` from `start` on, and becomes number
        ``q + stride * p`` from `place` on.
    start : int
        Position of the first number.
    stride : int
        Number of transforms that result.
    length : int
        Numbers of each transform that is joined.
    place, unit : int
        Position of the first number that results, and distance from one to the next.
    twiddles : ndarray
        From :func:`make_tables`.
    at, turn, step : int
        Position of this pass in `twiddles`. The numbers are every `step`-th of longer transforms,
        from `turn` on.
    """
    size = 2 * REGISTER // x.itemsize
    for p in range(length):
        number = at + 4 * (turn + step * p)
        for q in range(stride):
            source = start + (q + 4 * stride * p) * size
            target = place + (q + stride * p) * unit
            butterfly(x, source, stride * size, target, stride * length * unit, twiddles, number)


@compiled_into_callers
def _transform_column(
    hops, group, taper, places, column, work, n_rows, n_columns, scratch, twiddles
):
    """Transform every n_columns-th windowed number of a group of frames, into a column of work."""
    size = 2 * REGISTER // work.itemsize
    row = (n_columns + 1) * size
    quarter = n_rows * n_columns // 2
    x, y = scratch, scratch + n_rows * size
    stride = n_rows // 4
    is_done = stride == 1
    place, step = (column * size, row) if is_done else (x, stride * size)
    for q in range(stride):
        sample = 2 * (column + n_columns * q)
        first_butterfly(hops, group, taper, places, sample, quarter, work, place + q * size, step)
    if is_done:
        return
    length = 4
    at = 0
    while stride > 4:
        stride //= 4
        _pass(work, x, stride, length, y, size, twiddles, at, 0, 1)
        at += 4 * length
        length *= 4
        x, y = y, x
    _pass(work, x, 1, length, column * size, row, twiddles, at, 0, 1)


@compiled_into_callers
def _transform_row(work, row, n_rows, n_columns, scratch, twiddles, at):
    """Join the transforms of all columns, for the numbers in a row of work.

    Returns the position of the result.
    """
    size = 2 * REGISTER // work.itemsize
    source = row * (n_columns + 1) * size
    x, y = scratch, scratch + n_columns * size
    stride = n_columns
    length = 1
    while stride >= 4:
        stride //= 4
        _pass(work, source, stride, length, x, size, twiddles, at, row, n_rows)
        at += 4 * n_rows * length
        length *= 4
        source = x
        x, y = y, x
    if stride == 2:
        for p in range(length):
            number = at + 4 * (row + n_rows * p)
            start = source + 2 * p * size
            last_butterfly(work, start, size, x + p * size, length * size, twiddles, number)
        source = x
    return source


@compiled
def _power_of_rows(work, n_rows, n_columns, scratch, twiddles, turns, group, n_power, power):
    """Transform all rows of work, and write the power of a group of frames.

    The bins k and n/2-k, which need each other, are in the rows k and n_rows - k.
    """
    lanes = REGISTER // work.itemsize
    size = 2 * lanes
    half = n_rows * n_columns
    at = 4 * (n_rows - 4) // 3  # the twiddles of the first stage: 4 + 16 + ... before
    other = scratch + 2 * n_columns * size
    for row in range(n_rows // 2 + 1):
        z = _transform_row(work, row, n_rows, n_columns, scratch, twiddles, at)
        if row == 0:
            for lane in range(lanes):
                re, im = work[z + lane], work[z + lanes + lane]
                power[group + lane] = 4 * (re + im) ** 2
                power[half * n_power + group + lane] = 4 * (re - im) ** 2
            last = z + n_columns * size
        elif 2 * row == n_rows:
            last = z + (n_columns - 1) * size
        else:
            z_of_others = _transform_row(work, n_rows - row, n_rows, n_columns, other, twiddles, at)
            last = z_of_others + (n_columns - 1) * size
        for i in range(row == 0, n_columns):
            k = row + n_rows * i
            low = k * n_power + group
            high = (half - k) * n_power + group
            power_pair(work, z + i * size, last - i * size, turns, 2 * k, power, low, high)


@compiled
def _cut_hops(y, start, n_hops, hops):
    """Write y from `start` on into the first columns of `hops`, one hop after the other."""
    hop_length, width = hops.shape
    flat = hops.reshape(-1)
    first = min(n_hops, max(0, -(start // hop_length)))  # the hops within y
    last = max(first, min(n_hops, (len(y) - start) // hop_length))
    if hop_length % TILE or last - first < TILE:
        last = first
    for pair in range(first, last, 2 * TILE):  # as many hops as fill a line of the cache
        for j in range(0, hop_length, TILE):
            for b in range(pair, min(pair + 2 * TILE, last), TILE):
                column = min(b, last - TILE)
                at = start + column * hop_length + j
                transpose(y, at, hop_length, flat, j * width + column, width)
    for b in range(n_hops):
        if first <= b < last:
            continue
        for j in range(hop_length):
            at = start + b * hop_length + j
            hops[j, b] = y[at] if 0 <= at < len(y) else 0.0


@compiled
def _power_of_frames(
    y,
    start,
    n_frames,
    hop_length,
    taper,
    twiddles,
    turns,
    places,
    hops,
    n_hops,
    work,
    n_rows,
    power,
):
    """Write the power spectra of frames from a sample of y on into the columns of `power`."""
    lanes = REGISTER // work.itemsize
    n_columns = taper.shape[0] // (2 * n_rows)
    scratch = n_rows * (n_columns + 1) * 2 * lanes
    n_power = power.shape[1]
    flat_power = power.reshape(-1)
    flat_hops = hops.reshape(-1)
    _cut_hops(y, start, n_hops, hops)
    for group in range(0, n_frames, lanes):
        for column in range(n_columns):
            _transform_column(
                flat_hops, group, taper, places, column, work, n_rows, n_columns, scratch, twiddles
            )
        _power_of_rows(
            work, n_rows, n_columns, scratch, twiddles, turns, group, n_power, flat_power
        )


class LanePower:
    """Power spectra of frames, block by block.

    Parameters
    ----------
    taper : ndarray of shape (n_fft,)
        The window. `n_fft` must be supported, see :func:`is_supported`.
    hop_length : int
        Samples from one frame to the next.
    n_most : int
        Number of frames in the largest block.
    precision : {"double", "single"}
        Precision of the transform.
    """

    def __init__(self, taper: np.ndarray, hop_length: int, n_most: int, precision: str) -> None:
        n_fft = len(taper)
        dtype = np.dtype(PRECISIONS[precision])
        self._hop_length = hop_length
        self._lanes = REGISTER // dtype.itemsize
        self._n_more_hops = -(-n_fft // hop_length)
        n_power = self._whole_groups(n_most)
        # A sample of neighbouring frames is contiguous in a row of hops: column b is the waveform
        # from b hops after the first frame's start on.
        width = _round_up(n_power + self._n_more_hops, REGISTER // 4)
        self._hops = _make_aligned((hop_length, width), np.float32)
        self._n_rows = _count_rows(n_fft)
        n_columns = n_fft // (2 * self._n_rows)
        n_numbers = self._n_rows * (n_columns + 1) + max(2 * self._n_rows, 4 * n_columns)
        self._work = _make_aligned((2 * self._lanes * n_numbers,), dtype)
        # One line more, so that neighbouring bins are not in the same set of the cache.
        self._power = _make_aligned((1 + n_fft // 2, n_power + REGISTER // 4), np.float32)
        twiddles, turns = make_tables(n_fft, precision)
        places = make_places(n_fft, hop_length, width)
        # Half the window saves halving when even and odd samples are joined.
        self._tables = ((taper / 2).astype(dtype), twiddles, turns, places, self._hops)

    def compute(self, y: np.ndarray, start: int, n_frames: int) -> np.ndarray:
        """Return the power spectra of a block of frames.

        Parameters
        ----------
        y : ndarray of shape (n_samples,), float32
            The waveform. It is zero before its beginning and beyond its end.
        start : int
            First sample of the first frame; may be negative.
        n_frames : int
            Number of frames.

        Returns
        -------
        ndarray of shape (1 + n_fft // 2, n_frames), float32
            A view that the next call overwrites.
        """
        n_hops = self._whole_groups(n_frames) + self._n_more_hops
        _power_of_frames(
            y,
            start,
            n_frames,
            self._hop_length,
            *self._tables,
            n_hops,
            self._work,
            self._n_rows,
            self._power,
        )
        return self._power[:, :n_frames]

    def _whole_groups(self, n_frames: int) -> int:
        return _round_up(n_frames, self._lanes)


def _round_up(number: int, multiple: int) -> int:
    return multiple * -(-number // multiple)


def _make_aligned(shape: tuple[int, ...], dtype: Any) -> np.ndarray:
    """Return an array that begins at a line of the cache, which no vector then crosses."""
    n_bytes = math.prod(shape) * np.dtype(dtype).itemsize
    memory = np.empty(n_bytes + REGISTER, np.uint8)
    first = -memory.ctypes.data % REGISTER
    return memory[first : first + n_bytes].view(dtype).reshape(shape)


def _count_rows(n_fft: int) -> int:
    """Return the numbers of a transform of the first stage: a power of four, about the root."""
    n_rows = 4
    while n_rows * n_rows < n_fft // 2:
        n_rows *= 4
    return n_rows


def make_places(n_fft: int, hop_length: int, width: int) -> np.ndarray:
    """Return the positions of the first frame's samples in a flattened array of hops."""
    sample = np.arange(n_fft)
    return sample % hop_length * width + sample // hop_length


@lru_cache(maxsize=16)
def make_tables(n_fft: int, precision: str) -> tuple[np.ndarray, np.ndarray]:
    """Return the twiddles of all passes, and those to join even and odd samples."""
    passes = [np.zeros(0)]
    length = 4
    while length < n_fft // 2:
        turns = np.arange(length)[:, np.newaxis] * np.array([1, 2]) / min(4 * length, n_fft // 2)
        passes.append(_cos_sin(turns))
        length *= 4
    tables = np.concatenate(passes), _cos_sin(np.arange(n_fft // 2) / n_fft)
    return tables[0].astype(PRECISIONS[precision]), tables[1].astype(PRECISIONS[precision])


def _cos_sin(turns: np.ndarray) -> np.ndarray:
    angles = -2 * np.pi * turns
    return np.stack([np.cos(angles), np.sin(angles)], axis=-1).reshape(-1)


def is_supported(n_fft: int) -> bool:
    """Tell whether this transform supports a frame length."""
    return n_fft >= 16 and n_fft & (n_fft - 1) == 0
