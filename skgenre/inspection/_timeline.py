"""Predictions of a model over time, segment by segment."""

import os
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from sklearn.pipeline import Pipeline
from sklearn.utils.validation import check_is_fitted

from .._genre_columns import genres_of
from .._pipelines import genres_of_model, open_search, thresholds_of_model
from .._plot_style import SHARES, genre_styles, outside_legend, style_axes
from .._public import public
from ..exceptions import ShapeMismatchError
from ._axes import check_plot_support, label_of, make_axes
from ._clip import read_clip

if TYPE_CHECKING:
    import pandas as pd

_MAX_ROWS = 20
_MOST_IN_ALL = 1.01  # sum of the probabilities of one segment, rounded
_MARK = "#d1242f"


@public
class GenreTimelineDisplay:
    """Genre probabilities over the time of a clip.

    Parameters
    ----------
    probabilities : ndarray of shape (n_segments, n_genres)
        Probabilities of each segment: a row of ``predict_proba_segments``.
    classes : array-like of shape (n_genres,)
        The genres.
    segment_duration : float, default=3.0
        Segment length in seconds.
    segment_hop : float, default=None
        Seconds from the start of one segment to the next. None means `segment_duration`.
    thresholds : array-like of shape (n_genres,), default=None
        Threshold of each genre, if clips may have several: a line marks the segments in which a
        genre is above it.

    Attributes
    ----------
    genres_ : list
        The genres that are drawn, from top to bottom.
    named_ : matplotlib LineCollection or None
        The lines of the genres above their thresholds.
    mesh_ : matplotlib QuadMesh or None
        The heat map.
    bars_ : dict of matplotlib BarContainer, or None
        The stacked probabilities, by genre.
    colorbar_ : matplotlib Colorbar or None
        The scale of the heat map.
    ax_ : matplotlib Axes
        The axes.
    figure_ : matplotlib Figure
        The figure.

    See Also
    --------
    skgenre.classifiers.SegmentVotingClassifier : Has ``predict_proba_segments``.
    skgenre.songs.predict_timeline : Predicts songs of any length.

    Examples
    --------
    >>> import numpy as np
    >>> from skgenre.inspection import GenreTimelineDisplay
    >>> probabilities = np.array([[0.9, 0.1], [0.4, 0.6]])
    >>> display = GenreTimelineDisplay.from_predictions(probabilities, classes=["jazz", "rock"])
    >>> display.edges.tolist()
    [[0.0, 3.0], [3.0, 6.0]]
    >>> display.genres_
    ['jazz', 'rock']
    """

    def __init__(
        self,
        probabilities: np.ndarray,
        classes: Any,
        *,
        segment_duration: float = 3.0,
        segment_hop: float | None = None,
        thresholds: Any = None,
    ) -> None:
        self.probabilities = probabilities
        self.classes = classes
        self.segment_duration = segment_duration
        self.segment_hop = segment_hop
        self.thresholds = thresholds

    @property
    def edges(self) -> np.ndarray:
        """Start and end of each drawn segment in seconds, as (begin, end).

        If segments overlap, one ends where the next begins.
        """
        hop = self.segment_duration if self.segment_hop is None else self.segment_hop
        begin = np.arange(len(self.probabilities)) * hop
        end = begin + min(hop, self.segment_duration)
        end[-1] = begin[-1] + self.segment_duration
        return np.stack([begin, end], axis=1)

    @classmethod
    def from_estimator(
        cls, estimator: Any, clip: Any, *, ax: Any = None, kind: str = "heatmap", genres: Any = None
    ) -> Self:
        """Draw a model's predictions over a clip.

        Parameters
        ----------
        estimator : Pipeline
            A fitted pipeline of a :class:`~skgenre.features.Segmenter` or
            :class:`~skgenre.features.MFCCSegmenter`, any other transformers, and a
            :class:`~skgenre.classifiers.SegmentVotingClassifier`.
        clip : str, PathLike or ndarray of shape (n_samples,)
            A sound file, or a waveform at the segmenter's `sr`.
        ax : matplotlib Axes, default=None
            Axes to draw on. None creates a figure.
        kind : {"heatmap", "stack"}, default="heatmap"
            One row per genre, or bars in the genres' colours, for probabilities that sum to 1.
        genres : list, default=None
            The genres to draw, see :meth:`plot`.

        Returns
        -------
        GenreTimelineDisplay
            The display, drawn.
        """
        check_plot_support(cls)
        estimator = open_search(estimator)
        is_pipeline = isinstance(estimator, Pipeline)
        segmenter: Any = estimator[0] if is_pipeline else None
        if not hasattr(segmenter, "segment_duration") or not hasattr(
            estimator[-1], "predict_proba_segments"
        ):
            raise ValueError(
                f"{cls.__name__} needs a pipeline of a Segmenter and a SegmentVotingClassifier. "
                f"Got {type(estimator).__name__}. Of other segments, give from_predictions their "
                f"probabilities and times."
            )
        check_is_fitted(estimator[-1])
        # A list, since a clip may be longer than those that the model was fitted on.
        is_path = isinstance(clip, str | os.PathLike)
        X = [clip if is_path else read_clip(cls, clip, segmenter.sr, None)]
        probabilities = estimator[-1].predict_proba_segments(estimator[:-1].transform(X))[0]
        duration, hop = segmenter.segment_duration, segmenter.segment_hop
        if segmenter.n_segments is not None:
            length = segmenter.duration
            if length is None:
                length = len(read_clip(cls, clip, segmenter.sr, None)) / segmenter.sr
            duration, hop = length / segmenter.n_segments, None
        return cls.from_predictions(
            probabilities,
            classes=genres_of_model(estimator),
            segment_duration=duration,
            segment_hop=hop,
            thresholds=thresholds_of_model(estimator),
            ax=ax,
            kind=kind,
            genres=genres,
        )

    @classmethod
    def from_predictions(
        cls,
        probabilities: Any,
        *,
        classes: Any,
        segment_duration: float = 3.0,
        segment_hop: float | None = None,
        thresholds: Any = None,
        ax: Any = None,
        kind: str = "heatmap",
        genres: Any = None,
    ) -> Self:
        """Draw probabilities of segments.

        Parameters
        ----------
        probabilities : array-like of shape (n_segments, n_genres)
            Probabilities of each segment: a row of ``predict_proba_segments``.
        classes : array-like of shape (n_genres,)
            The genres.
        segment_duration : float, default=3.0
            Segment length in seconds.
        segment_hop : float, default=None
            Seconds from the start of one segment to the next. None means `segment_duration`.
        thresholds : array-like of shape (n_genres,), default=None
            Threshold of each genre, if clips may have several: ``thresholds_`` of the classifier.
        ax : matplotlib Axes, default=None
            Axes to draw on. None creates a figure.
        kind : {"heatmap", "stack"}, default="heatmap"
            One row per genre, or bars in the genres' colours, for probabilities that sum to 1.
        genres : list, default=None
            The genres to draw, see :meth:`plot`.

        Returns
        -------
        GenreTimelineDisplay
            The display, drawn.
        """
        check_plot_support(cls)
        probabilities = np.asarray(probabilities, dtype=float)
        if probabilities.ndim != 2 or probabilities.shape[1] != len(classes):
            raise ShapeMismatchError(
                f"{cls.__name__} needs the probabilities of one clip, of shape (n_segments, "
                f"{len(classes)}). Got shape {probabilities.shape}: take a row of "
                f"predict_proba_segments."
            )
        display = cls(
            probabilities,
            classes,
            segment_duration=segment_duration,
            segment_hop=segment_hop,
            thresholds=thresholds,
        )
        return display.plot(ax=ax, kind=kind, genres=genres)

    @classmethod
    def from_timeline(
        cls,
        timeline: "pd.DataFrame",
        *,
        thresholds: Any = None,
        ax: Any = None,
        kind: str = "heatmap",
        genres: Any = None,
    ) -> Self:
        """Draw the clips of a song.

        Parameters
        ----------
        timeline : DataFrame
            Result of :func:`skgenre.songs.predict_timeline`: `start`, `end`, and a column of
            probabilities per genre.
        thresholds : array-like of shape (n_genres,), default=None
            Threshold of each genre, if clips may have several: ``thresholds_`` of the classifier.
        ax : matplotlib Axes, default=None
            Axes to draw on. None creates a figure.
        kind : {"heatmap", "stack"}, default="heatmap"
            One row per genre, or bars in the genres' colours, for probabilities that sum to 1.
        genres : list, default=None
            The genres to draw, see :meth:`plot`.

        Returns
        -------
        GenreTimelineDisplay
            The display, drawn.
        """
        columns = list(timeline.columns)
        if columns[:2] != ["start", "end"] or len(timeline) == 0:
            raise ValueError(
                f"{cls.__name__} takes the DataFrame of predict_timeline, with the columns start, "
                f"end and the genres. Got {len(timeline)} rows of the columns {columns}."
            )
        start, end = timeline["start"].to_numpy(), timeline["end"].to_numpy()
        return cls.from_predictions(
            timeline.iloc[:, 2:].to_numpy(dtype=float),
            classes=genres_of(columns[2:]),
            segment_duration=end[0] - start[0],
            segment_hop=start[1] - start[0] if len(start) > 1 else None,
            thresholds=thresholds,
            ax=ax,
            kind=kind,
            genres=genres,
        )

    def plot(
        self, ax: Any = None, *, kind: str = "heatmap", cmap: str = SHARES, genres: Any = None
    ) -> Self:
        """Draw the timeline.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Axes to draw on. None creates a figure.
        kind : {"heatmap", "stack"}, default="heatmap"
            One row per genre, or bars in the genres' colours, for probabilities that sum to 1.
        cmap : str, default="Blues"
            A matplotlib colour map, for the heat map.
        genres : list, default=None
            The genres to draw. None draws those with the highest peaks, at most 20 in a heat map,
            and counts the others below the plot.

        Returns
        -------
        GenreTimelineDisplay
            The display.
        """
        if kind not in ("heatmap", "stack"):
            raise ValueError(
                f"The 'kind' parameter of GenreTimelineDisplay must be 'heatmap' or 'stack'. Got "
                f"{kind!r} instead."
            )
        thresholds = self._check_thresholds()
        if kind == "stack":
            self._refuse_stack()
        shown = self._choose_rows(genres, None if kind == "stack" else _MAX_ROWS)
        self.genres_ = [self.classes[row] for row in shown]
        # As high as its rows, or as its legend, which has 20 lines at most.
        rows = len(shown) if kind == "heatmap" else np.clip(len(shown), 9, 20)
        ax = make_axes(self, ax, (8, 1.2 + 0.25 * rows))
        self.named_: Any = None
        self.mesh_: Any = None
        self.bars_: dict[str, Any] | None = None
        self.colorbar_: Any = None
        if kind == "heatmap":
            self._draw_heatmap(ax, cmap, shown)
            if thresholds is not None:
                self._mark_named(ax, shown, thresholds)
        else:
            self._draw_stack(ax, shown)
        ax.set_xlabel("\n".join(["time (s)", *self._notes(shown, thresholds)]))
        ax.set_xlim(0, self.edges[-1, 1])
        self.ax_ = ax
        self.figure_ = ax.figure
        return self

    def _check_thresholds(self) -> np.ndarray | None:
        if self.thresholds is None:
            return None
        thresholds = np.asarray(self.thresholds, dtype=float)
        if thresholds.shape != (len(self.classes),):
            raise ShapeMismatchError(
                f"{type(self).__name__} needs a threshold for each of the {len(self.classes)} "
                f"genres. Got shape {thresholds.shape}."
            )
        return thresholds

    def _refuse_stack(self) -> None:
        """Refuse to stack probabilities of several genres, whose sum means nothing."""
        if self.thresholds is not None or self.probabilities.sum(axis=1).max() > _MOST_IN_ALL:
            raise ValueError(
                f"{type(self).__name__} with kind='stack' needs probabilities that sum to 1. These "
                f"are of clips that may have several genres: use kind='heatmap'."
            )

    def _choose_rows(self, genres: Any, most: int | None) -> list[int]:
        """Return the columns to draw, in the order of the classes or as they are given."""
        known = list(self.classes)
        if genres is not None:
            unknown = [genre for genre in genres if genre not in known]
            if unknown:
                raise ValueError(
                    f"{type(self).__name__} has no row of {unknown[0]!r}: it knows {known}."
                )
            return [known.index(genre) for genre in genres]
        order = np.argsort(-self.probabilities.max(axis=0), kind="stable")[:most]
        return sorted(order.tolist())

    def _notes(self, shown: list[int], thresholds: np.ndarray | None) -> list[str]:
        """Return what the marks mean, and what is not drawn."""
        notes = [] if self.named_ is None else ["red line: above the genre's threshold"]
        hidden = sorted(set(range(len(self.classes))) - set(shown))
        if not hidden:
            return notes
        values = self.probabilities[:, hidden]
        text = f"{len(hidden)} more genres, none above {values.max():.2f}"
        if len(hidden) == 1:
            text = f"1 more genre, not above {values.max():.2f}"
        if thresholds is not None:
            n_above = int((values > thresholds[hidden]).any(axis=0).sum())
            text += f"; {n_above} above their thresholds" if n_above else ""
        return [*notes, text]

    def _mark_named(self, ax: Any, shown: list[int], thresholds: np.ndarray) -> None:
        from matplotlib.collections import LineCollection

        lines = [
            [(begin, row + 0.42), (end, row + 0.42)]
            for (begin, end), values in zip(self.edges, self.probabilities, strict=True)
            for row, column in enumerate(shown)
            if values[column] > thresholds[column]
        ]
        # The cells are as light as on a white page, whatever the theme.
        self.named_ = LineCollection(lines, colors=_MARK, linewidths=2.5, capstyle="butt")
        ax.add_collection(self.named_)

    def _draw_heatmap(self, ax: Any, cmap: str, shown: list[int]) -> None:
        edges = self.edges
        times, columns = [edges[0, 0]], []
        for (begin, end), row in zip(edges, self.probabilities[:, shown], strict=True):
            if begin > times[-1] + 1e-9:
                # There is no prediction between two segments.
                times.append(begin)
                columns.append(np.full(len(row), np.nan))
            times.append(end)
            columns.append(row)
        n_genres = len(shown)
        self.mesh_ = ax.pcolormesh(
            times,
            np.arange(n_genres + 1) - 0.5,
            np.ma.masked_invalid(np.stack(columns, axis=1)),
            cmap=cmap,
            vmin=0,
            vmax=1,
        )
        ax.set_yticks(range(n_genres), [label_of(genre) for genre in self.genres_])
        ax.invert_yaxis()
        self.colorbar_ = ax.figure.colorbar(self.mesh_, ax=ax, label="probability", pad=0.01)

    def _draw_stack(self, ax: Any, shown: list[int]) -> None:
        edges = self.edges
        genres = [str(genre) for genre in self.genres_]
        theme = style_axes(ax)
        styles = genre_styles([str(genre) for genre in self.classes], theme)
        bottom = np.zeros(len(edges))
        bars = self.bars_ = {}
        for genre, column in zip(genres, self.probabilities[:, shown].T, strict=True):
            bars[genre] = ax.bar(
                edges[:, 0],
                column,
                width=edges[:, 1] - edges[:, 0],
                bottom=bottom,
                align="edge",
                color=styles[genre].color,
                edgecolor=theme.page,
                linewidth=0.5,
                label=label_of(genre),
            )
            bottom = bottom + column
        ax.set(ylabel="probability", ylim=(0, 1))
        handles, names = ax.get_legend_handles_labels()
        # In the order of the bars, from top to bottom.
        outside_legend(ax, handles[::-1], names[::-1])
