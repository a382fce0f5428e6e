"""Scorers, and scorers by name."""

import difflib
import re
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from sklearn.metrics import (
    f1_score,
    get_scorer,
    get_scorer_names,
    log_loss,
    top_k_accuracy_score,
)
from sklearn.metrics._scorer import _BaseScorer

from .._genre_matrix import is_multilabel
from .._pipelines import steps_of
from .._public import public
from ._calibration import expected_calibration_error
from ._label_columns import refuse_unknown_genres
from ._multilabel_scorer import (
    SCORES as MULTILABEL_SCORES,
)
from ._multilabel_scorer import (
    for_several_genres,
    make_multilabel_scorer,
    refuse_single_label,
)
from ._ranking import map_at_k_score, mean_average_precision_score, roc_auc_ovr_score

_MADE = ("_score_func", "_sign", "_kwargs", "_response_method", "_name", "_is_found_by_name")


class GenreScorer(_BaseScorer):
    """Call a score function with ``labels=estimator.classes_``.

    A scorer like scikit-learn's: it is called with (estimator, X, y), it can be pickled, several of
    them share one prediction, and metadata are routed.
    """

    def __init__(
        self,
        score_func: Callable,
        sign: int,
        kwargs: dict[str, Any],
        response_method: str,
        name: str | None = None,
    ) -> None:
        super().__init__(score_func, sign, kwargs, response_method)
        self._name = score_func.__name__ if name is None else name
        self._is_found_by_name = name is not None

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle the public function that made the scorer: this class and its file may move."""
        if self._is_found_by_name:
            make: tuple[Any, tuple[Any, ...]] = (get_genre_scorer, (self._name,))
        else:
            options = {"response_method": self._response_method} | self._kwargs
            maker = partial(make_genre_scorer, greater_is_better=self._sign > 0, **options)
            make = (maker, (self._score_func,))
        # What scikit-learn adds later, such as requests of metadata.
        added = {name: value for name, value in vars(self).items() if name not in _MADE}
        return (*make, added) if added else make

    def _score(
        self, method_caller: Callable, estimator: Any, X: Any, y_true: Any, **kwargs: Any
    ) -> Any:
        if is_multilabel(y_true):
            scorer = for_several_genres(self._name, self)
            return scorer._score(method_caller, estimator, X, y_true, **kwargs)
        check_response_method(self, estimator, self._name)
        labels = np.asarray(estimator.classes_)
        refuse_unknown_genres(self._name, y_true, labels)
        y_pred = method_caller(estimator, self._response_method, X)
        if self._response_method == "predict_proba":
            y_pred = np.asarray(y_pred)
            if y_pred.ndim == 1:
                # For two genres, scikit-learn passes only the column of the second.
                y_pred = np.stack([1 - y_pred, y_pred], axis=1)
            _refuse_nan(self._name, estimator, y_pred)
        score = self._score_func(y_true, y_pred, labels=labels, **{**self._kwargs, **kwargs})
        return score if isinstance(score, dict) else self._sign * score

    def __repr__(self) -> str:
        settings = "".join(f", {key}={value!r}" for key, value in self._kwargs.items())
        return (
            f"make_genre_scorer({self._score_func.__name__}"
            f"{'' if self._sign > 0 else ', greater_is_better=False'}"
            f", response_method={self._response_method!r}{settings})"
        )


@public
def make_genre_scorer(
    score_func: Callable,
    *,
    response_method: str = "predict_proba",
    greater_is_better: bool = True,
    **kwargs: Any,
) -> Any:
    """Make a scorer from a score function that takes `labels`.

    The function is called with ``labels=estimator.classes_``, so that a fold without clips of a
    genre is scored like any other. :func:`sklearn.metrics.make_scorer` can't do that, since its
    functions don't see the model.

    Parameters
    ----------
    score_func : callable
        Called as ``score_func(y_true, y_pred, labels=classes, **kwargs)``; `y_pred` has one column
        per class, or with ``response_method="predict"`` one genre per clip. Where clips have
        several genres, `y_true` and `y_pred` are matrices of a column per genre, and `labels` their
        names.
    response_method : {"predict_proba", "predict"}, default="predict_proba"
        Method of the model to call.
    greater_is_better : bool, default=True
        False for losses: the scorer returns their negative.
    **kwargs : dict
        Additional arguments of the function.

    Returns
    -------
    callable
        A scorer, to call with (estimator, X, y) or to pass as ``scoring=``.

    Raises
    ------
    ValueError
        When `response_method` is not an allowed value. The scorer itself raises it for a model
        without ``predict_proba``, for NaN among the probabilities, and for genres that the model
        was not trained on.

    See Also
    --------
    get_genre_scorer : Scorers by name.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.dummy import DummyClassifier
    >>> from skgenre.metrics import expected_calibration_error, make_genre_scorer
    >>> scorer = make_genre_scorer(expected_calibration_error, greater_is_better=False, n_bins=5)
    >>> model = DummyClassifier().fit(np.zeros((3, 1)), ["jazz", "rock", "rock"])
    >>> round(scorer(model, np.zeros((2, 1)), ["rock", "rock"]), 3)
    -0.333
    """
    if response_method not in ("predict_proba", "predict"):
        raise ValueError(
            f"The 'response_method' parameter of make_genre_scorer must be 'predict_proba' or "
            f"'predict'. Got {response_method!r} instead."
        )
    return GenreScorer(score_func, 1 if greater_is_better else -1, kwargs, response_method)


def check_response_method(scorer: Any, estimator: Any, name: str) -> None:
    """Refuse a model, fitted or not, that lacks the method a scorer needs.

    Parameters
    ----------
    scorer : callable
        A scorer of this package or of scikit-learn; any other can't be checked.
    estimator : estimator
        The model.
    name : str
        Name of the score, for the error message.
    """
    wanted = getattr(scorer, "_response_method", None)
    if wanted is None:
        return
    methods = [wanted] if isinstance(wanted, str) else list(wanted)
    if any(hasattr(estimator, method) for method in methods):
        return
    message = f"The score {name!r} needs {' or '.join(methods)}, and {_name_of(estimator)} has none"
    if "predict_proba" in methods:
        message += (
            ": take a classifier that gives probabilities, wrap this one in "
            "sklearn.calibration.CalibratedClassifierCV, or use a score that needs none, such as "
            "'accuracy' or 'f1_macro'"
        )
    raise ValueError(f"{message}.")


def _name_of(estimator: Any) -> str:
    """Return the name of an estimator; for a pipeline, with that of its last step."""
    name = type(estimator).__name__
    last = steps_of(estimator)[-1]
    return name if last is estimator else f"{name} that ends in {type(last).__name__}"


def _refuse_nan(name: str, estimator: Any, y_prob: np.ndarray) -> None:
    bad = np.flatnonzero(~np.isfinite(y_prob).all(axis=1))
    if bad.size:
        raise ValueError(
            f"{name}: predict_proba of {_name_of(estimator)} gives NaN or infinite values for "
            f"{bad.size} of {len(y_prob)} clips, the first is clip {bad[0]}. Did training "
            f"diverge? Try a smaller learning rate."
        )


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
def get_genre_scorer(scoring: Any, *, multilabel: bool = False) -> Any:
    """Return a scorer by name: one for genres, or scikit-learn's.

    Parameters
    ----------
    scoring : str or callable
        A name, see below and :func:`get_genre_scorer_names`. A callable is returned as it is.
    multilabel : bool, default=False
        Whether clips have several genres. The names of the second table then replace
        scikit-learn's.

    Returns
    -------
    callable
        A scorer, to call with (estimator, X, y) or to pass as ``scoring=``. Larger values are
        better.

    Raises
    ------
    ValueError
        For an unknown name, and with `multilabel` for that of a score of one genre per clip; the
        message suggests others. The scorers themselves raise it for a model without
        ``predict_proba``, for NaN among the probabilities, and for genres that the
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

    With ``multilabel=True``:

    =========================================  ==============================================
    name                                       score
    =========================================  ==============================================
    ``roc_auc``, ``average_precision``         mean over the genres (macro)
    ``roc_auc_per_genre``,                     a dict of ``roc_auc_<genre>``,
    ``average_precision_per_genre``,           ``average_precision_<genre>``
    ``f1_per_genre``                           or ``f1_<genre>``
    ``f1_<average>``, ``jaccard_<average>``,   of the predicted genres: ``macro``, ``micro``,
    ``precision_<average>``,                   ``weighted`` (by the clips of a genre), and for F1
    ``recall_<average>``                       and Jaccard ``samples`` (mean over the clips)
    ``label_ranking_average_precision``,       ranking of the genres of each clip that has one
    ``neg_coverage_error``, ``map_at_<k>``
    =========================================  ==============================================

    A genre that all scored clips have, or none, has no ROC AUC and no average precision: a warning
    names it, and the mean is over the others, where scikit-learn's are NaN or 0. A genre that no
    clip has and none is predicted to have is left out of the means over genres, and of recall a
    genre that no clip has; a clip without genres, and none predicted, counts 1 in a mean over
    clips. The scorers take any form of several genres, and of scikit-learn's probabilities.

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
    if multilabel:
        return _find_multilabel(scoring)
    if scoring in _SCORES:
        return GenreScorer(*_SCORES[scoring], name=scoring)
    for pattern, score_func in _ANY_K.items():
        match = pattern.fullmatch(scoring)
        if match:
            k = int(match.group(1))
            return GenreScorer(score_func, 1, {"k": k}, "predict_proba", name=scoring)
    if scoring in get_scorer_names():
        return get_scorer(scoring)
    raise _unknown_name(scoring)


def _find_multilabel(scoring: str) -> Any:
    found = make_multilabel_scorer(scoring)
    if found is not None:
        return found
    is_known = scoring in get_genre_scorer_names() or any(
        pattern.fullmatch(scoring) for pattern in _ANY_K
    )
    if is_known:
        refuse_single_label(scoring)
    raise _unknown_name(scoring, multilabel=True)


def _unknown_name(scoring: str, *, multilabel: bool = False) -> ValueError:
    known = get_genre_scorer_names(multilabel=multilabel)
    # A loss without the prefix: scorers return its negative.
    nearest = [f"neg_{scoring}"] if f"neg_{scoring}" in known else []
    nearest += [name for name in difflib.get_close_matches(scoring, known) if name not in nearest]
    hint = f" Did you mean {' or '.join(map(repr, nearest))}?" if nearest else ""
    argument = "multilabel=True" if multilabel else ""
    return ValueError(
        f"There is no score named {scoring!r}.{hint} "
        f"skgenre.metrics.get_genre_scorer_names({argument}) lists all."
    )


@public
def get_genre_scorer_names(*, multilabel: bool = False) -> list[str]:
    """Return the names of all scorers, scikit-learn's included.

    Parameters
    ----------
    multilabel : bool, default=False
        Whether to return those for clips of several genres.

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
    return sorted(MULTILABEL_SCORES if multilabel else {*_SCORES, *get_scorer_names()})
