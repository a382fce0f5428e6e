"""Stored responses of a fitted pipeline to held-out clips, to be scored again."""

from collections.abc import Callable, Mapping
from typing import Any, Self

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.metaestimators import available_if

from ._compare.scoring import Scoring

N_RESAMPLES = 2000


def _was_given(method: str) -> Callable[["HeldOutResponses"], bool]:
    return lambda self: method in self.responses


class HeldOutResponses(ClassifierMixin, BaseEstimator):
    """Stand in for a fitted classifier on clips that it has already predicted.

    Its `X` are indices of clips, so that scoring a resample needs no new prediction.

    Parameters
    ----------
    responses : mapping of str to ndarray of shape (n_clips, ...)
        Outputs of the classifier, by method name.
    classes : array-like of shape (n_classes,)
        The genres of the classifier.
    """

    def __init__(self, responses: Mapping[str, np.ndarray], classes: Any) -> None:
        self.responses = responses
        self.classes = classes

    @property
    def classes_(self) -> np.ndarray:
        """The genres, as fitted classifiers have them."""
        return np.asarray(self.classes)

    def __sklearn_is_fitted__(self) -> bool:
        return True

    def fit(self, X: Any, y: Any = None) -> Self:
        """Do nothing; scorers require that ``fit`` exists."""
        return self

    def predict(self, X: np.ndarray) -> np.ndarray:
        """Return the predictions for the clips with these indices."""
        return self.responses["predict"][X]

    @available_if(_was_given("predict_proba"))
    def predict_proba(self, X: np.ndarray) -> np.ndarray:
        """Return the probabilities for the clips with these indices."""
        return self.responses["predict_proba"][X]

    @available_if(_was_given("decision_function"))
    def decision_function(self, X: np.ndarray) -> np.ndarray:
        """Return the decision values for the clips with these indices."""
        return self.responses["decision_function"][X]


def ask(model: Any, X: Any, predicted: np.ndarray) -> HeldOutResponses:
    """Compute all outputs of a fitted pipeline that a score may use.

    Parameters
    ----------
    model : estimator
        The fitted pipeline.
    X : sequence of n_clips clips
        The test clips.
    predicted : ndarray of shape (n_clips,)
        Result of ``model.predict(X)``.
    """
    responses = {"predict": predicted}
    for method in ("predict_proba", "decision_function"):
        if hasattr(model, method):
            responses[method] = np.asarray(getattr(model, method)(X))
    return HeldOutResponses(responses, getattr(model, "classes_", np.unique(predicted)))


def resample_scores(
    scoring: Scoring, responses: HeldOutResponses, y: np.ndarray, values: dict[str, float]
) -> dict[str, list[float]]:
    """Score resamples of the test clips, stratified by genre and the same for every pipeline.

    Parameters
    ----------
    scoring : Scoring
        The scores.
    responses : HeldOutResponses
        The pipeline's outputs.
    y : ndarray of shape (n_clips,)
        The genres of the clips.
    values : dict of str -> float
        The scores on the clips themselves, from the pipeline. A score that the outputs do not
        reproduce uses something else in the pipeline, and is left out.

    Returns
    -------
    dict of str -> list of float
        N_RESAMPLES values of each score.
    """
    rng = np.random.default_rng(0)
    by_genre = [np.flatnonzero(y == genre) for genre in np.unique(y)]
    draws = np.hstack([rng.choice(clips, (N_RESAMPLES, len(clips))) for clips in by_genre])
    right = responses.predict(np.arange(len(y))) == y
    resampled = {name: right[draws].mean(axis=1).tolist() for name in scoring.accuracies}
    for single in scoring.others:
        again = _score_answers(single, responses, y)
        names = [name for name in again if np.isclose(values[name], again[name])]
        if names:
            scores = [single(responses, drawn, y[drawn]) for drawn in draws]
            resampled |= {name: [score[name] for score in scores] for name in names}
    return resampled


def _score_answers(
    scoring: Scoring, responses: HeldOutResponses, y: np.ndarray
) -> dict[str, float]:
    try:
        return scoring(responses, np.arange(len(y)), y)
    except Exception:
        if scoring.is_known:
            raise
        return {}  # a user's function that uses something else in the pipeline
