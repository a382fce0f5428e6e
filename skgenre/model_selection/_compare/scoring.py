"""Scores of a comparison, resolved once and tried before anything is fitted."""

import warnings
from collections.abc import Mapping
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.dummy import DummyClassifier
from sklearn.metrics import accuracy_score

from ..._shown_text import to_unicode
from ...metrics import check_genre_scoring
from ...metrics._multilabel_scorer import for_several_genres
from .._clip_labels import Target
from .._held_out import HeldOutResponses
from .folds import Fold

DEFAULT = "accuracy"
MULTILABEL_DEFAULT = ("roc_auc", "average_precision")


class _Respondent:
    """Has every method that a score could use, so an error with it is due to the score."""

    predict = predict_proba = decision_function = None


class Scoring:
    """Several scores of a fitted pipeline, by name.

    Parameters
    ----------
    scorers : dict of str -> callable
        Functions of (model, X, y), each of which returns a number or a dict of numbers.
    """

    def __init__(self, scorers: dict[str, Any]) -> None:
        self.scorers = scorers

    def __call__(self, model: Any, X: Any, y: np.ndarray) -> dict[str, float]:
        """Score a model."""
        values = check_genre_scoring(model, self.scorers)(model, X, y)
        return {str(name): float(value) for name, value in values.items()}

    @property
    def accuracies(self) -> list[str]:
        """Names of the scores that are the share of correct clips."""
        return [
            name
            for name, scorer in self.scorers.items()
            if getattr(scorer, "_score_func", None) is accuracy_score
            and not getattr(scorer, "_kwargs", None)
        ]

    @property
    def others(self) -> "list[Scoring]":
        """The scores that are not accuracies, one by one."""
        accuracies = self.accuracies
        return [
            Scoring({name: self.scorers[name]}) for name in self.scorers if name not in accuracies
        ]

    @property
    def is_known(self) -> bool:
        """Whether it is known for all scores which methods of a pipeline they use."""
        return all(_is_known(scorer) for scorer in self.scorers.values())

    def check(
        self, pipelines: Mapping[str, BaseEstimator], target: Target, folds: list[Fold]
    ) -> None:
        """Refuse scores that a pipeline can't compute or that are undefined for these genres.

        Parameters
        ----------
        pipelines : dict of str -> estimator
            The pipelines, not fitted.
        target : Target
            The genres.
        folds : list of (train, test)
            Indices of clips.
        """
        refused = []
        for name, pipeline in pipelines.items():
            try:
                check_genre_scoring(pipeline, self.scorers)
            except ValueError as error:
                refused.append(f"The pipeline {name!r} can't be scored. {error}")
        if refused:
            raise ValueError(" ".join(refused))
        for name, scorer in self.scorers.items():
            for number, fold in enumerate(folds if _is_known(scorer) else []):
                if target.is_multilabel:
                    _try_several(name, scorer, target, number, fold)
                else:
                    _try(name, scorer, target.y, number, fold)


def make_scoring(scoring: Any, *, multilabel: bool = False) -> Scoring:
    """Resolve the `scoring` parameter of ``compare``.

    Parameters
    ----------
    scoring : str, callable, list, tuple, dict or None
        One or more scores, named as in scikit-learn or :mod:`skgenre.metrics`; None means
        `DEFAULT`, or `MULTILABEL_DEFAULT`.
    multilabel : bool, default=False
        Whether clips may have several genres.
    """
    if scoring is None:
        scoring = MULTILABEL_DEFAULT if multilabel else DEFAULT
    try:
        scorers = check_genre_scoring(_Respondent(), scoring, multilabel=multilabel).scorers
        if multilabel:
            scorers = {name: for_several_genres(name, value) for name, value in scorers.items()}
        for name in scorers:
            if to_unicode(name) != name:
                raise ValueError(f"The name {name!r} can't be written as UTF-8.")
    except ValueError as error:
        raise ValueError(f"The 'scoring' parameter of compare can't be used: {error}") from error
    return Scoring(scorers)


def _is_known(scorer: Any) -> bool:
    """Distinguish scikit-learn scorers from functions of (model, X, y)."""
    return getattr(scorer, "_response_method", "default") != "default"


def _try(score: str, scorer: Any, y: np.ndarray, number: int, fold: Fold) -> None:
    """Compute a score for a classifier that knows only the genres."""
    train, test = fold
    model = DummyClassifier(strategy="prior").fit(np.zeros((len(y[train]), 1)), y[train])
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            scorer(model, np.zeros((len(y[test]), 1)), y[test])
    except Exception as error:
        raise ValueError(
            f"The score {score!r} can't be computed on split {number}, whose test clips have "
            f"{len(np.unique(y[test]))} of {len(np.unique(y))} genres: {error} Scores such as "
            f"'f1_macro' and 'roc_auc_ovr' work with any number of genres."
        ) from error


def _try_several(score: str, scorer: Any, target: Target, number: int, fold: Fold) -> None:
    """Compute a score for a classifier that knows only how frequent the genres are."""
    train, test = fold
    shares = np.tile(target.y[train].mean(axis=0), (len(test), 1))
    responses = {
        "predict": (shares >= 0.5).astype(np.int64),
        "predict_proba": shares,
        "decision_function": shares,
    }
    model = HeldOutResponses(responses, target.genres, multilabel=True)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            scorer(model, np.arange(len(test)), target.y[test])
    except Exception as error:
        raise ValueError(
            f"The score {score!r} can't be computed on split {number} of clips with several "
            f"genres: {error} Scores such as 'roc_auc', 'average_precision' and 'f1_samples' can."
        ) from error
