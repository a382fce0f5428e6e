"""Scorers for clips of several genres, by the names of scikit-learn's."""

import re
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from sklearn.metrics import (
    coverage_error,
    f1_score,
    jaccard_score,
    label_ranking_average_precision_score,
    precision_score,
    recall_score,
)
from sklearn.metrics._scorer import _BaseScorer

from .._genre_matrix import as_genre_matrix, is_multilabel
from .._pipelines import open_search, steps_of
from .._several_genres import join_probabilities, names_for, read_predicted
from ._genre_ranking import (
    average_precision_by_name,
    check_genre_scores,
    macro_average_precision,
    macro_roc_auc,
    roc_auc_by_name,
)
from ._ranking import map_at_k_score

_AVERAGES = ("macro", "micro", "weighted")


def ranked_precision(y_true: np.ndarray, y_pred: np.ndarray, *, labels: Any) -> float:
    """Return the label ranking average precision of the clips with a genre."""
    y_true, y_pred = _with_genre("label_ranking_average_precision", y_true, y_pred)
    return float(label_ranking_average_precision_score(y_true, y_pred))


def coverage(y_true: np.ndarray, y_pred: np.ndarray, *, labels: Any) -> float:
    """Return how many genres must be named to cover all of a clip's, mean of those with a genre."""
    y_true, y_pred = _with_genre("neg_coverage_error", y_true, y_pred)
    return float(coverage_error(y_true, y_pred))


def map_at_k(y_true: np.ndarray, y_pred: np.ndarray, *, labels: Any, k: int) -> float:
    """Return the mean average precision at `k` of the clips with a genre."""
    y_true, y_pred = _with_genre(f"map_at_{k}", y_true, y_pred)
    if len(labels) < 2:
        raise ValueError(f"The score 'map_at_{k}' needs at least two genres.")
    return map_at_k_score(y_true, y_pred, k=k)


def _with_genre(name: str, y_true: np.ndarray, y_pred: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the clips with a genre: without one there is nothing to rank."""
    has_genre = y_true.any(axis=1)
    if not has_genre.any():
        raise ValueError(f"The score {name!r} needs a clip with a genre: y has none.")
    return y_true[has_genre], y_pred[has_genre]


def _by_sets(
    y_true: np.ndarray, y_pred: np.ndarray, *, labels: Any, measure: Callable, average: str
) -> float:
    if average == "samples":
        # A clip without genres is right if none are predicted.
        return float(measure(y_true, y_pred, average=average, zero_division=1.0))
    # A genre without clips has no recall; without predictions either, no other score.
    is_counted = y_true if measure is recall_score else y_true | y_pred
    genres = np.flatnonzero(is_counted.any(axis=0))
    if not genres.size:
        return float("nan")
    return float(measure(y_true, y_pred, average=average, labels=genres, zero_division=0.0))


def f1_by_name(y_true: np.ndarray, y_pred: np.ndarray, *, labels: Any) -> dict[str, float]:
    """Return the F1 of each genre, as a dict of ``f1_<genre>``."""
    values = f1_score(y_true, y_pred, average=None, zero_division=np.nan)
    return {f"f1_{genre}": float(value) for genre, value in zip(labels, values, strict=True)}


_Score = tuple[Callable, int, dict[str, Any], str]

# Name: score function, sign, parameters, method of the model.
_OF_RANKS: dict[str, _Score] = {
    "roc_auc": (macro_roc_auc, 1, {}, "predict_proba"),
    "roc_auc_per_genre": (roc_auc_by_name, 1, {}, "predict_proba"),
    "average_precision": (macro_average_precision, 1, {}, "predict_proba"),
    "average_precision_per_genre": (average_precision_by_name, 1, {}, "predict_proba"),
    "label_ranking_average_precision": (ranked_precision, 1, {}, "predict_proba"),
    "neg_coverage_error": (coverage, -1, {}, "predict_proba"),
    "map_at_3": (map_at_k, 1, {"k": 3}, "predict_proba"),
    "map_at_5": (map_at_k, 1, {"k": 5}, "predict_proba"),
    "map_at_10": (map_at_k, 1, {"k": 10}, "predict_proba"),
    "f1_per_genre": (f1_by_name, 1, {}, "predict"),
}
_OF_SETS: dict[str, _Score] = {
    f"{name}_{average}": (_by_sets, 1, {"measure": measure, "average": average}, "predict")
    for name, measure, averages in (
        ("f1", f1_score, (*_AVERAGES, "samples")),
        ("jaccard", jaccard_score, (*_AVERAGES, "samples")),
        ("precision", precision_score, _AVERAGES),
        ("recall", recall_score, _AVERAGES),
    )
    for average in averages
}
SCORES = {**_OF_RANKS, **_OF_SETS}

_MAP_AT_K = re.compile(r"map_at_([1-9]\d*)")

# What a score of one genre per clip is replaced by.
_INSTEAD = {
    "accuracy": "'f1_samples', which counts each genre of a clip, or 'roc_auc'",
    "balanced_accuracy": "'f1_macro'",
    "mean_average_precision": "'average_precision'",
    "roc_auc_ovr": "'roc_auc'",
    "roc_auc_ovo": "'roc_auc'",
    "roc_auc_ovr_weighted": "'roc_auc'",
    "roc_auc_ovo_weighted": "'roc_auc'",
    "f1": "'f1_macro'",
    "precision": "'precision_macro'",
    "recall": "'recall_macro'",
    "jaccard": "'jaccard_samples'",
    "precision_samples": "'precision_micro'",
    "recall_samples": "'recall_micro'",
}


def make_multilabel_scorer(name: str) -> "MultilabelScorer | None":
    """Return the scorer of a name for clips of several genres; None where there is none."""
    if name in SCORES:
        return MultilabelScorer(*SCORES[name], name=name)
    match = _MAP_AT_K.fullmatch(name)
    if match:
        return MultilabelScorer(map_at_k, 1, {"k": int(match.group(1))}, "predict_proba", name)
    return None


def refuse_single_label(name: str) -> None:
    """Refuse the name of a score that only clips of one genre have."""
    is_top_k = re.fullmatch(r"top_\d+_accuracy|top_k_accuracy", name)
    cure = "'map_at_3'" if is_top_k else _INSTEAD.get(name, "'roc_auc' or 'average_precision'")
    raise ValueError(
        f"The score {name!r} is for one genre per clip, and y has several: use {cure}. "
        f"skgenre.metrics.get_genre_scorer_names(multilabel=True) lists all."
    )


class MultilabelScorer(_BaseScorer):
    """Call a score function with genres as matrices, and with ``labels``, their names.

    The model may give its predictions in any form: a matrix, a DataFrame, sets, or scikit-learn's
    list of an array per genre.
    """

    def __init__(
        self,
        score_func: Callable,
        sign: int,
        kwargs: dict[str, Any],
        response_method: str,
        name: str,
        is_found_by_name: bool = True,
    ) -> None:
        super().__init__(score_func, sign, kwargs, response_method)
        self._name = name
        self._is_found_by_name = is_found_by_name

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle the public function that made the scorer: this class and its file may move."""
        from ._scorer import get_genre_scorer, make_genre_scorer

        if self._is_found_by_name:
            make: tuple[Any, ...] = (partial(get_genre_scorer, multilabel=True), (self._name,))
        else:
            options = {"response_method": self._response_method} | self._kwargs
            made = partial(make_genre_scorer, greater_is_better=self._sign > 0, **options)
            make = (partial(_read_several, made), (self._score_func,))
        added = {name: value for name, value in vars(self).items() if name not in _MADE}
        return (*make, added) if added else make

    def _score(
        self, method_caller: Callable, estimator: Any, X: Any, y_true: Any, **kwargs: Any
    ) -> Any:
        from ._scorer import check_response_method

        check_response_method(self, estimator, self._name)
        answers = _answer(method_caller, estimator, self._response_method, X)
        if getattr(answers, "ndim", 1) == 1 and not _is_nested(answers):
            raise ValueError(
                f"The score {self._name!r} is for clips of several genres, and "
                f"{type(estimator).__name__} gives one genre per clip: fit it on a matrix of 0 and "
                f"1, or take the score without multilabel=True."
            )
        y_true, genres = self._read_target(estimator, y_true)
        if self._response_method == "predict":
            y_pred = read_predicted(f"The score {self._name!r}", answers, genres)
            if y_pred.shape != y_true.shape:
                check_genre_scores(self._name, y_true, y_pred)
        else:
            y_pred = check_genre_scores(self._name, y_true, answers)
        score = self._score_func(y_true, y_pred, labels=genres, **{**self._kwargs, **kwargs})
        return score if isinstance(score, dict) else self._sign * score

    def _read_target(self, estimator: Any, y: Any) -> tuple[np.ndarray, np.ndarray]:
        if not is_multilabel(y):
            raise ValueError(
                f"The score {self._name!r} with multilabel=True needs several genres per clip as "
                f"y: a matrix of 0 and 1, a DataFrame, or sets. For one genre per clip, leave "
                f"multilabel out."
            )
        known = getattr(steps_of(open_search(estimator), opened=True)[-1], "genres_", None)
        if known is None and getattr(y, "ndim", 1) != 2 and any(map(_has_text, y)):
            raise ValueError(
                f"The score {self._name!r} can't tell which column of {type(estimator).__name__} "
                f"is which genre: give y as skgenre.datasets.genre_matrix(y, genres=...), as in "
                f"fit."
            )
        known = None if known is None else names_for(y, np.asarray(known))
        matrix, genres = as_genre_matrix(f"The score {self._name!r}", y, known)
        return matrix.astype(np.int64), genres

    def __repr__(self) -> str:
        if self._is_found_by_name:
            return f"get_genre_scorer({self._name!r}, multilabel=True)"
        return f"make_genre_scorer({self._score_func.__name__}), for several genres per clip"


_MADE = ("_score_func", "_sign", "_kwargs", "_response_method", "_name", "_is_found_by_name")


def _read_several(make: Callable, score_func: Callable) -> "MultilabelScorer":
    return for_several_genres("score", make(score_func))


def for_several_genres(name: str, scorer: Any) -> Any:
    """Return a scorer for clips of several genres in the place of one for one genre per clip.

    Parameters
    ----------
    name : str
        Name of the score.
    scorer : callable
        From ``make_genre_scorer`` it gets matrices and the names of genres; any other is returned
        as it is.

    Raises
    ------
    ValueError
        When a scorer of skgenre by name has no meaning for several genres.
    """
    from ._scorer import GenreScorer

    if not isinstance(scorer, GenreScorer):
        return scorer
    if scorer._is_found_by_name:
        found = make_multilabel_scorer(scorer._name)
        if found is None:
            refuse_single_label(scorer._name)
        return found
    return MultilabelScorer(
        scorer._score_func,
        scorer._sign,
        scorer._kwargs,
        scorer._response_method,
        name,
        is_found_by_name=False,
    )


def _answer(method_caller: Callable, estimator: Any, method: str, X: Any) -> Any:
    """Return the answers of a model, computed once for several scorers.

    scikit-learn's own caller takes the last column of a genre for its probability, which is wrong
    for a genre that no training clip had.
    """
    cache = method_caller.args[0] if isinstance(method_caller, partial) else None
    key = ("several genres", method)
    if cache is not None and key in cache:
        return cache[key]
    answers = getattr(estimator, method)(X)
    if method == "predict_proba":
        answers = join_probabilities(answers, getattr(estimator, "classes_", None))
    if cache is not None:
        cache[key] = answers
    return answers


def _is_nested(answers: Any) -> bool:
    return isinstance(answers, list) and all(isinstance(row, set | list) for row in answers)


def _has_text(row: Any) -> bool:
    return any(isinstance(name, str) for name in row)
