"""Confusion matrices of genres."""

from numbers import Integral
from typing import Any, Self

import numpy as np
from sklearn.metrics import ConfusionMatrixDisplay
from sklearn.utils.validation import check_is_fitted

from .._genre_hierarchy import ancestors_of, check_hierarchy
from .._plot_style import SHARES
from .._public import public
from ._axes import check_plot_support, label_of, make_axes
from ._several_genres import refuse_several_genres

# Points; smaller numbers would be illegible, and are left out.
_LEAST_SIZE = 4.5
_CURE = (
    "draw GenrePrecisionRecallDisplay or GenreScoresDisplay, or the confusion matrix of one genre "
    "by its column"
)


@public
class GenreConfusionMatrixDisplay(ConfusionMatrixDisplay):
    """Confusion matrix that stays readable with many genres.

    scikit-learn's display, with three differences: a new figure grows with the number of genres,
    names below it are slanted, and numbers fit their cells: zeros stay blank, and cells too small
    for numbers show only their colour. From an estimator it takes the genres of ``classes_``,
    including those without clips in `y`.

    Parameters
    ----------
    confusion_matrix : ndarray of shape (n_genres, n_genres)
        Numbers or shares of clips; rows are true genres.
    display_labels : array-like of shape (n_genres,), default=None
        Names of the genres. None numbers them.

    Attributes
    ----------
    im_ : matplotlib AxesImage
        The matrix.
    text_ : ndarray of matplotlib Text, or None
        The numbers in the cells.
    ax_ : matplotlib Axes
        The axes.
    figure_ : matplotlib Figure
        The figure.

    See Also
    --------
    sklearn.metrics.ConfusionMatrixDisplay : Its base class.
    skgenre.metrics.classification_report_frame : Precision and recall of each genre.

    Examples
    --------
    >>> from skgenre.inspection import GenreConfusionMatrixDisplay
    >>> y, predicted = ["jazz", "rock", "rock"], ["jazz", "rock", "jazz"]
    >>> display = GenreConfusionMatrixDisplay.from_predictions(y, predicted, normalize="true")
    >>> display.confusion_matrix.tolist()
    [[1.0, 0.0], [0.5, 0.5]]
    """

    @classmethod
    def from_estimator(
        cls,
        estimator: Any,
        X: Any,
        y: Any,
        *,
        labels: Any = None,
        hierarchy: Any = None,
        level: int = 0,
        **kwargs: Any,
    ) -> Self:
        """Draw the confusion matrix of a classifier.

        Parameters
        ----------
        estimator : estimator
            A fitted classifier.
        X : array-like of shape (n_clips, ...)
            Clips that it was not fitted on.
        y : array-like of shape (n_clips,)
            Their genres.
        labels : array-like of shape (n_genres,), default=None
            The genres and their order. None takes ``estimator.classes_``, joined on a level.
        hierarchy : dict, default=None
            The parent of each genre that has one, ``{"punk": "rock"}``. Genres are joined with
            their ancestor on `level`.
        level : int, default=0
            Level of the tree to draw, with `hierarchy`: 0 for the genres without a parent.
        **kwargs : dict
            Passed to :meth:`from_predictions`.

        Returns
        -------
        GenreConfusionMatrixDisplay
            The display, drawn.
        """
        check_plot_support(cls)
        check_is_fitted(estimator)
        refuse_several_genres(cls, y, _CURE, estimator)
        if labels is None:
            # Genres unknown to the model are rows too.
            labels = np.union1d(estimator.classes_, np.unique(y))
            labels = _join_on_level(labels, hierarchy, level)
        return cls.from_predictions(
            y, estimator.predict(X), labels=labels, hierarchy=hierarchy, level=level, **kwargs
        )

    @classmethod
    def from_predictions(
        cls,
        y_true: Any,
        y_pred: Any,
        *,
        labels: Any = None,
        sample_weight: Any = None,
        normalize: str | None = None,
        hierarchy: Any = None,
        level: int = 0,
        **kwargs: Any,
    ) -> Self:
        """Draw the confusion matrix of predictions.

        Parameters
        ----------
        y_true : array-like of shape (n_clips,)
            The genres.
        y_pred : array-like of shape (n_clips,)
            The predicted genres.
        labels : array-like of shape (n_genres,), default=None
            The genres and their order. None takes all of `y_true` and `y_pred`, sorted; with
            `hierarchy` those of a parent are together.
        sample_weight : array-like of shape (n_clips,), default=None
            Per-clip sample weights.
        normalize : {"true", "pred", "all"}, default=None
            Normalize over the true genres, over the predicted genres, or over all clips. None shows
            numbers of clips.
        hierarchy : dict, default=None
            The parent of each genre that has one, ``{"punk": "rock"}``. Genres are joined with
            their ancestor on `level`; one that ends above it stays.
        level : int, default=0
            Level of the tree to draw, with `hierarchy`: 0 for the genres without a parent.
        **kwargs : dict
            Additional parameters of scikit-learn's ``from_predictions``, such as `ax`,
            `display_labels` or `cmap`.

        Returns
        -------
        GenreConfusionMatrixDisplay
            The display, drawn.
        """
        check_plot_support(cls)
        refuse_several_genres(cls, y_true, _CURE)
        if hierarchy is not None or level:
            known = np.union1d(y_true, y_pred)
            joined = dict(zip(known.tolist(), _name_on_level(known, hierarchy, level), strict=True))
            y_true, y_pred = (
                np.array([joined[genre] for genre in np.asarray(y).tolist()])
                for y in (y_true, y_pred)
            )
            if labels is None:
                labels = _join_on_level(known, hierarchy, level)
        defaults = {"cmap": SHARES, "xticks_rotation": 45}
        return super().from_predictions(
            y_true,
            y_pred,
            labels=labels,
            sample_weight=sample_weight,
            normalize=normalize,
            **{**defaults, **kwargs},
        )

    @classmethod
    def from_comparison(
        cls,
        comparison: Any,
        pipeline: str | None = None,
        *,
        normalize: str | None = None,
        **kwargs: Any,
    ) -> Self:
        """Draw the confusion matrix of a pipeline's held-out clips.

        Parameters
        ----------
        comparison : Comparison
            Result of :func:`skgenre.model_selection.compare`.
        pipeline : str, default=None
            Name of the pipeline; None means the one with the best mean.
        normalize : {"true", "pred", "all"}, default=None
            Normalize over the true genres, over the predicted genres, or over all clips. None shows
            numbers of clips.
        **kwargs : dict
            Passed to :meth:`plot`.

        Returns
        -------
        GenreConfusionMatrixDisplay
            The display, drawn.
        """
        check_plot_support(cls)
        matrix = comparison.confusion_matrix(pipeline, normalize=normalize)
        return cls(matrix.to_numpy(), display_labels=matrix.index.to_numpy()).plot(**kwargs)

    def plot(self, *, ax: Any = None, values_format: str | None = None, **kwargs: Any) -> Self:
        """Draw the matrix.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Axes to draw on. None creates a figure that fits the number of genres.
        values_format : str, default=None
            Format of the numbers. None means two digits for shares and integers for clips.
        **kwargs : dict
            Additional parameters of scikit-learn's ``plot``.

        Returns
        -------
        GenreConfusionMatrixDisplay
            The display.
        """
        n_genres = len(self.confusion_matrix)
        names = range(n_genres) if self.display_labels is None else self.display_labels
        longest = max(len(str(name)) for name in names)
        side = max(3.5, 1.3 + 0.5 * n_genres)
        # Inches per letter at the left, and per slanted letter below.
        beyond = max(0, longest - 10)
        ax = make_axes(self, ax, (side + 0.8 + 0.085 * beyond, side + 0.06 * beyond))
        is_share = self.confusion_matrix.dtype.kind == "f"
        if values_format is None and is_share and self.confusion_matrix.max() <= 1:
            values_format = ".2f"
        super().plot(
            **{"cmap": SHARES, "xticks_rotation": 45, **kwargs},
            ax=ax,
            values_format=values_format,
        )
        labels = [label_of(name) for name in names]
        ax.set(xticklabels=labels, yticklabels=labels)
        if kwargs.get("xticks_rotation", 45) == 45:
            for label in ax.get_xticklabels():
                # So that a slanted name ends at its column.
                label.set(ha="right", rotation_mode="anchor")
        ax.set(xlabel="predicted genre", ylabel="true genre")
        self._fit_text()
        return self

    def _fit_text(self) -> None:
        """Shorten and shrink the numbers to fit the cells."""
        if self.text_ is None:
            return
        for text in self.text_.ravel():
            number = text.get_text()
            is_zero = not number.strip("0.%")
            shorter = number.removeprefix("0") if "." in number else number
            text.set_text("" if is_zero else shorter)
        # The size of a cell depends on the layout.
        self.figure_.draw_without_rendering()
        cell = self.ax_.get_window_extent().width / len(self.confusion_matrix)
        longest = max(len(text.get_text()) for text in self.text_.ravel())
        # A digit is about 0.65 of its size wide.
        size = cell * 72 / self.figure_.dpi / (0.65 * (longest + 0.6))
        for text in self.text_.ravel():
            text.set_fontsize(min(10.0, size))
            text.set_visible(size >= _LEAST_SIZE)


def _name_on_level(genres: np.ndarray, hierarchy: Any, level: Any) -> list[Any]:
    """Return the ancestor of each genre on a level of the tree, or the genre if it is above."""
    name = "GenreConfusionMatrixDisplay"
    if hierarchy is None:
        raise ValueError(f"{name} with level={level!r} needs the tree of genres: give hierarchy=.")
    parents = check_hierarchy(name, hierarchy)
    paths = [[*ancestors_of(parents, genre)[::-1], genre] for genre in genres.tolist()]
    deepest = max(map(len, paths), default=1) - 1
    if not isinstance(level, Integral) or not 0 <= int(level) <= deepest:
        raise ValueError(
            f"The 'level' parameter of {name} must be an int from 0 to {deepest}, the levels of "
            f"these genres. Got {level!r} instead."
        )
    return [path[min(int(level), len(path) - 1)] for path in paths]


def _join_on_level(labels: np.ndarray, hierarchy: Any, level: Any) -> np.ndarray:
    """Return the genres of a level, those of a parent together; all labels without a tree."""
    if hierarchy is None and not level:
        return labels
    parents = check_hierarchy("GenreConfusionMatrixDisplay", hierarchy)
    found = dict.fromkeys(_name_on_level(labels, hierarchy, level))
    order = sorted(
        found, key=lambda genre: [*map(str, ancestors_of(parents, genre)[::-1]), str(genre)]
    )
    return np.array(order)
