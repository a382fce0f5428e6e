"""Segments of feature maps, without recomputation."""

from numbers import Integral
from typing import Any, ClassVar, Self

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin, _fit_context
from sklearn.utils._param_validation import Interval

from .._public import public
from ..exceptions import ShapeMismatchError
from ._engine.maps import check_maps


@public
class FrameSegmenter(TransformerMixin, BaseEstimator):
    """Cut feature maps into segments with a fixed number of frames.

    The segments become the second axis of the result, which is a read-only view of the input:
    overlapping segments cost no memory. Frames at the end that don't fill a segment are dropped.

    Parameters
    ----------
    n_frames : int, default=128
        Frames per segment. A map with fewer is refused.
    hop_frames : int, default=None
        Frames from the beginning of one segment to the next. None means `n_frames`: no overlap.

    Attributes
    ----------
    n_features_in_ : int
        Number of bands.
    feature_names_in_ : ndarray of shape (n_features,)
        Names of the columns, when fitted on a DataFrame.

    See Also
    --------
    Segmenter : Cut the waveform, so that each segment is computed separately.

    Notes
    -----
    A table (n_clips, n_bands) is treated as maps of a single frame, which make one segment whatever
    `n_frames` is.

    Examples
    --------
    >>> import numpy as np
    >>> from skgenre.features import FrameSegmenter
    >>> maps = np.zeros((2, 96, 640), dtype=np.float32)
    >>> segments = FrameSegmenter(n_frames=128, hop_frames=64).fit_transform(maps)
    >>> segments.shape, np.shares_memory(segments, maps)
    ((2, 9, 96, 128), True)
    """

    _parameter_constraints: ClassVar[dict] = {
        "n_frames": [Interval(Integral, 1, None, closed="left")],
        "hop_frames": [Interval(Integral, 1, None, closed="left"), None],
    }

    def __init__(self, n_frames: int = 128, *, hop_frames: int | None = None) -> None:
        self.n_frames = n_frames
        self.hop_frames = hop_frames

    @_fit_context(prefer_skip_nested_validation=True)
    def fit(self, X: Any, y: Any = None) -> Self:
        """Check parameters and input; there is nothing to learn.

        Parameters
        ----------
        X : array-like of shape (n_clips, n_bands, n_frames)
            Feature maps.
        y : ignored
            For the interface of scikit-learn.

        Returns
        -------
        self
            The transformer.
        """
        self._check(X, reset=True)
        return self

    def transform(self, X: Any) -> np.ndarray:
        """Cut each map.

        Parameters
        ----------
        X : array-like of shape (n_clips, n_bands, n_frames)
            Feature maps.

        Returns
        -------
        ndarray of shape (n_clips, n_segments, n_bands, n_frames)
            A view of X.

        Raises
        ------
        ShapeMismatchError
            If a map has fewer than `n_frames` frames, or X already has segments.
        """
        self._validate_params()
        X = self._check(X, reset=False)
        if X.ndim == 2:
            return X[:, np.newaxis, :, np.newaxis]
        hop = self.n_frames if self.hop_frames is None else self.hop_frames
        windows = np.lib.stride_tricks.sliding_window_view(X, self.n_frames, axis=-1)
        return windows[:, :, ::hop].transpose(0, 2, 1, 3)

    def _check(self, X: Any, *, reset: bool) -> np.ndarray:
        name = type(self).__name__
        X = check_maps(self, X, reset=reset)
        if X.dtype == object or X.ndim == 4:
            raise ShapeMismatchError(
                f"{name} takes feature maps (n_clips, n_bands, n_frames). These have a segments "
                f"axis already: leave out one of the two segmenters."
            )
        if X.ndim == 3 and X.shape[2] < self.n_frames:
            raise ShapeMismatchError(
                f"{name} cuts segments of n_frames={self.n_frames}, but the maps have "
                f"{X.shape[2]} frames: use a smaller n_frames."
            )
        return X

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.two_d_array = True
        tags.input_tags.three_d_array = True
        tags.transformer_tags.preserves_dtype = ["float64", "float32", "float16"]
        tags.requires_fit = False
        return tags
