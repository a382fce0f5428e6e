"""Sets of genres as a matrix that scikit-learn's tools take."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from .._genre_hierarchy import check_hierarchy, find_edges, join_names, raise_parents
from .._genre_matrix import as_genre_matrix
from .._public import public

if TYPE_CHECKING:
    import pandas as pd


@public
def genre_matrix(
    y: Any,
    *,
    genres: Sequence[Any] | None = None,
    hierarchy: Mapping[Any, Any] | None = None,
) -> "pd.DataFrame":
    """Make a matrix of 0 and 1 from the sets of genres of clips.

    scikit-learn's searches, scorers and :func:`~sklearn.model_selection.cross_val_score` take
    several genres per clip as a matrix alone.

    Parameters
    ----------
    y : sequence of sets or lists of names, or array-like or DataFrame of shape (n_clips, n_genres)
        The genres of each clip. An empty set means none. Lists of 0 and 1 are rows of a matrix.
    genres : sequence of length n_genres, default=None
        All genres that a clip may have, in the order of the columns. None means those found,
        sorted, with those of the hierarchy.
    hierarchy : dict, default=None
        The parent of each genre that has one, ``{"punk": "rock"}``. Clips get the parents of their
        genres. None adds none.

    Returns
    -------
    DataFrame of shape (n_clips, n_genres), int8
        1 where a clip has a genre; the columns are the genres. The index is that of a DataFrame or
        Series.

    Raises
    ------
    ValueError
        When a name is missing, isn't among `genres`, or is a letter of a text that was taken apart;
        when a value of a matrix isn't 0 or 1, or a column is there twice; when the hierarchy has a
        loop, or a genre that isn't among `genres`.

    See Also
    --------
    skgenre.model_selection.MultilabelStratifiedGroupKFold : Folds for such a matrix.
    sklearn.preprocessing.MultiLabelBinarizer : The same as an array, without these checks.

    Examples
    --------
    >>> from skgenre.datasets import genre_matrix
    >>> genre_matrix([{"jazz", "soul"}, {"rock"}, set()])
       jazz  rock  soul
    0     1     0     1
    1     0     1     0
    2     0     0     0
    >>> genre_matrix([{"punk"}, {"jazz"}], hierarchy={"punk": "rock"})
       jazz  punk  rock
    0     0     1     1
    1     1     0     0
    """
    import pandas as pd

    name = "genre_matrix"
    index = y.index if isinstance(y, pd.DataFrame | pd.Series) else None
    tree = check_hierarchy(name, {} if hierarchy is None else hierarchy)
    matrix, names = as_genre_matrix(name, y, genres)
    if tree and genres is None:
        known = names.tolist()
        joined = join_names(name, known, tree)
        if getattr(y, "ndim", 1) == 2:  # Columns stay in their order.
            joined = [*known, *(genre for genre in joined if genre not in known)]
        names = np.array(joined)
        given = matrix
        matrix = np.zeros((len(given), len(names)), dtype=given.dtype)
        matrix[:, [names.tolist().index(genre) for genre in known]] = given
    matrix = raise_parents(matrix, find_edges(name, tree, names))
    return pd.DataFrame(matrix, index=index, columns=list(names))
