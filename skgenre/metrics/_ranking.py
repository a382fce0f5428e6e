"""Scores of a ranking of genres."""

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

    With one genre a clip, the usual case, this is the reciprocal rank of that genre, cut at `k`:
    1 where it comes first, 1/2 where it comes second, 0 where it is not among the first `k`.
    Accuracy is MAP@1.

    Parameters
    ----------
    y_true : array-like of shape (n_clips,) or (n_clips, n_genres)
        The genre of each clip; or, where clips have several, an indicator matrix of 0 and 1 with
        its columns as those of `y_score`.
    y_score : array-like of shape (n_clips, n_genres)
        Probabilities or other scores, the larger the likelier.
    k : int, default=10
        How many genres of the ranking count.
    labels : array-like of shape (n_genres,), default=None
        The genres of the columns of `y_score`: the ``classes_`` of the classifier. None takes the
        sorted genres of `y_true`, which has to have them all.
    sample_weight : array-like of shape (n_clips,), default=None
        What each clip counts.

    Returns
    -------
    float
        Between 0 and 1, the larger the better.

    Raises
    ------
    ValueError
        When `y_score` has NaN or infinite values, when its columns are not as many as the labels,
        or when `y_true` has a genre that is not among them.

    See Also
    --------
    mean_average_precision_score : Ranks the clips of each genre, not the genres of each clip.
    sklearn.metrics.top_k_accuracy_score : Whether the genre is among the first k.
    sklearn.metrics.label_ranking_average_precision_score : The same without a cut.

    Notes
    -----
    For a clip with m genres the average precision at k is the sum of the precisions at each of its
    genres among the first k, over min(m, k). Where scores are equal, wrong genres come first: a
    model that tells nothing apart can't rank well by luck.

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
    # By falling score, and among equal ones the true genres last.
    order = np.lexsort((is_true, -y_score), axis=1)
    hits = np.take_along_axis(is_true, order, axis=1)[:, :k]
    precision = hits.cumsum(axis=1) / np.arange(1, hits.shape[1] + 1)
    best = np.minimum(is_true.sum(axis=1), k)
    return float(np.average((precision * hits).sum(axis=1) / best, weights=weight))


@public
def mean_average_precision_score(
    y_true: Any, y_score: Any, *, labels: Any = None, sample_weight: Any = None
) -> float:
    """Return the mean over the genres of the average precision of each against the others.

    For each genre the clips are ranked by its score; the average precision is the area under the
    precision-recall curve, as a sum of steps. Each genre counts the same. A genre of which
    `y_true` has no clip has no precision, and the mean is over the others.

    Parameters
    ----------
    y_true : array-like of shape (n_clips,) or (n_clips, n_genres)
        The genre of each clip; or, where clips have several, an indicator matrix of 0 and 1 with
        its columns as those of `y_score`.
    y_score : array-like of shape (n_clips, n_genres)
        Probabilities or other scores, the larger the likelier.
    labels : array-like of shape (n_genres,), default=None
        The genres of the columns of `y_score`: the ``classes_`` of the classifier. None takes the
        sorted genres of `y_true`, which has to have them all.
    sample_weight : array-like of shape (n_clips,), default=None
        What each clip counts.

    Returns
    -------
    float
        Between 0 and 1, the larger the better.

    Raises
    ------
    ValueError
        When `y_score` has NaN or infinite values, when its columns are not as many as the labels,
        or when `y_true` has a genre that is not among them.

    See Also
    --------
    map_at_k_score : Ranks the genres of each clip.
    sklearn.metrics.average_precision_score : Of one genre.

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
    """Return the mean over the genres of the area under the ROC curve of each against the others.

    As :func:`sklearn.metrics.roc_auc_score` with ``multi_class="ovr"``, but over the genres that
    have both clips of their own and others.
    """
    name = "roc_auc_ovr"
    is_true, y_score, weight = check_label_columns(name, y_true, y_score, labels, sample_weight)
    defined = np.flatnonzero(is_true.any(axis=0) & ~is_true.all(axis=0))
    if not defined.size:
        raise ValueError(
            f"{name}: all {len(is_true)} clips are of one genre, so there is no other to tell it "
            f"from. Score on clips of at least two genres."
        )
    return float(
        np.mean(
            [roc_auc_score(is_true[:, j], y_score[:, j], sample_weight=weight) for j in defined]
        )
    )
