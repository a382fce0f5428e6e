"""Model outputs for displays."""

from typing import Any

import numpy as np
from sklearn.utils.validation import check_is_fitted

from .._several_genres import join_probabilities


def predict_columns(
    display: type, estimator: Any, X: Any, *, allow_decision: bool = False
) -> np.ndarray:
    """Return probabilities, one column per class of the model.

    Parameters
    ----------
    display : type
        The caller, for error messages.
    estimator : estimator
        The fitted classifier.
    X : array-like
        The clips.
    allow_decision : bool
        Whether ``decision_function`` may be used instead.
    """
    check_is_fitted(estimator)
    if hasattr(estimator, "predict_proba"):
        found = estimator.predict_proba(X)
        # Forests of several genres give an array for each.
        scores = np.asarray(join_probabilities(found, getattr(estimator, "classes_", None)))
    elif allow_decision and hasattr(estimator, "decision_function"):
        scores = np.asarray(estimator.decision_function(X))
    else:
        needed = "predict_proba or decision_function" if allow_decision else "predict_proba"
        raise ValueError(
            f"{display.__name__} needs a classifier with {needed}, and "
            f"{type(estimator).__name__} has none: wrap it in "
            f"sklearn.calibration.CalibratedClassifierCV, or take another."
        )
    # With two classes, a decision function is for the second.
    return np.stack([-scores, scores], axis=1) if scores.ndim == 1 else scores
