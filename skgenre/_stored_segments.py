"""Segments of clips in a store, as rows."""

import contextlib
from collections.abc import Iterator
from typing import Any, Self

import numpy as np

from ._stored_rows import StoredRows


class StoredSegments(StoredRows):
    """Segments as rows: all of the first clip, then all of the second, and so on.

    Parameters
    ----------
    clips : StoredRows of shape (n_clips, n_segments, n_bands, n_frames)
        Maps of segments.
    segments : ndarray of int, default=None
        Numbers of the segments to use, in this order. None means all.
    """

    def __init__(self, clips: StoredRows, segments: np.ndarray | None = None) -> None:
        self._clips = clips
        self._n_per_clip = clips.shape[1]
        n_segments = len(clips) * self._n_per_clip
        self._segments = np.arange(n_segments) if segments is None else segments
        self.shape = (len(self._segments), *clips.shape[2:])
        self.dtype = clips.dtype
        self.max_bytes = clips.max_bytes
        self.feature_names = None

    def __getitem__(self, key: Any) -> Any:
        """Return some of the segments, which are not read yet; of an index, the map."""
        if isinstance(key, tuple):
            key = key[0]
        chosen = self._segments[key]
        if np.ndim(chosen) == 0:
            return self._read(np.array([chosen]))[0]
        return StoredSegments(self._clips, chosen)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        """Read all segments; more than `max_bytes` are refused, as of clips."""
        if self.fits_in_memory:
            return self._read(self._segments).astype(dtype or self.dtype, copy=False)
        clips, places = np.divmod(self._segments, self._n_per_clip)
        return np.asarray(self._clips, dtype=dtype)[clips, places]

    def read(self, rows: np.ndarray) -> np.ndarray:
        """Return some segments, in their order.

        Parameters
        ----------
        rows : ndarray of int
            Positions among these segments.

        Returns
        -------
        ndarray of shape (n_rows, n_bands, n_frames)
            Their maps.
        """
        return self._read(self._segments[rows])

    def chunk_of_rows(self) -> np.ndarray:
        """Return the number of the chunk that each segment is in.

        Returns
        -------
        ndarray of shape (n_segments,), int
            That of its clip.
        """
        return self._clips.chunk_of_rows()[self._segments // self._n_per_clip]

    @contextlib.contextmanager
    def kept_near(self) -> Iterator[Self]:
        """Return segments that are read over the network once.

        Yields
        ------
        StoredSegments
            The same segments.
        """
        with self._clips.kept_near() as near:
            yield type(self)(near, self._segments)

    def _read(self, segments: np.ndarray) -> np.ndarray:
        clips, places = np.divmod(segments, self._n_per_clip)
        distinct, rows = np.unique(clips, return_inverse=True)
        maps = self._clips.read(distinct)
        whole_clips = distinct[:, np.newaxis] * self._n_per_clip + np.arange(self._n_per_clip)
        if np.array_equal(segments, whole_clips.ravel()):
            return maps.reshape(-1, *maps.shape[2:])
        return maps[rows, places]
