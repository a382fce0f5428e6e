"""One row of features per clip, collected in memory or, if too large, on disk."""

import re
from collections.abc import Callable
from functools import lru_cache
from numbers import Real

import numpy as np

from .scratch import ScratchFile

_UNITS = {"": 1, "K": 10**3, "M": 10**6, "G": 10**9, "T": 10**12}
_SIZE = re.compile(r"\s*(\d+(?:\.\d*)?)\s*([KMGT]?)B?\s*", re.IGNORECASE)


@lru_cache(maxsize=32)
def parse_size(size: str | float) -> float:
    """Parse a size in bytes: a number as it is, "2GB" as 2e9.

    Raises
    ------
    ValueError
        If it is not a size.
    """
    if isinstance(size, Real):
        return float(size)
    match = _SIZE.fullmatch(size) if isinstance(size, str) else None
    if match is None:
        raise ValueError(
            f"a size is a number of bytes, or text as in '500MB' or '2GB', got {size!r}"
        )
    return float(match[1]) * _UNITS[match[2].upper()]


def format_size(nbytes: float) -> str:
    """Format a size: "2.6 GB"."""
    for unit in ("T", "G", "M", "K"):
        if nbytes >= _UNITS[unit]:
            return f"{nbytes / _UNITS[unit]:.1f} {unit}B"
    return f"{nbytes:.0f} B"


class Rows:
    """Features of clips, added in any order.

    Parameters
    ----------
    n_clips : int
        Number of clips.
    max_bytes : float
        Maximum size of a result in memory.
    open_scratch : callable
        Called with the size that would exceed it and a description of what has this size; returns a
        file for the rows, or raises.
    dtype : str
        Data type of the rows.
    """

    def __init__(
        self,
        n_clips: int,
        max_bytes: float,
        open_scratch: Callable[[int, str], ScratchFile],
        dtype: str,
    ) -> None:
        self._n_clips = n_clips
        self._max_bytes = max_bytes
        self._open_scratch = open_scratch
        self._dtype = dtype
        self._array: np.ndarray | None = None
        self._rows: dict[int, np.ndarray] = {}
        self._is_ragged = False
        self._n_bytes = 0
        self._scratch: ScratchFile | None = None
        self._places: dict[int, tuple[int, tuple[int, ...]]] = {}

    def place(self, i: int) -> np.ndarray | None:
        """Return where the features of clip `i` may be written before they are added.

        None where their shape is not known yet, and where they are kept in another type or on disk.
        """
        array = self._array
        return None if array is None or array.dtype != np.float32 else array[i]

    def add(self, i: int, features: np.ndarray) -> None:
        """Add the features of clip `i`; those of a single clip may become the result itself."""
        if self._n_clips == 1 and self._is_result(features):
            self._array = features[np.newaxis]
            return
        if self._array is None and self._scratch is None:
            self._begin(features)
        if self._array is not None and features.shape != self._array.shape[1:]:
            self._n_bytes += features.nbytes
            if self._n_bytes > self._max_bytes:
                what = f"The features of {i + 1} of {self._n_clips} clips"
                self._spill(self._open_scratch(self._n_bytes, what))
        if self._scratch is not None:
            self._places[i] = (self._scratch.append(features), features.shape)
        elif self._array is not None and features.shape == self._array.shape[1:]:
            if features.base is not self._array:  # else it was written into its place
                self._array[i] = features
            self._rows[i] = self._array[i]
        else:
            self._rows[i] = features
            self._is_ragged = True

    def _is_result(self, features: np.ndarray) -> bool:
        """Tell whether an array can be the only row without being copied."""
        return (
            features.nbytes <= self._max_bytes
            and features.dtype == self._dtype
            and features.base is None
            and features.flags.carray
        )

    def _begin(self, features: np.ndarray) -> None:
        self._n_bytes = self._n_clips * features.nbytes
        if self._n_bytes > self._max_bytes:
            what = f"The features of {self._n_clips} clips, each of shape {features.shape},"
            self._scratch = self._open_scratch(self._n_bytes, what)
        else:
            self._array = np.empty((self._n_clips, *features.shape), self._dtype)

    def _spill(self, scratch: ScratchFile) -> None:
        for i in sorted(self._rows):
            row = self._rows.pop(i)
            self._places[i] = (scratch.append(row), row.shape)
        self._array = None
        self._scratch = scratch

    def finish(self) -> np.ndarray:
        """Return all rows as one array; ragged ones as a 1-D object array of arrays."""
        if self._scratch is not None:
            return self._read_scratch(self._scratch)
        array = self._array
        assert array is not None  # there is at least one clip
        if self._is_ragged:
            return _ragged([self._rows[i] for i in range(self._n_clips)])
        return array

    def close(self) -> None:
        """Remove files on disk; for rows that won't be finished."""
        if self._scratch is not None:
            self._scratch.close()

    def _read_scratch(self, scratch: ScratchFile) -> np.ndarray:
        starts = [self._places[i][0] for i in range(self._n_clips)]
        shapes = [self._places[i][1] for i in range(self._n_clips)]
        values = scratch.finish()
        sizes = [int(np.prod(shape)) for shape in shapes]
        if starts != sorted(starts):
            values = _reorder(values, starts, sizes, self._open_scratch)
        if len(set(shapes)) == 1:
            return values.reshape(self._n_clips, *shapes[0])
        ends = np.cumsum(sizes)
        return _ragged(
            [
                values[end - size : end].reshape(shape)
                for end, size, shape in zip(ends, sizes, shapes, strict=True)
            ]
        )


def _reorder(
    values: np.ndarray,
    starts: list[int],
    sizes: list[int],
    open_scratch: Callable[[int, str], ScratchFile],
) -> np.ndarray:
    """Rewrite rows that came out of order into another file, in the order of the clips."""
    ordered = open_scratch(values.nbytes, "The features")
    try:
        for start, size in zip(starts, sizes, strict=True):
            ordered.append(values[start : start + size])
        return ordered.finish()
    except BaseException:
        ordered.close()
        raise


def _ragged(rows: list[np.ndarray]) -> np.ndarray:
    ragged = np.empty(len(rows), dtype=object)
    ragged[:] = rows
    return ragged
