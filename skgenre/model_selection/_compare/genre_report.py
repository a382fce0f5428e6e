"""Scores of each genre from the predictions of a comparison, where clips may have several."""

import warnings

import numpy as np
import pandas as pd
from sklearn.metrics import precision_recall_fscore_support

from ..._name_columns import name_index
from ...metrics._genre_ranking import MACRO, average_precision_per_genre, roc_auc_per_genre
from .predictions import PREDICTED, PROBABILITY, TARGET, genre_matrix_of, genres_of_columns

MICRO = "micro avg"
N_AVERAGES = 2


def report_genres(held_out: pd.DataFrame) -> pd.DataFrame:
    """Return the scores of each genre, and their averages, as a table.

    Parameters
    ----------
    held_out : DataFrame
        The predictions of one pipeline.

    Returns
    -------
    DataFrame
        One row per genre, then "micro avg" and "macro avg": ``roc_auc`` and ``average_precision``,
        means over the folds in which they are defined, NaN without probabilities; ``precision``,
        ``recall`` and ``f1-score`` of all clips together, NaN where undefined; and ``support``, the
        number of clips.
    """
    target, predicted = (genre_matrix_of(held_out, prefix) for prefix in (TARGET, PREDICTED))
    parts = {}
    for average in (None, "micro"):
        *values, _ = precision_recall_fscore_support(
            target, predicted, average=average, zero_division=np.nan
        )
        parts[average] = np.stack([np.atleast_1d(value) for value in values], axis=1)
    support = target.sum(axis=0)
    ranked = _rank_by_fold(held_out, target)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # means of no defined value
        macro = np.nanmean(np.column_stack([ranked, parts[None]]), axis=0)
    table = np.concatenate(
        [
            np.column_stack([ranked, parts[None], support]),
            [[np.nan, np.nan, *parts["micro"][0], support.sum()]],
            [[*macro, support.sum()]],
        ]
    )
    columns = ["roc_auc", "average_precision", "precision", "recall", "f1-score", "support"]
    index = name_index([*genres_of_columns(held_out), MICRO, MACRO], "genre")
    report = pd.DataFrame(table, columns=columns, index=index)
    return report.astype({"support": np.int64})


def _rank_by_fold(held_out: pd.DataFrame, target: np.ndarray) -> np.ndarray:
    """Return the ROC AUC and the average precision of each genre, means over the folds."""
    n_genres = target.shape[1]
    scores = genre_matrix_of(held_out, PROBABILITY)
    if not scores.shape[1] or np.isnan(scores).any():
        return np.full((n_genres, 2), np.nan)
    folds = held_out["fold"].to_numpy()
    values = [
        [
            measure(target[folds == number], scores[folds == number])
            for measure in (roc_auc_per_genre, average_precision_per_genre)
        ]
        for number in np.unique(folds)
    ]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # a genre that no fold can score
        return np.nanmean(np.array(values), axis=0).T
