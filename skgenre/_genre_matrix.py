"""Several genres per clip: one matrix of 0 and 1 from every form that users have."""

from collections import Counter
from collections.abc import Iterable, Sequence
from numbers import Number
from typing import Any, NamedTuple

import numpy as np
from scipy import sparse

_SEVERAL_LETTERS = 3


class GenreMatrix(NamedTuple):
    """Genres of clips as a matrix.

    Parameters
    ----------
    matrix : ndarray of shape (n_clips, n_genres), int8
        1 where a clip has a genre.
    genres : ndarray of shape (n_genres,)
        Their names, or numbers from 0 for a matrix without names.
    """

    matrix: np.ndarray
    genres: np.ndarray


def is_multilabel(y: Any) -> bool:
    """Return whether `y` can hold several genres per clip.

    Parameters
    ----------
    y : object
        The target.

    Returns
    -------
    bool
        True for a table of two or more columns and for a sequence of sets or lists of names. A
        single column is a binary problem.
    """
    if _is_table(y):
        return bool(y.shape[1] > 1)
    return _is_nested(y) and not (_has_numbers(y) and len(next(iter(y))) == 1)


def as_genre_matrix(
    name: str, y: Any, genres: Sequence[Any] | np.ndarray | None = None
) -> GenreMatrix:
    """Return the genres of clips as a matrix, and the names of its columns.

    Parameters
    ----------
    name : str
        Name of the caller, for error messages.
    y : array-like or DataFrame of shape (n_clips, n_genres), or sequence of sets or lists of names
        The genres of each clip.
    genres : sequence of length n_genres, default=None
        Names that sets may have, in the order of the columns. None means those found, sorted. A
        DataFrame must have them as columns, and a matrix without names as many columns.

    Returns
    -------
    GenreMatrix
        Matrix and names.

    Raises
    ------
    ValueError
        When a value isn't 0 or 1, a column is there twice, a name isn't among `genres`, or names
        are missing, mixed with numbers, or the letters of a text.
    """
    if not _is_table(y):
        if not _is_nested(y):
            raise ValueError(
                f"{name} needs several genres per clip: a matrix of 0 and 1 with one column per "
                f"genre, or a sequence of sets of names. Got {_describe(y)} instead."
            )
        if not _has_numbers(y):
            return _from_names(name, _read_rows(name, y), genres)
        y = np.array(list(y))
    columns = getattr(y, "columns", None)
    matrix = _check_values(name, y)
    if columns is None:
        names = np.arange(matrix.shape[1]) if genres is None else np.asarray(genres)
        if len(names) != matrix.shape[1]:
            raise ValueError(
                f"{name} needs a column for each of {len(names)} genres. Got {matrix.shape[1]} "
                f"columns."
            )
        return GenreMatrix(matrix, names)
    return _order_columns(name, matrix, list(columns), genres)


def _is_table(y: Any) -> bool:
    return hasattr(y, "ndim") and y.ndim == 2


def _is_nested(y: Any) -> bool:
    if isinstance(y, str | bytes) or not isinstance(y, Iterable) or getattr(y, "ndim", 1) != 1:
        return False
    return any(_is_collection(row) for row in y)


def _is_collection(row: Any) -> bool:
    # A masked value is an array without axes.
    return isinstance(row, set | frozenset | list | tuple) or getattr(row, "ndim", 0) > 0


def _has_numbers(y: Any) -> bool:
    """Return whether nested rows are those of a matrix, as lists of 0 and 1."""
    rows = list(y)
    if not all(isinstance(row, list | tuple | np.ndarray) for row in rows):
        return False
    values = [value for row in rows for value in row]
    is_rectangle = len({len(row) for row in rows}) == 1
    return bool(values) and is_rectangle and all(map(_is_0_or_1, values))


def _is_0_or_1(value: Any) -> bool:
    return isinstance(value, Number | np.bool_) and bool(value in (0, 1))


def _read_rows(name: str, y: Any) -> list[list[Any]]:
    for clip, row in enumerate(y):
        if not _is_collection(row):
            raise ValueError(
                f"{name} needs a set of genres for every clip. Got {row!r} for clip {clip}: use "
                f"{{{row!r}}}, or an empty set where a clip has none."
            )
    rows = [list(row) for row in y]
    if any(isinstance(row, set | frozenset) for row in y):
        return rows
    _refuse_letters(name, rows)
    values = [value for row in rows for value in row]
    if values and all(isinstance(value, Number) for value in values):
        raise ValueError(
            f"{name} can't tell lists of numbers in y from a matrix: give a matrix of 0 and 1 with "
            f"one column per genre, or sets where genres are numbers. Got {rows[0]!r} first."
        )
    return rows


def _describe(y: Any) -> str:
    shape = getattr(y, "shape", None)
    return type(y).__name__ if shape is None else f"{type(y).__name__} of shape {shape}"


def _check_values(name: str, y: Any) -> np.ndarray:
    values = y.toarray() if sparse.issparse(y) else np.ma.asanyarray(y)
    try:
        if values.dtype.kind == "c":
            raise TypeError
        numbers = np.asarray(values, dtype=float)
        is_bad = ~np.isin(numbers, (0.0, 1.0))
    except (TypeError, ValueError):
        numbers = np.asarray(values, dtype=object)
        is_bad = ~np.frompyfunc(_is_0_or_1, 1, 1)(numbers).astype(bool)
    is_bad |= np.ma.getmaskarray(values)
    if is_bad.any():
        clip, column = (int(index[0]) for index in np.nonzero(is_bad))
        raise ValueError(
            f"{name} needs a matrix of 0 and 1, one row per clip and one column per genre. Got "
            f"{values[clip, column]} in row {clip}, column {column}."
        )
    return numbers.astype(np.int8)


def _order_columns(
    name: str, matrix: np.ndarray, columns: list[Any], genres: Sequence[Any] | np.ndarray | None
) -> GenreMatrix:
    # Scores and files name genres as text.
    texts = Counter(map(str, columns))
    twice = sorted({str(column) for column in columns if texts[str(column)] > 1})
    if twice:
        raise ValueError(
            f"{name}: the column {twice[0]!r} of y is there more than once: join its columns by "
            f"their maximum, or rename one."
        )
    nameless = [column for column in columns if _is_nameless(column)]
    if nameless:
        raise ValueError(
            f"{name} needs a name for each column of y, its genre. Got {nameless[0]!r}: rename it."
        )
    if genres is None:
        return GenreMatrix(matrix, _as_names(columns))
    wanted = list(genres)
    if set(columns) != set(wanted):
        odd = sorted(map(str, set(columns) ^ set(wanted)))
        raise ValueError(
            f"{name} needs the columns {', '.join(map(str, wanted))} in y. "
            f"{odd[0]!r} is {'missing' if odd[0] in map(str, wanted) else 'not among them'}."
        )
    return GenreMatrix(matrix[:, [columns.index(genre) for genre in wanted]], _as_names(wanted))


def _from_names(
    name: str, rows: list[list[Any]], genres: Sequence[Any] | np.ndarray | None
) -> GenreMatrix:
    _check_names(name, rows)
    known = sorted({value for row in rows for value in row}) if genres is None else list(genres)
    column_of = {genre: column for column, genre in enumerate(known)}
    matrix = np.zeros((len(rows), len(known)), dtype=np.int8)
    for clip, row in enumerate(rows):
        for genre in row:
            if genre not in column_of:
                raise ValueError(
                    f"{name}: the genre {genre!r} of clip {clip} is unknown. Known are "
                    f"{', '.join(map(str, known))}."
                )
            matrix[clip, column_of[genre]] = 1
    return GenreMatrix(matrix, _as_names(known))


def _is_nameless(genre: Any) -> bool:
    return genre is None or genre != genre or (isinstance(genre, str) and not genre.strip())


def _check_names(name: str, rows: list[list[Any]]) -> None:
    for clip, row in enumerate(rows):
        for genre in row:
            if _is_nameless(genre):
                raise ValueError(
                    f"{name}: clip {clip} has the genre {genre!r}: leave it out of its set; a clip "
                    f"without a genre has an empty set."
                )
    kinds = {str if isinstance(genre, str) else type(genre) for row in rows for genre in row}
    if len(kinds) > 1:
        shown = " and ".join(sorted(kind.__name__ for kind in kinds))
        raise ValueError(f"{name} needs genres of one type, such as text. Got a mix of {shown}.")
    if not kinds:
        raise ValueError(f"{name} needs a clip with a genre: every set of y is empty.")


def _refuse_letters(name: str, rows: list[list[Any]]) -> None:
    """Refuse lists of the letters of names."""
    are_letters = all(isinstance(genre, str) and len(genre) == 1 for row in rows for genre in row)
    if are_letters and rows and max(map(len, rows)) >= _SEVERAL_LETTERS:
        first = [str(genre) for genre in next(row for row in rows if row)]
        raise ValueError(
            f"{name}: the genres of y are single letters, such as {first[:4]}, as if texts were "
            f"taken apart: put a clip's genre into a set, as in {{{''.join(first)!r}}}. If the "
            f"genres do have names of one letter, use sets instead of lists."
        )


def _as_names(names: list[Any]) -> np.ndarray:
    if all(isinstance(name, str) for name in names):
        return np.array(names, dtype=str)
    column = np.empty(len(names), dtype=object)
    column[:] = names
    return np.array(names) if all(isinstance(name, int) for name in names) else column
