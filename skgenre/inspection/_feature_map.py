"""Feature maps."""

import os
from typing import Any, Self

import numpy as np
from sklearn.base import clone

from .._plot_style import LEVELS, SIGNED
from .._public import public
from ..exceptions import ShapeMismatchError
from ._axes import check_plot_support, make_axes
from ._band_axis import BandAxis, describe_bands, frame_times


@public
class FeatureMapDisplay:
    """Feature map with seconds on the x-axis and the meaning of its rows on the y-axis.

    Rows are labelled with Hz for mel bands, note names for chroma, seconds of lag for tempograms,
    coefficient numbers for MFCCs, and names for descriptors. In maps with rows of different units,
    such as those of FeatureStack and SpectralDescriptors, each row is scaled to its own range.

    Parameters
    ----------
    feature_map : ndarray of shape (n_bands, n_frames)
        The map of one clip.
    feature : transformer, default=None
        The transformer that made it, for the axis labels. None numbers bands and frames.

    Attributes
    ----------
    im_ : matplotlib AxesImage
        The map.
    colorbar_ : matplotlib Colorbar or None
        The colour scale.
    ax_ : matplotlib Axes
        The axes.
    figure_ : matplotlib Figure
        The figure.

    See Also
    --------
    SpectrogramDisplay : The short-time spectrum.

    Examples
    --------
    >>> from skgenre.datasets import make_genre_music
    >>> from skgenre.features import ChromaFeatures
    >>> from skgenre.inspection import FeatureMapDisplay
    >>> music = make_genre_music(1, duration=2.0, random_state=0)
    >>> display = FeatureMapDisplay.from_estimator(ChromaFeatures(), music.data[0])
    >>> [label.get_text() for label in display.ax_.get_yticklabels()]
    ['C', 'D', 'E', 'F', 'G', 'A', 'B']
    """

    def __init__(self, feature_map: np.ndarray, feature: Any = None) -> None:
        self.feature_map = feature_map
        self.feature = feature

    @classmethod
    def from_estimator(cls, feature: Any, clip: Any, *, ax: Any = None, **kwargs: Any) -> Self:
        """Draw the feature map of a clip.

        Parameters
        ----------
        feature : transformer
            A transformer from clips to feature maps, fitted or not. It is not modified.
        clip : str, PathLike or ndarray of shape (n_samples,)
            A sound file, or a waveform at the transformer's `sr`.
        ax : matplotlib Axes, default=None
            Axes to draw on. None creates a figure.
        **kwargs : dict
            Passed to :meth:`plot`.

        Returns
        -------
        FeatureMapDisplay
            The display, drawn.
        """
        check_plot_support(cls)
        X = [clip] if isinstance(clip, str | os.PathLike) else np.asarray(clip)[np.newaxis]
        maps = np.asarray(clone(feature).fit_transform(X))
        if maps.ndim == 4:
            raise ShapeMismatchError(
                f"FeatureMapDisplay draws one map, and {type(feature).__name__} makes "
                f"{maps.shape[1]} segments: give it the feature inside, "
                f"as in {type(feature).__name__.lower()}.feature."
            )
        if maps.ndim != 3:
            raise ShapeMismatchError(
                f"FeatureMapDisplay draws maps of bands and frames, and {type(feature).__name__} "
                f"makes a table: see FeatureScatterDisplay."
            )
        return cls(maps[0], feature).plot(ax=ax, **kwargs)

    def plot(
        self,
        ax: Any = None,
        *,
        cmap: str | None = None,
        vmin: float | None = None,
        vmax: float | None = None,
        colorbar: bool = True,
    ) -> Self:
        """Draw the map.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Axes to draw on. None creates a figure.
        cmap : str, default=None
            A matplotlib colour map. None means "RdBu_r", centred at 0, for signed values, and
            "magma" otherwise.
        vmin, vmax : float, default=None
            Limits of the colour map. None takes the range of the map; for MFCCs, the range of 95 %
            of the coefficients above the zeroth.
        colorbar : bool, default=True
            Whether to draw the colour scale.

        Returns
        -------
        FeatureMapDisplay
            The display.
        """
        values = np.asarray(self.feature_map)
        if values.ndim != 2:
            raise ShapeMismatchError(
                f"FeatureMapDisplay draws one map (n_bands, n_frames). Got shape {values.shape}: "
                f"take one clip, as in maps[0]."
            )
        n_bands, n_frames = values.shape
        bands = describe_bands(self.feature, n_bands)
        ax = make_axes(self, ax, (8, 3.4))
        if bands.is_mixed:
            values = _scale_rows(values)
            bands.value = "share of the row's range"
        if bands.is_signed and vmin is None and vmax is None:
            vmax = _limit(values, bands)
            vmin = -vmax
        left, right, label = self._extent(n_frames)
        self.im_ = ax.imshow(
            values,
            origin="lower",
            aspect="auto",
            interpolation="nearest",
            extent=(left, right, -0.5, n_bands - 0.5),
            cmap=cmap or (SIGNED if bands.is_signed and not bands.is_mixed else LEVELS),
            vmin=vmin,
            vmax=vmax,
        )
        ax.set(xlabel=label, ylabel=bands.label, xlim=(max(0.0, left), right))
        rows, names = zip(*bands.ticks, strict=True)
        ax.set_yticks(rows, names)
        for border in bands.borders:
            ax.axhline(border, color="white", linewidth=1.5)
        if len(rows) > 12:
            ax.tick_params(axis="y", labelsize="x-small")
        self.colorbar_ = None
        if colorbar:
            extend = "both" if bands.level_rows else "neither"
            self.colorbar_ = ax.figure.colorbar(
                self.im_, ax=ax, label=bands.value, pad=0.01, extend=extend
            )
        self.ax_ = ax
        self.figure_ = ax.figure
        return self

    def _extent(self, n_frames: int) -> tuple[float, float, str]:
        """Return the start and end of the map, and their unit."""
        framing = None if self.feature is None else frame_times(self.feature)
        if framing is None:
            return -0.5, n_frames - 0.5, "frame"
        first, hop_length = framing
        sr = self.feature.sr
        return (
            (first - hop_length / 2) / sr,
            (first + (n_frames - 0.5) * hop_length) / sr,
            "time (s)",
        )


def _scale_rows(values: np.ndarray) -> np.ndarray:
    low, high = values.min(axis=1, keepdims=True), values.max(axis=1, keepdims=True)
    return (values - low) / np.where(high > low, high - low, 1)


def _limit(values: np.ndarray, bands: BandAxis) -> float:
    rest = np.abs(values[bands.level_rows :])
    return float(np.quantile(rest, 0.95)) if rest.size and rest.any() else 1.0
