"""Classifiers of several genres per clip: their target, thresholds and predictions."""

import warnings
from collections.abc import Sequence
from numbers import Real
from typing import Any

import numpy as np
from sklearn.base import ClassifierMixin
from sklearn.utils import get_tags

from ._genre_matrix import GenreMatrix, as_genre_matrix
from ._pipelines import steps_of
from ._shown_text import name_first
from .exceptions import SkgenreWarning

_SHOWN = 5
# Set by a fit on several genres per clip.
_ATTRIBUTES = ("genres_", "thresholds_", "_is_seen", "_target_form")


class SeveralGenresMixin(ClassifierMixin):
    """A classifier whose clips may have several genres, in any form."""

    def score(self, X: Any, y: Any, sample_weight: Any = None) -> float:
        """Return the share of clips whose genres are all predicted, and no other.

        Parameters
        ----------
        X : array-like or list
            The clips, as ``predict`` takes them.
        y : array-like of shape (n_clips,) or (n_clips, n_genres), or sequence of sets
            Their genres, in any form that ``fit`` takes. A DataFrame may have its columns in
            another order.
        sample_weight : array-like of shape (n_clips,), default=None
            Per-clip sample weights.

        Returns
        -------
        float
            The accuracy.
        """
        from sklearn.metrics import accuracy_score

        estimator: Any = self
        predicted = estimator.predict(X)
        genres = getattr(self, "genres_", None)
        if genres is not None:
            name = f"The score of {type(self).__name__}"
            y, _ = as_genre_matrix(name, y, names_for(y, genres))
            predicted = read_predicted(name, predicted, genres)
        return float(accuracy_score(y, predicted, sample_weight=sample_weight))


def names_for(y: Any, genres: np.ndarray) -> np.ndarray | None:
    """Return the genres that the columns of a target must have; None for those of a frame itself.

    A classifier that was fitted on a matrix without names takes any.
    """
    is_unnamed = genres.tolist() == list(range(len(genres)))
    return None if is_unnamed and hasattr(y, "columns") else genres


def read_predicted(name: str, predicted: Any, genres: np.ndarray) -> np.ndarray:
    """Return predicted genres, in any form of :func:`give_form`, as a matrix.

    Parameters
    ----------
    name : str
        Name of the caller, for messages.
    predicted : ndarray or DataFrame of shape (n_clips, n_genres), list of set or list of list
        The predicted genres.
    genres : ndarray of shape (n_genres,)
        Their names, in the order of the columns.
    """
    if getattr(predicted, "ndim", 1) != 2 and not any(len(row) for row in predicted):
        return np.zeros((len(predicted), len(genres)), dtype=np.int64)
    if hasattr(predicted, "columns"):
        predicted = predicted.to_numpy()
    return as_genre_matrix(name, predicted, genres).matrix.astype(np.int64)


def read_target(name: str, y: Any, genres: Sequence[Any] | None = None) -> GenreMatrix:
    """Return the genres of training clips as a matrix; refuse a target without any.

    Parameters
    ----------
    name : str
        Name of the estimator, for messages.
    y : array-like or DataFrame of shape (n_clips, n_genres), or sequence of sets of names
        The genres of each clip.
    genres : sequence, default=None
        All genres, see :func:`~skgenre._genre_matrix.as_genre_matrix`.

    Raises
    ------
    ValueError
        When no clip has a genre, or there is a single genre.
    """
    matrix, names = as_genre_matrix(name, y, genres)
    if not matrix.any():
        raise ValueError(f"{name} needs a clip with a genre: y has no 1 in any of its columns.")
    if len(names) < 2:
        raise ValueError(
            f"{name} needs at least two genres where clips may have several. y has one, "
            f"{names[0]!s}: give y as a column, for a clip that has it and one that doesn't."
        )
    return GenreMatrix(matrix, names)


def takes_several_genres(classifier: Any) -> bool:
    """Tell whether a classifier, or the last step of a pipeline, takes several genres per clip."""
    tags = get_tags(classifier)
    is_multi_label = tags.classifier_tags is not None and tags.classifier_tags.multi_label
    return is_multi_label or tags.target_tags.multi_output


def check_takes_several(name: str, classifier: Any, *, has_votes: bool = False) -> None:
    """Refuse a classifier that can't be inside of one that got several genres per clip.

    Parameters
    ----------
    name : str
        Name of the outer estimator, for messages.
    classifier : classifier or Pipeline
        The inner one.
    has_votes : bool, default=False
        Whether the outer one counts predictions, with ``voting="hard"``: the inner one then needs
        no probabilities.

    Raises
    ------
    ValueError
        If it takes one genre per clip, or has no probabilities.
    """
    kind = type(steps_of(classifier)[-1]).__name__
    if not has_votes and not hasattr(classifier, "predict_proba"):
        raise ValueError(
            f"{name} needs probabilities of several genres, and {kind} has no predict_proba: use "
            f"another classifier, such as XGBGenreClassifier."
        )
    if not takes_several_genres(classifier):
        raise ValueError(
            f"{name} got several genres per clip, and {kind} takes one: wrap it, as in "
            f"OneVsRestClassifier({kind}()), or use a network."
        )


def forget_several_genres(estimator: Any) -> None:
    """Remove what an earlier fit on several genres per clip has set."""
    for name in _ATTRIBUTES:
        estimator.__dict__.pop(name, None)


def warn_of_unseen(name: str, genres: np.ndarray, is_seen: np.ndarray) -> None:
    """Warn of genres that no training clip has; their probability is 0."""
    if is_seen.all():
        return
    unseen = genres[~is_seen]
    warnings.warn(
        f"{name}: no training clip has {'the genre' if len(unseen) == 1 else 'the genres'} "
        f"{name_first(unseen, 5)}; the probability of {'it' if len(unseen) == 1 else 'them'} is 0.",
        SkgenreWarning,
        stacklevel=4,
    )


def form_of(y: Any) -> str:
    """Return the form of a target, so that predictions can have the same one.

    Parameters
    ----------
    y : array-like or DataFrame of shape (n_clips, n_genres), or sequence of sets or lists of names
        A target that :func:`read_target` takes.

    Returns
    -------
    {"matrix", "frame", "sets", "lists"}
        The form.
    """
    if hasattr(y, "columns"):
        return "frame"
    if getattr(y, "ndim", None) == 2:
        return "matrix"
    if any(isinstance(row, set | frozenset) for row in y):
        return "sets"
    return "lists" if any(isinstance(name, str) for row in y for name in row) else "matrix"


def give_form(matrix: np.ndarray, genres: np.ndarray, form: str) -> Any:
    """Return predicted genres in the form of the target.

    Parameters
    ----------
    matrix : ndarray of shape (n_clips, n_genres), bool
        The predicted genres.
    genres : ndarray of shape (n_genres,)
        Their names.
    form : {"matrix", "frame", "sets", "lists"}
        From :func:`form_of`.

    Returns
    -------
    ndarray or DataFrame of int, list of set or list of list
        The genres of each clip.
    """
    if form in ("sets", "lists"):
        make = set if form == "sets" else list
        return [make(genres[row].tolist()) for row in matrix]
    if form == "frame":
        import pandas as pd

        return pd.DataFrame(matrix.astype(int), columns=genres.tolist())
    return matrix.astype(int)


def check_threshold(name: str, threshold: Any, genres: np.ndarray) -> None:
    """Refuse a threshold outside of [0, 1], or a sequence without one for each genre.

    Raises
    ------
    ValueError
        If it is wrong.
    """
    if isinstance(threshold, str | Real):
        return
    values = np.asarray(threshold, dtype=float)
    if values.shape != genres.shape or not ((values >= 0) & (values <= 1)).all():
        shown = ", ".join(str(genre) for genre in genres[:_SHOWN])
        raise ValueError(
            f"The 'threshold' parameter of {name} must be a float, 'f1' or a float from 0 to 1 for "
            f"each of the {len(genres)} genres ({shown}{', …' * (len(genres) > _SHOWN)}). Got "
            f"{threshold!r} instead."
        )


def refuse_threshold(name: str, threshold: Any) -> None:
    """Refuse a threshold where each clip has one genre, the most probable one."""
    if not isinstance(threshold, Real) or threshold != 0.5:
        raise ValueError(
            f"The 'threshold' parameter of {name} is for clips of several genres, and y has one "
            f"genre per clip, the most probable one. Leave it out, or give y as a matrix of 0 and "
            f"1. Got {threshold!r}."
        )


def join_probabilities(found: Any, classes: Any) -> np.ndarray:
    """Return probabilities of several genres as one array, from any form of scikit-learn.

    Parameters
    ----------
    found : ndarray of shape (n_clips, n_genres), or list of ndarray of shape (n_clips, n_answers)
        From ``predict_proba``: forests and neighbours return an array for each genre.
    classes : list of ndarray of shape (n_answers,)
        The answers, 0 and 1 or one of them, of each genre.

    Returns
    -------
    ndarray of shape (n_clips, n_genres)
        Probability of 1.
    """
    if not isinstance(found, list):
        return found
    return np.stack(
        [part @ (np.asarray(answers) == 1) for part, answers in zip(found, classes, strict=True)],
        axis=1,
    )


def spread_threshold(threshold: Any, genres: np.ndarray) -> np.ndarray:
    """Return a threshold for each genre, from one of all or a sequence."""
    return np.broadcast_to(np.asarray(threshold, dtype=float), genres.shape).copy()


def choose_thresholds(matrix: np.ndarray, probabilities: np.ndarray) -> np.ndarray:
    """Return the threshold of each genre with the highest F1 score.

    Parameters
    ----------
    matrix : ndarray of shape (n_clips, n_genres)
        The genres.
    probabilities : ndarray of shape (n_clips, n_genres)
        Their probabilities.

    Returns
    -------
    ndarray of shape (n_genres,)
        Thresholds, half-way between two probabilities. 0.5 for a genre that no clip has.
    """
    thresholds = np.full(matrix.shape[1], 0.5)
    for genre in np.flatnonzero(matrix.any(axis=0)):
        found = probabilities[:, genre].astype(float)
        order = np.argsort(-found, kind="stable")
        sorted_found = found[order]
        n_right = np.cumsum(matrix[order, genre])
        n_named = np.arange(1, len(found) + 1)
        score = 2 * n_right / (n_named + n_right[-1])
        # Equal probabilities are all above a threshold, or none.
        is_last = np.append(np.diff(sorted_found) < 0, True)
        is_last &= sorted_found > 0  # no threshold is below 0
        best = int(np.where(is_last, score, -1).argmax())
        below = sorted_found[best + 1] if best + 1 < len(found) else 0.0
        thresholds[genre] = (sorted_found[best] + below) / 2
    return thresholds
