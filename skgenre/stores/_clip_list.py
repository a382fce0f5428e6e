"""The clips of a store: their files, genres and groups."""

import hashlib
import io
import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from .._secrets import hide_secrets
from .._shown_text import show, to_unicode
from .._urls import Url, as_path, is_url
from ..audio._clip_items import is_path, list_items
from ..datasets._manifest_columns import Names, find_columns
from ..datasets._manifest_genres import join_genres, split_genres
from ..datasets._manifest_table import read_table

# Columns of a table with a name for each clip, the first that is there and has no name twice.
_ID_COLUMNS = ("track_id", "id", "clip_id", "song_id")


@dataclass(frozen=True)
class ClipList:
    """Files of clips, and what is known about them.

    Parameters
    ----------
    paths : list of str
        Paths and URLs, to be opened on any machine.
    names : list of str
        The same as they were given, without credentials.
    ids : list of str
        A name for each clip.
    genres : list of str, list of lists of str, or None
        Genres, if they are known; lists where clips may have several.
    groups : list of str, list of int, or None
        Group labels, if they are known.
    """

    paths: list[str]
    names: list[str]
    ids: list[str]
    genres: list[Any] | None
    groups: list[Any] | None

    def __len__(self) -> int:
        return len(self.paths)

    def columns(self) -> dict[str, list[Any]]:
        """Return what is known about the clips, by the names of the columns of their table."""
        known = {"id": self.ids, "path": self.names, "genre": self.genres, "group": self.groups}
        return {name: values for name, values in known.items() if values is not None}

    def digest(self) -> str:
        """Return a digest of the table of the clips, the same in any process and version."""
        columns = self.columns()
        content = hashlib.sha256(json.dumps(list(columns)).encode())
        for row in zip(*columns.values(), strict=True):
            content.update(json.dumps(row).encode())
        return content.hexdigest()

    def to_parquet(self) -> bytes:
        """Return the table of the clips as a Parquet file."""
        import pyarrow as pa
        import pyarrow.parquet as pq

        file = io.BytesIO()
        pq.write_table(pa.table(self.columns()), file)
        return file.getvalue()


def list_clips(clips: Any, caller: str) -> ClipList:
    """Return the clips of a Bunch of a loader, of a list of paths, or of a table of tracks.

    Parameters
    ----------
    clips : ClipList, Bunch, sequence of paths, or path
        The clips.
    caller : str
        Name of the function, for messages.

    Raises
    ------
    TypeError
        If `clips` is anything else, or has waveforms in place of files.
    ValueError
        If there are no clips, or a table has no column of files.
    """
    if isinstance(clips, ClipList):
        return clips
    if isinstance(clips, str | os.PathLike):
        return read_clips(clips)
    if hasattr(clips, "paths") and hasattr(clips, "keys"):
        return _list_bunch(clips)
    items = list_items(clips, caller) if hasattr(clips, "__len__") else None
    if items is None or not all(map(is_path, items)):
        raise TypeError(
            f"{caller} takes the Bunch of a loader such as load_manifest, a list of paths, "
            f"or the path of a table of tracks, got {_describe(clips)}."
        )
    return make_list([os.fspath(item) for item in items])


def read_clips(
    table: Any,
    given: dict[str, Any] | None = None,
    *,
    root: str | os.PathLike | None = None,
    genre_separator: str | None = None,
    genre_columns: Sequence[str] | None = None,
    names: Names | None = None,
) -> ClipList:
    """Return the clips of a table of tracks. No sound file is opened.

    Parameters
    ----------
    table : str, PathLike or DataFrame
        The table.
    given : dict of str to str, None or False, default=None
        Columns by role: "path", "genre", "group". None guesses all of them.
    root : str or PathLike, default=None
        Folder from which relative paths start. None takes that of the table.
    genre_separator, genre_columns : str, sequence of str, default=None
        Where the genres of clips with several are, as in `load_manifest`.
    names : Names, default=None
        Names of the parameters, for messages.
    """
    names = names or Names()
    given = {"path": None, "genre": None, "group": None} | (given or {})
    frame, name, source = read_table(table)
    several = None
    problems: list[str] = []
    if genre_columns is not None:
        several, problems = join_genres(frame, genre_columns, names)
        given = given | {"genre": False}
    has_several = genre_separator is not None
    columns, wrong = find_columns(
        *(frame, given, names), needs_genre=has_several, has_several=has_several
    )
    if problems + wrong:
        raise ValueError(f"{name}: {'; '.join(problems + wrong)}.")
    if genre_separator is not None:
        several = split_genres(columns.pop("genre"), genre_separator, name)
    values = {role: column.values for role, column in columns.items()}
    empty = [row + 1 for row, path in enumerate(values["path"]) if path is None]
    if empty:
        rows = ", ".join(map(str, empty[:10])) + (" and more" if len(empty) > 10 else "")
        raise ValueError(
            f"{name}: {len(empty)} rows without a path in the column "
            f"{show(columns['path'].name)!r}: {rows} (rows are counted from 1, without the header)."
        )
    place = _place_of(source) if root is None else os.fspath(root)
    given_paths = [str(path) for path in values["path"]]
    paths = [_join(place, path) for path in given_paths]
    genres: Any = values.get("genre")
    if several is not None:
        genres = names_of_rows(several.matrix)
    return make_list(paths, genres=genres, groups=values.get("group"), frame=frame)


def make_list(
    paths: Sequence[str], *, genres: Any = None, groups: Any = None, frame: Any = None
) -> ClipList:
    """Return a list of clips, with local paths that don't depend on the current folder."""
    if not len(paths):
        raise ValueError("There are no clips: the list is empty.")
    names = [to_unicode(hide_secrets(path)) for path in paths]
    return ClipList(
        paths=list(map(_find_anywhere, paths)),
        names=names,
        ids=_find_ids(frame) or names,
        genres=None if genres is None else [_to_plain(genre) for genre in genres],
        groups=None if groups is None else _to_groups(groups),
    )


def names_of_rows(matrix: Any) -> list[list[str]]:
    """Return the genres of each row of a DataFrame of 0 and 1."""
    names = np.array(matrix.columns, dtype=object)
    return [[str(name) for name in names[row]] for row in matrix.to_numpy().astype(bool)]


def _list_bunch(bunch: Any) -> ClipList:
    paths = [os.fspath(path) for path in bunch.paths]
    target = bunch.get("target")
    if hasattr(target, "columns"):
        target = names_of_rows(target)
    groups = bunch.get("groups") if bunch.get("has_groups", True) else None
    return make_list(paths, genres=target, groups=groups, frame=bunch.get("frame"))


def _find_anywhere(path: str) -> str:
    """Return a path that doesn't depend on the current folder, or a URL."""
    place = as_path(path)
    return os.fspath(place if isinstance(place, Url) else place.absolute())


def _find_ids(frame: Any) -> list[str] | None:
    if not hasattr(frame, "columns"):
        return None
    plain = {str(column).lower().replace(" ", "_"): column for column in frame.columns}
    for name in _ID_COLUMNS:
        if name in plain:
            ids = [to_unicode(value) for value in frame[plain[name]]]
            if len(set(ids)) == len(ids):
                return ids
    return None


def _to_groups(groups: Any) -> list[Any]:
    values = np.asarray(groups)
    if values.dtype.kind in "iu":
        return values.tolist()
    return [_to_plain(group) for group in np.asarray(groups, dtype=object)]


def _to_plain(value: Any) -> Any:
    if isinstance(value, list):
        return [to_unicode(part) for part in value]
    return None if value is None else to_unicode(value)


def _place_of(source: Any) -> str:
    if source is None:
        return ""
    return os.fspath(source).rpartition("/")[0] if is_url(os.fspath(source)) else str(source.parent)


def _join(place: str, path: str) -> str:
    if is_url(path):
        return path
    if is_url(place):
        return f"{place.rstrip('/')}/{path}"
    return str(Path(place, path))


def _describe(clips: Any) -> str:
    kind = type(clips).__name__
    first = next(iter(clips), None) if hasattr(clips, "__len__") else None
    return f"a {kind}" if first is None else f"a {kind} of {type(first).__name__}"
