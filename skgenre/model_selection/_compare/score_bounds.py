"""Bounds of scores, as far as they are known."""

from functools import partial
from typing import Any

import numpy as np

# Score functions of scikit-learn and skgenre by name, with the range that each documents.
_SHARES = frozenset(
    {
        "accuracy_score",
        "average_precision_score",
        "f1_score",
        "fbeta_score",
        "jaccard_score",
        "map_at_k_score",
        "mean_average_precision_score",
        "precision_score",
        "recall_score",
        "roc_auc_ovr_score",
        "roc_auc_score",
        "top_k_accuracy_score",
        "_f1_per_genre",
        "_top_k_accuracy",
        "expected_calibration_error",
        "macro_average_precision",
        "macro_roc_auc",
        "average_precision_by_name",
        "roc_auc_by_name",
        "f1_by_name",
        "map_at_k",
        "ranked_precision",
        "_by_sets",
    }
)
_CORRELATIONS = frozenset({"matthews_corrcoef", "cohen_kappa_score"})
UNKNOWN = (-np.inf, np.inf)


def bounds_of(scorer: Any) -> tuple[float, float]:
    """Return the smallest and the largest value of a scorer, infinite where none is known.

    A scorer has known bounds if its score function is one of scikit-learn's or skgenre's whose
    documentation states them. A function of (model, X, y) has none.
    """
    score_func: Any = getattr(scorer, "_score_func", None)
    options = dict(getattr(scorer, "_kwargs", None) or {})
    while isinstance(score_func, partial):
        score_func, options = score_func.func, {**score_func.keywords, **options}
    module = str(getattr(score_func, "__module__", ""))
    if module.partition(".")[0] not in ("sklearn", "skgenre"):
        return UNKNOWN
    name = getattr(score_func, "__name__", "")
    sign = getattr(scorer, "_sign", 1)
    if name == "balanced_accuracy_score":
        low, high = (-np.inf, 1.0) if options.get("adjusted") else (0.0, 1.0)
    elif name in _SHARES and options.get("normalize", True):
        low, high = 0.0, 1.0
    elif name in ("log_loss", "coverage"):
        low, high = 0.0, np.inf
    elif name in _CORRELATIONS:
        low, high = -1.0, 1.0
    else:
        return UNKNOWN
    return (low, high) if sign > 0 else (-high, -low)
