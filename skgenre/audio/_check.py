"""The input contract: what a transformer of clips takes as `X`."""

import os
from collections.abc import Sequence
from numbers import Number
from pathlib import Path
from typing import Any

import numpy as np
from scipy.sparse import issparse
from sklearn.base import BaseEstimator
from sklearn.utils.validation import validate_data

from ..exceptions import ShapeMismatchError
from ._clips import Clips
from ._level import check_levels, peak_of

_PCM = "PCM samples have to be scaled to [-1, 1] first: for 16 bit, X / 32768"


def check_clips(
    X: Any,
    *,
    estimator: BaseEstimator,
    sr: float,
    reset: bool,
    duration: float | None = None,
) -> Clips:
    """Read the `X` of an estimator that takes clips.

    Nothing is decoded yet: files are read when a clip is asked for.

    Parameters
    ----------
    X : array-like of shape (n_clips, n_samples), sequence of paths, or sequence of ndarray
        Mono waveforms at `sr` in [-1, 1] as an array or a numeric DataFrame; sound files as a
        list, array or Series of str or PathLike; or a list or 1-D object array of 1-D float
        arrays of any lengths.
    estimator : estimator
        For the messages, and to hold `n_features_in_`: the number of samples when `X` is an
        array. Paths and lists leave it without.
    sr : float
        Sampling rate of waveforms, which files are resampled to, in Hz.
    reset : bool
        True in `fit`; False where `X` has to agree with what was seen there.
    duration : float or None, default=None
        Seconds that each clip is cut or zero-padded to. None leaves them as they are.

    Returns
    -------
    Clips
        The clips, to be read one by one.

    Raises
    ------
    ValueError
        If `X` is empty, mixes paths and waveforms, has integer samples or ones above 1,000, or as
        :func:`sklearn.utils.validation.validate_data` does for an array: NaN, infinity, complex
        numbers, or another number of samples than at `fit`.
    ShapeMismatchError
        If `X` has another number of axes.
    TypeError
        If `X` is a single path, an iterator, or holds something else than clips.

    Warns
    -----
    LevelWarning
        If samples reach 10: they look like integers that were not divided by 32,768.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.base import BaseEstimator, TransformerMixin
    >>> from skgenre.audio import check_clips
    >>> class Loudness(TransformerMixin, BaseEstimator):
    ...     def fit(self, X, y=None):
    ...         check_clips(X, estimator=self, sr=22050, reset=True)
    ...         return self
    ...
    ...     def transform(self, X):
    ...         clips = check_clips(X, estimator=self, sr=22050, reset=False)
    ...         return np.array([[np.abs(y).max()] for y in clips])
    >>> Loudness().fit_transform([np.array([0.1, -0.5]), np.array([0.0, 0.2, 0.1])])
    array([[0.5],
           [0.2]], dtype=float32)
    >>> Loudness().fit("song.mp3")
    Traceback (most recent call last):
    ...
    TypeError: Loudness takes a list of paths, got the single path 'song.mp3': pass ['song.mp3'].
    """
    name = type(estimator).__name__
    _refuse_what_is_no_sequence(X, name)
    if _is_dataframe(X):
        _refuse_dataframe_of_paths(X, name)
        return _check_array(X, estimator, name, sr, reset, duration)
    items = _as_items(X)
    if items is None:
        return _check_array(X, estimator, name, sr, reset, duration)
    kind = _kind_of_all(items, name)
    if kind == "a number" or _is_nested_table(items):
        return _check_array(np.asarray(X), estimator, name, sr, reset, duration)
    if kind == "a path":
        clips = Clips([Path(item) for item in items], "paths", sr=sr, duration=duration)
    else:
        waveforms = [_check_waveform(item, i, name) for i, item in enumerate(items)]
        check_levels([peak_of(y) for y in waveforms], name)
        clips = Clips(waveforms, "list", sr=sr, duration=duration)
    if reset:
        _forget_features(estimator)
    return clips


def _refuse_what_is_no_sequence(X: Any, name: str) -> None:
    if isinstance(X, str | os.PathLike):
        path = str(os.fspath(X))
        raise TypeError(
            f"{name} takes a list of paths, got the single path {path!r}: pass [{path!r}]."
        )
    if isinstance(X, bytes):
        raise TypeError(f"{name} takes waveforms or paths as str or PathLike, got bytes.")
    if isinstance(X, set | frozenset | dict) and not issparse(X):
        raise TypeError(f"{name} takes clips in an order, got a {type(X).__name__}: pass a list.")
    if hasattr(X, "__next__"):
        raise TypeError(f"{name} reads its clips more than once, got an iterator: pass list(X).")


def _is_dataframe(X: Any) -> bool:
    return hasattr(X, "columns") and hasattr(X, "dtypes")


def _refuse_dataframe_of_paths(X: Any, name: str) -> None:
    for i, dtype in enumerate(X.dtypes):
        # Waveforms have as many columns as samples, so only what may hold text is looked at.
        if getattr(dtype, "kind", "O") not in "OSUT":
            continue
        column = X.columns[i]
        values = np.asarray(X.iloc[:, i] if hasattr(X, "iloc") else X[column], dtype=object)
        if any(isinstance(value, str | os.PathLike) for value in values):
            raise TypeError(
                f"{name} got a DataFrame whose column {column!r} is not numeric. For sound files "
                f"pass the column that holds the paths, as in X[{column!r}]; for waveforms pass "
                f"the columns that hold samples alone."
            )


def _as_items(X: Any) -> Sequence[Any] | None:
    """Return a sequence of clips, or None for what can only be one numeric array."""
    if isinstance(X, Sequence):
        return X
    if not isinstance(X, np.ndarray) and hasattr(X, "to_numpy") and getattr(X, "ndim", 1) == 1:
        X = X.to_numpy()
    if isinstance(X, np.ndarray) and X.ndim == 1 and X.dtype.kind in "OUT":
        return list(X)
    return None


def _kind_of_all(items: Sequence[Any], name: str) -> str:
    """Tell what all items are: a path, a waveform, or a number."""
    if not len(items):
        raise ValueError(f"{name} needs at least one clip, got an empty X.")
    kinds = [_kind(item) for item in items]
    known = ("a path", "a waveform", "a number")
    for i, kind in enumerate(kinds):
        if kind not in known:
            raise TypeError(f"{name} takes paths or waveforms, got {kind} for clip {i}.")
        if kind != kinds[0]:
            raise TypeError(
                f"{name} takes either paths or waveforms, got {kinds[0]} for clip 0 and {kind} "
                f"for clip {i}: pass clips of one kind."
            )
    return kinds[0]


def _kind(item: Any) -> str:
    if isinstance(item, str | os.PathLike):
        return "a path"
    if item is None or (isinstance(item, float) and np.isnan(item)):
        return "a missing value"
    if isinstance(item, Number):
        return "a number"
    if isinstance(item, list | tuple) or (hasattr(item, "__array__") and np.ndim(item) > 0):
        return "a waveform"
    return f"an object of type {type(item).__name__}"


def _is_nested_table(items: Sequence[Any]) -> bool:
    """Tell whether all items are lists of one length: an array written as nested lists."""
    return all(isinstance(item, list | tuple) for item in items) and len({*map(len, items)}) == 1


def _check_waveform(item: Any, i: int, name: str) -> np.ndarray:
    y = np.asarray(item)
    if y.ndim != 1:
        raise ShapeMismatchError(
            f"{name} takes mono waveforms, 1-D arrays of samples, got an array of shape {y.shape} "
            f"for clip {i}. Average its channels first: y.mean(axis=0) for (n_channels, n_samples)."
        )
    if not len(y):
        raise ValueError(f"{name} got clip {i} without samples. Leave it out.")
    if y.dtype.kind == "c":
        raise ValueError(f"Complex data not supported: {name} got {y.dtype} samples for clip {i}.")
    if y.dtype.kind in "iu":
        raise ValueError(
            f"{name} takes float samples in [-1, 1], got {y.dtype} for clip {i}. {_PCM}."
        )
    if y.dtype.kind != "f":
        raise ValueError(f"{name} takes float samples, got {y.dtype} for clip {i}.")
    with np.errstate(over="ignore"):
        y = y.astype(np.float32, copy=False)
    if not np.isfinite(y).all():
        raise ValueError(
            f"{name} got NaN, infinity, or a value too large for float32 in clip {i}. Repair the "
            f"clip or leave it out."
        )
    return y


def _check_array(
    X: Any, estimator: BaseEstimator, name: str, sr: float, reset: bool, duration: float | None
) -> Clips:
    shape, dtype = getattr(X, "shape", None), getattr(X, "dtype", None)
    if shape is not None and len(shape) == 1:
        # In the words of check_array, whose cure (a column) would be the wrong one.
        raise ShapeMismatchError(
            f"Expected 2D array, got 1D array instead: {name} takes waveforms as an array of shape "
            f"(n_clips, n_samples). Reshape your data using X.reshape(1, -1) if it is one clip."
        )
    if shape is not None and len(shape) > 2:
        raise ShapeMismatchError(
            f"{name} takes waveforms as an array of shape (n_clips, n_samples), mono, got an array "
            f"of shape {tuple(shape)}."
        )
    if shape is not None and _holds_paths(X):
        raise ShapeMismatchError(
            f"{name} takes paths as a 1-D sequence, got an array of shape {tuple(shape)}: pass the "
            f"column that holds them, as in X[:, 0]."
        )
    array = validate_data(estimator, X, dtype=np.float32, reset=reset)
    if getattr(dtype, "kind", None) in ("i", "u") and _looks_like_pcm(dtype, array):
        raise ValueError(f"{name} takes float samples in [-1, 1], got {dtype}. {_PCM}.")
    check_levels(np.maximum(array.max(axis=1), -array.min(axis=1)), name)
    return Clips(array, "array", sr=sr, duration=duration)


def _holds_paths(X: Any) -> bool:
    kind = getattr(getattr(X, "dtype", None), "kind", None)
    return kind in ("O", "U", "T") and any(isinstance(item, str | os.PathLike) for item in X.flat)


def _looks_like_pcm(dtype: Any, array: np.ndarray) -> bool:
    """Tell samples of a sound file from small integers, which scikit-learn wants converted."""
    return dtype.itemsize < 4 or max(array.max(), -array.min()) > np.iinfo(np.int16).max


def _forget_features(estimator: BaseEstimator) -> None:
    """Remove what an earlier `fit` on an array has set: files have no number of features."""
    for attribute in ("n_features_in_", "feature_names_in_"):
        if hasattr(estimator, attribute):
            delattr(estimator, attribute)
