"""Paired bootstrap over groups of clips, of scores that are means over several genres."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from ...metrics._genre_ranking import (
    average_precision_by_name,
    macro_average_precision,
    macro_roc_auc,
    roc_auc_by_name,
)
from ...metrics._weighted_ranking import (
    measure_genre,
    weighted_average_precision,
    weighted_roc_auc,
)
from .predictions import PROBABILITY, TARGET, genre_columns, genre_matrix_of
from .sign_flips import Intervals

BOOTSTRAP = "paired bootstrap over clips"
GROUP_BOOTSTRAP = "paired bootstrap over groups of clips"
FEWEST_DRAWN = 10
TOO_FEW = f"a bootstrap needs {FEWEST_DRAWN} clips, or groups if there are any"

N_DRAWS = 2000
_FEWEST_DRAWS = 500
# Weights of clips that are summed in all: a minute of work.
_MOST_SUMS = 5e9


def find_measure(scorer: Any) -> Callable | None:
    """Return the function that measures a scorer with weighted clips, None if there is none."""
    return _MEASURES.get(getattr(scorer, "_score_func", None))


def find_genres(score: str, rows: pd.DataFrame) -> np.ndarray | None:
    """Return the column of the genre that a score is named after; None for the mean of all."""
    for number, column in enumerate(genre_columns(rows, TARGET)):
        genre = column.removeprefix(TARGET)
        if score in (f"roc_auc_{genre}", f"average_precision_{genre}"):
            return np.array([number])
    return None


def draw_scores(
    parts: list[pd.DataFrame], measure: Callable, genres: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Return the scores of pipelines on resamples of the groups of their clips.

    All pipelines, folds and repeats share the resamples. A score is measured in each fold, and the
    mean over the folds taken, as for the clips themselves. A genre that no clip of a resample has
    is left out of the mean over genres.

    Parameters
    ----------
    parts : list of DataFrame
        The predictions of each pipeline, in the same order of clips.
    measure : callable
        From :func:`find_measure`.
    genres : ndarray of int, default=None
        Columns of the genres to average; None means all.

    Returns
    -------
    scores : ndarray of shape (n_pipelines,)
        The scores of the clips themselves.
    draws : ndarray of shape (n_draws, n_pipelines)
        Those of the resamples.

    References
    ----------
    .. [1] B. Efron, R. J. Tibshirani, "An Introduction to the Bootstrap", Chapman & Hall, 1993.
    .. [2] A. C. Davison, D. V. Hinkley, "Bootstrap Methods and Their Application", Cambridge
       University Press, 1997, section 3.8: of hierarchical data, whole groups are drawn.
    """
    rows = parts[0]
    groups = pd.factorize(rows["group" if "group" in rows.columns else "clip"], sort=True)[0]
    folds = rows["fold"].to_numpy()
    chosen = slice(None) if genres is None else genres
    target = genre_matrix_of(rows, TARGET).astype(bool)[:, chosen]
    sums = len(rows) * target.shape[1] * len(parts)
    n_draws = int(np.clip(_MOST_SUMS // max(sums, 1), _FEWEST_DRAWS, N_DRAWS))
    n_groups = int(groups.max()) + 1
    rng = np.random.default_rng(0)
    weights = rng.multinomial(n_groups, np.full(n_groups, 1 / n_groups), size=n_draws)
    weights = np.concatenate([np.ones((1, n_groups)), weights]).astype(np.float32)
    found = np.zeros((n_draws + 1, len(parts)))
    numbers = np.unique(folds)
    counted = np.zeros((n_draws + 1, 1))
    for number in numbers:
        inside = folds == number
        own = weights[:, groups[inside]]
        for column, part in enumerate(parts):
            scores = genre_matrix_of(part[inside], PROBABILITY)[:, chosen]
            values = _average_genres(measure, target[inside], scores, own)
            if column == 0:
                # A fold without any defined genre is left out of a resample.
                known = ~np.isnan(values)
                counted[:, 0] += known
            found[:, column] += np.where(known, values, 0.0)
    with np.errstate(invalid="ignore", divide="ignore"):
        found /= counted
    found = found[~np.isnan(found).any(axis=1)]
    return found[0], found[1:]


def _average_genres(
    measure: Callable, target: np.ndarray, scores: np.ndarray, weights: np.ndarray
) -> np.ndarray:
    total = np.zeros(len(weights))
    n_known = np.zeros(len(weights))
    for genre in range(target.shape[1]):
        if target[:, genre].any() and not target[:, genre].all():
            values = measure_genre(measure, target[:, genre], scores[:, genre], weights)
            total += np.nan_to_num(values)
            n_known += ~np.isnan(values)
    with np.errstate(invalid="ignore", divide="ignore"):
        return total / n_known


def standard_errors(draws: np.ndarray, n_groups: int) -> np.ndarray:
    """Return the standard error of each column; resamples of few groups vary too little."""
    return draws.std(axis=0, ddof=1) * np.sqrt(n_groups / (n_groups - 1))


def compare_draws(
    scores: np.ndarray,
    draws: np.ndarray,
    *,
    n_groups: int,
    alpha: float,
    bound: float = np.inf,
) -> Intervals:
    """Return differences with the p-values and intervals of a bootstrap.

    A resampled difference, minus the observed one and divided by its standard error, is as large by
    chance as the observed one in a share of the resamples: the p-value. The interval has all values
    that this test does not reject. For all columns at once, the largest of their values counts
    [1]_. With few groups, chance is larger by the ratio of the quantiles of the t and the normal
    distribution at this level.

    Parameters
    ----------
    scores : ndarray of shape (n_columns,)
        The observed differences.
    draws : ndarray of shape (n_draws, n_columns)
        Those of the resamples.
    n_groups : int
        Number of groups that were drawn.
    alpha : float
        Level of the intervals.
    bound : float, default=inf
        The largest difference possible.

    References
    ----------
    .. [1] P. H. Westfall, S. S. Young, "Resampling-Based Multiple Testing", Wiley, 1993.
    """
    n = len(draws) + 1
    errors = standard_errors(draws, n_groups)
    widening = stats.t.isf(alpha / 2, n_groups - 1) / stats.norm.isf(alpha / 2)
    widening *= np.sqrt(n_groups / (n_groups - 1))
    # Pipelines that predict the same have no spread; any difference is then certain.
    scale = np.where(errors > 0, errors, 1.0)
    around = widening * np.abs(draws - scores) / scale
    chance, largest = np.sort(around, axis=0), np.sort(around.max(axis=1))
    observed = np.abs(scores) / scale
    p = np.array([_share(chance[:, j], observed[j]) for j in range(len(scores))])
    p_adjusted = np.array([_share(largest, value) for value in observed])
    # So many values are larger than the limit that one more is still below alpha.
    n_beyond = max(int(np.ceil(alpha * n)) - 1, 1)
    half = scale * chance[-n_beyond]
    adjusted_half = scale * largest[-n_beyond]
    limit = float(largest[-n_beyond])
    level = min(alpha, float(np.mean([_share(column, limit) for column in chance.T])))
    return Intervals(
        scores,
        p=p,
        low=np.clip(scores - half, -bound, bound),
        high=np.clip(scores + half, -bound, bound),
        p_adjusted=p_adjusted,
        adjusted_low=np.clip(scores - adjusted_half, -bound, bound),
        adjusted_high=np.clip(scores + adjusted_half, -bound, bound),
        error=errors,
        level=level,
    )


def _share(ordered: np.ndarray, value: float) -> float:
    """Return the share of values that are at least as large, this one among them."""
    if value == 0:
        return 1.0
    n_larger = len(ordered) - int(np.searchsorted(ordered, value, side="left"))
    return (n_larger + 1) / (len(ordered) + 1)


_MEASURES: dict[Any, Callable] = {
    macro_roc_auc: weighted_roc_auc,
    roc_auc_by_name: weighted_roc_auc,
    macro_average_precision: weighted_average_precision,
    average_precision_by_name: weighted_average_precision,
}
