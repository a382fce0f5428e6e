"""Reliability diagrams."""

from typing import Any, Self

import numpy as np
import pandas as pd

from .._plot_style import outside_legend, style_axes
from .._public import public
from ..metrics import reliability_frame
from ._axes import check_plot_support, make_axes
from ._response import predict_columns
from ._several_genres import refuse_several_genres

_CURE = (
    "draw the decisions of all genres with sklearn.calibration.CalibrationDisplay.from_predictions("
    "y.to_numpy().ravel(), probabilities.ravel()), or those of one genre by its column"
)


@public
class ReliabilityDisplay:
    """Reliability diagram: accuracy of predictions by confidence.

    The confidence of a prediction is its largest probability. For a calibrated classifier the bars
    end at the diagonal: of the clips predicted with 0.8, four out of five are correct. Bars below
    it mean that the classifier is overconfident.

    Parameters
    ----------
    frame : DataFrame
        The bins, as returned by :func:`skgenre.metrics.reliability_frame`.

    Attributes
    ----------
    bars_ : matplotlib BarContainer
        The accuracy of each bin.
    line_ : matplotlib Line2D
        Mean confidence and accuracy of each bin.
    text_ : matplotlib Text
        The expected calibration error and the number of clips.
    counts_ : list of matplotlib Text
        The number of clips of each bin.
    ax_ : matplotlib Axes
        The axes.
    figure_ : matplotlib Figure
        The figure.

    See Also
    --------
    sklearn.calibration.CalibrationDisplay : For a classifier with two classes.
    skgenre.metrics.expected_calibration_error : The error alone.

    References
    ----------
    .. [1] C. Guo, G. Pleiss, Y. Sun, K. Q. Weinberger, "On Calibration of Modern Neural Networks",
       ICML 2017.

    Examples
    --------
    >>> from skgenre.inspection import ReliabilityDisplay
    >>> y, probabilities = ["jazz", "rock", "rock"], [[0.8, 0.2], [0.1, 0.9], [0.7, 0.3]]
    >>> display = ReliabilityDisplay.from_predictions(y, probabilities, n_bins=5)
    >>> round(display.expected_calibration_error, 2)
    0.2
    """

    def __init__(self, frame: pd.DataFrame) -> None:
        self.frame = frame

    @property
    def expected_calibration_error(self) -> float:
        """Mean distance of the bins from the diagonal, weighted by their share of clips."""
        gaps = (self.frame["confidence"] - self.frame["accuracy"]).abs()
        return float(np.average(gaps, weights=self.frame["weight"]))

    @classmethod
    def from_estimator(cls, estimator: Any, X: Any, y: Any, **kwargs: Any) -> Self:
        """Draw the diagram of a classifier.

        Parameters
        ----------
        estimator : estimator
            A fitted classifier with ``predict_proba``.
        X : array-like of shape (n_clips, ...)
            Clips that it was not fitted on.
        y : array-like of shape (n_clips,)
            Their genres.
        **kwargs : dict
            Passed to :meth:`from_predictions`.

        Returns
        -------
        ReliabilityDisplay
            The display, drawn.
        """
        check_plot_support(cls)
        refuse_several_genres(cls, y, _CURE, estimator)
        probabilities = predict_columns(cls, estimator, X)
        return cls.from_predictions(y, probabilities, labels=estimator.classes_, **kwargs)

    @classmethod
    def from_predictions(
        cls,
        y_true: Any,
        y_prob: Any,
        *,
        n_bins: int = 10,
        strategy: str = "uniform",
        labels: Any = None,
        sample_weight: Any = None,
        ax: Any = None,
    ) -> Self:
        """Draw the diagram of predictions.

        Parameters
        ----------
        y_true : array-like of shape (n_clips,)
            The genres.
        y_prob : array-like of shape (n_clips, n_genres)
            Probabilities.
        n_bins : int, default=10
            Number of bins.
        strategy : {"uniform", "quantile"}, default="uniform"
            Bins of equal width, or with equal numbers of clips.
        labels : array-like of shape (n_genres,), default=None
            The genres of the columns. None takes the sorted genres of `y_true`.
        sample_weight : array-like of shape (n_clips,), default=None
            Per-clip sample weights.
        ax : matplotlib Axes, default=None
            Axes to draw on. None creates a figure.

        Returns
        -------
        ReliabilityDisplay
            The display, drawn.
        """
        check_plot_support(cls)
        refuse_several_genres(cls, y_true, _CURE)
        frame = reliability_frame(
            y_true,
            y_prob,
            n_bins=n_bins,
            strategy=strategy,
            labels=labels,
            sample_weight=sample_weight,
        )
        return cls(frame).plot(ax=ax)

    @classmethod
    def from_comparison(
        cls, comparison: Any, pipeline: str | None = None, *, n_bins: int = 10, ax: Any = None
    ) -> Self:
        """Draw the diagram of a pipeline's held-out clips.

        Parameters
        ----------
        comparison : Comparison
            Result of :func:`skgenre.model_selection.compare`.
        pipeline : str, default=None
            Name of the pipeline; None means the best one with probabilities.
        n_bins : int, default=10
            Number of bins of equal width.
        ax : matplotlib Axes, default=None
            Axes to draw on. None creates a figure.

        Returns
        -------
        ReliabilityDisplay
            The display, drawn.
        """
        check_plot_support(cls)
        return cls(comparison.reliability(pipeline, n_bins=n_bins)).plot(ax=ax)

    def plot(self, ax: Any = None) -> Self:
        """Draw the diagram.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Axes to draw on. None creates a figure.

        Returns
        -------
        ReliabilityDisplay
            The display.
        """
        ax = make_axes(self, ax, (6.4, 4.6))
        theme = style_axes(ax)
        frame = self.frame
        ax.plot([0, 1], [0, 1], color=theme.muted, linestyle=":", label="calibrated")
        self.bars_ = ax.bar(
            frame["low"],
            frame["accuracy"],
            width=frame["high"] - frame["low"],
            align="edge",
            color=theme.mark,
            alpha=0.35,
            edgecolor=theme.page,
        )
        (self.line_,) = ax.plot(
            frame["confidence"],
            frame["accuracy"],
            marker="o",
            color=theme.mark,
            label="mean of a bin",
        )
        # At the bottom of the bars; narrow bins have vertical numbers.
        is_slim = (frame["high"] - frame["low"]).min() < 0.06 and frame["n_clips"].max() > 9
        middles = (frame["low"] + frame["high"]) / 2
        self.counts_ = [
            ax.text(
                middle,
                0.01,
                str(n_clips),
                ha="center",
                va="bottom",
                fontsize="x-small",
                rotation=90 if is_slim else 0,
            )
            for middle, n_clips in zip(middles.tolist(), frame["n_clips"].tolist(), strict=True)
        ]
        legend = outside_legend(
            ax,
            title=f"calibration error {self.expected_calibration_error:.3f}\n"
            f"{frame['n_clips'].sum()} clips",
            alignment="left",
        )
        self.text_ = legend.get_title()
        self.text_.set_fontsize("small")
        ax.set(
            xlabel="confidence\n(numbers: clips of a bin)",
            ylabel="accuracy",
            xlim=(0, 1),
            ylim=(0, 1.02),
            aspect="equal",
        )
        self.ax_ = ax
        self.figure_ = ax.figure
        return self
