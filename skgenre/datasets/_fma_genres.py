"""Genres of FMA: all of a track, their names, and the tree that they form."""

import json
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from ._left_out import name_first

if TYPE_CHECKING:
    import pandas as pd

_COLUMNS = ["genre_id", "parent", "title"]


class Tree(NamedTuple):
    """The genres of FMA.

    Parameters
    ----------
    names : dict of int to str
        Name of each genre by its number; names that occur twice end in the number.
    parents : dict of int to int
        Parent of each genre that has one.
    """

    names: dict[int, str]
    parents: dict[int, int]

    def path_of(self, genre: int) -> list[int]:
        """Return a genre and all genres above it."""
        path = [genre]
        while path[-1] in self.parents:
            path.append(self.parents[path[-1]])
        return path


def read_tree(file: Path) -> Tree:
    """Read FMA's table of genres.

    Raises
    ------
    FileNotFoundError
        When it is not there.
    ValueError
        When it is not this table, or its genres are no tree.
    """
    import pandas as pd

    if not file.is_file():
        raise FileNotFoundError(
            f"{file}: FMA's table of genres, which labels='all' needs, is not beside tracks.csv. "
            f"Download both: fetch_fma_metadata()."
        )
    try:
        table = pd.read_csv(file, encoding="utf-8-sig")
    except (pd.errors.ParserError, pd.errors.EmptyDataError, UnicodeDecodeError) as error:
        raise ValueError(f"{file}: the table of FMA's genres is damaged ({error}).") from error
    missing = [name for name in _COLUMNS if name not in table.columns]
    if missing:
        raise ValueError(
            f"{file}: this is not FMA's genres.csv: it lacks {', '.join(missing)}. Download it "
            f"again: fetch_fma_metadata()."
        )
    table = table[_COLUMNS]
    is_whole = all(table[name].dtype.kind == "i" for name in _COLUMNS[:2])
    if not is_whole or table["genre_id"].duplicated().any() or table["title"].isna().any():
        raise ValueError(
            f"{file}: every genre needs its own number, the number of its parent (0 for none) and "
            f"a title. Download the table again: fetch_fma_metadata()."
        )
    rows = list(table.itertuples(index=False, name=None))
    counts = Counter(title for *_, title in rows)
    names = {
        number: f"{title} ({number})" if counts[title] > 1 else str(title)
        for number, _, title in rows
    }
    parents = {number: parent for number, parent, _ in rows if parent}
    _refuse_loops(file, names, parents)
    return Tree(names, parents)


def _refuse_loops(file: Path, names: dict[int, str], parents: dict[int, int]) -> None:
    strange = sorted(set(parents.values()) - set(names))
    if strange:
        raise ValueError(f"{file}: there is no genre {name_first(strange)}, a parent of others.")
    for genre in parents:
        seen = {genre}
        while genre in parents:
            genre = parents[genre]
            if genre in seen:
                raise ValueError(f"{file}: the genre {names[genre]} is above itself.")
            seen.add(genre)


def make_target(file: Path, cells: "pd.Series", tree: Tree) -> "pd.DataFrame":
    """Return a matrix of the genres of tracks and of all genres above them.

    Parameters
    ----------
    file : Path
        The table of tracks, for messages.
    cells : Series of str
        Lists of numbers, such as "[2, 15]", by track.
    tree : Tree
        The genres.

    Returns
    -------
    DataFrame of shape (n_tracks, n_genres), int8
        1 where a track has a genre. The columns are the genres that occur, sorted.
    """
    from ._genre_matrix import genre_matrix

    sets = []
    for track, cell in cells.items():
        numbers = _read_list(file, track, cell)
        strange = [number for number in numbers if number not in tree.names]
        if strange:
            raise ValueError(
                f"{file}: track {track} has the genre {strange[0]}, which is not in genres.csv. "
                f"Download both tables again: fetch_fma_metadata()."
            )
        sets.append({tree.names[one] for number in numbers for one in tree.path_of(number)})
    return genre_matrix(sets)


def list_parents(target: "pd.DataFrame", tree: Tree) -> dict[str, str]:
    """Return the parent of each genre of a target that has one, by name."""
    return {
        tree.names[genre]: tree.names[parent]
        for genre, parent in tree.parents.items()
        if tree.names[genre] in target.columns
    }


def _read_list(file: Path, track: object, cell: object) -> list[int]:
    try:
        numbers = json.loads(str(cell))
        if isinstance(numbers, list) and all(type(number) is int for number in numbers):
            return numbers
    except ValueError:
        pass
    raise ValueError(
        f"{file}: the genres of track {track} have to be a list of numbers such as [2, 15], got "
        f"{cell!r}. Download the table again: fetch_fma_metadata()."
    )
