"""Scorers by name: those of this package, else scikit-learn's."""

import difflib
import re
from collections.abc import Callable
from typing import Any

import numpy as np
from sklearn.metrics import (
    f1_score,
    get_scorer,
    get_scorer_names,
    log_loss,
    top_k_accuracy_score,
)

from .._public import public
from ._calibration import expected_calibration_error
from ._ranking import map_at_k_score, mean_average_precision_score, roc_auc_ovr_score
from ._scorer import GenreScorer


def _f1_per_genre(
    y_true: Any, y_pred: Any, *, labels: np.ndarray, sample_weight: Any = None
) -> dict[str, float]:
    values = f1_score(
        y_true,
        y_pred,
        labels=labels,
        average=None,
        sample_weight=sample_weight,
        zero_division=np.nan,
    )
    return {f"f1_{genre}": float(value) for genre, value in zip(labels, values, strict=True)}


def _top_k_accuracy(
    y_true: Any, y_score: np.ndarray, *, k: int, labels: Any, sample_weight: Any = None
) -> float:
    if k >= len(labels):
        raise ValueError(
            f"The score 'top_{k}_accuracy' is 1 for any model of {len(labels)} genres: use a "
            f"smaller k, or 'accuracy'."
        )
    if len(labels) == 2:
        y_score = y_score[:, 1] - 0.5
    return float(
        top_k_accuracy_score(y_true, y_score, k=k, labels=labels, sample_weight=sample_weight)
    )


# Name: score function, sign, parameters, method of the model.
_SCORES: dict[str, tuple[Callable, int, dict[str, Any], str]] = {
    "f1_per_genre": (_f1_per_genre, 1, {}, "predict"),
    "map_at_3": (map_at_k_score, 1, {"k": 3}, "predict_proba"),
    "map_at_5": (map_at_k_score, 1, {"k": 5}, "predict_proba"),
    "map_at_10": (map_at_k_score, 1, {"k": 10}, "predict_proba"),
    "mean_average_precision": (mean_average_precision_score, 1, {}, "predict_proba"),
    "neg_expected_calibration_error": (expected_calibration_error, -1, {}, "predict_proba"),
    "neg_log_loss": (log_loss, -1, {}, "predict_proba"),
    "roc_auc_ovr": (roc_auc_ovr_score, 1, {}, "predict_proba"),
    "top_3_accuracy": (_top_k_accuracy, 1, {"k": 3}, "predict_proba"),
    "top_5_accuracy": (_top_k_accuracy, 1, {"k": 5}, "predict_proba"),
}
_ANY_K = {
    re.compile(r"map_at_([1-9]\d*)"): map_at_k_score,
    re.compile(r"top_([1-9]\d*)_accuracy"): _top_k_accuracy,
}


@public
def get_genre_scorer(scoring: Any) -> Any:
    """Return a scorer by name: one for genres, or scikit-learn's.

    Parameters
    ----------
    scoring : str or callable
        A name, see below and :func:`get_genre_scorer_names`. A callable is returned as it is.

    Returns
    -------
    callable
        A scorer, to call with (estimator, X, y) or to pass as ``scoring=``. Larger values are
        better.

    Raises
    ------
    ValueError
        For an unknown name; the message suggests similar ones. The scorers themselves raise it for
        a model without ``predict_proba``, for NaN among the probabilities, and for genres that the
        model was not trained on.

    See Also
    --------
    check_genre_scoring : Several scores at once.
    sklearn.metrics.get_scorer : Returns scikit-learn's scorers only.

    Notes
    -----
    ==================================  =====================================================
    name                                score
    ==================================  =====================================================
    ``f1_per_genre``                    F1 of each genre, as a dict of ``f1_<genre>``
    ``map_at_<k>``                      :func:`map_at_k_score`
    ``mean_average_precision``          :func:`mean_average_precision_score`
    ``neg_expected_calibration_error``  minus :func:`expected_calibration_error`
    ``neg_log_loss``                    minus :func:`sklearn.metrics.log_loss`
    ``roc_auc_ovr``                     :func:`sklearn.metrics.roc_auc_score`, each genre
                                        against the others, mean over the genres
    ``top_<k>_accuracy``                :func:`sklearn.metrics.top_k_accuracy_score`
    ==================================  =====================================================

    They take their labels from ``estimator.classes_``, so that a fold without clips of a genre can
    be scored, where scikit-learn's ``neg_log_loss`` and ``roc_auc_ovr`` fail. Where both are
    defined, they agree. In such a fold ``mean_average_precision`` and ``roc_auc_ovr`` are means
    over the other genres, and the F1 of the genre is NaN unless it was predicted. All other names
    are scikit-learn's.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.linear_model import LogisticRegression
    >>> from sklearn.model_selection import cross_validate
    >>> from skgenre.metrics import get_genre_scorer
    >>> X, y = load_iris(return_X_y=True)
    >>> model = LogisticRegression(max_iter=500)
    >>> scores = cross_validate(model, X, y, scoring=get_genre_scorer("map_at_3"))
    >>> bool(scores["test_score"].mean() > 0.95)
    True
    """
    if not isinstance(scoring, str):
        if callable(scoring):
            return scoring
        raise ValueError(
            f"get_genre_scorer takes the name of a score or a scorer. Got {scoring!r} instead."
        )
    if scoring in _SCORES:
        return GenreScorer(*_SCORES[scoring], name=scoring)
    for pattern, score_func in _ANY_K.items():
        match = pattern.fullmatch(scoring)
        if match:
            k = int(match.group(1))
            return GenreScorer(score_func, 1, {"k": k}, "predict_proba", name=scoring)
    names = get_scorer_names()
    if scoring in names:
        return get_scorer(scoring)
    known = get_genre_scorer_names()
    # A loss without the prefix: scorers return its negative.
    nearest = [f"neg_{scoring}"] if f"neg_{scoring}" in known else []
    nearest += [name for name in difflib.get_close_matches(scoring, known) if name not in nearest]
    hint = f" Did you mean {' or '.join(map(repr, nearest))}?" if nearest else ""
    raise ValueError(
        f"There is no score named {scoring!r}.{hint} skgenre.metrics.get_genre_scorer_names() "
        f"lists all."
    )


@public
def get_genre_scorer_names() -> list[str]:
    """Return the names of all scorers, scikit-learn's included.

    Returns
    -------
    list of str
        Sorted. ``map_at_<k>`` and ``top_<k>_accuracy`` exist for any other number than 3, 5 and 10
        as well.

    See Also
    --------
    get_genre_scorer : Returns a scorer.

    Examples
    --------
    >>> from skgenre.metrics import get_genre_scorer_names
    >>> names = get_genre_scorer_names()
    >>> "accuracy" in names, "map_at_10" in names
    (True, True)
    """
    return sorted({*_SCORES, *get_scorer_names()})
