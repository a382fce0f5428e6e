"""Probabilities of the clips of a song."""

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from .._genre_columns import TIMELINE_COLUMNS, name_columns

if TYPE_CHECKING:
    import pandas as pd


class Timeline(NamedTuple):
    """Probabilities of the clips of a song, in arrays.

    Parameters
    ----------
    times : ndarray of shape (n_clips, 2)
        Start and end of each clip in seconds.
    probabilities : ndarray of shape (n_clips, n_genres)
        Their probabilities.
    genres : list
        The genres, in the order of the columns.
    thresholds : ndarray of shape (n_genres,) or None
        Their thresholds, if clips may have several.
    """

    times: np.ndarray
    probabilities: np.ndarray
    genres: list[Any]
    thresholds: np.ndarray | None = None

    def to_frame(self) -> "pd.DataFrame":
        """Return the table of :func:`~skgenre.songs.predict_timeline`."""
        import pandas as pd

        from .._name_columns import name_index

        names = ["start", "end", *name_columns(self.genres, TIMELINE_COLUMNS)]
        rows = np.column_stack([self.times, self.probabilities])
        return pd.DataFrame(rows, columns=name_index(names))
