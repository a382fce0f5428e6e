"""Chunks of maps in files on this machine, decoded without Zarr's event loop."""

import itertools
from typing import Any

import numpy as np

from ._folder import Folder
from ._layout import FEATURES


class LocalChunks:
    """Chunks of maps in files on this machine, each of which has all values of some clips.

    Zarr reads them, too, for which its event loop, its threads and its selection of clips take
    longer than decoding, on the cores that train (measured: 3 ms instead of 1.3 ms for 20 clips).

    Parameters
    ----------
    folder : Folder
        Folder of the store.
    array : zarr.Array
        The maps, compressed with Zstandard.
    """

    def __init__(self, folder: Folder, array: Any) -> None:
        import numcodecs

        self._folder = folder
        self._key_of = array.metadata.encode_chunk_key
        self._codec = numcodecs.Zstd()
        self._shape: tuple[int, ...] = array.chunks
        self._dtype: np.dtype = array.dtype
        self._stored_dtype = array.dtype.newbyteorder(array.serializer.endian.value)

    def read(self, clips: np.ndarray) -> np.ndarray:
        """Return the maps of clips; NaN where a file is missing, as in Zarr.

        Parameters
        ----------
        clips : ndarray of int
            Numbers of the clips, ascending.

        Returns
        -------
        ndarray of shape (n_clips, ...)
            The maps.
        """
        maps = np.empty((len(clips), *self._shape[1:]), self._dtype)
        chunks, places = np.divmod(clips, self._shape[0])
        numbers, starts = np.unique(chunks, return_index=True)
        bounds = itertools.pairwise([*starts.tolist(), len(clips)])
        for number, (start, stop) in zip(numbers.tolist(), bounds, strict=True):
            chunk = self._read_chunk(number)
            maps[start:stop] = np.nan if chunk is None else chunk[places[start:stop]]
        return maps

    def _read_chunk(self, number: int) -> np.ndarray | None:
        key = self._key_of((number, *(0 for _ in self._shape[1:])))
        content = self._folder.read(f"{FEATURES}/{key}")
        if content is None:
            return None
        # No larger than a chunk, whatever the file says; values that it lacks stay missing.
        chunk = np.full(self._shape, np.nan, self._stored_dtype)
        self._codec.decode(content, chunk)
        return chunk


def find_local_chunks(folder: Folder, array: Any) -> LocalChunks | None:
    """Return the chunks of an array on this machine; None if only Zarr can read them.

    Parameters
    ----------
    folder : Folder
        Folder of the store.
    array : zarr.Array
        The maps.

    Returns
    -------
    LocalChunks or None
        The chunks.
    """
    from zarr.codecs import BytesCodec, Endian, ZstdCodec

    has_whole_clips = array.shards is None and array.chunks[1:] == array.shape[1:]
    if not folder.is_local or not has_whole_clips or array.filters:
        return None
    match array.serializer, array.compressors:
        case BytesCodec(endian=Endian()), (ZstdCodec(),):
            return LocalChunks(folder, array)
    return None
