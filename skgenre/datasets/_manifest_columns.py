"""Find the columns of a table of tracks: by name, or by the usual names."""

import difflib
import os
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from .._shown_text import show
from ._left_out import name_first

if TYPE_CHECKING:
    import pandas as pd

# Usual names, in small letters without spaces and underscores, the most telling first.
USUAL_NAMES = {
    "path": (
        "path", "filepath", "audiopath", "audiofilepath", "trackpath",
        "file", "filename", "audiofile", "audiofilename",
    ),
    "genre": (
        "genre", "topgenre", "genretop", "maingenre", "primarygenre", "genrename", "genrelabel",
        "label", "class", "classname", "classlabel", "target",
    ),
    "group": (
        "group", "groupid", "artist", "artistid", "artistname", "performer", "band",
        "album", "albumid", "albumname", "albumtitle",
    ),
    "split": ("split", "subset", "set", "fold", "part", "partition"),
}  # fmt: skip

# For several genres per clip; where there is no other column, for one.
_USUAL_PLURALS = ("genres", "allgenres", "genresall", "labels")

_EXAMPLES = {"path": "path, file or file_name", "genre": "genre, top_genre, label or class"}

# A longer text is no name, and would make each element of an array as long.
_LONGEST_NAME = 1000


class Names(NamedTuple):
    """Names of the parameters in the language of the caller, for messages."""

    path: str = "path="
    genre: str = "genre="
    group: str = "group="
    split: str = "split="
    root: str = "root="
    genre_separator: str = "genre_separator="
    genre_columns: str = "genre_columns="
    # Leaves missing files out; empty if it was given.
    skip: str = "on_missing='drop'"
    # Follows the name of a parameter: there is no such column.
    none: str = "False"


class Column(NamedTuple):
    """A column of the table: its name and its cells, None where empty."""

    name: str
    values: list[str | None]
    is_guessed: bool


def find_columns(
    table: "pd.DataFrame",
    given: Mapping[str, Any],
    names: Names,
    *,
    needs_genre: bool,
    has_several: bool = False,
) -> tuple[dict[str, Column], list[str]]:
    """Return the columns by their role, and the problems.

    Parameters
    ----------
    table : DataFrame
        The table.
    given : mapping of str to str, None or False
        For each role the name of its column; None guesses, False means none.
    names : Names
        Names of the parameters, for messages.
    needs_genre : bool
        Whether a table without genres is refused.
    has_several : bool, default=False
        Whether a cell has several genres, so that names such as "genres" are as usual as "genre".
    """
    found: dict[str, Column] = {}
    problems = []
    for role, name in given.items():
        if name is False:
            continue
        try:
            if name is not None:
                column: Any = find_column(table, name, getattr(names, role))
            else:
                is_needed = role == "path" or (role == "genre" and needs_genre)
                column = _guess(table, role, names, is_needed=is_needed, has_several=has_several)
            if column is not None:
                if role == "genre":
                    _refuse_collections(table, column, names)
                values = _read(table, column, _read_path if role == "path" else _read_name)
                found[role] = Column(str(column), values, is_guessed=name is None)
        except LookupError as error:
            problems.append(str(error.args[0]))
    return found, problems


def find_column(table: "pd.DataFrame", name: Any, parameter: str) -> Any:
    """Return the column with a name.

    Raises
    ------
    LookupError
        When there is none; the message names the closest one.
    """
    for column in table.columns:
        if column == name or str(column) == str(name):
            return column
    known = [str(column) for column in table.columns]
    close = difflib.get_close_matches(str(name), known, 1)
    hint = f" Did you mean {show(close[0])!r}?" if close else ""
    raise LookupError(
        f"there is no column {show(name)!r} for {parameter}.{hint} The columns are "
        f"{_name_columns(known)}"
    )


def _guess(
    table: "pd.DataFrame", role: str, names: Names, *, is_needed: bool, has_several: bool
) -> Any:
    """Return the column with a usual name, None if there is none and none is needed."""
    parameter = getattr(names, role)
    usual = USUAL_NAMES[role]
    if role == "genre":
        has_usual = any(_plain(column) in usual for column in table.columns)
        usual = (*usual, *_USUAL_PLURALS) if has_several or not has_usual else usual
    candidates = [column for column in table.columns if _plain(column) in usual]
    candidates.sort(key=lambda column: usual.index(_plain(column)))
    if role == "group" and len(candidates) > 1:
        candidates = _coarsest(table, candidates)
    if len(candidates) > 1:
        columns = " and ".join(repr(show(column)) for column in candidates)
        none = "" if is_needed else f", or give {parameter}{names.none}"
        raise LookupError(
            f"the columns {columns} could each be the {role} of a clip: name one with {parameter}"
            f"{none}"
        )
    if not candidates and is_needed:
        known = [str(column) for column in table.columns]
        raise LookupError(
            f"no column has a usual name for the {role} of a clip, such as {_EXAMPLES[role]}: "
            f"name it with {parameter}. The columns are {_name_columns(known)}"
        )
    return candidates[0] if candidates else None


def _plain(column: Any) -> str:
    """Return a name in small letters, without spaces, underscores and the like."""
    return "".join(filter(str.isalnum, str(column).casefold()))


def _coarsest(table: "pd.DataFrame", candidates: list[Any]) -> list[Any]:
    """Return the first column whose groups contain those of all others; all if there is none.

    If every album is of one artist, groups of artists keep the albums together, too.
    """
    import pandas as pd

    texts = pd.DataFrame(
        {number: _read(table, column, _read_name) for number, column in enumerate(candidates)}
    )
    for number, column in enumerate(candidates):
        others = [other for other in range(len(candidates)) if other != number]
        if all(texts.groupby(other)[number].nunique().max() == 1 for other in others):
            return [column]
    return candidates


def _name_columns(known: list[str]) -> str:
    return name_first([repr(show(name[:100])) for name in known], 20)


def read_cells(table: "pd.DataFrame", column: Any) -> list[str | None]:
    """Return the names in the cells of a column, None where empty."""
    return _read(table, column, _read_name)


def _refuse_collections(table: "pd.DataFrame", column: Any, names: Names) -> None:
    for row, value in enumerate(table[column].tolist()):
        if isinstance(value, set | frozenset | list | tuple) or getattr(value, "ndim", 0) > 0:
            raise LookupError(
                f"the column {show(str(column))!r} has {type(value).__name__}s of genres (row "
                f"{row + 1}): join each to text, as in 'rock;soul', and give "
                f"{names.genre_separator}, or make columns of 0 and 1 with genre_matrix and give "
                f"{names.genre_columns}"
            )


def _read(
    table: "pd.DataFrame", column: Any, read: Callable[[Any], str | None]
) -> list[str | None]:
    import pandas as pd

    series = table[column]
    missing = pd.isna(series).tolist()
    values = series.tolist()
    return [
        None if is_missing is True else read(value)
        for value, is_missing in zip(values, missing, strict=True)
    ]


def _read_path(value: Any) -> str | None:
    return os.fsdecode(value) if isinstance(value, bytes | os.PathLike) else str(value) or None


def _read_name(value: Any) -> str | None:
    # A column of integers with empty cells has become one of floats.
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    text = str(value).strip()
    if len(text) > _LONGEST_NAME:
        raise LookupError(
            f"a cell has {len(text):,} characters, {show(text[:20])!r} and so on, and a name at "
            f"most {_LONGEST_NAME:,}"
        )
    return text or None
