"""Maps that may be larger than memory, for the training loop: batches, and statistics of bands."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import torch


class MapDataset(torch.utils.data.Dataset):
    """Maps, encoded genres and weights, kept as the arrays they are.

    Parameters
    ----------
    X : ndarray of shape (n_clips, n_bands, n_frames)
        Maps; may be read-only or memory-mapped.
    y : ndarray of shape (n_clips,)
        Numbers of the genres.
    weight : ndarray of shape (n_clips,)
        Weights with the mean 1.
    rows : ndarray of int, default=None
        The clips to use, in this order. None means all. Their maps are copied when they are
        needed, a batch at a time.
    """

    def __init__(
        self, X: np.ndarray, y: np.ndarray, weight: np.ndarray, rows: np.ndarray | None = None
    ) -> None:
        self._maps = X
        self._rows = rows
        self.y = y if rows is None else y[rows]
        self.weight = weight if rows is None else weight[rows]

    @property
    def X(self) -> np.ndarray:
        """All maps, for callbacks of skorch that ask for them; a copy when rows were chosen."""
        return self._maps if self._rows is None else self._maps[self._rows]

    def __len__(self) -> int:
        return len(self.y)

    def __getitem__(self, rows: Any) -> Any:
        """Return maps, genres and weights of an index, a slice or an array of indices."""
        chosen = rows if self._rows is None else self._rows[rows]
        return self._maps[chosen], (self.y[rows], self.weight[rows])


class Batches:
    """Batches as slices of the arrays: no item is touched on its own.

    skorch's ``iterator_train`` and ``iterator_valid``.
    """

    def __init__(self, dataset: MapDataset, batch_size: int, shuffle: bool = False) -> None:
        self.dataset = dataset
        self.batch_size = len(dataset) if batch_size == -1 else batch_size
        self.shuffle = shuffle

    def __len__(self) -> int:
        return -(-len(self.dataset) // self.batch_size)

    def __iter__(self) -> Iterator[tuple[torch.Tensor, tuple[torch.Tensor, torch.Tensor]]]:
        n_clips = len(self.dataset)
        order = torch.randperm(n_clips).numpy() if self.shuffle else np.arange(n_clips)
        for start in range(0, n_clips, self.batch_size):
            # Indexing with an array copies: the batch is writable even if the maps are not.
            X, (y, weight) = self.dataset[order[start : start + self.batch_size]]
            yield torch.from_numpy(X), (torch.from_numpy(y), torch.from_numpy(weight))


def band_statistics(dataset: MapDataset) -> tuple[torch.Tensor, torch.Tensor]:
    """Return the mean and the standard deviation of each band over clips and frames."""
    n_bands, n_frames = dataset[0][0].shape
    n_values = len(dataset) * n_frames
    mean = np.zeros(n_bands)
    square = np.zeros(n_bands)
    # Clip by clip: the maps may be larger than memory, and a float64 copy of them surely is.
    for row in range(len(dataset)):
        mean += dataset[row][0].sum(axis=1, dtype=np.float64)
    mean /= n_values
    for row in range(len(dataset)):
        centred = dataset[row][0] - mean[:, np.newaxis]
        square += np.square(centred, dtype=np.float64).sum(axis=1)
    std = np.sqrt(square / n_values)
    # What varies by rounding alone does not vary.
    std[std <= 1e-6 * np.abs(mean)] = 0.0
    return torch.tensor(mean, dtype=torch.float32), torch.tensor(std, dtype=torch.float32)
