"""Genres in a tree: a clip that has a genre has its parent, too."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ._shown_text import name_first


def check_hierarchy(name: str, hierarchy: Any) -> dict[Any, Any]:
    """Return a hierarchy without the genres that have no parent, after checking it.

    Parameters
    ----------
    name : str
        Name of the caller, for error messages.
    hierarchy : dict
        The parent of each genre: ``{"punk": "rock"}``. A parent of None means none, as for genres
        that are not in it.

    Returns
    -------
    dict
        A copy.

    Raises
    ------
    TypeError
        If it is no dict, or a parent is a list: a genre has one.
    ValueError
        If genres are parents of each other.
    """
    if not isinstance(hierarchy, Mapping):
        raise TypeError(
            f"{name}: hierarchy must be a dict of the parent of each genre, such as "
            f"{{'punk': 'rock'}}. Got {type(hierarchy).__name__} instead."
        )
    for child, parent in hierarchy.items():
        if isinstance(parent, list | tuple | set | frozenset | Mapping):
            raise TypeError(
                f"{name}: hierarchy has {type(parent).__name__} for the parent of {child!r}, and a "
                f"genre has one parent, or None: name the nearest one."
            )
    parents = {child: parent for child, parent in hierarchy.items() if parent is not None}
    checked: set[Any] = set()
    for genre in parents:
        path: dict[Any, int] = {}
        while genre in parents and genre not in checked and genre not in path:
            path[genre] = len(path)
            genre = parents[genre]
        if genre in path:
            loop = " -> ".join(str(found) for found in [*list(path)[path[genre] :], genre])
            raise ValueError(
                f"{name}: hierarchy has a loop, {loop}: leave one of these parents out."
            )
        checked.update(path)
    return parents


def names_in(hierarchy: Mapping[Any, Any]) -> list[Any]:
    """Return all genres of a checked hierarchy, each once."""
    return list(dict.fromkeys([*hierarchy, *hierarchy.values()]))


def join_names(name: str, known: Sequence[Any], hierarchy: Mapping[Any, Any]) -> list[Any]:
    """Return the names of genres and of a checked hierarchy, sorted.

    Raises
    ------
    ValueError
        If some are texts and some are numbers.
    """
    of_tree = names_in(hierarchy)
    if known and of_tree and len({isinstance(genre, str) for genre in (*known, *of_tree)}) > 1:
        raise ValueError(
            f"{name}: hierarchy has genres such as {of_tree[0]!r}, and y such as {known[0]!r}: "
            f"give both as names, or both as numbers."
        )
    return sorted({*known, *of_tree})


def find_edges(
    name: str, hierarchy: Mapping[Any, Any], genres: Sequence[Any] | np.ndarray
) -> list[tuple[int, int]]:
    """Return the columns of each child and its parent, the deepest genres first.

    Parameters
    ----------
    name : str
        Name of the caller, for error messages.
    hierarchy : dict
        From :func:`check_hierarchy`.
    genres : sequence of length n_genres
        Names of the columns.

    Raises
    ------
    ValueError
        If the hierarchy has a genre that is not among them.
    """
    columns = {genre: column for column, genre in enumerate(np.asarray(genres).tolist())}
    unknown = [genre for genre in names_in(hierarchy) if genre not in columns]
    if unknown:
        raise ValueError(
            f"{name}: hierarchy has {name_first(map(repr, unknown), 5)}, and the genres are "
            f"{name_first(columns, 5)}: correct the names, leave them out, or give y a column for "
            f"each."
        )
    levels = find_levels(hierarchy, genres)
    edges = [(columns[child], columns[parent]) for child, parent in hierarchy.items()]
    return sorted(edges, key=lambda edge: (-levels[edge[0]], *edge))


def find_levels(hierarchy: Mapping[Any, Any], genres: Sequence[Any] | np.ndarray) -> np.ndarray:
    """Return the number of ancestors of each genre: 0 for those without a parent."""
    levels: dict[Any, int] = {}
    for genre in np.asarray(genres).tolist():
        path = []
        while genre in hierarchy and genre not in levels:
            path.append(genre)
            genre = hierarchy[genre]
        level = levels.setdefault(genre, 0)
        levels |= {found: level + rank for rank, found in enumerate(reversed(path), 1)}
    return np.array([levels[genre] for genre in np.asarray(genres).tolist()])


def ancestors_of(hierarchy: Mapping[Any, Any], genre: Any) -> list[Any]:
    """Return the parent of a genre, its parent, and so on."""
    found = []
    while genre in hierarchy:
        genre = hierarchy[genre]
        found.append(genre)
    return found


def raise_parents(values: np.ndarray, edges: list[tuple[int, int]]) -> np.ndarray:
    """Return values per clip and genre, where a parent's is at least the largest of its children.

    Parameters
    ----------
    values : ndarray of shape (n_clips, n_genres)
        Probabilities, or a matrix of 0 and 1.
    edges : list of (int, int)
        From :func:`find_edges`.
    """
    raised = values.copy()
    for child, parent in edges:
        np.maximum(raised[:, parent], raised[:, child], out=raised[:, parent])
    return raised


def lower_parents(thresholds: np.ndarray, edges: list[tuple[int, int]]) -> np.ndarray:
    """Return thresholds per genre, where a parent's is at most the smallest of its children."""
    lowered = thresholds.copy()
    for child, parent in edges:
        lowered[parent] = min(lowered[parent], lowered[child])
    return lowered
