"""Bootstrap intervals of the scores of genres, with groups of clips as the unit."""

from collections.abc import Callable, Iterator

import numpy as np

from ..metrics._weighted_ranking import measure_genre

# Numbers in the weights of one batch of samples.
_MOST = 2**21


def bootstrap_intervals(
    measure: Callable,
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
        Of a genre, see :func:`~skgenre.metrics._weighted_ranking.measure_genre`.
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
    for drawn in _draw(n_groups, len(matrix), n_samples, random_state):
        weights = drawn[:, group_of]
        for genre in genres:
            has_genre = matrix[:, genre].astype(bool)
            found[genre].append(measure_genre(measure, has_genre, scores[:, genre], weights))
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
