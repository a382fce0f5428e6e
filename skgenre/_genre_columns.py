"""Names of the columns or rows of a table with both genres and fixed names."""

from collections.abc import Iterable, Sequence
from typing import Any

_PREFIX = "genre:"

# "file" is the first column of a table of several songs.
TIMELINE_COLUMNS = ("file", "start", "end")


def name_columns(genres: Iterable[Any], fixed: Sequence[str]) -> list[Any]:
    """Return a column name for each genre, different from the fixed ones.

    The name is the genre. A genre with the name of a fixed column, and one that begins with
    "genre:", gets the prefix "genre:".
    """
    return [
        f"{_PREFIX}{genre}"
        if isinstance(genre, str) and (genre in fixed or genre.startswith(_PREFIX))
        else genre
        for genre in genres
    ]


def genres_of(columns: Iterable[Any]) -> list[Any]:
    """Return the genres of column names made by :func:`name_columns`."""
    return [
        column.removeprefix(_PREFIX) if isinstance(column, str) else column for column in columns
    ]
