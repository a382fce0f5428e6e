"""Ranking metrics over genres."""

from numbers import Integral
from typing import Any

import numpy as np
from sklearn.metrics import average_precision_score, roc_auc_score
from sklearn.utils._param_validation import Interval, validate_params

from .._public import public
from ._label_columns import check_label_columns


@public
@validate_params(
    {"k": [Interval(Integral, 1, None, closed="left")]}, prefer_skip_nested_validation=True
)
def map_at_k_score(
    y_true: Any, y_score: Any, *, k: int = 10, labels: Any = None, sample_weight: Any = None
) -> float:
    """Return the mean average precision of the first `k` genres of each clip's ranking.

    With one genre per clip, the usual case, this is the reciprocal rank of that genre, cut at `k`:
    1 if it comes first, 1/2 if it comes second, 0 if it is not among the first `k`. Accuracy is
    MAP@1.

    Parameters
    ----------
    y_true : array-like of shape (n_clips,) or (n_clips, n_genres)
        The genre of each clip; or, if clips have several, an indicator matrix of 0 and 1 with the
        columns of `y_score`.
    y_score : array-like of shape (n_clips, n_genres)
        Probabilities or other scores, the larger the more probable.
    k : int, default=10
        Number of top-ranked genres to use.
    labels : array-like of shape (n_genres,), default=None
        The genres of the columns of `y_score`: the ``classes_`` of the classifier. None takes the
        sorted genres of `y_true`, which must contain all of them.
    sample_weight : array-like of shape (n_clips,), default=None
        Per-clip sample weights.

    Returns
    -------
    float
        Between 0 and 1; larger is better.

    Raises
    ------
    ValueError
        When `y_score` has NaN or infinite values, when it does not have one column per label, or
        when `y_true` has a genre that is not among the labels.

    See Also
    --------
    mean_average_precision_score : Ranks the clips of each genre, not the genres of each clip.
    sklearn.metrics.top_k_accuracy_score : Share of clips whose genre is among the first k.
    sklearn.metrics.label_ranking_average_precision_score : The same without a cutoff.

    Notes
    -----
    For a clip with m genres the average precision at k is the sum of the precisions at each of its
    genres among the first k, divided by min(m, k). Among equal scores, wrong genres come first, so
    that a model with constant scores can't rank well by luck.

    References
    ----------
    .. [1] C. D. Manning, P. Raghavan, H. Schütze, "Introduction to Information Retrieval",
       Cambridge University Press 2008, chapter 8.

    Examples
    --------
    >>> from skgenre.metrics import map_at_k_score
    >>> probabilities = [[0.7, 0.2, 0.1], [0.5, 0.4, 0.1], [0.6, 0.3, 0.1]]
    >>> genres = ["blues", "jazz", "rock"]
    >>> map_at_k_score(["blues", "jazz", "rock"], probabilities, k=2, labels=genres)
    0.5
    """
    name = "map_at_k_score"
    is_true, y_score, weight = check_label_columns(name, y_true, y_score, labels, sample_weight)
    # By decreasing score; among equal scores the true genres come last.
    order = np.lexsort((is_true, -y_score), axis=1)
    hits = np.take_along_axis(is_true, order, axis=1)[:, :k]
    precision = hits.cumsum(axis=1) / np.arange(1, hits.shape[1] + 1)
    best = np.minimum(is_true.sum(axis=1), k)
    return float(np.average((precision * hits).sum(axis=1) / best, weights=weight))


@public
def mean_average_precision_score(
    y_true: Any, y_score: Any, *, labels: Any = None, sample_weight: Any = None
) -> float:
    """Return the one-vs-rest average precision, averaged over the genres.

    For each genre the clips are ranked by its score; the average precision is the area under the
    precision-recall curve, as a sum of steps. All genres have equal weight. The average precision
    of a genre without clips in `y_true` is undefined, and the mean is over the other genres.

    Parameters
    ----------
    y_true : array-like of shape (n_clips,) or (n_clips, n_genres)
        The genre of each clip; or, if clips have several, an indicator matrix of 0 and 1 with the
        columns of `y_score`.
    y_score : array-like of shape (n_clips, n_genres)
        Probabilities or other scores, the larger the more probable.
    labels : array-like of shape (n_genres,), default=None
        The genres of the columns of `y_score`: the ``classes_`` of the classifier. None takes the
        sorted genres of `y_true`, which must contain all of them.
    sample_weight : array-like of shape (n_clips,), default=None
        Per-clip sample weights.

    Returns
    -------
    float
        Between 0 and 1; larger is better.

    Raises
    ------
    ValueError
        When `y_score` has NaN or infinite values, when it does not have one column per label, or
        when `y_true` has a genre that is not among the labels.

    See Also
    --------
    map_at_k_score : Ranks the genres of each clip.
    sklearn.metrics.average_precision_score : Average precision of one genre.

    References
    ----------
    .. [1] M. Everingham et al., "The Pascal Visual Object Classes (VOC) Challenge", IJCV 88, 2010.

    Examples
    --------
    >>> from skgenre.metrics import mean_average_precision_score
    >>> probabilities = [[0.7, 0.2, 0.1], [0.5, 0.4, 0.1], [0.6, 0.3, 0.1]]
    >>> genres = ["blues", "jazz", "rock"]
    >>> mean_average_precision_score(["blues", "jazz", "blues"], probabilities, labels=genres)
    1.0
    """
    name = "mean_average_precision_score"
    is_true, y_score, weight = check_label_columns(name, y_true, y_score, labels, sample_weight)
    return float(
        np.mean(
            [
                average_precision_score(is_true[:, j], y_score[:, j], sample_weight=weight)
                for j in np.flatnonzero(is_true.any(axis=0))
            ]
        )
    )


def roc_auc_ovr_score(
    y_true: Any, y_score: Any, *, labels: Any = None, sample_weight: Any = None
) -> float:
    """Return the one-vs-rest area under the ROC curve, averaged over the genres.

    Like :func:`sklearn.metrics.roc_auc_score` with ``multi_class="ovr"``, but over the genres that
    have both positive and negative clips.
    """
    name = "roc_auc_ovr"
    is_true, y_score, weight = check_label_columns(name, y_true, y_score, labels, sample_weight)
    defined = np.flatnonzero(is_true.any(axis=0) & ~is_true.all(axis=0))
    if not defined.size:
        raise ValueError(
            f"{name}: all {len(is_true)} clips are of one genre. Score on clips of at least two "
            f"genres."
        )
    return float(
        np.mean(
            [roc_auc_score(is_true[:, j], y_score[:, j], sample_weight=weight) for j in defined]
        )
    )
