"""ROC AUC and average precision of one genre, with weights of the clips from a bootstrap."""

from collections.abc import Callable

import numpy as np

_SUMS_AT_ONCE = 4_000_000


def measure_genre(
    measure: Callable, has_genre: np.ndarray, scores: np.ndarray, weights: np.ndarray
) -> np.ndarray:
    """Return a score of one genre for each row of weights; NaN without clips of both kinds."""
    order = np.argsort(-scores, kind="stable")
    has_genre = has_genre[order]
    # Clips of equal scores are one step of the curve.
    starts = np.flatnonzero(np.append(True, np.diff(scores[order]) != 0))
    n_at_once = max(1, _SUMS_AT_ONCE // len(order))
    parts = []
    for first in range(0, len(weights), n_at_once):
        ordered = weights[first : first + n_at_once][:, order]
        own = np.add.reduceat(ordered * has_genre, starts, axis=1, dtype=np.float64)
        other = np.add.reduceat(ordered * ~has_genre, starts, axis=1, dtype=np.float64)
        with np.errstate(invalid="ignore", divide="ignore"):
            values = measure(own, other)
        is_known = (own.sum(axis=1) > 0) & (other.sum(axis=1) > 0)
        parts.append(np.where(is_known, values, np.nan))
    return np.concatenate(parts)


def weighted_roc_auc(own: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Return the ROC AUC from the weights of clips at each step, highest score first."""
    after = other.sum(axis=1, keepdims=True) - other.cumsum(axis=1)
    return (own * (after + other / 2)).sum(axis=1) / (own.sum(axis=1) * other.sum(axis=1))


def weighted_average_precision(own: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Return the average precision from the weights of clips at each step."""
    right = own.cumsum(axis=1)
    named = right + other.cumsum(axis=1)
    precision = np.divide(right, named, out=np.zeros_like(right), where=named > 0)
    return (own * precision).sum(axis=1) / own.sum(axis=1)
