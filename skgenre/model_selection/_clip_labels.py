"""Validation of the genres and groups of clips."""

from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import _num_samples

from .._genre_matrix import is_multilabel
from .._labels import check_labels, check_two_classes
from .._several_genres import read_target

# Larger floats are whole numbers only by rounding.
_LARGEST_PART = 2**53


class Target(NamedTuple):
    """The genres of clips.

    Parameters
    ----------
    y : ndarray of shape (n_clips,) or (n_clips, n_genres)
        One genre per clip; or where clips may have several, 1 where a clip has a genre.
    genres : ndarray of shape (n_genres,)
        All genres; names of the columns of a matrix.
    """

    y: np.ndarray
    genres: np.ndarray

    @property
    def is_multilabel(self) -> bool:
        """Whether clips may have several genres."""
        return self.y.ndim == 2


def check_target(name: str, X: Any, y: Any) -> Target:
    """Return the genres of clips, one or several of each.

    Parameters
    ----------
    name : str
        Name of the caller, for error messages.
    X : sequence of length n_clips
        The clips.
    y : array-like of shape (n_clips,) or (n_clips, n_genres), or sequence of sets of names
        Their genres.

    Raises
    ------
    ValueError
        When there is not a genre, or a set of genres, per clip; when there is a single genre.
    """
    if not is_multilabel(y):
        y = check_genres(name, X, y)
        return Target(y, np.unique(y))
    matrix, genres = read_target(name, y)
    if len(matrix) != _num_samples(X):
        raise ValueError(
            f"{name} got {_num_samples(X)} clips and 'y' of length {len(matrix)}: give the genres "
            f"of each clip, in the order of X."
        )
    return Target(matrix.astype(np.int64), genres)


def check_genres(name: str, X: Any, y: Any) -> np.ndarray:
    """Return the genres as an array; refuse a wrong length, missing values or a single genre.

    Parameters
    ----------
    name : str
        Name of the caller, for error messages.
    X : sequence of length n_clips
        The clips.
    y : array-like of shape (n_clips,)
        Their genres.

    Returns
    -------
    ndarray of shape (n_clips,)
        The genres.
    """
    check_labels(name, y)
    y = _check_column(name, "y", y, _num_samples(X), "genre")
    check_classification_targets(y)
    check_two_classes(name, np.unique(y))
    return y


def check_groups(name: str, X: Any, groups: Any) -> np.ndarray:
    """Return the groups as an array; refuse a wrong length, missing values or mixed types.

    Parameters
    ----------
    name : str
        Name of the caller, for error messages.
    X : sequence of length n_clips
        The clips.
    groups : array-like of shape (n_clips,)
        Artists, albums or duplicates.

    Returns
    -------
    ndarray of shape (n_clips,)
        The groups.
    """
    column = _check_column(name, "groups", groups, _num_samples(X), "group")
    try:
        np.unique(column)
    except TypeError as error:
        kinds = sorted({type(value).__name__ for value in column.tolist()})
        raise ValueError(
            f"{name} needs 'groups' of one type, such as text. Got a mix of {' and '.join(kinds)}."
        ) from error
    return column


def check_parts(name: str, X: Any, parts: Any) -> np.ndarray:
    """Return the parts of a split as an array; refuse a wrong length, missing values or bool.

    Parameters
    ----------
    name : str
        Name of the caller, for error messages.
    X : sequence of length n_clips
        The clips.
    parts : array-like of shape (n_clips,)
        Names or numbers of the parts.

    Returns
    -------
    ndarray of shape (n_clips,)
        The parts: all text, or all integers.
    """
    column = np.asarray(parts, dtype=object)
    if column.ndim == 1:
        is_empty = [isinstance(value, str) and not value for value in column]
        column = column.copy()
        column[np.array(is_empty, dtype=bool)] = None
    column = _check_column(name, "cv", column, _num_samples(X), "part")
    if all(isinstance(value, str) for value in column):
        return column.astype(str)
    is_whole = [
        isinstance(value, float | int | np.number)
        and not isinstance(value, bool)
        and float(value).is_integer()
        and abs(float(value)) < _LARGEST_PART
        for value in column
    ]
    if not all(is_whole):
        odd = column[is_whole.index(False)]
        raise ValueError(
            f"{name} needs 'cv' with the part of each clip as text or as whole numbers, all alike. "
            f"Got {odd!r}."
        )
    return column.astype(np.int64)


def _check_column(name: str, parameter: str, values: Any, n_clips: int, what: str) -> np.ndarray:
    column = np.asarray(values)
    if column.ndim != 1:
        raise ValueError(
            f"{name} needs '{parameter}' of shape (n_clips,), one {what} per clip. Got shape "
            f"{column.shape} instead."
        )
    if len(column) != n_clips:
        raise ValueError(
            f"{name} got {n_clips} clips and '{parameter}' of length {len(column)}: give one "
            f"{what} for each clip, in the order of X."
        )
    missing = np.flatnonzero(pd.isna(column))
    if missing.size:
        raise ValueError(
            f"{name}: '{parameter}' has no value for clip {missing[0]} ({missing.size} in all). "
            f"Fill it in, or leave the clip out."
        )
    return column
