"""The part of each clip in scores of several genres."""

from collections.abc import Callable
from typing import Any

import numpy as np
from sklearn.metrics import f1_score, jaccard_score, precision_score, recall_score

from ...metrics._multilabel_scorer import coverage, f1_by_name, map_at_k, ranked_precision


def score_each_clip(
    scorer: Any, score: str, genres: list[Any], target: np.ndarray, answers: np.ndarray
) -> np.ndarray | None:
    """Return the part of each clip in a score, whose mean is close to it; None if unknown.

    A clip without a genre has no ranking, and gets the mean of the others. For a score of counts
    over clips, such as micro F1, it is the jackknife pseudo-value.

    Parameters
    ----------
    scorer : callable
        A scorer of several genres.
    score : str
        Name of the score.
    genres : list of length n_genres
        Names of the columns.
    target : ndarray of shape (n_clips, n_genres)
        The genres.
    answers : ndarray of shape (n_clips, n_genres)
        Predicted genres, or their probabilities, whichever the scorer takes.
    """
    score_func: Any = getattr(scorer, "_score_func", None)
    options = getattr(scorer, "_kwargs", None) or {}
    target = target.astype(bool)
    if options.get("average") == "samples" and options.get("measure") in _OF_SETS:
        return _OF_SETS[options["measure"]](target, answers.astype(bool))
    if options.get("measure") in _OF_COUNTS:
        return _leave_each_out(target, answers.astype(bool), **options)
    if score_func is f1_by_name:
        column = [f"f1_{genre}" for genre in genres].index(score)
        own = (part[:, [column]].astype(bool) for part in (target, answers))
        return _leave_each_out(*own, measure=f1_score, average="micro")
    if score_func not in _OF_RANKS:
        return None
    has_genre = target.any(axis=1)
    values = np.full(len(target), np.nan)
    values[has_genre] = _OF_RANKS[score_func](
        target[has_genre], answers[has_genre], options.get("k", target.shape[1])
    )
    return getattr(scorer, "_sign", 1) * np.where(has_genre, values, np.nanmean(values))


def _leave_each_out(
    target: np.ndarray, predicted: np.ndarray, *, measure: Any, average: str
) -> np.ndarray:
    """Return n times a score minus (n - 1) times the score without each clip."""
    n = len(target)
    cells = (target & predicted, ~target & predicted, target & ~predicted)
    totals = [cell.sum(axis=0, keepdims=True) for cell in cells]
    whole = _score_counts(totals, measure, average)
    others = [total - cell for total, cell in zip(totals, cells, strict=True)]
    without = _score_counts(others, measure, average)
    return n * whole - (n - 1) * np.where(np.isnan(without), whole, without)


def _score_counts(counts: list[np.ndarray], measure: Any, average: str) -> np.ndarray:
    """Return a score from the numbers of right, falsely named and missed clips of each genre."""
    formula = _OF_COUNTS[measure]
    if average == "micro":
        sums = (part.sum(axis=1, keepdims=True) for part in counts)
        return np.nan_to_num(_divide(*formula(*sums))[:, 0])
    right, named, missed = counts
    above, below = formula(right, named, missed)
    support = right + missed
    if average == "weighted":
        weights = support
    else:
        weights = support > 0 if measure is recall_score else right + named + missed > 0
    values = np.where(below > 0, _divide(above, below), 0.0)
    return _divide((values * weights).sum(axis=1), weights.sum(axis=1))


def _divide(above: np.ndarray, below: np.ndarray) -> np.ndarray:
    return np.divide(above, below, out=np.full(np.shape(above), np.nan), where=below > 0)


def _f1(target: np.ndarray, predicted: np.ndarray) -> np.ndarray:
    both, all_named = (target & predicted).sum(axis=1), target.sum(axis=1) + predicted.sum(axis=1)
    return np.where(all_named > 0, 2 * both / np.maximum(all_named, 1), 1.0)


def _jaccard(target: np.ndarray, predicted: np.ndarray) -> np.ndarray:
    both, either = (target & predicted).sum(axis=1), (target | predicted).sum(axis=1)
    return np.where(either > 0, both / np.maximum(either, 1), 1.0)


def _ranked_precisions(target: np.ndarray, scores: np.ndarray, k: int) -> np.ndarray:
    total = np.zeros(len(target))
    for genre in range(target.shape[1]):
        is_before = scores >= scores[:, [genre]]
        precision = (is_before & target).sum(axis=1) / is_before.sum(axis=1)
        total += np.where(target[:, genre], precision, 0.0)
    return total / target.sum(axis=1)


def _coverages(target: np.ndarray, scores: np.ndarray, k: int) -> np.ndarray:
    lowest = np.where(target, scores, np.inf).min(axis=1, keepdims=True)
    return (scores >= lowest).sum(axis=1)


def _precisions_at_k(target: np.ndarray, scores: np.ndarray, k: int) -> np.ndarray:
    order = np.lexsort((target, -scores), axis=1)
    hits = np.take_along_axis(target, order, axis=1)[:, :k]
    precision = hits.cumsum(axis=1) / np.arange(1, hits.shape[1] + 1)
    return (precision * hits).sum(axis=1) / np.minimum(target.sum(axis=1), k)


_OF_SETS: dict[Any, Callable] = {f1_score: _f1, jaccard_score: _jaccard}
# Numerator and denominator from the right, the falsely named and the missed clips.
_OF_COUNTS: dict[Any, Callable] = {
    f1_score: lambda right, named, missed: (2 * right, 2 * right + named + missed),
    jaccard_score: lambda right, named, missed: (right, right + named + missed),
    precision_score: lambda right, named, missed: (right, right + named),
    recall_score: lambda right, named, missed: (right, right + missed),
}
_OF_RANKS: dict[Any, Callable] = {
    ranked_precision: _ranked_precisions,
    coverage: _coverages,
    map_at_k: _precisions_at_k,
}
