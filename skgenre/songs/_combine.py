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
def combine_timeline(
    timeline: "pd.DataFrame", combine: str = "mean", *, thresholds: Any = None
) -> "pd.Series":
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
    thresholds : array-like of shape (n_genres,), default=None
        Threshold of each genre, ``thresholds_`` of a classifier whose clips may have several
        genres: "majority" and "longest_run" then count the clips in which a genre is above its
        threshold. None counts the most probable genre.

    Returns
    -------
    Series of shape (n_genres,)
        A number from 0 to 1 for each genre, the largest first; ties are broken by the larger mean
        probability. Its name is "probability" for "mean", else "share". Where clips have one
        genre, means and shares of clips sum to 1, those of longest runs to at most 1.

    Raises
    ------
    ValueError
        When `combine` is not an allowed value, the timeline has no rows or other columns, or
        `thresholds` is not a number from 0 to 1 for each genre.

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
    >>> combine_timeline(timeline, "majority", thresholds=[0.3, 0.3]).round(2).to_dict()
    {'rock': 1.0, 'jazz': 0.67}
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
    genres = genres_of(timeline.columns[2:])
    if thresholds is not None:
        thresholds = _check_thresholds(thresholds, genres)
    return combine_probabilities(genres, probabilities, combine, thresholds)


def combine_probabilities(
    genres: Sequence[Any],
    probabilities: np.ndarray,
    combine: str,
    thresholds: np.ndarray | None = None,
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
    thresholds : ndarray of shape (n_genres,) or None
        Thresholds of the genres, if clips may have several.
    """
    import pandas as pd

    from .._name_columns import name_index

    order, values = rank_genres(probabilities, combine, thresholds)
    name = "probability" if combine == "mean" else "share"
    index = name_index([genres[number] for number in order], "genre")
    return pd.Series(values, index=index, name=name)


def rank_genres(
    probabilities: np.ndarray, combine: str, thresholds: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Return the numbers of the genres, the most probable first, and their scores.

    Parameters
    ----------
    probabilities : ndarray of shape (n_clips, n_genres)
        Probabilities of the clips.
    combine : {"mean", "majority", "longest_run"}
        The score, see :func:`combine_timeline`.
    thresholds : ndarray of shape (n_genres,) or None
        Thresholds of the genres, if clips may have several.
    """
    mean = probabilities.mean(axis=0)
    if combine == "mean":
        values = mean
    else:
        is_named = name_genres(probabilities, thresholds)
        runs = _longest_runs(is_named) if combine == "longest_run" else is_named.sum(axis=0)
        values = runs / len(probabilities)
    order = np.lexsort([-mean, -values])
    return order, values[order]


def name_genres(probabilities: np.ndarray, thresholds: np.ndarray | None) -> np.ndarray:
    """Return which genres each clip has, as a matrix of bool.

    Parameters
    ----------
    probabilities : ndarray of shape (n_clips, n_genres)
        Probabilities of the clips.
    thresholds : ndarray of shape (n_genres,) or None
        Thresholds of the genres, if clips may have several. None names the most probable genre.
    """
    if thresholds is not None:
        return probabilities > thresholds
    return probabilities.argmax(axis=1)[:, np.newaxis] == np.arange(probabilities.shape[1])


def song_thresholds(thresholds: np.ndarray, combine: str) -> np.ndarray:
    """Return the score above which a song has a genre.

    A mean of probabilities has the genre's threshold. A share of the clips has one half.
    """
    return thresholds if combine == "mean" else np.full(len(thresholds), 0.5)


def check_combination(function: str, combine: str) -> None:
    """Refuse a `combine` that is not an allowed value."""
    if combine not in COMBINATIONS:
        raise ValueError(
            f"The 'combine' parameter of {function} must be one of "
            f"{', '.join(map(repr, COMBINATIONS))}. Got {combine!r} instead."
        )


def _check_thresholds(thresholds: Any, genres: Sequence[Any]) -> np.ndarray:
    try:
        values = np.asarray(thresholds, dtype=float)
    except (TypeError, ValueError):
        values = np.empty(0)
    if values.shape != (len(genres),) or not ((values >= 0) & (values <= 1)).all():
        raise ValueError(
            f"The 'thresholds' parameter of combine_timeline must be a number from 0 to 1 for each "
            f"of the {len(genres)} genres of the timeline. Got {thresholds!r} instead."
        )
    return values


def _longest_runs(is_named: np.ndarray) -> np.ndarray:
    """Return the length of the longest run of True in each column."""
    longest = np.zeros(is_named.shape[1], dtype=int)
    current = np.zeros_like(longest)
    for row in is_named:
        current = (current + 1) * row
        longest = np.maximum(longest, current)
    return longest
