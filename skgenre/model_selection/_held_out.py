"""Stored responses of a fitted pipeline to held-out clips, to be scored again."""

from collections.abc import Callable, Mapping
from typing import Any, Self

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.metaestimators import available_if


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
    multilabel : bool, default=False
        Whether clips may have several genres, with a column of the responses for each.
    """

    def __init__(
        self, responses: Mapping[str, np.ndarray], classes: Any, multilabel: bool = False
    ) -> None:
        self.responses = responses
        self.classes = classes
        self.multilabel = multilabel

    @property
    def classes_(self) -> Any:
        """The genres, or where clips may have several a list of 0 and 1 for each."""
        classes = np.asarray(self.classes)
        return [np.array([0, 1])] * len(classes) if self.multilabel else classes

    @property
    def genres_(self) -> np.ndarray:
        """The genres."""
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
