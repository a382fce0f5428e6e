"""Several genres per row of a table of tracks: names in a cell, or columns of 0 and 1."""

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from .._genre_matrix import as_genre_matrix
from .._shown_text import show
from ._left_out import count, name_first
from ._manifest_columns import Column, Names, find_column, read_cells

if TYPE_CHECKING:
    import pandas as pd

_VALUES = {"0": 0, "0.0": 0, "false": 0, "1": 1, "1.0": 1, "true": 1}
# Cells named in an error.
_N_NAMED = 10


class Genres(NamedTuple):
    """Genres of the rows of a table.

    Parameters
    ----------
    matrix : DataFrame of shape (n_rows, n_genres), int8
        1 where a row has a genre; the columns are the genres.
    note : str
        The columns that they were read from, in words.
    """

    matrix: "pd.DataFrame"
    note: str


def check_genre_options(
    caller: str, names: Names, genre: Any, separator: Any, columns: Any
) -> None:
    """Refuse options for several genres that are wrong or contradict each other.

    Parameters
    ----------
    caller : str
        Name of the caller, for messages.
    names : Names
        Names of the options, for messages.
    genre, separator, columns : object
        The options `genre`, `genre_separator` and `genre_columns`.

    Raises
    ------
    TypeError
        When the separator is no text, or the columns are no sequence of names.
    ValueError
        When the separator is empty, there are fewer than two columns or one of them twice, or
        `genre_columns` is given with one of the others.
    """
    by_sign, by_columns = names.genre_separator.rstrip("="), names.genre_columns.rstrip("=")
    if separator is not None and not isinstance(separator, str):
        raise TypeError(f"{caller} needs {by_sign} to be text or None, got {separator!r}.")
    if separator is not None and not separator.strip():
        raise ValueError(
            f"{caller} needs {by_sign} to be a sign such as ';', got {separator!r}: names may "
            f"contain spaces."
        )
    if columns is None:
        return
    if isinstance(columns, str) or not isinstance(columns, Sequence):
        raise TypeError(
            f"{caller} needs {by_columns} to be a list of names of columns, got {columns!r}."
        )
    others = {names.genre: genre, names.genre_separator: separator}
    given = [option for option, value in others.items() if value is not None]
    if given:
        raise ValueError(
            f"{caller} takes the genres from the columns {by_columns}, or from one column of "
            f"names, got {given[0].rstrip('=')} {others[given[0]]!r}, too: leave out one of them."
        )
    texts = Counter(map(str, columns))
    twice = sorted(text for text, n in texts.items() if n > 1)
    if twice:
        raise ValueError(f"{caller}: {by_columns} has {twice[0]!r} more than once.")
    if len(columns) < 2:
        raise ValueError(
            f"{caller} needs at least two columns in {by_columns}, one for each genre, got "
            f"{list(columns)}. For a single column of names, use {names.genre.rstrip('=')}."
        )


def split_genres(column: Column, separator: str, name: str) -> Genres:
    """Return the genres of cells with several names.

    An empty cell means none, and an empty name between two separators is no genre. Spaces around
    names and the separator don't count.
    """
    sign = separator.strip()
    sets = [{part.strip() for part in (cell or "").split(sign)} - {""} for cell in column.values]
    if not any(sets):
        raise ValueError(f"{name}: every cell of the column {show(column.name)!r} is empty.")
    note = f"genres from {show(column.name)!r}, separated by {show(separator)!r}"
    return _describe(_to_frame(name, sets), note)


def join_genres(
    table: "pd.DataFrame", wanted: Sequence[str], names: Names
) -> tuple[Genres | None, list[str]]:
    """Return the genres of columns of 0 and 1, or the problems."""
    import pandas as pd

    matrix: dict[Any, list[int]] = {}
    problems, bad = [], []
    for genre in wanted:
        try:
            column = find_column(table, genre, names.genre_columns)
            cells = read_cells(table, column)
        except LookupError as error:
            problems.append(str(error.args[0]))
            continue
        matrix[str(column)] = [_VALUES.get((cell or "").casefold(), -1) for cell in cells]
        bad += [
            f"row {row + 1} of {show(str(column))!r}: "
            + ("an empty cell" if cells[row] is None else repr(show(cells[row])))
            for row, value in enumerate(matrix[str(column)])
            if value < 0
        ]
    if bad:
        problems.append(
            f"{count(len(bad), 'cell')} of the columns of {names.genre_columns} "
            f"{'is' if len(bad) == 1 else 'are'} not 0 or 1: {name_first(bad, _N_NAMED)}. Rows are "
            f"counted from 1, without the header"
        )
    if problems:
        return None, problems
    note = f"genres from {len(wanted)} columns of 0 and 1"
    return _describe(pd.DataFrame(matrix, dtype="int8"), note), []


def _to_frame(name: str, sets: list[set[str]]) -> "pd.DataFrame":
    import pandas as pd

    matrix, genres = as_genre_matrix(name, sets)
    return pd.DataFrame(matrix, columns=genres.tolist())


def _describe(matrix: "pd.DataFrame", note: str) -> Genres:
    n_without = int((matrix.sum(axis=1) == 0).sum())
    return Genres(matrix, note + (f", none for {count(n_without, 'row')}" if n_without else ""))


def has_one_genre_each(matrix: "pd.DataFrame") -> bool:
    """Return whether no clip has more than one genre: the separator may be a wrong one."""
    return bool((matrix.sum(axis=1) <= 1).all())
