"""Scores of each genre as bars."""

from collections.abc import Sequence
from numbers import Integral
from typing import Any, Self

import numpy as np
import pandas as pd
from sklearn.utils import check_consistent_length, check_random_state
from sklearn.utils.validation import column_or_1d

from .._genre_matrix import as_genre_matrix, is_multilabel
from .._name_columns import name_index
from .._pipelines import genres_of_model
from .._plot_style import style_axes
from .._public import public
from ..metrics._genre_ranking import (
    average_precision_per_genre,
    check_genre_scores,
    roc_auc_per_genre,
)
from ..metrics._weighted_ranking import weighted_average_precision, weighted_roc_auc
from ._axes import check_plot_support, label_of, make_axes
from ._cluster_bootstrap import bootstrap_intervals
from ._response import predict_columns

_SCORES: dict[str, tuple] = {
    "roc_auc": ("ROC AUC", roc_auc_per_genre, weighted_roc_auc),
    "average_precision": (
        "average precision",
        average_precision_per_genre,
        weighted_average_precision,
    ),
}


@public
class GenreScoresDisplay:
    """ROC AUC or average precision of each genre, as bars, with the score of a random ranking.

    For clips that may have several genres.

    Parameters
    ----------
    frame : DataFrame
        One row per genre, with the columns ``score`` (NaN if it is undefined), ``low`` and ``high``
        (95 % interval, NaN without one), ``chance`` (score of a random ranking) and ``support``
        (clips that have the genre).
    score : {"roc_auc", "average_precision"}, default="roc_auc"
        The score.

    Attributes
    ----------
    genres_ : list
        The genres that are drawn, from top to bottom.
    bars_ : matplotlib BarContainer
        Their scores.
    errorbars_ : matplotlib ErrorbarContainer or None
        The intervals.
    mean_line_ : matplotlib Line2D
        The mean over the genres with a score.
    ax_ : matplotlib Axes
        The axes.
    figure_ : matplotlib Figure
        The figure.

    See Also
    --------
    skgenre.metrics.genre_ranking_frame : Both scores as a table.
    GenrePrecisionRecallDisplay : The curves.

    Notes
    -----
    The intervals are percentiles of a bootstrap that draws groups with replacement, each with all
    its clips: clips of one artist are not independent [1]_. They are of each genre alone: of
    20 genres, one is expected to be outside of its interval. A genre in fewer than two groups has
    none.

    References
    ----------
    .. [1] C. A. Field, A. H. Welsh, "Bootstrapping Clustered Data", Journal of the Royal
       Statistical Society B 69, 2007.

    Examples
    --------
    >>> from skgenre.inspection import GenreScoresDisplay
    >>> y = [{"jazz", "soul"}, {"jazz"}, {"soul"}, set()]
    >>> probabilities = [[0.9, 0.8], [0.7, 0.3], [0.2, 0.6], [0.4, 0.7]]
    >>> display = GenreScoresDisplay.from_predictions(y, probabilities)
    >>> display.frame["score"].to_dict()
    {'jazz': 1.0, 'soul': 0.75}
    """

    def __init__(self, frame: pd.DataFrame, *, score: str = "roc_auc") -> None:
        self.frame = frame
        self.score = score

    @classmethod
    def from_estimator(cls, estimator: Any, X: Any, y: Any, **kwargs: Any) -> Self:
        """Draw the scores of a classifier.

        Parameters
        ----------
        estimator : estimator
            A classifier with ``predict_proba`` or ``decision_function``, fitted on clips of several
            genres.
        X : array-like of shape (n_clips, ...)
            Clips that it was not fitted on.
        y : array-like or DataFrame of shape (n_clips, n_genres), or sequence of sets of names
            Their genres.
        **kwargs : dict
            Passed to :meth:`from_predictions`.

        Returns
        -------
        GenreScoresDisplay
            The display, drawn.
        """
        check_plot_support(cls)
        _refuse_single_genre(cls, y)
        values = predict_columns(cls, estimator, X, allow_decision=True)
        return cls.from_predictions(y, values, genres=genres_of_model(estimator), **kwargs)

    @classmethod
    def from_predictions(
        cls,
        y_true: Any,
        y_score: Any,
        *,
        genres: Sequence[Any] | None = None,
        score: str = "roc_auc",
        groups: Any = None,
        n_bootstraps: int = 500,
        random_state: Any = 0,
        ax: Any = None,
    ) -> Self:
        """Draw the scores of predictions.

        Parameters
        ----------
        y_true : array-like or DataFrame of shape (n_clips, n_genres), or sequence of sets of names
            The genres of each clip.
        y_score : array-like of shape (n_clips, n_genres)
            Probabilities or other scores, the larger the more probable.
        genres : sequence of length n_genres, default=None
            Genres of the columns of `y_score`: ``genres_`` of the classifier. None means the
            columns of a DataFrame, or the sorted names of sets; a matrix has numbers from 0.
        score : {"roc_auc", "average_precision"}, default="roc_auc"
            The score.
        groups : array-like of shape (n_clips,), default=None
            Group of each clip, such as its artist, for the intervals. None draws no intervals.
        n_bootstraps : int, default=500
            Number of bootstrap samples, at least 100.
        random_state : int, RandomState instance or None, default=0
            Seed of the samples.
        ax : matplotlib Axes, default=None
            Axes to draw on. None creates a figure that fits the number of genres.

        Returns
        -------
        GenreScoresDisplay
            The display, drawn.

        Raises
        ------
        ValueError
            When `y_true` has one genre per clip, `y_score` does not have its shape, or another
            parameter has a value that is not allowed.
        """
        check_plot_support(cls)
        _check_score(cls, score)
        _refuse_single_genre(cls, y_true)
        if not isinstance(n_bootstraps, Integral) or n_bootstraps < 100:
            raise ValueError(
                f"The 'n_bootstraps' parameter of {cls.__name__} must be an int of at least 100. "
                f"Got {n_bootstraps!r} instead."
            )
        matrix, names = as_genre_matrix(cls.__name__, y_true, genres)
        values = check_genre_scores(cls.__name__, matrix, y_score)
        _, per_genre, measure = _SCORES[score]
        low, high = np.full((2, len(names)), np.nan)
        if groups is not None:
            groups = column_or_1d(groups)
            check_consistent_length(matrix, groups)
            low, high = bootstrap_intervals(
                measure,
                matrix,
                values,
                groups,
                n_samples=n_bootstraps,
                random_state=check_random_state(random_state),
            )
        frame = pd.DataFrame(
            {
                "score": per_genre(matrix, values),
                "low": low,
                "high": high,
                "chance": 0.5 if score == "roc_auc" else matrix.mean(axis=0),
                "support": matrix.sum(axis=0, dtype=np.int64),
            },
            index=name_index(names.tolist(), "genre"),
        )
        return cls(frame, score=score).plot(ax=ax)

    @classmethod
    def from_comparison(
        cls,
        comparison: Any,
        pipeline: str | None = None,
        *,
        score: str = "roc_auc",
        n_bootstraps: int = 500,
        random_state: Any = 0,
        ax: Any = None,
    ) -> Self:
        """Draw the scores of a pipeline's held-out clips, of all folds together.

        The intervals are over the groups of the comparison; without groups there are none.

        Parameters
        ----------
        comparison : Comparison
            Result of :func:`skgenre.model_selection.compare` for clips of several genres.
        pipeline : str, default=None
            Name of the pipeline; None means the best one with probabilities.
        score : {"roc_auc", "average_precision"}, default="roc_auc"
            The score.
        n_bootstraps : int, default=500
            Number of bootstrap samples, at least 100.
        random_state : int, RandomState instance or None, default=0
            Seed of the samples.
        ax : matplotlib Axes, default=None
            Axes to draw on. None creates a figure that fits the number of genres.

        Returns
        -------
        GenreScoresDisplay
            The display, drawn.
        """
        check_plot_support(cls)
        target, values = comparison.probabilities(pipeline)
        groups = comparison.predictions.get("group")
        if groups is not None:
            groups = groups.loc[target.index]
            groups = None if groups.isna().any() else groups.to_numpy()
        return cls.from_predictions(
            target,
            values,
            score=score,
            groups=groups,
            n_bootstraps=n_bootstraps,
            random_state=random_state,
            ax=ax,
        )

    def plot(self, ax: Any = None, *, sort: bool = True, genres: Any = None) -> Self:
        """Draw the scores.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Axes to draw on. None creates a figure that fits the number of genres.
        sort : bool, default=True
            Draw the genre with the highest score first. False keeps the order of the table.
        genres : list, default=None
            The genres to draw. None draws all. The mean is over all in any case.

        Returns
        -------
        GenreScoresDisplay
            The display.
        """
        _check_score(type(self), self.score)
        frame = self.frame
        if genres is not None:
            unknown = [genre for genre in genres if genre not in frame.index]
            if unknown:
                raise ValueError(
                    f"{type(self).__name__} has no score of {unknown[0]!r}: it knows "
                    f"{frame.index.tolist()}."
                )
            frame = frame.loc[list(genres)]
        if sort:
            frame = frame.sort_values("score", ascending=False, kind="stable", na_position="last")
        self.genres_ = frame.index.tolist()
        title = _SCORES[self.score][0]
        ax = make_axes(self, ax, (7.2, 1.3 + 0.24 * max(len(frame), 4)))
        theme = style_axes(ax, grid="x")
        rows = np.arange(len(frame))
        self.bars_ = ax.barh(rows, frame["score"].fillna(0), height=0.7, color=theme.mark)
        self._draw_intervals(ax, frame, theme)
        self._draw_chance(ax, frame, theme)
        mean = self.frame["score"].mean()
        self.mean_line_ = ax.axvline(
            mean, color=theme.text, linestyle="--", linewidth=1.2, label=f"mean {mean:.2f}"
        )
        for row in np.flatnonzero(frame["score"].isna()):
            which = "all clips have it" if frame["support"].iloc[row] else "no clip has it"
            ax.text(0.01, row, f"undefined: {which}", va="center", color=theme.muted, size="small")
        labels = [
            f"{label_of(genre)} ({n_clips})"
            for genre, n_clips in zip(self.genres_, frame["support"].tolist(), strict=True)
        ]
        ax.set_yticks(rows, labels)
        ax.set(xlim=(0, 1), ylim=(len(frame) - 0.4, -0.6))
        ax.set_xlabel(f"{title} (number of clips after each genre)")
        ax.tick_params(axis="y", length=0)
        ax.legend(
            loc="lower center", bbox_to_anchor=(0.5, 1), ncols=3, frameon=False, fontsize="small"
        )
        self.ax_ = ax
        self.figure_ = ax.figure
        return self

    def _draw_intervals(self, ax: Any, frame: pd.DataFrame, theme: Any) -> None:
        self.errorbars_: Any = None
        has_interval = frame["low"].notna().to_numpy()
        if not has_interval.any():
            return
        shown = frame[has_interval]
        self.errorbars_ = ax.errorbar(
            shown["score"],
            np.flatnonzero(has_interval),
            # The score of all clips may be outside of the percentiles.
            xerr=np.maximum([shown["score"] - shown["low"], shown["high"] - shown["score"]], 0),
            fmt="none",
            color=theme.text,
            linewidth=1.2,
            capsize=2,
            label="95 % interval",
        )

    def _draw_chance(self, ax: Any, frame: pd.DataFrame, theme: Any) -> None:
        chance = frame["chance"]
        if self.score == "roc_auc":
            ax.axvline(0.5, color=theme.muted, linestyle=":", label="random ranking")
            return
        ax.plot(
            chance,
            np.arange(len(frame)),
            linestyle="none",
            marker="|",
            markersize=9,
            markeredgewidth=2,
            # On the bars and beside them.
            color=theme.palette[1],
            label="random ranking",
        )


def _check_score(display: type, score: Any) -> None:
    if score not in _SCORES:
        raise ValueError(
            f"The 'score' parameter of {display.__name__} must be one of "
            f"{', '.join(map(repr, _SCORES))}. Got {score!r} instead."
        )


def _refuse_single_genre(display: type, y: Any) -> None:
    if not is_multilabel(y):
        raise ValueError(
            f"{display.__name__} takes several genres per clip: a matrix of 0 and 1, a DataFrame "
            f"of it, or sets of names. y has one genre per clip: use GenrePrecisionRecallDisplay, "
            f"or skgenre.metrics.classification_report_frame."
        )
