"""ROC AUC and average precision of each genre, where clips may have several."""

import warnings
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pandas as pd
from sklearn.metrics import average_precision_score, roc_auc_score

from .._genre_matrix import as_genre_matrix
from .._name_columns import name_index
from .._public import public
from .._shown_text import name_first
from ..exceptions import SkgenreWarning

MACRO = "macro avg"
# The warning of a mean without some genres begins with it, as a regular expression.
UNDEFINED = r"\w+ is undefined for "


@public
def genre_ranking_frame(
    y_true: Any, y_score: Any, *, genres: Sequence[Any] | None = None
) -> pd.DataFrame:
    """Return the ROC AUC and the average precision of each genre as a table.

    For clips that may have several genres. A genre that all clips have, or none, has no ROC AUC and
    no average precision: its row has NaN, and the mean is over the other genres.

    Parameters
    ----------
    y_true : array-like or DataFrame of shape (n_clips, n_genres), or sequence of sets of names
        The genres of each clip.
    y_score : array-like of shape (n_clips, n_genres)
        Probabilities or other scores, the larger the more probable.
    genres : sequence of length n_genres, default=None
        Genres of the columns of `y_score`: ``genres_`` of the classifier. None means the columns of
        a DataFrame, or the sorted names of sets; a matrix without names has numbers from 0.

    Returns
    -------
    DataFrame
        One row per genre and a last one, "macro avg", with the columns ``roc_auc``,
        ``average_precision``, ``support`` (clips that have the genre) and ``share`` of them, the
        average precision of a random ranking. The last row has the means of the defined scores, and
        the number of all clips as ``support``.

    Raises
    ------
    ValueError
        When `y_true` isn't several genres per clip, when `y_score` does not have its shape, or has
        NaN or infinite values.

    See Also
    --------
    classification_report_frame : Precision, recall and F1, for one genre per clip.
    sklearn.metrics.roc_auc_score : Area under the ROC curve.

    References
    ----------
    .. [1] D. Bogdanov et al., "The MTG-Jamendo Dataset for Automatic Music Tagging", ML4MD
       Workshop, ICML 2019: the macro averages of both as the figures of music tagging.

    Examples
    --------
    >>> from skgenre.metrics import genre_ranking_frame
    >>> y_true = [{"jazz", "soul"}, {"jazz"}, {"soul"}, set()]
    >>> y_score = [[0.9, 0.8], [0.7, 0.3], [0.2, 0.6], [0.4, 0.7]]
    >>> genre_ranking_frame(y_true, y_score).round(2)
               roc_auc  average_precision  support  share
    jazz          1.00               1.00        2    0.5
    soul          0.75               0.83        2    0.5
    macro avg     0.88               0.92        4    0.5
    """
    name = "genre_ranking_frame"
    matrix, names = as_genre_matrix(name, y_true, genres)
    scores = check_genre_scores(name, matrix, y_score)
    table = pd.DataFrame(
        {
            "roc_auc": roc_auc_per_genre(matrix, scores),
            "average_precision": average_precision_per_genre(matrix, scores),
            "support": matrix.sum(axis=0, dtype=np.int64),
            "share": matrix.mean(axis=0),
        }
    )
    table.loc[len(table)] = {**table.mean(), "support": len(matrix)}
    table["support"] = table["support"].astype(np.int64)
    return table.set_axis(name_index([*names.tolist(), MACRO]), axis=0)


def check_genre_scores(name: str, matrix: np.ndarray, y_score: Any) -> np.ndarray:
    """Return scores as an array; refuse another shape than that of the genres, and NaN."""
    scores = np.asarray(y_score, dtype=np.float64)
    if scores.shape != matrix.shape:
        raise ValueError(
            f"{name} needs a score for each clip and genre, shape {matrix.shape}. Got shape "
            f"{scores.shape}: is the order of genres that of the classifier, its genres_?"
        )
    bad = np.flatnonzero(~np.isfinite(scores).all(axis=1))
    if bad.size:
        raise ValueError(
            f"{name}: the scores of {bad.size} of {len(scores)} clips have NaN or infinite values, "
            f"the first is clip {bad[0]}. Did training diverge? Try a smaller learning rate."
        )
    return scores


def has_both(matrix: np.ndarray) -> np.ndarray:
    """Return which genres some clips have and others don't."""
    return np.asarray(matrix.any(axis=0) & ~matrix.all(axis=0))


def roc_auc_per_genre(matrix: np.ndarray, scores: np.ndarray) -> np.ndarray:
    """Return the area under the ROC curve of each genre; NaN where it is undefined."""
    return _score_each(roc_auc_score, matrix, scores)


def average_precision_per_genre(matrix: np.ndarray, scores: np.ndarray) -> np.ndarray:
    """Return the average precision of each genre; NaN where it is undefined."""
    return _score_each(average_precision_score, matrix, scores)


def macro_roc_auc(y_true: np.ndarray, y_pred: np.ndarray, *, labels: Any) -> float:
    """Return the mean ROC AUC over the genres that some clips have and others don't."""
    return _average("roc_auc", roc_auc_per_genre, y_true, y_pred, labels)


def macro_average_precision(y_true: np.ndarray, y_pred: np.ndarray, *, labels: Any) -> float:
    """Return the mean average precision over the genres that some clips have and others don't."""
    return _average("average_precision", average_precision_per_genre, y_true, y_pred, labels)


def roc_auc_by_name(y_true: np.ndarray, y_pred: np.ndarray, *, labels: Any) -> dict[str, float]:
    """Return the ROC AUC of each genre, as a dict of ``roc_auc_<genre>``."""
    values = roc_auc_per_genre(y_true, y_pred)
    return {f"roc_auc_{genre}": float(v) for genre, v in zip(labels, values, strict=True)}


def average_precision_by_name(
    y_true: np.ndarray, y_pred: np.ndarray, *, labels: Any
) -> dict[str, float]:
    """Return the average precision of each genre, as a dict of ``average_precision_<genre>``."""
    values = average_precision_per_genre(y_true, y_pred)
    return {f"average_precision_{genre}": float(v) for genre, v in zip(labels, values, strict=True)}


def _score_each(measure: Callable, matrix: np.ndarray, scores: np.ndarray) -> np.ndarray:
    values = np.full(matrix.shape[1], np.nan)
    for genre in np.flatnonzero(has_both(matrix)):
        values[genre] = measure(matrix[:, genre], scores[:, genre])
    return values


def _average(
    name: str, measure: Callable, matrix: np.ndarray, scores: np.ndarray, genres: Any
) -> float:
    values = measure(matrix, scores)
    is_known = ~np.isnan(values)
    if not is_known.all():
        left_out = np.asarray(genres)[~is_known].tolist()
        warnings.warn(
            f"{name} is undefined for {name_first(left_out, 5)}, as all of these {len(matrix)} "
            f"clips have the genre, or none: left out of the mean over {len(values)} genres.",
            SkgenreWarning,
            stacklevel=2,
        )
    return float(values[is_known].mean()) if is_known.any() else float("nan")
