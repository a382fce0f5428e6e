"""Bootstrap intervals of the scores of genres, with groups of clips as the unit."""

from collections.abc import Callable, Iterator

import numpy as np

# Numbers in the weights of one batch of samples.
_MOST = 2**21

# A function of (weights, is_true, is_last) to the scores of the samples: clips are sorted by
# descending score, and `is_last` marks the last clip of each run of equal scores.
Measure = Callable[[np.ndarray, np.ndarray, np.ndarray], np.ndarray]


def weighted_roc_auc(weights: np.ndarray, is_true: np.ndarray, is_last: np.ndarray) -> np.ndarray:
    """Return the area under the ROC curve of each sample; NaN where it is undefined.

    Parameters
    ----------
    weights : ndarray of shape (n_samples, n_clips)
        How often each clip is in each sample; clips are sorted by descending score.
    is_true : ndarray of shape (n_clips,), bool
        Which of them have the genre.
    is_last : ndarray of shape (n_clips,), bool
        Which of them are the last of those with their score.
    """
    n_right, n_wrong = _counts_above(weights, is_true, is_last)
    zero = np.zeros((len(weights), 1))
    right, wrong = (np.hstack([zero, count]) for count in (n_right, n_wrong))
    area = (np.diff(wrong, axis=1) * (right[:, 1:] + right[:, :-1]) / 2).sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        return area / (right[:, -1] * wrong[:, -1])


def weighted_average_precision(
    weights: np.ndarray, is_true: np.ndarray, is_last: np.ndarray
) -> np.ndarray:
    """Return the average precision of each sample, see :func:`weighted_roc_auc`."""
    n_right, n_wrong = _counts_above(weights, is_true, is_last)
    with np.errstate(invalid="ignore", divide="ignore"):
        precision = np.nan_to_num(n_right / (n_right + n_wrong))
        found = np.diff(n_right, axis=1, prepend=0)
        average = (found * precision).sum(axis=1) / n_right[:, -1]
    # As for the ROC curve, all clips with the genre are no ranking.
    return np.where(n_wrong[:, -1] > 0, average, np.nan)


def bootstrap_intervals(
    measure: Measure,
    matrix: np.ndarray,
    scores: np.ndarray,
    groups: np.ndarray,
    *,
    n_samples: int,
    random_state: np.random.RandomState,
) -> tuple[np.ndarray, np.ndarray]:
    """Return the lower and upper end of the 95 % interval of each genre's score.

    Groups are drawn with replacement, each with all its clips. A genre has no interval, NaN, if
    fewer than two groups have it or fewer than two don't have it in any clip, or if it is in, or
    missing from, all clips of more than one sample in ten.

    Parameters
    ----------
    measure : callable
        :func:`weighted_roc_auc` or :func:`weighted_average_precision`.
    matrix : ndarray of shape (n_clips, n_genres)
        The genres.
    scores : ndarray of shape (n_clips, n_genres)
        Their scores.
    groups : ndarray of shape (n_clips,)
        The group of each clip.
    n_samples : int
        Number of samples.
    random_state : RandomState
        Draws them.
    """
    n_genres = matrix.shape[1]
    low, high = np.full((2, n_genres), np.nan)
    _, group_of = np.unique(groups, return_inverse=True)
    n_groups = group_of.max() + 1
    found: list[list[np.ndarray]] = [[] for _ in range(n_genres)]
    genres = [
        genre
        for genre in range(n_genres)
        if min(len(np.unique(group_of[matrix[:, genre] == value])) for value in (0, 1)) > 1
    ]
    orders = {genre: np.argsort(-scores[:, genre], kind="stable") for genre in genres}
    for drawn in _draw(n_groups, len(matrix), n_samples, random_state):
        weights = drawn[:, group_of]
        for genre in genres:
            order = orders[genre]
            is_last = np.append(np.diff(scores[order, genre]) < 0, True)
            is_true = matrix[order, genre].astype(bool)
            found[genre].append(measure(weights[:, order], is_true, is_last))
    for genre in genres:
        values = np.concatenate(found[genre])
        values = values[~np.isnan(values)]
        if len(values) >= 0.9 * n_samples:
            low[genre], high[genre] = np.percentile(values, [2.5, 97.5])
    return low, high


def _draw(
    n_groups: int, n_clips: int, n_samples: int, random_state: np.random.RandomState
) -> Iterator[np.ndarray]:
    """Yield how often each group is in each sample, in batches of bounded size."""
    n_batch = max(1, _MOST // n_clips)
    for start in range(0, n_samples, n_batch):
        size = min(n_batch, n_samples - start)
        shares = np.full(n_groups, 1 / n_groups)
        yield random_state.multinomial(n_groups, shares, size=size).astype(np.float64)


def _counts_above(
    weights: np.ndarray, is_true: np.ndarray, is_last: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return how many clips with and without the genre have each score or a higher one."""
    n_right = np.cumsum(weights * is_true, axis=1)[:, is_last]
    n_wrong = np.cumsum(weights * ~is_true, axis=1)[:, is_last]
    return n_right, n_wrong
