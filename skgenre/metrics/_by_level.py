"""Scores of each level of a tree of genres."""

import warnings
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.metrics import average_precision_score, roc_auc_score
from sklearn.utils import check_array
from sklearn.utils.validation import _check_sample_weight, check_consistent_length

from .._genre_hierarchy import check_hierarchy, find_edges, find_levels, raise_parents
from .._genre_matrix import as_genre_matrix
from .._public import public
from .._shown_text import name_first
from ..exceptions import SkgenreWarning

if TYPE_CHECKING:
    import pandas as pd


@public
def scores_by_level(
    y_true: Any,
    y_score: Any,
    hierarchy: dict[Any, Any],
    *,
    labels: Any = None,
    sample_weight: Any = None,
) -> "pd.DataFrame":
    """Score several genres per clip on each level of their tree.

    Level 0 has the genres without a parent, level 1 their children, and so on. A clip of a genre
    counts as one of its parents, too.

    Parameters
    ----------
    y_true : array-like or DataFrame of shape (n_clips, n_genres), or sequence of sets of names
        The genres of each clip.
    y_score : array-like of shape (n_clips, n_genres)
        Probabilities or other scores, the larger the more probable.
    hierarchy : dict
        The parent of each genre that has one, ``{"punk": "rock"}``.
    labels : array-like of shape (n_genres,), default=None
        The genres of the columns of `y_score`: the ``genres_`` of the classifier. None takes the
        columns of `y_score` or `y_true`, or the sorted names in the sets.
    sample_weight : array-like of shape (n_clips,), default=None
        Per-clip sample weights.

    Returns
    -------
    DataFrame
        Index ``level``; columns ``n_genres`` and ``n_scored``, the genres of the level and those
        with clips that have them and clips that don't, and ``roc_auc`` and ``average_precision``,
        the means of these, from 0 to 1. NaN for a level without any.

    Raises
    ------
    ValueError
        If the hierarchy has a loop or a genre that is not among the columns, or the shapes differ.

    Warns
    -----
    SkgenreWarning
        If a genre is left out of the means, by name.

    See Also
    --------
    skgenre.classifiers.HierarchicalGenreClassifier : Keeps predictions to the tree.

    References
    ----------
    .. [1] C. N. Silla, A. A. Freitas, "A Survey of Hierarchical Classification across Different
       Application Domains", Data Mining and Knowledge Discovery 22, 2011.

    Examples
    --------
    >>> from skgenre.metrics import scores_by_level
    >>> y = [{"jazz"}, {"punk"}, {"metal"}, {"rock"}]
    >>> probabilities = [[0.9, 0.1, 0.1, 0.2], [0.1, 0.2, 0.6, 0.7],
    ...                  [0.1, 0.5, 0.7, 0.8], [0.2, 0.1, 0.3, 0.6]]
    >>> frame = scores_by_level(y, probabilities, {"punk": "rock", "metal": "rock"})
    >>> frame["roc_auc"].round(3).tolist()
    [1.0, 0.833]
    """
    import pandas as pd

    name = "scores_by_level"
    if labels is None and hasattr(y_score, "columns"):
        labels = list(y_score.columns)
    parents = check_hierarchy(name, hierarchy)
    matrix, genres = as_genre_matrix(name, y_true, labels)
    matrix = raise_parents(matrix, find_edges(name, parents, genres))
    scores = check_array(y_score, dtype=np.float64, input_name="y_score")
    check_consistent_length(matrix, scores)
    if scores.shape[1] != len(genres):
        raise ValueError(
            f"{name} needs a column of y_score for each of {len(genres)} genres. Got "
            f"{scores.shape[1]} columns: name theirs with labels=."
        )
    weight = None
    if sample_weight is not None:
        weight = _check_sample_weight(sample_weight, scores, ensure_non_negative=True)
    is_counted = np.ones(len(matrix), dtype=bool) if weight is None else weight > 0
    is_scored = matrix[is_counted].any(axis=0) & ~matrix[is_counted].all(axis=0)
    _warn_of_unscored(name, genres[~is_scored])
    levels = find_levels(parents, genres)
    rows = []
    for level in range(levels.max() + 1):
        on_level = levels == level
        columns = np.flatnonzero(on_level & is_scored)
        found = [
            [
                score(matrix[:, column], scores[:, column], sample_weight=weight)
                for column in columns
            ]
            for score in (roc_auc_score, average_precision_score)
        ]
        means = [float(np.mean(values)) if values else np.nan for values in found]
        rows.append((int(on_level.sum()), len(columns), *means))
    names = ["n_genres", "n_scored", "roc_auc", "average_precision"]
    index = pd.RangeIndex(len(rows), name="level")
    return pd.DataFrame(rows, columns=names, index=index)


def _warn_of_unscored(name: str, genres: np.ndarray) -> None:
    if not len(genres):
        return
    warnings.warn(
        f"{name} leaves out {name_first(genres, 5)}: no clip has "
        f"{'it' if len(genres) == 1 else 'them'}, or all have.",
        SkgenreWarning,
        stacklevel=3,
    )
