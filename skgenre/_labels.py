"""Validation of genres, shared by classifiers, splitters and comparisons."""

from numbers import Number
from typing import Any

import numpy as np
from sklearn.utils import compute_sample_weight
from sklearn.utils.validation import _check_sample_weight


def check_labels(name: str, y: Any) -> None:
    """Refuse genres that are missing or of mixed types.

    Parameters
    ----------
    name : str
        Name of the caller, for error messages.
    y : array-like of shape (n_clips,)
        One genre per clip.

    Raises
    ------
    ValueError
        If `y` is None, if a clip has no genre (None, NaN, NaT or pandas' NA), or if strings and
        numbers are mixed.
    """
    if y is None:
        raise ValueError(
            f"{name} requires y to be passed, but the target y is None: give y, one genre per clip."
        )
    labels = _as_array(y)
    missing = np.flatnonzero(_is_missing(labels))
    if missing.size:
        clips = "clip has" if labels.size == 1 else "clips have"
        raise ValueError(
            f"{name}: {missing.size} of {labels.size} {clips} no genre: drop them. The first is at "
            f"position {missing[0]}, where y is {labels[missing[0]]!r}."
        )
    if labels.dtype.kind == "O":
        _refuse_mixed_types(name, labels)


def check_two_classes(name: str, classes: np.ndarray) -> None:
    """Refuse a single genre: there is nothing to classify.

    Parameters
    ----------
    name : str
        Name of the caller, for error messages.
    classes : ndarray of shape (n_classes,)
        The distinct genres.

    Raises
    ------
    ValueError
        If there are fewer than two.
    """
    if len(classes) < 2:
        raise ValueError(
            f"{name} needs clips of at least two genres, got one class: {str(classes[0])!r}."
        )


def weigh_clips(X: Any, y: Any, sample_weight: Any, class_weight: Any) -> np.ndarray:
    """Return the weight of each clip: its sample weight times the weight of its genre."""
    weight = _check_sample_weight(sample_weight, X, dtype=np.float64, ensure_non_negative=True)
    if class_weight is not None:
        weight = weight * compute_sample_weight(class_weight, y)
    return weight


def _as_array(y: Any) -> np.ndarray:
    if isinstance(y, np.ma.MaskedArray):
        labels = np.asarray(y).astype(object)
        labels[np.ma.getmaskarray(y)] = None
        return labels.ravel()
    # Among strings, NumPy would turn a missing value into "nan" and a number into "3".
    return np.asarray(y, dtype=object if isinstance(y, list | tuple) else None).ravel()


def _is_missing(labels: np.ndarray) -> np.ndarray:
    if labels.dtype.kind in "fc":
        return np.isnan(labels)
    if labels.dtype.kind in "mM":
        return np.isnat(labels)
    if labels.dtype.kind != "O":
        return np.zeros(len(labels), dtype=bool)
    import pandas as pd

    return pd.isna(labels)


def _refuse_mixed_types(name: str, labels: np.ndarray) -> None:
    first = labels[:1].tolist()
    for position, label in enumerate(labels):
        if _kind(label) != _kind(first[0]):
            raise ValueError(
                f"{name}: y mixes types: {first[0]!r} at position 0 is of type "
                f"{type(first[0]).__name__}, {label!r} at position {position} of type "
                f"{type(label).__name__}. Use one type for all genres, such as strings."
            )


def _kind(label: Any) -> type:
    if isinstance(label, str):
        return str
    if isinstance(label, Number | np.bool_):
        return Number
    return type(label)
