"""Rows of features that are in files: classifiers read them a part at a time."""

from abc import ABC, abstractmethod
from contextlib import AbstractContextManager, nullcontext
from typing import Any, Self

import numpy as np


class StoredRows(ABC):
    """Features of clips in files, in chunks of a few clips each.

    Attributes
    ----------
    shape : tuple of int
        Number of clips, then the shape of a clip's features.
    dtype : dtype
        float32 or float16.
    max_bytes : float
        What may be in memory at once.
    feature_names : ndarray of str or None
        Names of the columns of a table.
    """

    shape: tuple[int, ...]
    dtype: np.dtype
    max_bytes: float
    feature_names: np.ndarray | None

    @property
    def ndim(self) -> int:
        """Number of axes."""
        return len(self.shape)

    @property
    def row_bytes(self) -> int:
        """Size of a clip's features."""
        return int(np.prod(self.shape[1:], dtype=np.int64)) * self.dtype.itemsize

    @property
    def nbytes(self) -> int:
        """Size of all features."""
        return len(self) * self.row_bytes

    @property
    def fits_in_memory(self) -> bool:
        """Whether all features may be in memory at once."""
        return self.nbytes <= self.max_bytes

    def __len__(self) -> int:
        return self.shape[0]

    @abstractmethod
    def __getitem__(self, key: Any) -> Any:
        """Return some of the clips, which are not read yet; of an index, the features."""

    @abstractmethod
    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        """Read all features; refuse more than `max_bytes`."""

    @abstractmethod
    def read(self, rows: np.ndarray) -> np.ndarray:
        """Return the features of some rows, in their order, whatever their size.

        Parameters
        ----------
        rows : ndarray of int
            Positions among these rows.
        """

    @abstractmethod
    def chunk_of_rows(self) -> np.ndarray:
        """Return the number of the chunk that each row is in."""

    @abstractmethod
    def kept_near(self) -> AbstractContextManager[Self]:
        """Return rows that are read over the network once, to be used within the context."""


def read_if_small(X: Any) -> Any:
    """Return stored rows as an array, unless they are larger than memory may be; others as is."""
    return np.asarray(X) if isinstance(X, StoredRows) and X.fits_in_memory else X


def keep_near(X: Any) -> AbstractContextManager[Any]:
    """Return a context with rows that are read over the network once; with arrays as they are."""
    return X.kept_near() if isinstance(X, StoredRows) else nullcontext(X)


def group_by_chunk(
    chunks: np.ndarray, n_at_once: int, order: np.ndarray | None = None
) -> list[np.ndarray]:
    """Return groups of positions, of whole chunks, so that each chunk is read once.

    Parameters
    ----------
    chunks : ndarray of int
        Number of the chunk that each row is in.
    n_at_once : int
        Maximum number of rows in a group, unless a single chunk has more.
    order : ndarray of int, default=None
        A permutation of the distinct chunks, in ascending order; None keeps their order.
    """
    rows = np.argsort(chunks, kind="stable")
    _, starts, counts = np.unique(chunks[rows], return_index=True, return_counts=True)
    groups: list[list[np.ndarray]] = []
    n_last = 0
    for chunk in range(len(starts)) if order is None else order:
        part = rows[starts[chunk] : starts[chunk] + counts[chunk]]
        if not groups or n_last + len(part) > n_at_once:
            groups.append([])
            n_last = 0
        groups[-1].append(part)
        n_last += len(part)
    return [np.concatenate(parts) for parts in groups]
