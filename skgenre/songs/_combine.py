"""Aggregate the predictions of a song's clips."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from .._genre_columns import genres_of
from .._public import public

if TYPE_CHECKING:
    import pandas as pd

COMBINATIONS = ("mean", "majority", "longest_run")


@public
def combine_timeline(timeline: "pd.DataFrame", combine: str = "mean") -> "pd.Series":
    """Aggregate the predictions of a song's clips.

    Parameters
    ----------
    timeline : DataFrame
        Result of :func:`predict_timeline`: `start`, `end`, and a column of probabilities per genre.
        A "genre:" prefix of a column's name is not part of the genre.
    combine : {"mean", "majority", "longest_run"}, default="mean"
        Score of a genre: the mean of its probabilities; the share of clips in which it is the most
        probable; or the longest run of such clips, as a share of all. "longest_run" finds the genre
        with the longest uninterrupted stretch, so that many short passages of another one do not
        outvote it.

    Returns
    -------
    Series of shape (n_genres,)
        A number from 0 to 1 for each genre, the largest first; ties are broken by the larger mean
        probability. Its name is "probability" for "mean", else "share". Means and shares of clips
        sum to 1, those of longest runs to at most 1.

    Raises
    ------
    ValueError
        When `combine` is not an allowed value, or the timeline has no rows or other columns.

    See Also
    --------
    predict_song : Predicts a file and aggregates its clips.

    References
    ----------
    .. [1] J. Bergstra et al., "Aggregate Features and AdaBoost for Music Classification", Machine
       Learning 65, 2006: mean and majority over segments.

    Examples
    --------
    >>> import pandas as pd
    >>> from skgenre.songs import combine_timeline
    >>> timeline = pd.DataFrame(
    ...     {"start": [0.0, 3.0, 6.0], "end": [3.0, 6.0, 9.0],
    ...      "jazz": [0.6, 0.6, 0.0], "rock": [0.4, 0.4, 1.0]}
    ... )
    >>> combine_timeline(timeline, "mean").round(2).to_dict()
    {'rock': 0.6, 'jazz': 0.4}
    >>> combine_timeline(timeline, "majority").round(2).to_dict()
    {'jazz': 0.67, 'rock': 0.33}
    """
    check_combination("combine_timeline", combine)
    if timeline.columns[:2].tolist() != ["start", "end"] or timeline.shape[1] < 3:
        raise ValueError(
            f"combine_timeline takes the DataFrame of predict_timeline, with the columns start, "
            f"end and the genres. Got the columns {timeline.columns.tolist()}."
        )
    if timeline.empty:
        raise ValueError("combine_timeline needs at least one clip, got a timeline without rows.")
    probabilities = timeline.iloc[:, 2:].to_numpy(dtype=float)
    return combine_probabilities(genres_of(timeline.columns[2:]), probabilities, combine)


def combine_probabilities(
    genres: Sequence[Any], probabilities: np.ndarray, combine: str
) -> "pd.Series":
    """Return the score of each genre, the largest first, see :func:`combine_timeline`.

    Parameters
    ----------
    genres : sequence
        The n_genres genres.
    probabilities : ndarray of shape (n_clips, n_genres)
        Probabilities of the clips.
    combine : {"mean", "majority", "longest_run"}
        The score.
    """
    import pandas as pd

    from .._name_columns import name_index

    order, values = rank_genres(probabilities, combine)
    name = "probability" if combine == "mean" else "share"
    index = name_index([genres[number] for number in order], "genre")
    return pd.Series(values, index=index, name=name)


def rank_genres(probabilities: np.ndarray, combine: str) -> tuple[np.ndarray, np.ndarray]:
    """Return the numbers of the genres, the most probable first, and their scores.

    Parameters
    ----------
    probabilities : ndarray of shape (n_clips, n_genres)
        Probabilities of the clips.
    combine : {"mean", "majority", "longest_run"}
        The score, see :func:`combine_timeline`.
    """
    mean = probabilities.mean(axis=0)
    if combine == "mean":
        values = mean
    else:
        is_named = probabilities.argmax(axis=1)[:, np.newaxis] == np.arange(len(mean))
        runs = _longest_runs(is_named) if combine == "longest_run" else is_named.sum(axis=0)
        values = runs / len(probabilities)
    order = np.lexsort([-mean, -values])
    return order, values[order]


def check_combination(function: str, combine: str) -> None:
    """Refuse a `combine` that is not an allowed value."""
    if combine not in COMBINATIONS:
        raise ValueError(
            f"The 'combine' parameter of {function} must be one of "
            f"{', '.join(map(repr, COMBINATIONS))}. Got {combine!r} instead."
        )


def _longest_runs(is_named: np.ndarray) -> np.ndarray:
    """Return the length of the longest run of True in each column."""
    longest = np.zeros(is_named.shape[1], dtype=int)
    current = np.zeros_like(longest)
    for row in is_named:
        current = (current + 1) * row
        longest = np.maximum(longest, current)
    return longest
