"""Take an `X` apart: into a sequence of clips, or one numeric array."""

import os
from collections.abc import Sequence
from numbers import Number
from typing import Any

import numpy as np

from .._shown_text import show
from ._open_file import is_file_object, why_unusable
from ._pairs import is_pair, is_reversed_pair

_TAKEN = "paths, open files, waveforms or (samples, sr) pairs"
_KINDS = ("a path", "an open file", "a waveform", "a (samples, sr) pair", "a number")
# Where scikit-learn's own message would not help.
_CURES = {
    "bytes": ": for a path pass os.fsdecode(path), for the content of a file io.BytesIO(content)",
    "a missing value": ": leave the clip out, with its genre",
    "a (sr, samples) pair": ": pass (samples, sr), in this order",
}


def list_items(X: Any, name: str) -> Sequence[Any] | None:
    """Return the clips of an `X` one by one, or None if it can only be one numeric array.

    One column is a sequence, whether it is a Series, a DataFrame with a single column, an array of
    shape (n_clips, 1) or a list of lists with one item each.
    """
    if _is_arrow_table(X):
        X = X.to_pandas()
    if is_dataframe(X):
        return _list_column_of_dataframe(X, name)
    if isinstance(X, Sequence):
        return [row[0] for row in X] if _is_nested_column(X) else X
    if not isinstance(X, np.ndarray) and hasattr(X, "to_numpy") and getattr(X, "ndim", 1) == 1:
        X = _to_numpy(X)
    if not isinstance(X, np.ndarray) or X.dtype.kind not in "OSUT":
        return None
    if X.ndim == 1:
        return list(X)
    if X.ndim == 2 and X.shape[1] == 1 and any(map(_is_clip, X[:, 0])):
        return list(X[:, 0])
    if X.ndim == 2 and X.shape[1] == 2 and len(X) and all(map(is_pair, map(tuple, X))):
        return [tuple(row) for row in X]
    return None


def refuse_what_is_no_sequence(X: Any, name: str) -> None:
    """Refuse single clips, and collections without order or readable only once."""
    if isinstance(X, str | os.PathLike):
        path = show(os.fspath(X))
        raise TypeError(
            f"{name} takes a list of paths, got the single path {path!r}: pass [{path!r}]."
        )
    if isinstance(X, bytes):
        raise TypeError(f"{name} takes a list of {_TAKEN}, got bytes{_CURES['bytes']}, in a list.")
    if is_file_object(X):
        raise TypeError(f"{name} takes a list of files, got a single open file: pass [file].")
    if is_pair(X):
        raise TypeError(
            f"{name} takes a list of clips, got a single (samples, sr) pair: pass [(samples, sr)]."
        )
    if isinstance(X, set | frozenset | dict) and not _is_sparse(X):
        raise TypeError(f"{name} takes clips in an order, got a {type(X).__name__}: pass a list.")
    if hasattr(X, "__next__"):
        raise TypeError(f"{name} reads its clips more than once, got an iterator: pass list(X).")
    if not isinstance(X, Sequence) and not _is_array_like(X):
        cure = ": pass list(X)" if hasattr(X, "__iter__") else ""
        raise TypeError(
            f"{name} takes a list of {_TAKEN}, or an array, got an object of type "
            f"{type(X).__name__}{cure}."
        )


def _is_sparse(X: Any) -> bool:
    """Tell whether X is a sparse matrix: one kind of them is a dict."""
    # Imported late: 'skgenre predict' needs SciPy for no ONNX file.
    from scipy.sparse import issparse

    return bool(issparse(X))


def _is_array_like(X: Any) -> bool:
    known = ("__array__", "__array_interface__", "shape", "to_numpy", "to_pandas")
    return any(hasattr(X, attribute) for attribute in known)


def kind_of_all(items: Sequence[Any], name: str) -> str:
    """Return the kind of all items: path, open file, waveform, pair or number."""
    if not len(items):
        raise ValueError(f"{name} needs at least one clip, got an empty X.")
    kinds = [_kind(item) for item in items]
    for i, kind in enumerate(kinds):
        if kind not in _KINDS:
            cure = _CURES.get(kind, "")
            raise TypeError(f"{name} takes {_TAKEN}, got {kind} for clip {i}{cure}.")
        if kind != kinds[0]:
            raise TypeError(
                f"{name} takes clips of one kind, got {kinds[0]} for clip 0 and {kind} for clip "
                f"{i}. It takes {_TAKEN}."
            )
        if kind == "an open file" and (reason := why_unusable(items[i])) is not None:
            raise TypeError(f"{name} can't read the open file of clip {i}: {reason}.")
    return kinds[0]


def _kind(item: Any) -> str:
    if isinstance(item, str | os.PathLike):
        return "a path"
    if isinstance(item, bytes):
        return "bytes"
    if _is_missing(item):
        return "a missing value"
    if isinstance(item, Number):
        return "a number"
    if is_file_object(item):
        return "an open file"
    if is_pair(item):
        return "a (samples, sr) pair"
    if is_reversed_pair(item):
        return "a (sr, samples) pair"
    if isinstance(item, list | tuple) or (hasattr(item, "__array__") and np.ndim(item) > 0):
        return "a waveform"
    return f"an object of type {type(item).__name__}"


def _is_missing(item: Any) -> bool:
    # pandas' missing values are recognized by name: pandas need not be installed.
    is_nan = isinstance(item, float | np.floating) and bool(np.isnan(item))
    return item is None or is_nan or type(item).__name__ in ("NAType", "NaTType")


def _is_clip(item: Any) -> bool:
    return _kind(item) not in ("a number", "a missing value")


def is_path(item: Any) -> bool:
    """Tell whether this is a path."""
    return isinstance(item, str | os.PathLike)


def is_nested_table(items: Sequence[Any]) -> bool:
    """Tell whether all items are lists of one length: an array written as nested lists."""
    return all(isinstance(item, list | tuple) for item in items) and len({*map(len, items)}) == 1


def _is_nested_column(items: Sequence[Any]) -> bool:
    """Tell whether these are paths or other clips, each in its own list."""
    return (
        len(items) > 0
        and all(isinstance(item, list | tuple | np.ndarray) and len(item) == 1 for item in items)
        and any(is_path(item[0]) or is_file_object(item[0]) or is_pair(item[0]) for item in items)
    )


def is_dataframe(X: Any) -> bool:
    """Tell whether this is a DataFrame, of pandas or another library."""
    return hasattr(X, "columns") and hasattr(X, "dtypes")


def _is_arrow_table(X: Any) -> bool:
    return hasattr(X, "column_names") and hasattr(X, "to_pandas")


def _list_column_of_dataframe(X: Any, name: str) -> Sequence[Any] | None:
    """Return the only column if it has clips, None for numbers; refuse paths with other columns."""
    for i, dtype in enumerate(X.dtypes):
        # Waveforms have as many columns as samples, so only columns that may contain clips are
        # checked.
        if getattr(dtype, "kind", "O") not in "OSUT":
            continue
        column = X.columns[i]
        values = np.asarray(X.iloc[:, i] if hasattr(X, "iloc") else X[column], dtype=object)
        if len(X.columns) == 1 and (not len(values) or any(map(_is_clip, values))):
            return list(values)
        if any(map(is_path, values)):
            raise TypeError(
                f"{name} got a DataFrame of {len(X.columns)} columns, and the column {column!r} is "
                f"not numeric. For sound files pass the column that holds the paths alone, as in "
                f"X[{column!r}]; for waveforms pass the columns that hold samples."
            )
    return None


def _to_numpy(X: Any) -> np.ndarray:
    if type(X).__module__.partition(".")[0] == "pyarrow":
        # Its default refuses strings, which can't be shared.
        return X.to_numpy(zero_copy_only=False)
    return X.to_numpy()
