"""Refusal of paths where features are needed."""

import contextlib
import os
from typing import Any


def refuse_paths(name: str, X: Any, cure: str) -> None:
    """Refuse an `X` of paths, which would fail with "could not convert string to float".

    Parameters
    ----------
    name : str
        Name of the estimator, for the message.
    X : object
        Its input.
    cure : str
        What to put before the estimator.

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
