"""Check of the X of a network classifier."""

from typing import Any

import numpy as np
from sklearn.utils import check_array
from sklearn.utils.validation import validate_data

from ..._half_precision import check_finite_half, float_options
from ..._ragged import is_ragged
from ..._refused_paths import refuse_paths
from ..._stored_rows import StoredRows, read_if_small
from ...exceptions import ShapeMismatchError
from .._raw_input import lists_to_array


def check_network_input(
    estimator: Any, X: Any, y: Any = None, *, reset: bool
) -> np.ndarray | StoredRows:
    """Check feature maps or a table, and return maps.

    Parameters
    ----------
    estimator : TorchClassifier
        The classifier: it knows where a table goes, and which shape it was fitted on.
    X : array-like of shape (n_clips, n_bands, n_frames) or (n_clips, n_features)
        Feature maps, or a table; nested lists of numbers are taken, too. Maps in a store that are
        larger than memory may be are read later, a part at a time.
    y : array-like of shape (n_clips,), default=None
        The genres, in fit, unless clips have several.
    reset : bool
        True in fit.

    Returns
    -------
    ndarray or StoredRows of shape (n_clips, n_bands, n_frames)
        Feature maps, float32; float16 ones as they are.

    Raises
    ------
    ShapeMismatchError
        For segments, and for maps of a different size than in fit.
    """
    name = type(estimator).__name__
    refuse_paths(name, X, "put a transformer such as MelSpectrogram before it, in a Pipeline")
    X = lists_to_array(name, X)
    axes = getattr(X, "ndim", None)
    _refuse_segments(name, X, axes)
    X = read_if_small(X)
    options = float_options(X)
    maps: np.ndarray | StoredRows
    if axes == 3:
        if isinstance(X, StoredRows):
            maps = X
        else:
            maps = check_array(X, **options, allow_nd=True, estimator=estimator, input_name="X")
        # For tables only: tools rely on it as the number of columns that predict takes.
        if reset and hasattr(estimator, "n_features_in_"):
            del estimator.n_features_in_
    else:
        if reset and y is not None:
            table, _ = validate_data(estimator, X, y, **options)
        else:
            table = validate_data(estimator, X, **options, reset=reset)
        maps = np.expand_dims(table, estimator._table_axis)
    if not isinstance(maps, StoredRows):
        check_finite_half(estimator, maps)
    if not reset and maps.shape[1:] != estimator._input_shape:
        fitted, got = (
            " x ".join(map(str, shape)) for shape in (estimator._input_shape, maps.shape[1:])
        )
        is_other_band = maps.shape[1] != estimator._input_shape[0]
        cause = "n_mels" if is_other_band else "the duration or hop_length"
        raise ShapeMismatchError(
            f"{name} was fitted on {fitted} feature maps, got {got}: did {cause} change?"
        )
    return maps


def _refuse_segments(name: str, X: Any, axes: int | None) -> None:
    if is_ragged(X):
        raise ShapeMismatchError(
            f"{name} takes maps of one size, got clips with different numbers of segments: "
            f"wrap me in SegmentVotingClassifier."
        )
    if axes == 4:
        raise ShapeMismatchError(
            f"{name} takes feature maps (n_clips, n_bands, n_frames). X of shape "
            f"{tuple(X.shape)} has a segments axis: wrap me in SegmentVotingClassifier."
        )
    if axes is not None and axes > 4:
        raise ShapeMismatchError(
            f"{name} takes feature maps (n_clips, n_bands, n_frames), got X of shape "
            f"{tuple(X.shape)}."
        )
