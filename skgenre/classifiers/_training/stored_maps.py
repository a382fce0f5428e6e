"""Maps in a store that is larger than memory, read a part at a time."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np

from ..._stored_rows import StoredRows, group_by_chunk
from .read_ahead import read_ahead

# Parts in memory at once: in use, waiting, being read, and room for the batches made of them.
_N_PARTS = 4


class StoredPart(NamedTuple):
    """Some maps of a store.

    Parameters
    ----------
    rows : ndarray of int
        Positions of the clips.
    maps : ndarray of shape (n_rows, n_bands, n_frames)
        Their maps.
    """

    rows: np.ndarray
    maps: np.ndarray


def rows_at_once(stored: StoredRows) -> int:
    """Return how many maps a part may have."""
    return max(1, int(stored.max_bytes / _N_PARTS / stored.row_bytes))


def read_parts(stored: StoredRows, groups: list[np.ndarray]) -> Iterator[StoredPart]:
    """Yield the maps of groups of rows, the next of which a thread reads ahead.

    Raises
    ------
    ValueError
        If a map has NaN or infinite values.
    """
    return read_ahead((StoredPart(rows, _read(stored, rows)) for rows in groups), 1)


def read_by_chunk(stored: StoredRows) -> Iterator[StoredPart]:
    """Yield all maps, chunk by chunk."""
    return read_parts(stored, group_by_chunk(stored.chunk_of_rows(), rows_at_once(stored)))


def read_in_order(stored: StoredRows) -> Iterator[StoredPart]:
    """Yield all maps in their order."""
    n_parts = -(-len(stored) // rows_at_once(stored))
    return read_parts(stored, np.array_split(np.arange(len(stored)), n_parts))


def read_shuffled(
    stored: StoredRows, shuffle: Callable[[int], np.ndarray], batch_size: int
) -> Iterator[StoredPart]:
    """Yield all maps in batches, shuffled: first the chunks, then the rows of several chunks.

    Parameters
    ----------
    stored : StoredRows
        The maps.
    shuffle : callable
        Returns a random permutation of so many numbers.
    batch_size : int
        Maps in a batch; the last one may have fewer.
    """
    chunks = stored.chunk_of_rows()
    order = shuffle(len(np.unique(chunks)))
    groups = group_by_chunk(chunks, rows_at_once(stored), order)
    # Before anything is read, and so in this thread.
    orders = [shuffle(len(rows)) for rows in groups]
    groups = [np.sort(rows) for rows in groups]
    parts = read_parts(stored, groups)
    return cut_batches(parts, batch_size, orders)


def cut_batches(
    parts: Iterator[StoredPart], batch_size: int, orders: list[np.ndarray] | None = None
) -> Iterator[StoredPart]:
    """Yield batches of one size, the last one excepted, from parts of any size.

    Parameters
    ----------
    parts : iterator of StoredPart
        The parts.
    batch_size : int
        Maps in a batch.
    orders : list of ndarray of int, default=None
        The order in which the maps of each part are used. None means theirs.
    """
    waiting: list[StoredPart] = []
    for number, (rows, maps) in enumerate(parts):
        order = np.arange(len(rows)) if orders is None else orders[number]
        start = 0
        while start < len(order):
            n_waiting = sum(len(part.rows) for part in waiting)
            taken = order[start : start + batch_size - n_waiting]
            start += len(taken)
            # Indexing copies: a batch does not keep its part in memory.
            waiting.append(StoredPart(rows[taken], maps[taken]))
            if n_waiting + len(taken) == batch_size:
                yield _join(waiting)
                waiting = []
    if waiting:
        yield _join(waiting)


def _join(parts: list[StoredPart]) -> StoredPart:
    if len(parts) == 1:
        return parts[0]
    return StoredPart(*(np.concatenate(column) for column in zip(*parts, strict=True)))


def _read(stored: StoredRows, rows: np.ndarray) -> np.ndarray:
    maps = stored.read(rows)
    # Their sum overflows in float16.
    is_finite = np.isfinite(maps.sum(axis=(1, 2), dtype=np.float64))
    if not is_finite.all():
        row = int(rows[is_finite.argmin()])
        raise ValueError(
            f"X contains NaN or infinity in row {row} of the store: make the features again, or "
            f"leave the clip out."
        )
    return maps
