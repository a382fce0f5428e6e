"""Features in the files of a store, read by the numbers of clips."""

import io
import itertools
from abc import ABC, abstractmethod
from collections.abc import Iterable
from typing import Any, Self

import numpy as np

from .._secrets import hide_parts
from .._shown_text import show
from ._facts import Facts, read_marker
from ._folder import Folder
from ._layout import CLIP, FEATURES, OK, Layout
from ._local_chunks import find_local_chunks
from ._stored_copies import NearFiles


class StoredFiles(ABC):
    """The files of a store.

    Parameters
    ----------
    folder : Folder
        Folder of the store.
    facts : Facts
        The facts about it.

    Attributes
    ----------
    layout : Layout
        Names in it.
    shape : tuple of int
        Shape of a clip's features.
    dtype : dtype
        Data type of the features.
    clips_per_chunk : int
        Clips that are read together.
    feature_names : ndarray of str or None
        Names of the columns of a table.
    """

    shape: tuple[int, ...]
    dtype: np.dtype
    clips_per_chunk: int
    feature_names: np.ndarray | None = None

    def __init__(self, folder: Folder, facts: Facts) -> None:
        self.folder = folder
        self.facts = facts
        self.layout = Layout(facts.kind)
        self.shape = tuple(facts.shape)
        self.dtype = np.dtype(facts.dtype)
        self._near: NearFiles | None = None

    @abstractmethod
    def read(self, clips: np.ndarray) -> np.ndarray:
        """Return the features of clips, whose numbers are distinct and ascending."""

    @abstractmethod
    def read_ok(self) -> np.ndarray:
        """Return which clips have features."""

    @abstractmethod
    def _names_for_all(self) -> list[str]:
        """Return the names of the files that every reader needs."""

    @abstractmethod
    def _names_for(self, clips: np.ndarray) -> Iterable[str]:
        """Return the names of the files with the features of clips."""

    @property
    def origin(self) -> Folder:
        """The folder of the store itself, not of copies of its files."""
        return self.folder if self._near is None else self._near.far

    def keep_near(self, path: str) -> Self:
        """Return the same files, each copied to a folder on this machine before it is read."""
        near = NearFiles(self.folder, path)
        near.fetch(self._names_for_all())
        files = type(self)(near.copy, self.facts)
        files._near = near
        return files

    def _fetch(self, clips: np.ndarray) -> None:
        if self._near is not None:
            self._near.fetch(self._names_for(clips))

    def damaged(self, what: str, clip: int | None = None) -> ValueError:
        """Return the error of a damaged store, or of the partition of a clip, with the cure."""
        shown = self.origin.shown
        if clip is None:
            cure = "Delete it and run extract_features again"
        else:
            marker = self.layout.marker(clip // self.facts.partition_size)
            cure = f"Delete {marker} in it and run extract_features again, which makes this part"
        return ValueError(f"{shown} is damaged: {what}. {cure}.")

    def explain(self, error: Exception) -> str:
        """Return the first line of an error, without the secrets of the store's URL."""
        text = hide_parts(str(error).partition("\n")[0], str(self.origin.url))
        return show(text[:200].rstrip(".") or type(error).__name__)

    def check_reachable(self, names: Iterable[str]) -> None:
        """Raise an OSError if a file can't be read because its file system fails."""
        for name in names:
            self.folder.read(name)


class MapFiles(StoredFiles):
    """Maps in a Zarr group."""

    _features: Any
    _ok: Any

    def __init__(self, folder: Folder, facts: Facts) -> None:
        super().__init__(folder, facts)
        store = folder.zarr_store(read_only=True)
        import zarr

        try:
            group = zarr.open_group(store, mode="r")
            self._features, self._ok = group[FEATURES], group[OK]
        except Exception as error:  # of the file system, of JSON and of Zarr
            self.check_reachable(self._names_for_all())
            raise self.damaged(f"its arrays can't be opened ({self.explain(error)})") from None
        for array, shape in (
            (self._features, (facts.n_clips, *self.shape)),
            (self._ok, (facts.n_clips,)),
        ):
            if array.shape != shape:
                raise self.damaged(
                    f"its array {array.basename} has the shape {array.shape} in place of {shape}"
                )
        if self._ok.chunks != (facts.partition_size,):
            raise self.damaged(
                f"its array {OK} has chunks of {self._ok.chunks[0]} clips in place of "
                f"{facts.partition_size}"
            )
        if self._features.dtype != self.dtype:
            raise self.damaged(f"its array {FEATURES} is of {self._features.dtype}")
        self._chunk = self._features.shards or self._features.chunks
        self.clips_per_chunk = self._chunk[0]
        self._local_chunks = find_local_chunks(folder, self._features)

    def read(self, clips: np.ndarray) -> np.ndarray:
        """Return the features of clips, whose numbers are distinct and ascending."""
        self._fetch(clips)
        try:
            maps = self._read(clips)
        except Exception as error:  # of the file system and of the codecs
            clip = self._first_unreadable(clips)
            self.check_reachable(self._names_for(np.array([clip])))
            raise self.damaged(f"maps can't be read ({self.explain(error)})", clip) from None
        # Zarr reads NaN where a file is missing.
        is_missing = np.isnan(maps.reshape(len(maps), -1)[:, 0])
        if is_missing.any():
            clip = int(clips[is_missing.argmax()])
            raise self.damaged(f"the map of clip {clip} is missing", clip)
        return maps

    def _read(self, clips: np.ndarray) -> np.ndarray:
        if self._local_chunks is not None:
            return self._local_chunks.read(clips)
        return self._features.get_orthogonal_selection((clips,))

    def _first_unreadable(self, clips: np.ndarray) -> int:
        for clip in clips[np.unique(clips // self.clips_per_chunk, return_index=True)[1]]:
            try:
                self._read(np.array([clip]))
            except Exception:  # the one that is looked for
                return int(clip)
        return int(clips[0])

    def read_ok(self) -> np.ndarray:
        """Return which clips have features."""
        try:
            return np.asarray(self._ok[:], dtype=bool)
        except Exception as error:
            self.check_reachable([f"{OK}/zarr.json"])
            raise self.damaged(f"its array {OK} can't be read ({self.explain(error)})") from None

    def _names_for_all(self) -> list[str]:
        return ["zarr.json", f"{FEATURES}/zarr.json", f"{OK}/zarr.json"]

    def _names_for(self, clips: np.ndarray) -> Iterable[str]:
        others = [range(-(-n // step)) for n, step in zip(self.shape, self._chunk[1:], strict=True)]
        for chunk in np.unique(clips // self.clips_per_chunk):
            for place in itertools.product([int(chunk)], *others):
                yield f"{FEATURES}/{self._features.metadata.encode_chunk_key(place)}"


class TableFiles(StoredFiles):
    """Rows of a table in Parquet files, one per partition."""

    def __init__(self, folder: Folder, facts: Facts) -> None:
        super().__init__(folder, facts)
        columns = facts.columns or []
        self.feature_names = np.array(columns, dtype=str)
        self.clips_per_chunk = facts.partition_size
        if self.shape != (len(columns),) or len(set(columns)) < len(columns):
            raise self.damaged(
                f"{self.layout.facts} has {len(set(columns))} columns and the shape {self.shape}"
            )

    def read(self, clips: np.ndarray) -> np.ndarray:
        """Return the features of clips, whose numbers are distinct and ascending."""
        self._fetch(clips)
        assert self.feature_names is not None
        names = self.feature_names.tolist()
        table = np.empty((len(clips), len(names)), self.dtype)
        parts = clips // self.facts.partition_size
        for part in np.unique(parts):
            found = self._read_part(int(part), [CLIP, *names])
            numbers = found[CLIP].to_numpy()
            order = np.argsort(numbers)
            is_chosen = parts == part
            wanted = clips[is_chosen]
            at = np.searchsorted(numbers, wanted, sorter=order)
            rows = order[np.minimum(at, len(order) - 1)]
            is_missing = numbers[rows] != wanted
            if is_missing.any():
                clip = int(wanted[is_missing.argmax()])
                raise self.damaged(f"the row of clip {clip} is missing", clip)
            table[is_chosen] = found[names].to_numpy(self.dtype)[rows]
        return table

    def _read_part(self, part: int, columns: list[str]) -> Any:
        clip = part * self.facts.partition_size
        return read_parquet(self, self.layout.table(part), columns, clip)

    def read_ok(self) -> np.ndarray:
        """Return which clips have features."""
        # As the markers of the partitions say: they are much smaller than the partitions.
        names = [self.layout.marker(part) for part in range(self.facts.n_parts)]
        contents = self.folder.read_many(names)
        try:
            ok = np.ones(self.facts.n_clips, dtype=bool)
        except MemoryError as error:
            raise self.damaged(f"it tells of {self.facts.n_clips:,} clips") from error
        for part, name in enumerate(names):
            bad = read_marker(contents.get(name), self.facts.rows(part))
            if bad is None:
                raise self.damaged(f"{name} can't be read", part * self.facts.partition_size)
            ok[list(bad)] = False
        return ok

    def _names_for_all(self) -> list[str]:
        return []

    def _names_for(self, clips: np.ndarray) -> Iterable[str]:
        return map(self.layout.table, np.unique(clips // self.facts.partition_size).tolist())


def read_parquet(
    files: StoredFiles, name: str, columns: list[str] | None = None, clip: int | None = None
) -> Any:
    """Return a Parquet file of a store as a DataFrame.

    Parameters
    ----------
    files : StoredFiles
        The store.
    name : str
        Name of the file.
    columns : list of str, default=None
        The columns to read. None means all.
    clip : int, default=None
        A clip of its partition, if it has one.

    Raises
    ------
    ImportError
        If pyarrow is missing.
    ValueError
        If the file is missing or damaged.
    """
    try:
        import pyarrow.parquet as pq
    except ImportError as error:
        raise ImportError(
            "A store of features needs pyarrow: pip install 'skgenre[cluster]'."
        ) from error
    content = files.folder.read(name)
    if content is None:
        raise files.damaged(f"{name} is missing", clip)
    try:
        return pq.read_table(io.BytesIO(content), columns=columns).to_pandas()
    except Exception as error:  # pyarrow's own kinds, and those of its codecs
        raise files.damaged(f"{name} can't be read ({files.explain(error)})", clip) from error
