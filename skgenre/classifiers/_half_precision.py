"""Arrays of float16: checked as they are, converted to float32 only in the part that is used."""

from typing import Any

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.utils import assert_all_finite

_CHECKED_BYTES = 16_000_000


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
