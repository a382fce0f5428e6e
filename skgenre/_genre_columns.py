"""Names of the columns or rows of a table that has genres beside fixed ones."""

from collections.abc import Iterable, Sequence
from typing import Any

_PREFIX = "genre:"

# "file" is the first column where several songs are in one table.
TIMELINE_COLUMNS = ("file", "start", "end")


def name_columns(genres: Iterable[Any], fixed: Sequence[str]) -> list[Any]:
    """Return the name of each genre's column, which none of the fixed ones has.

    It is the genre. A genre that is called as a fixed column is, and one that begins with
    "genre:", gets "genre:" in front.
    """
    return [
        f"{_PREFIX}{genre}"
        if isinstance(genre, str) and (genre in fixed or genre.startswith(_PREFIX))
        else genre
        for genre in genres
    ]


def genres_of(columns: Iterable[Any]) -> list[Any]:
    """Return the genres whose columns :func:`name_columns` named."""
    return [
        column.removeprefix(_PREFIX) if isinstance(column, str) else column for column in columns
    ]
