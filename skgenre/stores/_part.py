"""Compute one partition of a store and write it; runs in a thread, or on a worker."""

import io
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from .._half_precision import to_half
from .._threads import run_in_threads
from .._urls import is_url
from ..exceptions import AudioDecodeError
from ._facts import Facts, read_facts, read_marker, write_marker
from ._feature import check_shape, compute_clip, transformers_of
from ._folder import Folder, show_url
from ._layout import CLIP, FEATURES, OK, Layout


@dataclass(frozen=True, repr=False)  # Dask writes the repr of arguments into its logs
class Part:
    """A partition to compute.

    Parameters
    ----------
    number : int
        Its number.
    start : int
        Row of its first clip.
    paths : list of str
        Its files.
    left_out : dict of int to str
        Clips that must not be opened, by their rows, with the reasons.
    """

    number: int
    start: int
    paths: list[str]
    left_out: dict[int, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Outcome:
    """A finished partition.

    Parameters
    ----------
    number : int
        Its number.
    n_clips : int
        Its clips, with the bad ones.
    bad : dict of int to str
        Reasons by the rows of clips that could not be read.
    is_written : bool
        Whether the partition is finished: it is not if bad files are to be an error.
    """

    number: int
    n_clips: int
    bad: dict[int, str]
    is_written: bool = True


@dataclass(frozen=True, repr=False)
class PartWriter:
    """Computes partitions of a store and writes them. It can be sent to workers.

    Parameters
    ----------
    feature : estimator
        The feature.
    folder : Folder
        The store.
    facts : Facts
        The facts about it.
    refuses_bad : bool
        Whether bad files are an error: a partition with some isn't finished then.
    """

    feature: Any
    folder: Folder
    facts: Facts
    refuses_bad: bool = False

    def run(
        self, part: Part, n_threads: int = 1, on_clip: Callable[[], None] | None = None
    ) -> Outcome:
        """Write a partition, unless that is done."""
        layout = Layout(self.facts.kind)
        marker = layout.marker(part.number)
        done = read_marker(self.folder.read(marker))
        if done is not None and not (self.refuses_bad and done):
            return Outcome(part.number, len(part.paths), dict(done))
        self._require_store()
        write = self._write_maps if self.facts.kind == "maps" else self._write_table
        bad = part.left_out | dict(write(part, n_threads, on_clip))
        if bad and self.refuses_bad:
            return Outcome(part.number, len(part.paths), bad, is_written=False)
        write_marker(self.folder, marker, bad)
        return Outcome(part.number, len(part.paths), bad)

    def compute(self, paths: list[str]) -> None:
        """Compute clips and keep nothing: to find one that kills its worker."""
        for path in paths:
            self._try(path)

    def _write_maps(
        self, part: Part, n_threads: int, on_clip: Callable[[], None] | None
    ) -> Iterator[tuple[int, str]]:
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
        self, part: Part, n_threads: int, on_clip: Callable[[], None] | None
    ) -> Iterator[tuple[int, str]]:
        import pyarrow as pa
        import pyarrow.parquet as pq

        columns = self.facts.columns or []
        values = np.full((len(part.paths), *self.facts.shape), np.nan, dtype=self.facts.dtype)
        are_ok = np.zeros(len(part.paths), dtype=bool)
        for number, (row, result) in enumerate(self._compute(part, n_threads, on_clip)):
            if isinstance(result, str):
                yield row, result
            else:
                values[number] = result
                are_ok[number] = True
        table: dict[str, Any] = {CLIP: np.arange(part.start, part.start + len(part.paths))}
        table[OK] = are_ok
        table |= {name: values[:, number] for number, name in enumerate(columns)}
        file = io.BytesIO()
        pq.write_table(pa.table(table), file)
        self.folder.write(Layout.table(part.number), file.getvalue())

    def _open_group(self) -> Any:
        import zarr

        with self.folder.errors():
            return zarr.open_group(self.folder.zarr_store(read_only=False), mode="r+")

    def _require_store(self) -> None:
        if read_facts(self.folder, self.facts.kind) is None:
            raise OSError(
                f"{self.folder.shown}: a worker doesn't find this. Choose a folder that all "
                f"machines share, or an object store."
            )

    def _compute(
        self, part: Part, n_threads: int, on_clip: Callable[[], None] | None
    ) -> Generator[tuple[int, np.ndarray | str], None, None]:
        """Yield each row with the features of its clip, or with the reason why there are none."""
        rows = range(part.start, part.start + len(part.paths))
        if self._is_on_gpu():
            yield from self._compute_batches(part, on_clip)
            return

        def compute(row: int) -> tuple[int, np.ndarray | str]:
            if row in part.left_out:
                return row, part.left_out[row]
            return row, self._try(part.paths[row - part.start])

        for result in run_in_threads(compute, rows, n_threads):
            if on_clip is not None:
                on_clip()
            yield result

    def _is_on_gpu(self) -> bool:
        return any(item._find_device() != "cpu" for item in transformers_of(self.feature))

    def _compute_batches(
        self, part: Part, on_clip: Callable[[], None] | None
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

    def _try(self, path: str) -> np.ndarray | str:
        """Return the features of a clip, or why its file can't be read.

        A remote file is tried twice: a connection may have been lost.
        """
        reason = ""
        for _ in range(2 if is_url(path) else 1):
            try:
                return self._check(compute_clip(self.feature, path), path)
            except AudioDecodeError as error:
                reason = str(error).removeprefix(f"{show_url(path)}: ")
        return reason

    def _check(self, features: np.ndarray, path: str) -> np.ndarray:
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
