"""Fit, predict and score one pipeline on one fold."""

import pickle
import time
import warnings
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from sklearn import config_context
from sklearn.base import BaseEstimator, clone
from sklearn.ensemble import VotingClassifier
from sklearn.utils import get_tags

from ..._name_columns import name_index
from ..._pipelines import steps_of
from ...classifiers._hierarchical import HierarchicalGenreClassifier
from ...exceptions import SkgenreWarning
from ...metrics._genre_ranking import UNDEFINED
from .._held_out import HeldOutResponses
from .chosen_clips import choose_clips
from .folds import Fold
from .pipeline_rows import fit_model, transform_once
from .predictions import Answers, align_probabilities
from .preparation import request_groups
from .scoring import Scoring
from .searches import read_best_params

COSTS = ("fit_time", "predict_time", "score_time", "model_size")

# A score or cost beyond it would overflow in means and deviations.
LARGEST_NUMBER = 1e100


@dataclass(frozen=True)
class FoldResult:
    """Result of a pipeline on a fold.

    Parameters
    ----------
    scores : dict of str -> float
        The scores on the test clips, empty when the pipeline failed.
    costs : dict of str -> float
        Seconds and bytes.
    predicted : ndarray of shape (n_test,), or (n_test, n_genres) of 0 and 1, or None
        The predictions, None when the pipeline failed.
    probabilities : ndarray of shape (n_test, n_genres), float32, or None
        The probabilities of all genres of the data, in their order; None without ``predict_proba``.
    error : str
        Why the pipeline, or one of its scores, failed; empty if neither did.
    best_params : dict of str -> str, number, bool or None
        The parameters that the searches in the pipeline chose.
    """

    scores: dict[str, float] = field(default_factory=dict)
    costs: dict[str, float] = field(default_factory=dict)
    predicted: np.ndarray | None = None
    probabilities: np.ndarray | None = None
    error: str = ""
    best_params: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class FoldRun:
    """Everything that a run needs except the fold.

    Parameters
    ----------
    X, y, groups : array-like
        The clips, their genres, and their groups or None. Where clips may have several genres, `y`
        is a matrix.
    scoring : Scoring
        The scores.
    folder : Path
        Folder for the files of clips larger than memory.
    genres : ndarray of shape (n_genres,) or None, default=None
        Names of the columns of a matrix `y`.
    """

    X: Any
    y: np.ndarray
    groups: np.ndarray | None
    scoring: Scoring
    folder: Path
    genres: np.ndarray | None = None

    @property
    def n_genres(self) -> int:
        """Number of genres."""
        return len(np.unique(self.y)) if self.y.ndim == 1 else self.y.shape[1]

    def __call__(self, pipeline: BaseEstimator, fold: Fold) -> FoldResult:
        """Fit a clone of a pipeline on the train part and score it on the test part."""
        train, test = fold
        X_test, y_test = choose_clips(self.X, test, self.folder), self.y[test]
        # A worker process starts with scikit-learn's default configuration.
        with config_context(enable_metadata_routing=True):
            model = clone(pipeline)
            params = {}
            if self.groups is not None and request_groups(model):
                params["groups"] = self.groups[train]
            started = time.perf_counter()
            try:
                X_train = choose_clips(self.X, train, self.folder)
                y_train: Any = self.y[train]
                if self.genres is not None and self.y.ndim == 2 and _knows_names(model):
                    y_train = pd.DataFrame(y_train, columns=name_index(self.genres.tolist()))
                fit_model(model, X_train, y_train, **params)
                del X_train
            except Exception as error:
                if self.y.ndim == 1:
                    _explain_skorch(model, self.y, error)
                else:
                    _explain_one_genre(model, error)
                raise
            fitted = time.perf_counter()
            last, transformed = transform_once(model, X_test)
            predicted = np.asarray(last.predict(transformed))
            answered = time.perf_counter()
            if predicted.shape != y_test.shape:
                each = "a genre" if self.y.ndim == 1 else f"0 or 1 for {self.n_genres} genres"
                raise ValueError(
                    f"predict of {type(model).__name__} must return {each} for each of "
                    f"{len(y_test)} clips, got shape {predicted.shape}"
                )
            answers = Answers(last, transformed, predicted)
            if self.y.ndim == 1:
                classes = np.asarray(getattr(model, "classes_", np.unique(predicted)))
                responses = HeldOutResponses(answers, classes)
            else:
                predicted = answers.check_matrix()
                responses = HeldOutResponses(answers, self.genres, multilabel=True)
            scores = self._score(model, X_test, responses, y_test)
            scored = time.perf_counter()
            if self.y.ndim == 1:
                probabilities = align_probabilities(answers, classes, np.unique(self.y))
            else:
                probabilities = answers.probabilities_of_genres()
        seconds = (fitted - started, answered - fitted, scored - answered)
        costs = dict(zip(COSTS, (*seconds, _pickled_size(model)), strict=True))
        return FoldResult(
            {name: v if abs(v) <= LARGEST_NUMBER else np.nan for name, v in scores.items()},
            costs,
            predicted,
            probabilities,
            name_undefined(scores),
            read_best_params(model),
        )

    def _score(
        self, model: BaseEstimator, X: Any, responses: HeldOutResponses, y: np.ndarray
    ) -> dict[str, float]:
        """Score the stored responses; a user's function of (model, X, y) gets the model."""
        with warnings.catch_warnings():
            # Said once for all folds, before the first.
            warnings.filterwarnings("ignore", UNDEFINED, SkgenreWarning)
            if self.scoring.is_known:
                return self.scoring(responses, np.arange(len(y)), y)
            return self.scoring(model, X, y)


def _knows_names(model: BaseEstimator) -> bool:
    """Return whether a pipeline finds genres by their names, as those of a tree."""
    parts = [model, *model.get_params(deep=True).values()]
    return any(isinstance(part, HierarchicalGenreClassifier) for part in parts)


def _explain_skorch(model: BaseEstimator, y: np.ndarray, error: Exception) -> None:
    """Raise an error with the cure if a net of skorch got genres that aren't its class numbers."""
    numbers = np.arange(len(np.unique(y)))
    if y.dtype == np.int64 and np.array_equal(np.unique(y), numbers):
        return
    for part in (model, *model.get_params(deep=True).values()):
        names = [f"{kind.__module__}.{kind.__name__}" for kind in type(part).__mro__]
        if "skorch.classifier.NeuralNetClassifier" in names:
            raise ValueError(
                f"{type(part).__name__} of skorch takes int64 numbers from 0 as genres, got "
                f"{y[0]!r} ({type(error).__name__}: {error}). Use "
                f"skgenre.classifiers.TorchClassifier with its module, which takes genres of any "
                f"kind, or give y=sklearn.preprocessing.LabelEncoder().fit_transform(y)."
            ) from error


def _explain_one_genre(model: BaseEstimator, error: Exception) -> None:
    """Raise an error with the cure if a classifier of one genre per clip got several."""
    last = steps_of(model)[-1]
    if not isinstance(last, BaseEstimator) or "estimator" in last.get_params(deep=False):
        return
    tags = get_tags(last).classifier_tags
    if tags is None or tags.multi_label:
        return
    name = type(last).__name__
    takes_one = f"{name} takes one genre per clip, and y has several"
    if isinstance(last, VotingClassifier):
        raise ValueError(
            f"{takes_one}. Use skgenre.classifiers.GenreVotingClassifier with the same estimators."
        ) from error
    raise ValueError(
        f"{takes_one} ({type(error).__name__}: {error}). Use "
        f"sklearn.multiclass.OneVsRestClassifier({name}()), one for each genre, or a network of "
        f"skgenre."
    ) from error


def name_undefined(scores: dict[str, float]) -> str:
    """Return the error of a fold with NaN or infinite scores; empty if there are none."""
    undefined = [repr(name) for name, value in scores.items() if np.isnan(value)]
    infinite = [repr(name) for name, value in scores.items() if abs(value) > LARGEST_NUMBER]
    if infinite:
        return f"ValueError: {', '.join(infinite)} is infinite, or beyond {LARGEST_NUMBER:g}."
    if not undefined:
        return ""
    return (
        f"ValueError: {', '.join(undefined)} is NaN on the test clips. Does each genre have one? "
        f"Does the pipeline predict more than one?"
    )


class _ByteCount:
    """File that keeps only its length."""

    def __init__(self) -> None:
        self.n_bytes = 0

    def write(self, part: Any) -> int:
        length = memoryview(part).nbytes
        self.n_bytes += length
        return length


def _pickled_size(model: BaseEstimator) -> float:
    """Return the size of a pickled model in bytes, NaN if it can't be pickled."""
    file = _ByteCount()
    try:
        pickle.dump(model, file, protocol=5)
    except Exception:  # a foreign class may raise anything
        return float("nan")
    return float(file.n_bytes)
