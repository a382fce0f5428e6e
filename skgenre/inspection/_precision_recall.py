"""Precision-recall curves of genres."""

from typing import Any, Self

import numpy as np
from sklearn.metrics import average_precision_score, precision_recall_curve

from .._genre_matrix import as_genre_matrix, is_multilabel
from .._pipelines import genres_of_model, takes_several_genres
from .._plot_style import genre_styles, outside_legend, style_axes
from .._public import public
from ..metrics._genre_ranking import check_genre_scores
from ..metrics._label_columns import check_label_columns
from ._axes import check_plot_support, label_of, make_axes
from ._response import predict_columns
from ._several_genres import check_weights

MICRO = "all genres (micro)"
_MANY = 20  # curves; more are thin, behind the micro-average


@public
class GenrePrecisionRecallDisplay:
    """One-vs-rest precision-recall curves of each genre, and their micro-average.

    Clips may have one genre or several. The micro-average treats every pair of a clip and a genre
    as a separate binary decision.

    Parameters
    ----------
    precision : dict of ndarray
        Precision at each threshold, by genre; also of "all genres (micro)".
    recall : dict of ndarray
        Recall at the same thresholds.
    average_precision : dict of float
        Area under each curve, as a sum of steps; NaN for a genre without clips.

    Attributes
    ----------
    lines_ : dict of matplotlib Line2D
        The curves by genre.
    legend_ : matplotlib Legend
        The legend, with the average precisions.
    ax_ : matplotlib Axes
        The axes.
    figure_ : matplotlib Figure
        The figure.

    See Also
    --------
    sklearn.metrics.PrecisionRecallDisplay : For a classifier with two classes.
    skgenre.metrics.mean_average_precision_score : Mean of the average precisions.

    References
    ----------
    .. [1] J. Davis, M. Goadrich, "The Relationship Between Precision-Recall and ROC Curves",
       ICML 2006.

    Examples
    --------
    >>> from skgenre.inspection import GenrePrecisionRecallDisplay
    >>> y, probabilities = ["jazz", "rock", "rock"], [[0.8, 0.2], [0.1, 0.9], [0.3, 0.7]]
    >>> display = GenrePrecisionRecallDisplay.from_predictions(y, probabilities)
    >>> display.average_precision["rock"]
    1.0
    """

    def __init__(
        self,
        precision: dict[Any, np.ndarray],
        recall: dict[Any, np.ndarray],
        average_precision: dict[Any, float],
    ) -> None:
        self.precision = precision
        self.recall = recall
        self.average_precision = average_precision

    @classmethod
    def from_estimator(cls, estimator: Any, X: Any, y: Any, **kwargs: Any) -> Self:
        """Draw the curves of a classifier.

        Parameters
        ----------
        estimator : estimator
            A fitted classifier with ``predict_proba`` or ``decision_function``.
        X : array-like of shape (n_clips, ...)
            Clips that it was not fitted on.
        y : array-like of shape (n_clips,), or several genres per clip
            Their genres, see :meth:`from_predictions`.
        **kwargs : dict
            Passed to :meth:`from_predictions`.

        Returns
        -------
        GenrePrecisionRecallDisplay
            The display, drawn.
        """
        check_plot_support(cls)
        scores = predict_columns(cls, estimator, X, allow_decision=True)
        if takes_several_genres(estimator) and not is_multilabel(y):
            raise ValueError(
                f"{cls.__name__} needs several genres per clip in y, as this "
                f"{type(estimator).__name__} was fitted on them: a matrix of 0 and 1, or sets of "
                f"names."
            )
        return cls.from_predictions(y, scores, labels=genres_of_model(estimator), **kwargs)

    @classmethod
    def from_predictions(
        cls,
        y_true: Any,
        y_score: Any,
        *,
        labels: Any = None,
        sample_weight: Any = None,
        genres: Any = None,
        ax: Any = None,
    ) -> Self:
        """Draw the curves of predictions.

        Parameters
        ----------
        y_true : array-like of shape (n_clips,), or several genres per clip
            The genres: one per clip; or a matrix of 0 and 1 or a DataFrame of shape (n_clips,
            n_genres), or a sequence of sets of names.
        y_score : array-like of shape (n_clips, n_genres)
            Probabilities or other scores, the larger the more probable.
        labels : array-like of shape (n_genres,), default=None
            The genres of the columns: ``genres_`` or ``classes_`` of the classifier. None takes the
            columns of a DataFrame, else the sorted genres of `y_true`.
        sample_weight : array-like of shape (n_clips,), default=None
            Per-clip sample weights.
        genres : list, default=None
            The genres to draw. None draws all.
        ax : matplotlib Axes, default=None
            Axes to draw on. None creates a figure.

        Returns
        -------
        GenrePrecisionRecallDisplay
            The display, drawn.
        """
        check_plot_support(cls)
        if is_multilabel(y_true):
            matrix, genres_of_columns = as_genre_matrix(cls.__name__, y_true, labels)
            y_score = check_genre_scores(cls.__name__, matrix, y_score)
            weight = check_weights(cls, sample_weight, len(matrix))
            is_true, names = matrix.astype(bool), genres_of_columns.tolist()
        else:
            is_true, y_score, weight = check_label_columns(
                cls.__name__, y_true, y_score, labels, sample_weight
            )
            names = (np.unique(y_true) if labels is None else np.asarray(labels)).tolist()
        cases = {
            genre: (is_true[:, column], y_score[:, column], weight)
            for column, genre in enumerate(names)
        }
        cases[MICRO] = (is_true.ravel(), y_score.ravel(), np.repeat(weight, len(names)))
        precision, recall, area = {}, {}, {}
        for genre, (is_this, score, counts) in cases.items():
            if not is_this.any():
                precision[genre] = recall[genre] = np.empty(0)
                area[genre] = np.nan
                continue
            precision[genre], recall[genre], _ = precision_recall_curve(
                is_this, score, sample_weight=counts
            )
            area[genre] = float(average_precision_score(is_this, score, sample_weight=counts))
        return cls(precision, recall, area).plot(ax=ax, genres=genres)

    @classmethod
    def from_comparison(
        cls,
        comparison: Any,
        pipeline: str | None = None,
        *,
        genres: Any = None,
        ax: Any = None,
    ) -> Self:
        """Draw the curves of a pipeline's held-out clips.

        Parameters
        ----------
        comparison : Comparison
            Result of :func:`skgenre.model_selection.compare`.
        pipeline : str, default=None
            Name of the pipeline; None means the best one with probabilities.
        genres : list, default=None
            The genres to draw. None draws all.
        ax : matplotlib Axes, default=None
            Axes to draw on. None creates a figure.

        Returns
        -------
        GenrePrecisionRecallDisplay
            The display, drawn.
        """
        check_plot_support(cls)
        target, values = comparison.probabilities(pipeline)
        return cls.from_predictions(target, values, labels=values.columns, genres=genres, ax=ax)

    def plot(self, ax: Any = None, *, genres: Any = None) -> Self:
        """Draw the curves.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Axes to draw on. None creates a figure.
        genres : list, default=None
            The genres to draw. None draws all.

        Returns
        -------
        GenrePrecisionRecallDisplay
            The display.
        """
        known = [genre for genre in self.precision if genre != MICRO]
        wanted = known if genres is None else list(genres)
        unknown = [genre for genre in wanted if genre not in known]
        if unknown:
            raise ValueError(
                f"{type(self).__name__} has no curve of {unknown[0]!r}: it knows {known}."
            )
        ax = make_axes(self, ax, (7.2, 4.6))
        theme = style_axes(ax)
        styles = genre_styles(known, theme)
        self.lines_ = {}
        is_crowded = len(wanted) > _MANY
        for genre in wanted:
            area = self.average_precision[genre]
            text = "no clips" if np.isnan(area) else f"{area:.2f}"
            (self.lines_[genre],) = ax.plot(
                self.recall[genre],
                self.precision[genre],
                drawstyle="steps-post",
                color=styles[genre].color,
                linestyle=styles[genre].linestyle,
                linewidth=0.8 if is_crowded else 1.5,
                alpha=0.5 if is_crowded else 1,
                label=f"{label_of(genre)}: {text}",
            )
        (self.lines_[MICRO],) = ax.plot(
            self.recall[MICRO],
            self.precision[MICRO],
            drawstyle="steps-post",
            color=theme.text,
            linewidth=2.5,
            label=f"{MICRO}: {self.average_precision[MICRO]:.2f}",
        )
        ax.set(
            xlabel="recall",
            ylabel="precision",
            xlim=(-0.01, 1.01),
            ylim=(-0.01, 1.01),
            aspect="equal",
        )
        self.legend_ = outside_legend(ax, title="average precision")
        self.ax_ = ax
        self.figure_ = ax.figure
        return self
