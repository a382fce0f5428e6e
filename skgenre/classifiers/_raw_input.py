"""Input that a classifier can't use as it is: nested lists of numbers, and paths."""

import contextlib
import os
from typing import Any

import numpy as np

from ..exceptions import ShapeMismatchError


def lists_to_array(name: str, X: Any) -> Any:
    """Convert nested lists to an array; return anything else as it is.

    Parameters
    ----------
    name : str
        Name of the estimator, for error messages.
    X : object
        Its input.

    Returns
    -------
    object
        An array, if `X` is a list or tuple of clips that are lists of lists, or arrays.

    Raises
    ------
    ShapeMismatchError
        If the lists have different lengths.
    """
    if not isinstance(X, list | tuple) or not X or not isinstance(X[0], list | tuple | np.ndarray):
        return X
    try:
        return np.asarray(X)
    except ValueError as error:
        raise ShapeMismatchError(
            f"{name} got nested lists of different lengths: all clips need the same number of "
            f"bands and frames, or of features."
        ) from error


def refuse_paths(name: str, X: Any, cure: str) -> None:
    """Refuse an `X` of paths, which would fail with "could not convert string to float".

    Parameters
    ----------
    name : str
        Name of the estimator, for the message.
    X : object
        Its input.
    cure : str
        What to put before the classifier.

    Raises
    ------
    TypeError
        If the first clip is a path.
    """
    is_table = getattr(X, "ndim", 1) == 2 and hasattr(X, "iloc")
    column = X.iloc[:, 0] if is_table and X.shape[1] else X
    if getattr(getattr(column, "dtype", None), "kind", "O") not in "OSUT":
        return
    first: Any = None
    if hasattr(column, "__len__"):
        with contextlib.suppress(TypeError):  # no axes
            first = next(iter(column), None)
    if isinstance(first, list | tuple) or getattr(first, "ndim", 0) == 1:
        first = first[0] if len(first) == 1 else None
    if isinstance(first, os.PathLike) or (isinstance(first, str) and not _is_number(first)):
        raise TypeError(f"{name} takes features, got paths, the first {str(first)!r}: {cure}.")


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
