"""Arrays of float16: half the size, and three digits up to 65,504."""

from collections.abc import Callable
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.utils import assert_all_finite

_CHECKED_BYTES = 16_000_000
_LARGEST = float(np.finfo(np.float16).max)


def is_half(X: Any) -> bool:
    """Tell whether this is an array of float16."""
    return isinstance(X, np.ndarray) and X.dtype == np.float16


def float_options(X: Any) -> dict[str, Any]:
    """Return options that make `check_array` keep float16 and convert the rest to float32.

    On float16, scikit-learn's own check for NaN and infinity takes half the array's size: call
    :func:`check_finite_half` instead.
    """
    return {"dtype": [np.float32, np.float16], "ensure_all_finite": not is_half(X)}


def check_finite_half(estimator: BaseEstimator, X: np.ndarray) -> None:
    """Refuse NaN and infinity in float16, a part at a time. Other types are ignored."""
    if not is_half(X):
        return
    n_at_once = max(1, _CHECKED_BYTES // max(1, X[:1].nbytes))
    name = type(estimator).__name__
    for start in range(0, len(X), n_at_once):
        part = X[start : start + n_at_once]
        assert_all_finite(part, estimator_name=name, input_name="X")


def to_half(features: np.ndarray, describe: Callable[[int, float], str]) -> np.ndarray:
    """Round the features of a clip to float16.

    Parameters
    ----------
    features : ndarray
        Of shape (n_bands, n_frames), (n_segments, n_bands, n_frames) or (n_features,).
    describe : callable
        Called with the index of a band or column and a value in it that float16 can't represent;
        returns the error message.

    Raises
    ------
    ValueError
        If the magnitude of a finite value is above 65,504.
    """
    magnitudes = np.abs(features)
    is_too_large = (magnitudes > _LARGEST) & np.isfinite(magnitudes)
    if is_too_large.any():
        place = np.unravel_index(is_too_large.argmax(), features.shape)
        band = place[0] if features.ndim == 1 else place[-2]
        raise ValueError(describe(int(band), float(features[place])))
    return features.astype(np.float16)
