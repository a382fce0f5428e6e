"""Check of the input of transformers of feature maps."""

from typing import Any

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.utils import check_array
from sklearn.utils.validation import validate_data

from ..._half_precision import check_finite_half, is_half
from ..._n_bands import record_bands
from ..._ragged import is_list_of_segments, is_ragged
from ..._refused_paths import refuse_paths
from ...exceptions import ShapeMismatchError

_FLOATS = [np.float64, np.float32, np.float16]


def check_maps(estimator: BaseEstimator, X: Any, *, reset: bool) -> np.ndarray:
    """Check a table, feature maps, segmented maps or ragged ones, and their number of bands.

    Returns
    -------
    ndarray of 2, 3 or 4 axes, or 1-D object array of 3-D arrays
        The maps, of a float type. ``n_features_in_`` is the number of bands.
    """
    name = type(estimator).__name__
    refuse_paths(name, X, "put a transformer of sound files before it, such as MelSpectrogram")
    if is_ragged(X) or is_list_of_segments(X):
        X, n_bands = _check_ragged(estimator, name, X)
    elif _have_different_lengths(X):
        raise ShapeMismatchError(
            f"{name} takes maps of one size, (n_clips, n_bands, n_frames), and the maps of these "
            f"clips differ in theirs: cut or pad the clips (`duration` of the feature before it), "
            f"or make segments of them with Segmenter."
        )
    elif _n_axes(X) == 2:
        return validate_data(estimator, X, dtype=_FLOATS, reset=reset)
    else:
        X = _check_nd(estimator, name, X)
        n_bands = X.shape[-2]
    record_bands(estimator, n_bands, reset=reset)
    return X


def _check_ragged(estimator: BaseEstimator, name: str, X: Any) -> tuple[np.ndarray, int]:
    ragged = np.empty(len(X), dtype=object)
    for number, maps in enumerate(X):
        _refuse_empty(name, maps.shape, f" for clip {number}")
        try:
            ragged[number] = check_array(maps, dtype=_FLOATS, allow_nd=True, estimator=estimator)
        except ValueError as error:
            raise ValueError(f"The maps of clip {number}: {error}") from error
    bands = {maps.shape[1] for maps in ragged}
    if len(bands) > 1:
        raise ShapeMismatchError(
            f"{name} needs maps with the same number of bands, got {sorted(bands)}."
        )
    return ragged, bands.pop()


def _have_different_lengths(X: Any) -> bool:
    if not isinstance(X, list | tuple) and not (isinstance(X, np.ndarray) and X.dtype.hasobject):
        return False
    shapes = {getattr(maps, "shape", ()) for maps in X}
    return len(shapes) > 1 and {len(shape) for shape in shapes} == {2}


def _refuse_empty(name: str, shape: tuple[int, ...], where: str = "") -> None:
    if 0 in shape:
        raise ShapeMismatchError(
            f"{name} needs at least one segment, band and frame, got maps of shape {shape}{where}."
        )


def _n_axes(X: Any) -> int:
    """Count axes; objects without ndim are left to scikit-learn's own messages."""
    axes = getattr(X, "ndim", None)
    if axes is None and isinstance(X, list | tuple):
        try:
            axes = np.asarray(X).ndim
        except ValueError:
            axes = 2
    return 2 if axes is None or axes < 3 else axes


def _check_nd(estimator: BaseEstimator, name: str, X: Any) -> np.ndarray:
    X = check_array(
        X,
        dtype=_FLOATS,
        allow_nd=True,
        ensure_all_finite=not is_half(X),
        estimator=estimator,
        input_name="X",
    )
    if X.ndim > 4:
        raise ShapeMismatchError(
            f"{name} takes feature maps (n_clips, n_bands, n_frames), or segments of them with "
            f"four axes. Got an array of shape {X.shape}."
        )
    _refuse_empty(name, X.shape)
    check_finite_half(estimator, X)
    return X


def at_least_single(dtype: np.dtype) -> np.dtype:
    """Return the type for computing with maps: float32 for float16, whose range is too small."""
    return np.result_type(dtype, np.float32)
