"""Genres that clips have together."""

from collections.abc import Sequence
from typing import Any, Self

import numpy as np

from .._genre_matrix import as_genre_matrix, is_multilabel
from .._plot_style import SHARES, theme_of
from .._public import public
from ..exceptions import ShapeMismatchError
from ._axes import check_plot_support, label_of, make_axes

# Points; smaller numbers would be illegible, and are left out.
_LEAST_SIZE = 4.5
_MOST_SMALL = 12  # genres in cells of half an inch


@public
class GenreCooccurrenceDisplay:
    """Share of the clips of each genre that also have another one.

    A row is about the clips of its genre: the cell of row "jazz" and column "soul" is the share of
    jazz clips that are soul, too. The number of clips of each genre stands beside its name.

    Parameters
    ----------
    counts : array-like of shape (n_genres, n_genres)
        Number of clips that have both genres; on the diagonal, clips that have the genre.
    genres : sequence of length n_genres, default=None
        Names of the genres. None numbers them from 0.

    Attributes
    ----------
    mesh_ : matplotlib QuadMesh
        The cells.
    text_ : list of matplotlib Text
        The numbers in the cells; empty where they would be too small.
    colorbar_ : matplotlib Colorbar
        The scale.
    ax_ : matplotlib Axes
        The axes.
    figure_ : matplotlib Figure
        The figure.

    See Also
    --------
    GenreConfusionMatrixDisplay : For one genre per clip.
    skgenre.datasets.genre_matrix : Makes the matrix of sets of names.

    Notes
    -----
    Shares don't say whether two genres are together more often than by chance: a genre that half of
    all clips have is in about half of the clips of any other one.

    References
    ----------
    .. [1] D. Bogdanov et al., "The MTG-Jamendo Dataset for Automatic Music Tagging", ML4MD
       Workshop, ICML 2019: a data set with several genres per track.

    Examples
    --------
    >>> from skgenre.inspection import GenreCooccurrenceDisplay
    >>> y = [{"jazz", "soul"}, {"jazz"}, {"soul", "jazz"}, {"rock"}]
    >>> display = GenreCooccurrenceDisplay.from_labels(y)
    >>> display.genres, display.counts.tolist()
    (['jazz', 'rock', 'soul'], [[3, 0, 2], [0, 1, 0], [2, 0, 2]])
    >>> display.shares.round(2).tolist()
    [[1.0, 0.0, 0.67], [0.0, 1.0, 0.0], [1.0, 0.0, 1.0]]
    """

    def __init__(self, counts: Any, genres: Sequence[Any] | None = None) -> None:
        self.counts = counts
        self.genres = genres

    @property
    def shares(self) -> np.ndarray:
        """Share of the clips of the row's genre that have the column's; NaN without clips."""
        counts = np.asarray(self.counts, dtype=float)
        n_clips = np.diagonal(counts)[:, np.newaxis]
        return np.divide(counts, n_clips, out=np.full(counts.shape, np.nan), where=n_clips > 0)

    @classmethod
    def from_labels(
        cls,
        y: Any,
        *,
        genres: Sequence[Any] | None = None,
        values: str = "share",
        ax: Any = None,
        cmap: str = SHARES,
    ) -> Self:
        """Draw the genres of clips.

        Parameters
        ----------
        y : array-like or DataFrame of shape (n_clips, n_genres), or sequence of sets of names
            The genres of each clip, true or predicted.
        genres : sequence of length n_genres, default=None
            Their names and order. None takes the columns of a DataFrame, the sorted names of sets,
            or numbers.
        values : {"share", "count"}, default="share"
            Shares of the clips of the row's genre, or numbers of clips.
        ax : matplotlib Axes, default=None
            Axes to draw on. None creates a figure that fits the number of genres.
        cmap : str, default="Blues"
            A matplotlib colour map.

        Returns
        -------
        GenreCooccurrenceDisplay
            The display, drawn.

        Raises
        ------
        ValueError
            When clips have one genre.
        """
        check_plot_support(cls)
        if not is_multilabel(y):
            raise ValueError(
                f"{cls.__name__} takes several genres per clip: a matrix of 0 and 1, a DataFrame "
                f"of it, or sets of names. y has one genre per clip, so no two are together."
            )
        matrix, names = as_genre_matrix(cls.__name__, y, genres)
        # The matrix has small integers, whose products would overflow.
        counts = matrix.T.astype(np.int64) @ matrix.astype(np.int64)
        return cls(counts, names.tolist()).plot(ax=ax, values=values, cmap=cmap)

    def plot(self, ax: Any = None, *, values: str = "share", cmap: str = SHARES) -> Self:
        """Draw the matrix.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Axes to draw on. None creates a figure that fits the number of genres.
        values : {"share", "count"}, default="share"
            Shares of the clips of the row's genre, or numbers of clips.
        cmap : str, default="Blues"
            A matplotlib colour map.

        Returns
        -------
        GenreCooccurrenceDisplay
            The display.
        """
        if values not in ("share", "count"):
            raise ValueError(
                f"The 'values' parameter of {type(self).__name__} must be 'share' or 'count'. Got "
                f"{values!r} instead."
            )
        counts = np.asarray(self.counts)
        n_genres = len(counts)
        names = list(range(n_genres)) if self.genres is None else list(self.genres)
        if counts.shape != (len(names), len(names)):
            raise ShapeMismatchError(
                f"{type(self).__name__} needs counts of shape ({len(names)}, {len(names)}), a row "
                f"and a column for each genre. Got shape {counts.shape}."
            )
        shown = self.shares if values == "share" else counts.astype(float)
        # A genre is always together with itself; the cell would only set the scale.
        shown = np.where(np.eye(n_genres, dtype=bool), np.nan, shown)
        ax = make_axes(self, ax, _size_for([str(name) for name in names]))
        theme = theme_of(ax)
        highest = 1 if values == "share" else max(1, np.nanmax(shown, initial=0))
        self.mesh_ = ax.pcolormesh(
            np.ma.masked_invalid(shown), cmap=cmap, vmin=0, vmax=highest, edgecolors="none"
        )
        ax.set_facecolor(theme.line)
        ax.set_aspect("equal")
        ax.invert_yaxis()
        labels = [label_of(name) for name in names]
        places = np.arange(n_genres) + 0.5
        numbers = np.diagonal(counts).tolist()
        ax.set_yticks(places, [f"{a} ({n})" for a, n in zip(labels, numbers, strict=True)])
        small = n_genres > _MOST_SMALL
        if small:
            ax.set_xticks(places, labels, rotation=90)
        else:
            # So that a slanted name ends at its column.
            ax.set_xticks(places, labels, rotation=45, ha="right", rotation_mode="anchor")
        ax.tick_params(length=0, labelsize="small" if small else None)
        ax.set(xlabel="other genre", ylabel="genre (clips)")
        label = "share of the row's clips" if values == "share" else "clips"
        self.colorbar_ = ax.figure.colorbar(self.mesh_, ax=ax, label=label, pad=0.02, shrink=0.8)
        self.ax_ = ax
        self.figure_ = ax.figure
        self.text_: list[Any] = []
        self._write_numbers(shown, values, highest)
        return self

    def _write_numbers(self, shown: np.ndarray, values: str, highest: float) -> None:
        """Write the numbers into the cells if they fit; zeros stay blank."""
        texts = {}
        for row, column in zip(*np.nonzero(np.nan_to_num(shown)), strict=True):
            value = shown[row, column]
            text = f"{value:.2f}".removeprefix("0") if values == "share" else f"{value:.0f}"
            texts[row, column] = "<.01" if text == ".00" else text
        # The size of a cell depends on the layout.
        self.figure_.draw_without_rendering()
        cell = self.ax_.get_window_extent().width / len(shown)
        # A digit is about 0.65 of its size wide.
        longest = max((len(text) for text in texts.values()), default=1)
        size = cell * 72 / self.figure_.dpi / (0.65 * (longest + 0.6))
        if size < _LEAST_SIZE:
            return
        for (row, column), text in texts.items():
            is_dark = shown[row, column] > 0.55 * highest
            self.text_.append(
                self.ax_.text(
                    column + 0.5,
                    row + 0.5,
                    text,
                    ha="center",
                    va="center",
                    size=min(10.0, size),
                    # The cells have the colours of a light page, whatever the theme.
                    color="white" if is_dark else "black",
                )
            )


def _size_for(names: list[str]) -> tuple[float, float]:
    """Return the width and height of a figure in inches."""
    n_genres = len(names)
    side = 1.6 + (0.5 if n_genres <= _MOST_SMALL else 0.19) * n_genres
    side = max(side, 3.2)
    # Inches per letter at the left, and per slanted letter below.
    beyond = max(0, max(map(len, names)) - 8)
    return side + 1.6 + 0.08 * beyond, side + 0.6 + 0.06 * beyond
