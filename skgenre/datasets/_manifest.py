"""Loader for a table of tracks: a row per clip, with its file, genre, artist and split."""

import os
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from .._public import public
from .._secrets import hide_secrets
from .._shown_text import show
from .._urls import Url, as_path, is_url
from ..exceptions import SkgenreWarning
from ._bunch import Bunch
from ._left_out import (
    count,
    name_first,
    warn_of_files,
    warn_of_single_clips,
    warn_of_unreadable,
)
from ._manifest_columns import Column, Names, find_columns
from ._manifest_files import Files, find_copies, find_files
from ._manifest_genres import (
    Genres,
    check_genre_options,
    has_one_genre_each,
    join_genres,
    split_genres,
)
from ._manifest_table import read_table
from ._unreadable import find_unreadable

# Rows and names listed in an error for each kind of problem.
_N_NAMED = 10
# Signs between several genres that are in no name of a single one.
_SIGNS = (";", "|")
_DESCR = """\
Music listed in {name}
{underline}

{n_clips} files{genres}.

{notes}.
"""


@public
def load_manifest(
    manifest: Any,
    *,
    path: str | None = None,
    genre: str | None = None,
    genre_separator: str | None = None,
    genre_columns: Sequence[str] | None = None,
    group: Any = None,
    split: Any = None,
    root: str | os.PathLike | None = None,
    on_missing: str = "raise",
    return_X_y_groups: bool = False,
) -> Any:
    """Read a table of tracks: a row per clip, with its file, genre, artist and split.

    Files are opened, to find unreadable ones now, but not decoded: transformers do that. The stores
    of remote ones are only asked whether they are there and have content. Everything
    wrong with the table is reported in one error: missing columns, or missing files, empty cells,
    and files that are listed twice.

    Parameters
    ----------
    manifest : str, PathLike or DataFrame
        The table: a CSV file in UTF-8, separated by commas, semicolons or tabs, whose first line
        names the columns; a Parquet file; or a DataFrame. A file is given by its path or URL.
    path : str, default=None
        Column of the sound files. None takes the column with a usual name: path, file, filename,
        filepath, audio_path and the like; case, spaces and underscores don't matter. A relative
        path starts from `root`, or from the folder in it with the name of the genre. Backslashes
        are read as slashes if there is no such file otherwise. URLs are read through fsspec, as in
        :func:`skgenre.audio.load_audio`.
    genre : str, default=None
        Column of the genres. None takes the column with a usual name: genre, top_genre, label,
        class, target and the like; "genres" and "labels" with `genre_separator`, or if there is no
        other.
    genre_separator : str, default=None
        Separator of the genres of a clip in the column of the genres, such as ``";"`` for
        "rock; soul". The target is a matrix then. An empty cell means that the clip has none of the
        genres. None takes each cell as the name of one genre.
    genre_columns : sequence of str, default=None
        Columns with 1 (or true) where a clip has the genre that the column is named after, and 0
        (or false) elsewhere. The target is a matrix then.
    group : str or False, default=None
        Column of the group labels; a group must not appear in both train and test. None takes the
        column with a usual name, if there is one: group, artist, artist_id, album and the like. Of
        several, it takes the one whose groups contain the groups of the others, such as the artist
        if each album is of one artist. False makes each file its own group.
    split : str or False, default=None
        Column of the official split, such as "train" and "test", or numbers of folds. None takes
        the column with a usual name, if there is one: split, subset, set, fold, partition. False
        ignores it.
    root : str or PathLike, default=None
        Folder, or its URL, from which relative paths start. None takes the folder of the table's
        file, for a DataFrame the current folder.
    on_missing : {"raise", "drop"}, default="raise"
        Whether to raise an error if files are missing, or to leave their rows out with a warning.
    return_X_y_groups : bool, default=False
        Return ``(paths, target, groups)`` instead of a Bunch.

    Returns
    -------
    Bunch
        With the attributes

        paths : list of str
            The sound files, in the order of the table.
        target : ndarray of shape (n_clips,) or DataFrame of shape (n_clips, n_genres), int8
            Their genres; with `genre_separator` or `genre_columns` a matrix of 0 and 1, with the
            genres as columns.
        target_names : ndarray of shape (n_genres,)
            The genres, sorted, or in the order of `genre_columns`.
        groups : ndarray of shape (n_clips,)
            Group labels; a group must not appear in both train and test.
        split : ndarray of shape (n_clips,) or None
            The official split, if the table has one.
        frame : DataFrame of n_clips rows
            The rows of these files, with all columns of the table.
        missing : list of (path, reason)
            Files that are not there, or whose store refuses them or can't be reached, with
            ``on_missing="drop"``.
        unreadable : list of (path, reason)
            Sound files that can't be read. Their rows are left out.
        has_groups : bool
            Whether the groups are those of a column.
        notes : list of str
            The columns that were taken, and the folders that files were found in.
        DESCR : str
            Description of the contents.

    Raises
    ------
    FileNotFoundError
        When there is no such table.
    ValueError
        When the file is no table, is not UTF-8 or has more than 500 MB; when a column is missing,
        or two could be meant; when a cell of `genre_columns` is not 0 or 1; when files are missing,
        a path means two files, a file is listed twice, or a cell is empty; when there is a single
        genre, or one without a readable file. All rows are counted, and the first ten named.
    TypeError
        When `manifest` is neither a path nor a DataFrame, or a column is not named by text.
    ImportError
        When a Parquet file is given and pyarrow is not installed, or the library for the protocol
        of a URL.

    Warns
    -----
    SkgenreWarning
        When files are left out, a genre has a single clip or none, two genres differ only in case,
        spaces or signs, or no cell has the separator.

    See Also
    --------
    load_genre_folder : Reads a folder with a subfolder for each genre.
    check_files : Decodes files, and finds faults and duplicates.
    genre_matrix : Makes columns of 0 and 1 from sets of genres.

    Examples
    --------
    >>> import pandas as pd
    >>> import tempfile
    >>> from skgenre.datasets import load_manifest, make_genre_music
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     made = make_genre_music(
    ...         4, genres=["jazz", "rock"], duration=1.0, random_state=0, to=folder
    ...     )
    ...     table = pd.DataFrame({"File": made.paths, "Top genre": made.target})
    ...     table["artist"] = ["Ella", "Bo", "Ella", "Ma"]
    ...     music = load_manifest(table)
    >>> music.target.tolist(), music.groups.tolist()
    (['jazz', 'rock', 'jazz', 'rock'], ['Ella', 'Bo', 'Ella', 'Ma'])
    >>> music.notes
    ["files from the column 'File'", "genres from 'Top genre'", "groups from 'artist'", 'no split']

    Several genres per clip:

    >>> with tempfile.TemporaryDirectory() as folder:
    ...     made = make_genre_music(3, genres=["jazz"], duration=1.0, random_state=0, to=folder)
    ...     table = pd.DataFrame({"file": made.paths, "genre": ["jazz; soul", "jazz", "soul"]})
    ...     music = load_manifest(table, genre_separator=";")
    >>> music.target
       jazz  soul
    0     1     1
    1     1     0
    2     0     1
    """
    if on_missing not in ("raise", "drop"):
        raise ValueError(
            f"load_manifest needs on_missing to be 'raise' or 'drop', got {on_missing!r}."
        )
    given = {"path": path, "genre": genre, "group": group, "split": split}
    for parameter, value in given.items():
        may_be_false = parameter in ("group", "split") and value is False
        if not (value is None or may_be_false or isinstance(value, str)):
            none = ", None or False" if parameter in ("group", "split") else " or None"
            raise TypeError(
                f"load_manifest needs {parameter} to be the name of a column{none}, got {value!r}."
            )
    check_genre_options("load_manifest", Names(), genre, genre_separator, genre_columns)
    music = read_manifest(
        manifest,
        given,
        root=root,
        drops_missing=on_missing == "drop",
        genre_separator=genre_separator,
        genre_columns=genre_columns,
    )
    are = "files of the table are missing and were"
    if len(music.missing) == 1:
        are = "file of the table is missing and was"
    warn_of_files(music.missing, f"{are} left out", "missing")
    warn_of_unreadable(music.unreadable)
    warn_of_single_clips(music.target)
    warn_of_similar(music.target_names)
    if genre_separator is not None:
        warn_of_separator(music.target, f"genre_separator={genre_separator!r}")
    elif genre_columns is None:
        warn_of_joined(music.target_names, "genre_separator=")
    if return_X_y_groups:
        return music.paths, music.target, music.groups
    return music


def read_manifest(
    manifest: Any,
    given: dict[str, Any],
    *,
    root: str | os.PathLike | None = None,
    drops_missing: bool = False,
    genre_separator: str | None = None,
    genre_columns: Sequence[str] | None = None,
    names: Names | None = None,
    needs_genre: bool = True,
    full: bool = False,
    reads_urls: bool = False,
    judge: Callable[[list[tuple[str, str]], int], None] | None = None,
) -> Bunch:
    """Return the Bunch of :func:`load_manifest`, without its warnings.

    Parameters
    ----------
    manifest : str, PathLike or DataFrame
        The table.
    given : dict of str to str, None or False
        Columns by role: "path", "genre", "group" and "split".
    root : str or PathLike, default=None
        Folder from which relative paths start.
    drops_missing : bool, default=False
        Whether to leave out rows without a file.
    genre_separator : str, default=None
        Separator of the genres of a clip; `target` is a matrix then.
    genre_columns : sequence of str, default=None
        Columns of 0 and 1; `target` is a matrix then.
    names : Names, default=None
        Names of the parameters, for messages. None takes those of `load_manifest`.
    needs_genre : bool, default=True
        Whether a table without genres is refused; otherwise `target` and `target_names` are None
        then, and any number of genres is right.
    full : bool, default=False
        Whether to decode the files to find unreadable ones.
    reads_urls : bool, default=False
        Whether to read the headers of remote files, too, to find unreadable ones. Otherwise the
        stores are only asked whether they are there.
    judge : callable, default=None
        Called with the missing and the unreadable files and the number of rows, before genres
        without a file are refused: it raises an error, or accepts that they are left out.
    """
    names = names or Names()
    table, name, source = read_table(manifest)
    several = None
    if genre_columns is not None:
        given = given | {"genre": False}
        several, wrong = join_genres(table, genre_columns, names)
        columns, problems = find_columns(table, given, names, needs_genre=False)
        problems += wrong
    else:
        needs_column = needs_genre or genre_separator is not None
        columns, problems = find_columns(
            *(table, given, names),
            needs_genre=needs_column,
            has_several=genre_separator is not None,
        )
    if problems:
        raise ValueError(f"{name}: {'; '.join(problems)}.")
    if genre_separator is not None:
        several = split_genres(columns.pop("genre"), genre_separator, name)
    values = {role: column.values for role, column in columns.items()}
    place = as_path(root) if root is not None else source.parent if source else Path()
    if isinstance(place, Path) and not place.is_dir():
        raise FileNotFoundError(f"{show(place)}: there is no such folder for {names.root}.")
    files = find_files(values["path"], values.get("genre"), place)
    checked = {role: columns[role] for role in columns if needs_genre or role != "genre"}
    _refuse_rows(name, checked, files, names, place, drops_missing=drops_missing)
    there = [row for row, file in enumerate(files.paths) if file is not None]
    faults = _find_faults(files, there, full=full, reads_urls=reads_urls)
    unreadable = [
        (hide_secrets(str(files.paths[row])), faults[row]) for row in there if row in faults
    ]
    kept = [row for row in there if row not in faults]
    missing = [
        (hide_secrets(str(values["path"][row])), f"row {row + 1}: {why}")
        for row, why in files.missing.items()
    ]
    if judge is not None:
        judge(missing + unreadable, len(table))
    target: Any = _take(values, "genre", kept)
    target_names = None if target is None else np.unique(target)
    if several is not None:
        target = several.matrix.iloc[kept].reset_index(drop=True)
        target_names = np.array(target.columns, dtype=str)
        _refuse_genres(name, _genres_of_rows(several), kept)
    elif needs_genre:
        _refuse_genres(name, [{genre} - {None} for genre in values["genre"]], kept)
    groups = _take(values, "group", kept)
    notes = _describe_columns(columns, several) + ([files.place] if files.place else [])
    return Bunch(
        paths=[str(files.paths[row]) for row in kept],
        target=target,
        target_names=target_names,
        groups=np.arange(len(kept)) if groups is None else groups,
        split=_take(values, "split", kept),
        frame=table.iloc[kept],
        missing=missing,
        unreadable=unreadable,
        notes=notes,
        has_groups=groups is not None,
        DESCR=_DESCR.format(
            name=name,
            underline="-" * len(f"Music listed in {name}"),
            n_clips=len(kept),
            genres="" if target_names is None else f" of {len(target_names)} genres",
            notes="; ".join(notes),
        ),
    )


def _find_faults(
    files: Files, rows: Sequence[int], *, full: bool, reads_urls: bool
) -> dict[int, str]:
    """Return why files can't be read, by their rows."""
    paths = {row: str(files.paths[row]) for row in rows if row not in files.empty}
    if not (full or reads_urls):  # the stores have been asked
        paths = {row: path for row, path in paths.items() if not is_url(path)}
    found = find_unreadable(list(paths.values()), full=full)
    return files.empty | {row: why for row, why in zip(paths, found, strict=True) if why}


def _take(values: dict[str, list[str | None]], role: str, kept: list[int]) -> np.ndarray | None:
    if role not in values:
        return None
    return np.array([values[role][row] or "" for row in kept], dtype=str)


def _genres_of_rows(several: Genres) -> list[set[str]]:
    names = np.array(several.matrix.columns, dtype=object)
    return [set(names[row].tolist()) for row in several.matrix.to_numpy().astype(bool)]


def _describe_columns(columns: dict[str, Column], several: Genres | None) -> list[str]:
    """Return the columns that were taken, in words."""
    words = {"path": "files", "genre": "genres", "group": "groups", "split": "the split"}
    notes = []
    for role, word in words.items():
        if role == "genre" and several is not None:
            notes.append(several.note)
        elif role in columns:
            where = "the column " if role == "path" else ""
            notes.append(f"{word} from {where}{show(columns[role].name)!r}")
        else:
            notes.append(f"no {word.removeprefix('the ')}")
    return notes


def _refuse_rows(
    name: str,
    columns: dict[str, Column],
    files: Files,
    names: Names,
    root: Path | Url,
    *,
    drops_missing: bool,
) -> None:
    """Refuse a table with faulty rows, naming all kinds of faults and the first rows of each."""
    path = columns["path"].values
    n_rows = len(path)
    problems = []
    for role, column in columns.items():
        empty = [row for row, value in enumerate(column.values) if value is None]
        if empty:
            none = f", or give {getattr(names, role)}{names.none}"
            cure = none if role in ("group", "split") else ""
            problems.append(
                f"{count(len(empty), 'row')} without a {role} in the column "
                f"{show(column.name)!r}: {_name_rows(empty)}. Fill them in{cure}"
            )
    missing = list(files.missing)
    copies = find_copies(files.paths)
    # Rows without a file that are left out are no fault, but with others they are named at once.
    is_fault = not drops_missing or len(missing) == n_rows
    if missing and (is_fault or (names.skip and (problems or files.ambiguous or copies))):
        first = [f"row {row + 1}: {show(path[row])} ({files.missing[row]})" for row in missing]
        verb = "is" if len(missing) == 1 else "are"
        cure = f"Correct the paths, or leave these rows out with {names.skip}"
        if len(missing) == n_rows:
            cure = f"Relative paths start from {show(root)}: name another folder with {names.root}"
        problems.append(
            f"{len(missing)} of {count(n_rows, 'file')} {verb} missing: {_name(first)}. {cure}"
        )
    if files.ambiguous:
        first = [f"row {row + 1}: {pair}" for row, pair in files.ambiguous.items()]
        problems.append(
            f"{count(len(first), 'path')} with a file in two folders: {_name(first)}. Write "
            f"<genre>/<file> into the table, or remove one of the files"
        )
    if copies:
        first = [f"{show(path[rows[0]])} ({_name_rows(rows)})" for rows in copies]
        verb = "is" if len(copies) == 1 else "are"
        problems.append(
            f"{count(len(copies), 'file')} {verb} listed more than once: {_name(first)}. Keep one "
            f"row of each"
        )
    if problems:
        counted = " (rows are counted from 1, without the header)"
        text = ";\n  ".join(problems)
        raise ValueError(f"{name}{counted}: {text}.")


def _name(lines: Sequence[str]) -> str:
    rest = f"; and {len(lines) - _N_NAMED} more" if len(lines) > _N_NAMED else ""
    return "; ".join(lines[:_N_NAMED]) + rest


def _name_rows(rows: Sequence[int]) -> str:
    word = "row" if len(rows) == 1 else "rows"
    return f"{word} {name_first([str(row + 1) for row in rows], _N_NAMED)}"


def _refuse_genres(name: str, genres: Sequence[set[Any]], kept: list[int]) -> None:
    """Refuse a single genre, and genres without a readable file."""
    known = sorted(set().union(*genres))
    lost = sorted(set(known) - set().union(*(genres[row] for row in kept)))
    if not known:
        raise ValueError(f"{name}: no row has a genre.")
    if len(known) == 1:
        raise ValueError(
            f"{name}: there is a single genre, {show(known[0])!r}, and a classifier needs at least "
            f"two."
        )
    if lost:
        which = name_first([repr(show(genre)) for genre in lost], _N_NAMED)
        raise ValueError(
            f"{name}: no file of the {'genre' if len(lost) == 1 else 'genres'} {which} can be "
            f"read. Repair or add some, or take the rows out; 'skgenre check' names the files."
        )


def warn_of_similar(genres: np.ndarray) -> None:
    """Warn of genres that are probably one, written in two ways."""
    written: dict[str, list[str]] = {}
    for genre in genres.tolist():
        plain = "".join(filter(str.isalnum, genre.casefold())) or genre
        written.setdefault(plain, []).append(genre)
    pairs = [" and ".join(map(repr, map(show, ways))) for ways in written.values() if ways[1:]]
    if pairs:
        warnings.warn(
            f"These are taken as different genres: {name_first(pairs, _N_NAMED)}. If they are the "
            f"same, correct the table.",
            SkgenreWarning,
            stacklevel=3,
        )


def warn_of_separator(matrix: Any, option: str) -> None:
    """Warn that no clip has several genres: the separator may be another one."""
    if has_one_genre_each(matrix):
        first = next(iter(matrix.columns))
        warnings.warn(
            f"No clip has more than one genre with {option}; the first genre is {show(first)!r}. "
            f"Leave it out if each clip has one genre, or give the sign that stands between them.",
            SkgenreWarning,
            stacklevel=3,
        )


def warn_of_joined(genres: np.ndarray, option: str) -> None:
    """Warn of names that are probably several genres with a sign between them."""
    for sign in _SIGNS:
        joined = [genre for genre in genres.tolist() if sign in genre.strip(sign)]
        if joined:
            warnings.warn(
                f"{len(joined)} of {len(genres)} genres {'has' if len(joined) == 1 else 'have'} "
                f"{sign!r} in the name, such as "
                f"{show(joined[0])!r}, and each is taken as one genre. If it separates several "
                f"genres of a clip, give {option}{sign!r}.",
                SkgenreWarning,
                stacklevel=3,
            )
            return
