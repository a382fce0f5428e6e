"""Maps that may be larger than memory, for the training loop: batches, and statistics of bands."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import torch

from ..._memory_maps import is_memory_mapped
from ..._stored_rows import StoredRows
from .read_ahead import read_ahead
from .stored_maps import StoredPart, cut_batches, read_by_chunk, read_in_order, read_shuffled

# Bytes gathered in one go. Several small batches at once cost hardly more than one of them.
_GATHERED_BYTES = 4_000_000
_STATISTICS_BYTES = 16_000_000
_MOVED_BYTES = 64_000_000

Batch = tuple[torch.Tensor, tuple[torch.Tensor, torch.Tensor]]


class MapDataset(torch.utils.data.Dataset):
    """Maps, encoded genres and weights, kept as the arrays they are; read as float32.

    Parameters
    ----------
    X : ndarray or StoredRows of shape (n_clips, n_bands, n_frames)
        Maps; may be read-only or memory-mapped, float32 or float16, or in a store.
    y : ndarray of shape (n_clips,)
        Numbers of the genres.
    weight : ndarray of shape (n_clips,)
        Weights with the mean 1.
    rows : ndarray of int, default=None
        The clips to use, in this order. None means all. Their maps are copied when they are
        needed, a batch at a time.
    """

    def __init__(
        self,
        X: np.ndarray | StoredRows,
        y: np.ndarray,
        weight: np.ndarray,
        rows: np.ndarray | None = None,
    ) -> None:
        self.stored: StoredRows | None = None
        if isinstance(X, StoredRows):
            self.stored = X if rows is None else X[rows]
        self._maps: Any = X
        self._rows = rows
        self.y = y if rows is None else y[rows]
        self.weight = weight if rows is None else weight[rows]

    @property
    def X(self) -> np.ndarray:
        """All maps, for skorch callbacks that need them; a copy when rows were chosen."""
        if self.stored is not None:
            return np.asarray(self.stored, dtype=np.float32)
        maps = self._maps if self._rows is None else self._maps[self._rows]
        return maps.astype(np.float32, copy=False)

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of all maps, for callbacks that need the size of their input."""
        return (len(self), *self._maps.shape[1:])

    @property
    def clip_bytes(self) -> int:
        """Size of one clip's map in float32."""
        return int(np.prod(self._maps.shape[1:])) * np.dtype(np.float32).itemsize

    @property
    def is_memory_mapped(self) -> bool:
        """Whether the maps are read from a file on access."""
        return is_memory_mapped(self._maps)

    def __len__(self) -> int:
        return len(self.y)

    def __getitem__(self, rows: Any) -> Any:
        """Return maps, genres and weights of an index, a slice or an array of indices."""
        if self.stored is not None:
            positions = np.arange(len(self))[rows]
            maps = self.stored.read(np.atleast_1d(positions)).astype(np.float32, copy=False)
            maps = maps if positions.ndim else maps[0]
            return maps, (self.y[rows], self.weight[rows])
        chosen = rows if self._rows is None else self._rows[rows]
        maps = self._maps[chosen].astype(np.float32, copy=False)
        return maps, (self.y[rows], self.weight[rows])

    def parts(self, n_at_once: int) -> Iterator[tuple[Any, np.ndarray]]:
        """Yield positions and maps of so many clips at once, in order, or of a store by chunk."""
        if self.stored is None:
            for start in range(0, len(self), n_at_once):
                part = slice(start, start + n_at_once)
                yield part, self[part][0]
            return
        for rows, maps in read_by_chunk(self.stored):
            for start in range(0, len(rows), n_at_once):
                part = slice(start, start + n_at_once)
                yield rows[part], maps[part].astype(np.float32, copy=False)


class Batches:
    """Batches as slices of a few gathered rows, without access to single items.

    skorch's ``iterator_train`` and ``iterator_valid``. Maps in memory are gathered for several
    batches at once; on a GPU, all maps are kept there when they take less than half of its free
    memory. Otherwise, and from a memory-mapped file or a store, a thread reads ahead. A store is
    shuffled within parts of it: the chunks first, then the clips of several chunks.

    Parameters
    ----------
    dataset : MapDataset
        The clips.
    batch_size : int
        Clips in a batch; -1 means all.
    shuffle : bool, default=False
        Whether to shuffle in each epoch. The seed is drawn from torch's generator when the batches
        are made.
    device : str, default="cpu"
        Device of the batches.
    """

    def __init__(
        self, dataset: MapDataset, batch_size: int, shuffle: bool = False, device: str = "cpu"
    ) -> None:
        self.dataset = dataset
        self.batch_size = len(dataset) if batch_size == -1 else batch_size
        self.shuffle = shuffle
        self.device = torch.device(device)
        self._generator = torch.Generator()
        if shuffle:
            self._generator.manual_seed(int(torch.randint(2**62, ())))
        self._on_device = self._put_on_device() if self.device.type != "cpu" else None

    def __len__(self) -> int:
        return -(-len(self.dataset) // self.batch_size)

    def __iter__(self) -> Iterator[Batch]:
        n_clips = len(self.dataset)
        stored = self.dataset.stored
        if stored is not None and self._on_device is None:
            if self.shuffle:
                batches = read_shuffled(stored, self._draw, self.batch_size)
            else:
                batches = cut_batches(read_in_order(stored), self.batch_size)
            return read_ahead(self._move_part(part) for part in batches)
        if self.shuffle:
            order = torch.randperm(n_clips, generator=self._generator)
        else:
            order = torch.arange(n_clips)
        if self._on_device is not None:
            order = order.to(self.device)
            return _split(self._take_on_device, order.split(self.batch_size), self.batch_size)
        if self.dataset.is_memory_mapped or self.device.type != "cpu":
            return read_ahead(map(self._read, order.split(self.batch_size)))
        n_batches = max(1, _GATHERED_BYTES // (self.batch_size * self.dataset.clip_bytes))
        return _split(self._read, order.split(n_batches * self.batch_size), self.batch_size)

    def _read(self, rows: torch.Tensor) -> Batch:
        # Indexing with an array copies: the batch is writable even if the maps are not.
        X, (y, weight) = self.dataset[rows.numpy()]
        return self._move(X), (self._move(y), self._move(weight))

    def _draw(self, n: int) -> np.ndarray:
        return torch.randperm(n, generator=self._generator).numpy()

    def _move_part(self, part: StoredPart) -> Batch:
        maps = part.maps.astype(np.float32, copy=False)
        genres, weight = self.dataset.y[part.rows], self.dataset.weight[part.rows]
        return self._move(maps), (self._move(genres), self._move(weight))

    def _move(self, array: np.ndarray) -> torch.Tensor:
        tensor = torch.from_numpy(array)
        if self.device.type == "cuda":
            return tensor.pin_memory().to(self.device, non_blocking=True)
        return tensor.to(self.device)

    def _take_on_device(self, rows: torch.Tensor) -> Batch:
        assert self._on_device is not None
        X, (y, weight) = self._on_device
        return X[rows], (y[rows], weight[rows])

    def _put_on_device(self) -> Batch | None:
        n_clips = len(self.dataset)
        n_bytes = n_clips * self.dataset.clip_bytes
        if self.device.type == "cuda" and n_bytes > torch.cuda.mem_get_info(self.device)[0] // 2:
            return None
        maps = torch.empty(self.dataset.shape, device=self.device)
        for rows, part in self.dataset.parts(max(1, _MOVED_BYTES // self.dataset.clip_bytes)):
            # Rows of a memory map are read-only.
            maps[rows] = torch.from_numpy(part if part.flags.writeable else part.copy()).to(
                self.device
            )
        genres, weight = torch.from_numpy(self.dataset.y), torch.from_numpy(self.dataset.weight)
        return maps, (genres.to(self.device), weight.to(self.device))


def _split(
    take: Callable[[torch.Tensor], Batch], parts: tuple[torch.Tensor, ...], batch_size: int
) -> Iterator[Batch]:
    """Take some rows at once, and yield them a batch at a time."""
    for rows in parts:
        X, (y, weight) = take(rows)
        pairs = zip(y.split(batch_size), weight.split(batch_size), strict=True)
        yield from zip(X.split(batch_size), pairs, strict=True)


def band_statistics(
    dataset: MapDataset, center: str | None = None
) -> tuple[torch.Tensor, torch.Tensor]:
    """Return the mean and the standard deviation of each band over clips and frames.

    Parameters
    ----------
    dataset : MapDataset
        The clips.
    center : {"clip"} or None, default=None
        With "clip" they are those of maps whose bands are centred, unless they have one frame.
    """
    n_read, mean, square = 0, np.zeros(()), np.zeros(())
    level = np.zeros(())  # Largest absolute mean that was subtracted.
    n_at_once = max(1, _STATISTICS_BYTES // dataset.clip_bytes)
    # A part at a time: the maps may be larger than memory. The parts are combined as in T. Chan, G.
    # Golub, R. LeVeque, "Algorithms for Computing the Sample Variance", 1983.
    for _, maps in dataset.parts(n_at_once):
        if center == "clip" and maps.shape[2] > 1:
            means = maps.mean(axis=2, keepdims=True, dtype=np.float64)
            level = np.maximum(level, np.abs(means).max(axis=(0, 2)))
            maps = maps - means.astype(np.float32)
        centre = maps.mean(axis=(0, 2), dtype=np.float64).astype(np.float32)
        centred = maps - centre[:, np.newaxis]
        rest = centred.mean(axis=(0, 2), dtype=np.float64)
        n_part = maps.shape[0] * maps.shape[2]
        part_square = np.einsum("cbt,cbt->b", centred, centred, dtype=np.float64)
        part_square -= n_part * rest**2
        step = centre + rest - mean
        n_both = n_read + n_part
        mean = mean + step * (n_part / n_both)
        square = square + part_square + step**2 * (n_read * n_part / n_both)
        n_read = n_both
    std = np.sqrt(np.maximum(square / n_read, 0.0))
    # Variation by rounding alone is none.
    std[std <= 1e-6 * np.maximum(np.abs(mean), level)] = 0.0
    return torch.tensor(mean, dtype=torch.float32), torch.tensor(std, dtype=torch.float32)
