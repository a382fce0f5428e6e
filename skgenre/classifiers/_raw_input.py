"""Input that a classifier can't use as it is: nested lists of numbers."""

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
