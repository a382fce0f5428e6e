"""Exact running median of 31.

Two neighbouring windows share 30 numbers. Of these only the two in the middle, a and b, matter: the
median of all 30 and one more number x is x clipped to [a, b]. The two come from a sorting network
(Batcher's odd-even merge sort, without the comparisons whose results are not used): a fixed
sequence of minima and maxima, which vector instructions compute for 16 columns at once.
"""

from typing import Any

import numpy as np
from llvmlite import ir
from numba.core import types

from ._compiled import compiled, written_in_llvm

SIZE = 31

_WIDTH = 16
_VECTOR = ir.VectorType(ir.FloatType(), _WIDTH)


def _sorting_network(n: int) -> list[tuple[int, int]]:
    """Return the comparisons of Batcher's network for n numbers."""
    comparisons = []
    p = 1
    while p < n:
        k = p
        while k >= 1:
            for j in range(k % p, n - k, 2 * k):
                comparisons += [
                    (i, i + k)
                    for i in range(j, j + min(k, n - j - k))
                    if i // (2 * p) == (i + k) // (2 * p)
                ]
            k //= 2
        p *= 2
    return comparisons


def _prune(
    comparisons: list[tuple[int, int]], wanted: set[int]
) -> list[tuple[int, int, bool, bool]]:
    """Drop comparisons without effect on the wanted places; tell which of two results is used."""
    needed = set(wanted)
    kept = []
    for low, high in reversed(comparisons):
        if low in needed or high in needed:
            kept.append((low, high, low in needed, high in needed))
            needed |= {low, high}
    return kept[::-1]


_NETWORK = _prune(_sorting_network(SIZE - 1), {SIZE // 2 - 1, SIZE // 2})


@written_in_llvm
def _median_pair(typingctx, source, start, stride, target, place, step):
    """Compute the medians of rows 0 to 30 and of rows 1 to 31 below `start`, for 16 columns."""
    integer = types.intp
    signature = types.void(source, integer, integer, target, integer, integer)

    def generate(context, builder, signature, arguments):
        def pointer(number: int) -> Any:
            kind = signature.args[number]
            return context.make_array(kind)(context, builder, arguments[number]).data

        def choose(sign: str, a: Any, b: Any) -> Any:
            return builder.select(builder.fcmp_ordered(sign, a, b, flags=("nnan", "nsz")), a, b)

        _, at, stride, _, place, step = arguments
        rows = []
        for _ in range(SIZE + 1):
            address = builder.bitcast(builder.gep(pointer(0), [at]), _VECTOR.as_pointer())
            row = builder.load(address)
            row.align = 4
            rows.append(row)
            at = builder.add(at, stride)
        first, *shared, last = rows
        for low, high, is_low_used, is_high_used in _NETWORK:
            a, b = shared[low], shared[high]
            if is_low_used:
                shared[low] = choose("<", a, b)
            if is_high_used:
                shared[high] = choose(">", a, b)
        below, above = shared[SIZE // 2 - 1], shared[SIZE // 2]
        for number in (first, last):
            median = choose(">", below, choose("<", number, above))
            address = builder.bitcast(builder.gep(pointer(3), [place]), _VECTOR.as_pointer())
            builder.store(median, address).align = 4
            place = builder.add(place, step)
        return context.get_dummy_value()

    return signature, generate


@compiled
def _filter(padded, result):
    n_rows, n_columns = result.shape
    flat = padded.reshape(-1)
    flat_result = result.reshape(-1)
    for row in range(0, n_rows, 2):
        for column in range(0, n_columns, _WIDTH):
            start = row * n_columns + column
            _median_pair(flat, start, n_columns, flat_result, start, n_columns)


def running_median(S: np.ndarray) -> np.ndarray:
    """Return the median of each 31 numbers along the first axis, centred.

    Parameters
    ----------
    S : ndarray of shape (n_rows, n_columns), float32
        Finite numbers. Beyond the ends it is mirrored, with the last row repeated, as in
        :func:`scipy.ndimage.median_filter`.

    Returns
    -------
    ndarray of shape (n_rows, n_columns), float32
        The medians, identical to SciPy's.
    """
    n_rows, n_columns = S.shape
    half = SIZE // 2
    width = _WIDTH * -(-n_columns // _WIDTH)
    n_pairs = -(-n_rows // 2)
    padded = np.zeros((2 * n_pairs + 2 * half, width), np.float32)
    padded[half : half + n_rows, :n_columns] = S
    # Mirrored by hand: np.pad would make another copy.
    for i in range(1, half + 1):
        padded[half - i, :n_columns] = S[_mirrored(-i, n_rows)]
        padded[half + n_rows - 1 + i, :n_columns] = S[_mirrored(n_rows - 1 + i, n_rows)]
    result = np.empty((2 * n_pairs, width), np.float32)
    _filter(padded, result)
    return result[:n_rows, :n_columns]


def _mirrored(row: int, n_rows: int) -> int:
    row %= 2 * n_rows
    return row if row < n_rows else 2 * n_rows - 1 - row
