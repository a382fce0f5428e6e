"""The clips of a store: identifiers, genres and groups, from its table of clips."""

from functools import cached_property
from typing import Any

import numpy as np

from .._genre_matrix import as_genre_matrix
from ._stored_files import StoredFiles, read_parquet


class StoredClips:
    """The table of clips of a store, read when it is needed.

    Parameters
    ----------
    files : StoredFiles
        The files of the store.
    """

    def __init__(self, files: StoredFiles) -> None:
        self._files = files

    @cached_property
    def ids(self) -> np.ndarray:
        """The clips' identifiers."""
        return self._column("id", is_needed=True)

    @cached_property
    def genres(self) -> Any:
        """The genres: an array, a DataFrame of 0 and 1 with a column per genre, or None."""
        column = self._column("genre")
        if column is None or not any(isinstance(genre, np.ndarray | list) for genre in column):
            return column
        import pandas as pd

        rows = [set() if row is None else set(row) for row in column]
        matrix, genres = as_genre_matrix("open_features", rows)
        return pd.DataFrame(matrix, columns=genres)

    @cached_property
    def groups(self) -> np.ndarray | None:
        """The groups, or None."""
        return self._column("group")

    @cached_property
    def _table(self) -> Any:
        name, n_clips = self._files.layout.clips, self._files.facts.n_clips
        table = read_parquet(self._files, name)
        if len(table) != n_clips:
            raise self._files.damaged(f"{name} has {len(table)} clips, and the store {n_clips}")
        return table

    def _column(self, name: str, *, is_needed: bool = False) -> Any:
        if name not in self._table.columns:
            if is_needed:
                raise self._files.damaged(f"{self._files.layout.clips} has no column {name!r}")
            return None
        column = self._table[name].to_numpy()
        is_text = column.dtype.kind == "O" and all(isinstance(value, str) for value in column)
        return column.astype(str) if is_text else column
