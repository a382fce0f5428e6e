"""Target of a network whose clips may have several genres: a matrix, weights and thresholds."""

from typing import Any

import numpy as np
from sklearn.utils import check_consistent_length
from sklearn.utils.validation import _check_sample_weight

from ..._several_genres import (
    check_threshold,
    choose_thresholds,
    form_of,
    read_target,
    spread_threshold,
    warn_of_unseen,
)


def check_multilabel(
    estimator: Any, maps: Any, y: Any, sample_weight: Any, *, classes: Any, reset: bool
) -> tuple[np.ndarray, np.ndarray]:
    """Check a target of several genres, and set what the estimator keeps of it.

    Parameters
    ----------
    estimator : TorchClassifier
        The classifier.
    maps : ndarray of shape (n_clips, n_bands, n_frames)
        Its maps.
    y : array-like or DataFrame of shape (n_clips, n_genres), or sequence of sets of names
        The genres of each clip.
    sample_weight : array-like of shape (n_clips,) or None
        Weights of the clips.
    classes : array-like or None
        All genres, in a first call of ``partial_fit``.
    reset : bool
        Whether a new network begins.

    Returns
    -------
    matrix : ndarray of shape (n_clips, n_genres), float32
        1 where a clip has a genre.
    weight : ndarray of shape (n_clips, n_genres)
        Weight of each answer.

    Raises
    ------
    ValueError
        When `y`, or the threshold, is wrong.
    """
    name = type(estimator).__name__
    if not reset and not hasattr(estimator, "genres_"):
        raise ValueError(
            f"{name} was fitted on clips of one genre, and y has several per clip: go on with one "
            f"per clip, or fit a new one."
        )
    genres = classes if reset else estimator.genres_
    matrix, names = read_target(name, y, genres)
    check_consistent_length(maps, matrix)
    check_threshold(name, estimator.threshold, names)
    _check_f1(estimator, reset=reset)
    clip_weight = _check_sample_weight(sample_weight, maps, ensure_non_negative=True)
    is_seen = matrix[clip_weight > 0].any(axis=0)
    if reset:
        estimator.genres_ = names
        estimator.classes_ = [np.array([0, 1]) for _ in names]
        estimator._target_form = form_of(y)
        estimator._is_seen = is_seen
    else:
        estimator._is_seen = estimator._is_seen | is_seen
    if classes is None:
        warn_of_unseen(name, names, estimator._is_seen)
    positive = _weigh_genres(name, matrix, clip_weight, estimator.class_weight, names)
    weight = clip_weight[:, np.newaxis] * np.where(matrix, positive, 1.0)
    return matrix.astype(np.float32), weight


def set_thresholds(
    estimator: Any, maps: Any, matrix: np.ndarray, validation: np.ndarray | None
) -> None:
    """Set ``thresholds_``.

    Parameters
    ----------
    estimator : TorchClassifier
        The trained classifier.
    maps, matrix : ndarray
        The clips of fit and their genres.
    validation : ndarray of int or None
        Those that were set aside. None keeps thresholds that were chosen by them before.
    """
    threshold = estimator.threshold
    if not isinstance(threshold, str):
        estimator.thresholds_ = spread_threshold(threshold, estimator.genres_)
    elif validation is not None:
        found = estimator.predict_proba(maps[validation])
        estimator.thresholds_ = choose_thresholds(matrix[validation], found)


def _check_f1(estimator: Any, *, reset: bool) -> None:
    """Refuse to choose thresholds without clips set aside."""
    is_chosen_before = not reset and hasattr(estimator, "thresholds_")
    is_set_aside = estimator.early_stopping and estimator.max_epochs > 1
    if estimator.threshold == "f1" and not (is_set_aside or is_chosen_before):
        raise ValueError(
            f"{type(estimator).__name__} with threshold='f1' chooses thresholds on clips that are "
            f"set aside: set early_stopping=True and max_epochs of at least 2, or a number as "
            f"threshold."
        )


def _weigh_genres(
    name: str, matrix: np.ndarray, clip_weight: np.ndarray, class_weight: Any, genres: np.ndarray
) -> np.ndarray:
    """Return the weight of the clips that have a genre, against those that don't, per genre."""
    if class_weight is None:
        return np.ones(len(genres))
    if isinstance(class_weight, dict):
        known = genres.tolist()
        unknown = [genre for genre in class_weight if genre not in known]
        if unknown:
            raise ValueError(
                f"The 'class_weight' parameter of {name} has the genre {unknown[0]!r}, which is "
                f"not among {', '.join(map(str, known))}."
            )
        return np.array([float(class_weight.get(genre, 1.0)) for genre in known])
    with_it = clip_weight @ matrix
    without = clip_weight.sum() - with_it
    # A genre that all clips have, or none, can't be balanced.
    is_mixed = (with_it > 0) & (without > 0)
    return np.where(is_mixed, without / np.where(is_mixed, with_it, 1.0), 1.0)
