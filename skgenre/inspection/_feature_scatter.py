"""Scatter plots of clips."""

from typing import Any, Self

import numpy as np
from sklearn.base import clone
from sklearn.decomposition import PCA
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.manifold import TSNE
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils import check_consistent_length
from sklearn.utils.validation import column_or_1d

from .._plot_style import genre_styles, outside_legend, style_axes
from .._public import public
from ..exceptions import ShapeMismatchError
from ..features import FramePooling
from ._axes import check_plot_support, label_of, make_axes
from ._several_genres import refuse_several_genres

_METHODS = ("pca", "lda", "tsne")


@public
class FeatureScatterDisplay:
    """Scatter plot of clips in two dimensions, coloured by genre, near if their features are.

    Parameters
    ----------
    embedding : ndarray of shape (n_clips, 2)
        The points.
    y : array-like of shape (n_clips,)
        The genres.
    axis_names : tuple of str, default=("", "")
        Axis labels.

    Attributes
    ----------
    scatters_ : dict of matplotlib PathCollection
        The points of each genre.
    legend_ : matplotlib Legend
        The legend.
    ax_ : matplotlib Axes
        The axes.
    figure_ : matplotlib Figure
        The figure.

    Notes
    -----
    Columns are standardized first. PCA shows the directions of largest variance and ignores genres.
    LDA shows those that best separate the given genres: it separates even noise on the clips that
    it is fitted on, and more so with more columns, so it is no evidence that genres are separable.
    t-SNE keeps neighbours together; distances between its clusters, and their sizes, mean nothing.

    See Also
    --------
    sklearn.decomposition.PCA : The first method.
    sklearn.discriminant_analysis.LinearDiscriminantAnalysis : The second.
    sklearn.manifold.TSNE : The third.

    References
    ----------
    .. [1] L. van der Maaten, G. Hinton, "Visualizing Data using t-SNE", JMLR 9, 2008.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from skgenre.inspection import FeatureScatterDisplay
    >>> X, y = load_iris(return_X_y=True)
    >>> display = FeatureScatterDisplay.from_features(X, y)
    >>> display.embedding.shape, display.ax_.get_xlabel()
    ((150, 2), 'component 1 (73 % of the variance)')
    """

    def __init__(
        self, embedding: np.ndarray, y: Any, *, axis_names: tuple[str, str] = ("", "")
    ) -> None:
        self.embedding = embedding
        self.y = y
        self.axis_names = axis_names

    @classmethod
    def from_estimator(cls, estimator: Any, X: Any, y: Any, **kwargs: Any) -> Self:
        """Draw clips by the features of a transformer.

        Parameters
        ----------
        estimator : transformer
            Returns a table, or feature maps that are then pooled over their frames. It is cloned
            and fitted.
        X : sequence of paths, sequence of waveforms, or array of shape (n_clips, n_samples)
            The clips.
        y : array-like of shape (n_clips,)
            Their genres.
        **kwargs : dict
            Passed to :meth:`from_features`.

        Returns
        -------
        FeatureScatterDisplay
            The display, drawn.
        """
        check_plot_support(cls)
        return cls.from_features(clone(estimator).fit_transform(X, y), y, **kwargs)

    @classmethod
    def from_features(
        cls,
        X: Any,
        y: Any,
        *,
        method: str = "pca",
        random_state: Any = 0,
        ax: Any = None,
    ) -> Self:
        """Draw the rows of a table or of an array of maps.

        Parameters
        ----------
        X : array-like of shape (n_clips, n_features)
            A table. Feature maps and segments are reduced to the mean and standard deviation of
            each band over frames, and segments then to their mean.
        y : array-like of shape (n_clips,)
            The genres.
        method : {"pca", "lda", "tsne"}, default="pca"
            Dimensionality reduction, see the notes.
        random_state : int, RandomState instance or None, default=0
            Seed of t-SNE.
        ax : matplotlib Axes, default=None
            Axes to draw on. None creates a figure.

        Returns
        -------
        FeatureScatterDisplay
            The display, drawn.
        """
        check_plot_support(cls)
        if method not in _METHODS:
            raise ValueError(
                f"The 'method' parameter of {cls.__name__} must be one of {list(_METHODS)}. Got "
                f"{method!r} instead."
            )
        refuse_several_genres(
            cls, y, "colour the clips by one of them, its column of the matrix, such as y['jazz']"
        )
        table = _as_table(X)
        y = column_or_1d(y)
        check_consistent_length(table, y)
        if table.shape[1] < 2 or len(table) < 3:
            raise ShapeMismatchError(
                f"{cls.__name__} needs at least 3 clips and 2 columns. Got {len(table)} and "
                f"{table.shape[1]}."
            )
        if method == "lda":
            n_genres = len(np.unique(y))
            if n_genres < 3:
                raise ValueError(
                    f"{cls.__name__} with method='lda' needs at least 3 genres for 2 axes. Got "
                    f"{n_genres}: use method='pca'."
                )
            reducer: Any = LinearDiscriminantAnalysis(n_components=2)
            names = ("discriminant 1", "discriminant 2")
        elif method == "tsne":
            # There must be more clips than the perplexity; 30 is scikit-learn's default.
            perplexity = min(30.0, (len(table) - 1) / 3)
            reducer = TSNE(perplexity=perplexity, random_state=random_state)
            names = ("t-SNE 1", "t-SNE 2")
        else:
            reducer = PCA(n_components=2)
            names = ("component 1", "component 2")
        embedding = make_pipeline(StandardScaler(), reducer).fit_transform(table, y)
        if method != "tsne":
            of = "variance" if method == "pca" else "variance between genres"
            first, second = (
                f"{name} ({100 * share:.0f} % of the {of})"
                for name, share in zip(names, reducer.explained_variance_ratio_, strict=False)
            )
            names = (first, second)
        return cls(embedding, y, axis_names=names).plot(ax=ax)

    def plot(self, ax: Any = None, *, size: float | None = None) -> Self:
        """Draw the points.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Axes to draw on. None creates a figure.
        size : float, default=None
            Area of a point, in points squared. None makes points smaller the more there are.

        Returns
        -------
        FeatureScatterDisplay
            The display.
        """
        ax = make_axes(self, ax, (6.4, 4.6))
        y = np.asarray(self.y)
        if size is None:
            size = float(np.clip(6000 / len(y), 6, 40))
        genres = np.unique(y).tolist()
        theme = style_axes(ax)
        styles = genre_styles(genres, theme)
        self.scatters_ = {
            genre: ax.scatter(
                *self.embedding[y == genre].T,
                s=size,
                color=styles[genre].color,
                marker=styles[genre].marker,
                alpha=0.8,
                linewidths=0.3,
                edgecolors=theme.page,
                label=label_of(genre),
            )
            for genre in genres
        }
        ax.set(xlabel=self.axis_names[0], ylabel=self.axis_names[1])
        self.legend_ = outside_legend(ax)
        self.ax_ = ax
        self.figure_ = ax.figure
        return self


def _as_table(X: Any) -> np.ndarray:
    """Return one row per clip."""
    X = X if hasattr(X, "ndim") else np.asarray(X)
    if X.ndim == 2:
        return np.asarray(X, dtype=float)
    pooled = FramePooling().fit_transform(X)
    if pooled.ndim == 1:
        # Clips with different numbers of segments.
        return np.stack([clip.mean(axis=0)[:, 0] for clip in pooled])
    return pooled if pooled.ndim == 2 else pooled.mean(axis=1)[..., 0]
