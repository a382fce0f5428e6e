"""Input contract of transformers of clips: check of `X`."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.utils.validation import validate_data

from .._public import public
from .._urls import as_path
from ..exceptions import ShapeMismatchError
from ._clip_items import (
    is_dataframe,
    is_nested_table,
    is_path,
    kind_of_all,
    list_items,
    refuse_what_is_no_sequence,
)
from ._clips import Clips
from ._duration import n_samples_of
from ._level import check_levels, peak_of
from ._open_file import OpenFile
from ._pairs import check_rate, downmix_pair

_PCM = "PCM samples have to be scaled to [-1, 1] first: for 16 bit, X / 32768"
_MASKED = "Fill in what is masked, as in X.filled(0), or leave these clips out"


@public
def check_clips(
    X: Any,
    *,
    estimator: BaseEstimator,
    sr: float,
    reset: bool,
    duration: float | None = None,
) -> Clips:
    """Read the `X` of an estimator that takes clips.

    Nothing is decoded yet: a file is read when its clip is accessed.

    Parameters
    ----------
    X : array-like of shape (n_clips, n_samples), or sequence of n_clips clips
        Mono waveforms at `sr` in [-1, 1] as an array or a numeric DataFrame; or clips, all in one
        of these forms:

        - paths of sound files, str or PathLike, or URLs (str) of protocols that fsspec has, such
          as ``s3://``;
        - open binary files and `io.BytesIO`, read from their start and left where they were;
        - 1-D float arrays of any lengths, at `sr`;
        - pairs ``(samples, sr)``, as ``librosa.load`` and ``soundfile.read`` return them. Samples
          of two axes have channels, at most 8, on one of them.

        Clips come as a list, an array, a Series, a pyarrow array or any other sequence, or as the
        only column of a DataFrame, of an array of shape (n_clips, 1) or of nested lists.
    estimator : estimator
        Used in messages, and to set `n_features_in_` to the number of samples if `X` is an array.
        Other forms don't set it, not even a named column of paths.
    sr : float
        Sampling rate of waveforms in Hz; files and pairs are resampled to it.
    reset : bool
        True in `fit`; False where `X` has to agree with the input of `fit`.
    duration : float or None, default=None
        Seconds to cut or zero-pad each clip to. None keeps clips as they are.

    Returns
    -------
    Clips
        The clips, to be read one by one.

    Raises
    ------
    ValueError
        If `X` is empty, has integer, boolean or masked samples, samples above 1,000 or an
        impossible sampling rate, or as :func:`sklearn.utils.validation.validate_data` does for an
        array: NaN, infinity, complex numbers, or another number of samples than at `fit`.
    ShapeMismatchError
        If `X` has another number of axes, or channels can't be told from samples.
    TypeError
        If `X` is a single clip, an iterator, mixes forms, or contains anything but clips.

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
    if duration is not None:
        try:
            n_samples_of(duration, sr)
        except ValueError as error:
            raise ValueError(f"The 'duration' parameter of {name}: {error}") from error
    refuse_what_is_no_sequence(X, name)
    if hasattr(X, "detach"):
        X = _to_array(X, name)
    items = list_items(X, name)
    if items is None:
        return _check_array(X, estimator, name, sr, reset, duration)
    kind = kind_of_all(items, name)
    if kind == "a number" or (kind == "a waveform" and is_nested_table(items)):
        return _check_array(np.asarray(X), estimator, name, sr, reset, duration)
    clips = _make_clips(items, kind, name, sr, duration)
    if reset:
        _forget_features(estimator)
    return clips


def _make_clips(
    items: Sequence[Any], kind: str, name: str, sr: float, duration: float | None
) -> Clips:
    if kind == "a path":
        return Clips([as_path(item) for item in items], "paths", sr=sr, duration=duration)
    numbered = enumerate(items)
    if kind == "an open file":
        files = [OpenFile(item, f"clip {i}") for i, item in numbered]
        return Clips(files, "files", sr=sr, duration=duration)
    if kind == "a (samples, sr) pair":
        pairs = [_check_pair(item, i, name) for i, item in numbered]
        check_levels(_finite_peaks([y for y, _ in pairs], name), name)
        return Clips(pairs, "pairs", sr=sr, duration=duration)
    waveforms = [_check_waveform(item, i, name) for i, item in numbered]
    check_levels(_finite_peaks(waveforms, name), name)
    return Clips(waveforms, "list", sr=sr, duration=duration)


def _to_array(item: Any, name: str, where: str = "") -> np.ndarray:
    """Convert a tensor or anything else to an array; refuse masks, which would be lost."""
    if isinstance(item, np.ma.MaskedArray):
        raise ValueError(f"{name} takes no masked arrays, got one{where}. {_MASKED}.")
    try:
        return np.asarray(item)
    except (RuntimeError, TypeError) as error:
        if not hasattr(item, "detach"):
            raise
        reason = str(error).rstrip(".")
        raise TypeError(
            f"{name} can't read the tensor{where} as an array ({reason}): pass "
            f"tensor.detach().cpu().float()."
        ) from error


def _check_pair(item: Any, i: int, name: str) -> tuple[np.ndarray, float]:
    """Return the mono samples of a pair and their rate."""
    samples, sr = item
    rate = check_rate(sr, i, name)
    samples = _check_samples(_to_array(samples, name, f" for clip {i}"), i, name)
    return _check_waveform(downmix_pair(samples, i, name), i, name), rate


def _check_waveform(item: Any, i: int, name: str) -> np.ndarray:
    y = _to_array(item, name, f" for clip {i}")
    if y.ndim != 1:
        raise ShapeMismatchError(
            f"{name} takes mono waveforms, 1-D arrays of samples, got an array of shape {y.shape} "
            f"for clip {i}. Average its channels first: y.mean(axis=0) for (n_channels, n_samples)."
        )
    if not len(y):
        raise ValueError(f"{name} got clip {i} without samples. Leave it out.")
    return _check_samples(y, i, name)


def _check_samples(y: np.ndarray, i: int, name: str) -> np.ndarray:
    """Return samples as float32; refuse other types."""
    if y.dtype.kind == "c":
        raise ValueError(f"Complex data not supported: {name} got {y.dtype} samples for clip {i}.")
    if y.dtype.kind in "iu":
        raise ValueError(
            f"{name} takes float samples in [-1, 1], got {y.dtype} for clip {i}. {_PCM}."
        )
    if y.dtype.kind != "f":
        raise ValueError(f"{name} takes float samples, got {y.dtype} for clip {i}.")
    with np.errstate(over="ignore"):
        return y.astype(np.float32, copy=False)


def _finite_peaks(waveforms: Sequence[np.ndarray], name: str) -> list[float]:
    """Return the peak of each waveform; refuse those that aren't finite, as their peaks tell."""
    peaks = [peak_of(y) for y in waveforms]
    for i, peak in enumerate(peaks):
        if not np.isfinite(peak):
            raise ValueError(
                f"{name} got NaN, infinity, or a value too large for float32 in clip {i}. Repair "
                f"the clip or leave it out."
            )
    return peaks


def _check_array(
    X: Any, estimator: BaseEstimator, name: str, sr: float, reset: bool, duration: float | None
) -> Clips:
    if isinstance(X, np.ma.MaskedArray):
        raise ValueError(f"{name} takes no masked arrays, got one. {_MASKED}.")
    if _is_boolean(X):
        raise ValueError(f"{name} takes float samples in [-1, 1], got booleans.")
    shape, dtype = getattr(X, "shape", None), getattr(X, "dtype", None)
    if shape is not None and len(shape) == 1:
        # Same message as check_array, whose suggestion (a column) would be wrong here.
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
    return kind in ("O", "U", "T") and any(map(is_path, X.flat))


def _is_boolean(X: Any) -> bool:
    dtypes = X.dtypes if is_dataframe(X) else [getattr(X, "dtype", None)]
    return len(dtypes) > 0 and all(getattr(dtype, "kind", None) == "b" for dtype in dtypes)


def _looks_like_pcm(dtype: Any, array: np.ndarray) -> bool:
    """Tell samples of a sound file from small integers, which scikit-learn wants converted."""
    return dtype.itemsize < 4 or max(array.max(), -array.min()) > np.iinfo(np.int16).max


def _forget_features(estimator: BaseEstimator) -> None:
    """Remove attributes set by an earlier `fit` on an array: files have no number of features."""
    for attribute in ("n_features_in_", "feature_names_in_"):
        if hasattr(estimator, attribute):
            delattr(estimator, attribute)
