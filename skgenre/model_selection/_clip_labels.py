"""Validation of the genres and groups of clips."""

from typing import Any

import numpy as np
import pandas as pd
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import _num_samples

from .._labels import check_labels, check_two_classes

# Larger floats are whole numbers only by rounding.
_LARGEST_PART = 2**53


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
        column = column.copy()
        column[[isinstance(value, str) and not value for value in column]] = None
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
