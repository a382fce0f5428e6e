"""Sets of genres as a matrix that scikit-learn's tools take."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from .._genre_matrix import as_genre_matrix
from .._public import public

if TYPE_CHECKING:
    import pandas as pd


@public
def genre_matrix(y: Any, *, genres: Sequence[Any] | None = None) -> "pd.DataFrame":
    """Make a matrix of 0 and 1 from the sets of genres of clips.

    scikit-learn's searches, scorers and :func:`~sklearn.model_selection.cross_val_score` take
    several genres per clip as a matrix alone.

    Parameters
    ----------
    y : sequence of sets or lists of names, or array-like or DataFrame of shape (n_clips, n_genres)
        The genres of each clip. An empty set means none. Lists of 0 and 1 are rows of a matrix.
    genres : sequence of length n_genres, default=None
        All genres that a clip may have, in the order of the columns. None means those found,
        sorted.

    Returns
    -------
    DataFrame of shape (n_clips, n_genres), int8
        1 where a clip has a genre; the columns are the genres. The index is that of a DataFrame or
        Series.

    Raises
    ------
    ValueError
        When a name is missing, isn't among `genres`, or is a letter of a text that was taken apart;
        when a value of a matrix isn't 0 or 1, or a column is there twice.

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
    """
    import pandas as pd

    matrix, names = as_genre_matrix("genre_matrix", y, genres)
    index = y.index if isinstance(y, pd.DataFrame | pd.Series) else None
    return pd.DataFrame(matrix, index=index, columns=list(names))
