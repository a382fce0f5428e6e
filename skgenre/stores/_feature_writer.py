"""Compute the features of the clips of a partition, and write them as maps or as a table."""

import os
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from .._half_precision import to_half
from .._pipelines import steps_of
from .._remote_ahead import FilesAhead
from .._threads import run_in_threads
from ..exceptions import AudioDecodeError
from ..features import AudioTransformer
from ._feature import check_shape, compute_clip, transformers_of
from ._folder import show_url
from ._layout import FEATURES, OK
from ._part import OnClip, Part, PartWriter, read_clip, write_table


@dataclass(frozen=True, repr=False)
class FeatureWriter(PartWriter):
    """Writes partitions of features.

    Parameters
    ----------
    feature : estimator
        The feature.
    """

    feature: Any

    def write(self, part: Part, n_threads: int, on_clip: OnClip) -> Iterator[tuple[int, str]]:
        write = self._write_maps if self.facts.kind == "maps" else self._write_table
        yield from write(part, n_threads, on_clip)

    def compute(self, paths: list[str]) -> None:
        for path in paths:
            self._try(path)

    def _write_maps(self, part: Part, n_threads: int, on_clip: OnClip) -> Iterator[tuple[int, str]]:
        group = self._open_group()
        features = group[FEATURES]
        shape, size = tuple(self.facts.shape), self.facts.chunk_size
        are_ok = np.zeros(len(part.paths), dtype=bool)
        found = self._compute(part, n_threads, on_clip)
        for first in range(0, len(part.paths), size):
            n_rows = min(size, len(part.paths) - first)
            values = np.full((n_rows, *shape), np.nan, dtype=self.facts.dtype)
            for number in range(n_rows):
                row, result = next(found)
                if isinstance(result, str):
                    yield row, result
                else:
                    values[number] = result
                    are_ok[first + number] = True
            with self.folder.errors():
                features[part.start + first : part.start + first + n_rows] = values
        found.close()
        with self.folder.errors():
            group[OK][part.start : part.start + len(part.paths)] = are_ok

    def _write_table(
        self, part: Part, n_threads: int, on_clip: OnClip
    ) -> Iterator[tuple[int, str]]:
        columns = self.facts.columns or []
        values = np.full((len(part.paths), *self.facts.shape), np.nan, dtype=self.facts.dtype)
        are_ok = np.zeros(len(part.paths), dtype=bool)
        for number, (row, result) in enumerate(self._compute(part, n_threads, on_clip)):
            if isinstance(result, str):
                yield row, result
            else:
                values[number] = result
                are_ok[number] = True
        table: dict[str, Any] = {OK: are_ok}
        table |= {name: values[:, number] for number, name in enumerate(columns)}
        write_table(self.folder, part, table)

    def _open_group(self) -> Any:
        import zarr

        with self.folder.errors():
            return zarr.open_group(self.folder.zarr_store(read_only=False), mode="r+")

    def _compute(
        self, part: Part, n_threads: int, on_clip: OnClip
    ) -> Generator[tuple[int, np.ndarray | str], None, None]:
        """Yield each row with the features of its clip, or with the reason why there are none."""
        rows = range(part.start, part.start + len(part.paths))
        if self._is_on_gpu():
            yield from self._compute_batches(part, on_clip)
            return

        files = part.files() if self._reads_every_clip() else part.paths
        ahead = FilesAhead(files, n_threads)

        def compute(row: int) -> tuple[int, np.ndarray | str]:
            if row in part.left_out:
                return row, part.left_out[row]
            number = row - part.start
            with ahead.at(number):
                return row, self._try(files[number])

        with ahead:
            for result in run_in_threads(compute, rows, n_threads, ahead.end):
                if on_clip is not None:
                    on_clip()
                yield result

    def _reads_every_clip(self) -> bool:
        """Tell whether one transformer reads the files, and none of them from a cache."""
        first = steps_of(self.feature)[0]
        return isinstance(first, AudioTransformer) and first.memory is None

    def _is_on_gpu(self) -> bool:
        return any(item._find_device() != "cpu" for item in transformers_of(self.feature))

    def _compute_batches(
        self, part: Part, on_clip: OnClip
    ) -> Iterator[tuple[int, np.ndarray | str]]:
        """Compute a chunk at a time; of one with a bad file, clip after clip."""
        for first in range(0, len(part.paths), self.facts.chunk_size):
            paths = part.paths[first : first + self.facts.chunk_size]
            rows = range(part.start + first, part.start + first + len(paths))
            results: Any = None
            if not any(row in part.left_out for row in rows):
                try:
                    results = np.asarray(self.feature.transform(paths))
                except AudioDecodeError:
                    results = None
            for number, row in enumerate(rows):
                if on_clip is not None:
                    on_clip()
                if row in part.left_out:
                    yield row, part.left_out[row]
                elif results is None:
                    yield row, self._try(paths[number])
                else:
                    yield row, self._check(results[number], paths[number])

    def _try(self, path: str | os.PathLike) -> np.ndarray | str:
        """Return the features of a clip, or why its file can't be read."""
        return read_clip(lambda: self._check(compute_clip(self.feature, path), path), path)

    def _check(self, features: np.ndarray, path: str | os.PathLike) -> np.ndarray:
        name = show_url(path)
        check_shape(features, tuple(self.facts.shape), name)
        if self.facts.dtype == "float32":
            return features

        def describe(band: int, value: float) -> str:
            return (
                f"extract_features with dtype='float16' can't hold {value:g}, in band {band} of "
                f"{name}: float16 ends at 65504. Set dtype='float32'."
            )

        return to_half(features, describe)
