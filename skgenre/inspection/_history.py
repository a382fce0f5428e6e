"""Training curves."""

from typing import Any, Self

import numpy as np
import pandas as pd

from .._pipelines import last_models
from .._plot_style import outside_legend, style_axes
from .._public import public
from ._axes import check_plot_support

_METRICS = ("loss", "accuracy")
# Places of colours, line styles and labels.
_PARTS = {"train": (0, "-", "training"), "valid": (6, "--", "validation")}


@public
class HistoryDisplay:
    """Loss and accuracy of a network per epoch.

    With early stopping, the epoch with the lowest validation loss is marked: the network has the
    weights of that epoch.

    Parameters
    ----------
    history : DataFrame
        One row per epoch with ``epoch``, ``train_loss`` and ``train_accuracy``; with early stopping
        ``valid_loss`` and ``valid_accuracy`` too. The ``history_`` of a network classifier.

    Attributes
    ----------
    lines_ : dict of matplotlib Line2D
        The curves by column of the history.
    best_lines_ : list of matplotlib Line2D
        The mark of the best epoch in each axes; empty without validation.
    legend_ : matplotlib Legend
        The legend of all axes, beside the last of them.
    axes_ : ndarray of matplotlib Axes
        The axes.
    ax_ : matplotlib Axes
        The first of them.
    figure_ : matplotlib Figure
        The figure.

    See Also
    --------
    sklearn.model_selection.LearningCurveDisplay : Scores by the number of clips, not epochs.

    Examples
    --------
    >>> import numpy as np
    >>> from skgenre.classifiers import MLPGenreClassifier
    >>> from skgenre.inspection import HistoryDisplay
    >>> X = np.random.default_rng(0).normal(size=(40, 5))
    >>> y = np.where(X[:, 0] > 0, "jazz", "rock")
    >>> network = MLPGenreClassifier(max_epochs=5, early_stopping=True, random_state=0).fit(X, y)
    >>> display = HistoryDisplay.from_estimator(network)
    >>> sorted(display.lines_)
    ['train_accuracy', 'train_loss', 'valid_accuracy', 'valid_loss']
    """

    def __init__(self, history: pd.DataFrame) -> None:
        self.history = history

    @property
    def best_epoch(self) -> int | None:
        """The epoch with the lowest validation loss; None without validation."""
        if "valid_loss" not in self.history or self.history["valid_loss"].isna().all():
            return None
        return int(self.history["epoch"].iloc[int(np.nanargmin(self.history["valid_loss"]))])

    @classmethod
    def from_estimator(cls, estimator: Any, *, ax: Any = None, metrics: Any = _METRICS) -> Self:
        """Draw the training curves of a network.

        Parameters
        ----------
        estimator : estimator
            A fitted network classifier; or a pipeline, a search or a SegmentVotingClassifier that
            ends in one.
        ax : matplotlib Axes or sequence of them, default=None
            Axes to draw on, one per metric. None creates a figure.
        metrics : str or sequence of str, default=("loss", "accuracy")
            Metrics to draw.

        Returns
        -------
        HistoryDisplay
            The display, drawn.
        """
        check_plot_support(cls)
        network = next((m for m in last_models(estimator) if hasattr(m, "history_")), None)
        if network is None:
            raise ValueError(
                f"HistoryDisplay needs a fitted network classifier, or a pipeline that ends in "
                f"one. {type(estimator).__name__} has no history_."
            )
        return cls(network.history_).plot(ax=ax, metrics=metrics)

    def plot(self, ax: Any = None, *, metrics: Any = _METRICS) -> Self:
        """Draw the curves.

        Parameters
        ----------
        ax : matplotlib Axes or sequence of them, default=None
            Axes to draw on, one per metric. None creates a figure.
        metrics : str or sequence of str, default=("loss", "accuracy")
            Metrics to draw.

        Returns
        -------
        HistoryDisplay
            The display.
        """
        check_plot_support(self)
        names = [metrics] if isinstance(metrics, str) else list(metrics)
        if not names or any(name not in _METRICS for name in names):
            raise ValueError(
                f"The 'metrics' parameter of HistoryDisplay must be some of {list(_METRICS)}. Got "
                f"{metrics!r} instead."
            )
        self.axes_ = self._make_axes(ax, len(names))
        self.lines_, self.best_lines_ = {}, []
        for ax, name in zip(self.axes_, names, strict=True):
            theme = style_axes(ax)
            for part, (place, linestyle, label) in _PARTS.items():
                column = f"{part}_{name}"
                if column in self.history:
                    (self.lines_[column],) = ax.plot(
                        self.history["epoch"],
                        self.history[column],
                        color=theme.palette[place],
                        linestyle=linestyle,
                        # A single epoch is drawn as a point.
                        marker="o" if len(self.history) == 1 else None,
                        label=label,
                    )
            if self.best_epoch is not None:
                self.best_lines_.append(
                    ax.axvline(
                        self.best_epoch,
                        color=theme.muted,
                        linestyle=":",
                        label=f"best epoch: {self.best_epoch}",
                    )
                )
            ax.set(xlabel="epoch", ylabel=name)
            if name == "accuracy":
                ax.set_ylim(0, 1.02)
            ax.xaxis.get_major_locator().set_params(integer=True)
        # All axes have the same lines.
        self.legend_ = outside_legend(self.axes_[-1])
        self.ax_ = self.axes_[0]
        self.figure_ = self.ax_.figure
        return self

    def _make_axes(self, ax: Any, n_axes: int) -> np.ndarray:
        if ax is None:
            import matplotlib.pyplot as plt

            _, axes = plt.subplots(
                1, n_axes, figsize=(1.6 + 3.8 * n_axes, 3.4), layout="constrained", squeeze=False
            )
            return axes[0]
        axes = np.atleast_1d(np.asarray(ax, dtype=object)).ravel()
        if len(axes) != n_axes:
            raise ValueError(
                f"HistoryDisplay needs one axes a metric: {n_axes}. Got {len(axes)} instead. Give "
                f"more, or draw one metric with metrics='accuracy'."
            )
        return axes
