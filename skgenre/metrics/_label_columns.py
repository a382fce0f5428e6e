"""Input validation shared by the scores: genres of clips, and one column of scores per genre."""

from typing import Any, NamedTuple

import numpy as np
from sklearn.utils import check_array, check_consistent_length
from sklearn.utils.validation import _check_sample_weight, column_or_1d


class LabelColumns(NamedTuple):
    """Genres and their scores in matching columns.

    Attributes
    ----------
    is_true : ndarray of bool, shape (n_clips, n_genres)
        Which genres each clip has.
    y_score : ndarray of float64, shape (n_clips, n_genres)
        The scores.
    sample_weight : ndarray of shape (n_clips,)
        The weights, all 1 by default.
    """

    is_true: np.ndarray
    y_score: np.ndarray
    sample_weight: np.ndarray


def check_label_columns(
    name: str,
    y_true: Any,
    y_score: Any,
    labels: Any,
    sample_weight: Any = None,
    *,
    score_name: str = "y_score",
) -> LabelColumns:
    """Check the genres, scores and weights of a score function, and arrange them in columns.

    Parameters
    ----------
    name : str
        Name of the function, for error messages.
    y_true : array-like of shape (n_clips,) or (n_clips, n_genres)
        One genre per clip, or an indicator matrix.
    y_score : array-like of shape (n_clips, n_genres)
        One score per clip and genre.
    labels : array-like of shape (n_genres,) or None
        Genres of the columns; None means the sorted genres of `y_true`.
    sample_weight : array-like of shape (n_clips,) or None
        Per-clip sample weights.
    score_name : str
        Name of the function's score parameter, for error messages.
    """
    y_score = _check_scores(name, y_score, score_name)
    n_genres = y_score.shape[1]
    if getattr(y_true, "ndim", 1) == 2 and np.shape(y_true)[1] > 1:
        is_true = check_array(y_true, input_name="y_true")
        if is_true.shape[1] != n_genres or not np.isin(is_true, (0, 1)).all():
            raise ValueError(
                f"{name} takes a y_true of two axes as an indicator matrix: 0 and 1, with a "
                f"column for each of the {n_genres} columns of {score_name}. Got shape "
                f"{is_true.shape}."
            )
        is_true = is_true.astype(bool)
    else:
        y_true = column_or_1d(y_true)
        columns = _check_labels(name, y_true, n_genres, labels, score_name)
        is_true = y_true[:, np.newaxis] == columns
    check_consistent_length(is_true, y_score, sample_weight)
    empty = np.flatnonzero(~is_true.any(axis=1))
    if empty.size:
        raise ValueError(f"{name} needs a genre for every clip, and clip {empty[0]} has none.")
    weight = _check_sample_weight(
        sample_weight, y_score, dtype=np.float64, ensure_non_negative=True
    )
    if weight.sum() == 0:
        raise ValueError(f"{name}: all sample weights are zero.")
    return LabelColumns(is_true, y_score, weight)


def _check_scores(name: str, y_score: Any, score_name: str) -> np.ndarray:
    y_score = np.asarray(y_score)
    if y_score.ndim != 2 or y_score.shape[1] < 2:
        raise ValueError(
            f"{name} needs a column for each genre in {score_name}, as predict_proba returns it: "
            f"shape (n_clips, n_genres). Got shape {y_score.shape}."
        )
    y_score = check_array(y_score, dtype=np.float64, ensure_all_finite=False, input_name=score_name)
    bad = np.flatnonzero(~np.isfinite(y_score).all(axis=1))
    if bad.size:
        raise ValueError(
            f"{name}: {score_name} has NaN or infinite values for {bad.size} of {len(y_score)} "
            f"clips, the first is clip {bad[0]}. Did training diverge? Try a smaller learning rate."
        )
    return y_score


def _check_labels(
    name: str, y_true: np.ndarray, n_genres: int, labels: Any, score_name: str
) -> np.ndarray:
    present = np.unique(y_true)
    if labels is None:
        if len(present) != n_genres:
            raise ValueError(
                f"{name}: y_true has {len(present)} genres and {score_name} {n_genres} columns. "
                f"Pass the genres of the columns, classes_ of the classifier, as labels=."
            )
        return present
    columns = column_or_1d(labels)
    if len(columns) != n_genres or len(np.unique(columns)) != n_genres:
        raise ValueError(
            f"{name} needs a different label for each of the {n_genres} columns of {score_name}. "
            f"Got labels {columns.tolist()}."
        )
    refuse_unknown_genres(name, y_true, columns)
    return columns


def refuse_unknown_genres(name: str, y_true: Any, labels: np.ndarray) -> None:
    """Refuse genres that are not among the labels of a model."""
    unknown = np.setdiff1d(np.unique(y_true), labels)
    if unknown.size:
        genres = ", ".join(repr(genre) for genre in unknown.tolist())
        raise ValueError(
            f"{name}: y_true has clips of {genres}, not among the labels {labels.tolist()}. A "
            f"model has no score for a genre it was not trained on: split so that every genre is "
            f"in each training part, as StratifiedKFold does, or leave the genre out."
        )
