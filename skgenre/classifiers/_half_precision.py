"""Arrays of float16: checked as they are, and float32 only in the part that is used."""

from typing import Any

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.utils import assert_all_finite

_CHECKED_BYTES = 16_000_000


def is_half(X: Any) -> bool:
    """Tell whether this is an array of float16."""
    return isinstance(X, np.ndarray) and X.dtype == np.float16


def float_options(X: Any) -> dict[str, Any]:
    """Return what `check_array` needs to leave float16 alone, and to make float32 of the rest.

    Of float16, scikit-learn's own look for NaN and infinity takes half the array's size:
    :func:`check_finite_half` is to be called instead.
    """
    return {"dtype": [np.float32, np.float16], "ensure_all_finite": not is_half(X)}


def check_finite_half(estimator: BaseEstimator, X: np.ndarray) -> None:
    """Refuse NaN and infinity in float16, a part at a time. Other types are left alone."""
    if not is_half(X):
        return
    n_at_once = max(1, _CHECKED_BYTES // max(1, X[:1].nbytes))
    name = type(estimator).__name__
    for start in range(0, len(X), n_at_once):
        part = X[start : start + n_at_once]
        assert_all_finite(part, estimator_name=name, input_name="X")
