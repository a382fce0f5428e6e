"""Statistics over segments: from a row for each segment to one for each clip."""

from collections.abc import Sequence
from typing import Any, ClassVar, Self

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin, _fit_context
from sklearn.utils._param_validation import StrOptions
from sklearn.utils.validation import _check_feature_names_in, check_is_fitted

from .._docstrings import inherit_docs
from .._public import public
from ..exceptions import ShapeMismatchError
from ._embeddings.pooling import check_choices
from ._engine.maps import at_least_single, check_maps
from ._pooling import STATISTICS, FramePooling, _TableTransform

_OF_SEGMENTS = ("mean", "std", "min", "max", "median")


@public
@inherit_docs(FramePooling)
class SegmentPooling(_TableTransform, TransformerMixin, BaseEstimator):
    """Summarise the segments of each clip.

    Each segment has a row of features, as :class:`FramePooling`, :class:`BandCovariance` or
    another transformer makes it. The statistics of these rows are one row per clip, so that clips
    of any lengths become a table that every classifier takes. The mean of the rows of
    :class:`BandCovariance` is the log-Euclidean mean of the segments' covariances.

    Parameters
    ----------
    statistics : str or list of str, default="mean"
        "mean", "std" (population), "min", "max" and "median".

    Attributes
    ----------
    n_features_in_ : int
        Number of features of a segment.
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Names of the columns, when fitted on a DataFrame.
    n_segments_ : int
        Median number of segments of the clips, at least 1. :mod:`skgenre.songs` cuts a song into
        clips of as many segments.

    See Also
    --------
    skgenre.classifiers.SegmentVotingClassifier : Learns from segments, whose predictions vote.
    FramePooling : Statistics over frames.

    Notes
    -----
    ==================================================  ==========================================
    input                                               output
    ==================================================  ==========================================
    segments (n_clips, n_segments, n_features, 1)       table (n_clips, n_features)
    ragged segments (n_segments, n_features, 1)         table (n_clips, n_features)
    table (n_clips, n_features): clips of one segment   table (n_clips, n_features)
    ==================================================  ==========================================

    References
    ----------
    .. [1] V. Arsigny, P. Fillard, X. Pennec, N. Ayache, "Geometric Means in a Novel Vector Space
       Structure on Symmetric Positive-Definite Matrices", SIAM J. Matrix Anal. Appl. 29, 2007.

    Examples
    --------
    Two clips of different lengths:

    >>> import numpy as np
    >>> from sklearn.pipeline import make_pipeline
    >>> from skgenre.features import BandCovariance, MelSpectrogram, SegmentPooling, Segmenter
    >>> rng = np.random.default_rng(0)
    >>> clips = [rng.uniform(-1, 1, n_samples) for n_samples in (66150, 110250)]
    >>> segmenter = Segmenter(MelSpectrogram(n_mels=32), segment_duration=1.0)
    >>> table = make_pipeline(segmenter, BandCovariance(n_bands=4, lags=(0,)), SegmentPooling())
    >>> table.fit_transform(clips).shape
    (2, 10)
    """

    _parameter_constraints: ClassVar[dict] = {
        "statistics": [StrOptions(set(_OF_SEGMENTS)), list, tuple],
    }

    def __init__(self, *, statistics: str | Sequence[str] = "mean") -> None:
        self.statistics = statistics

    @_fit_context(prefer_skip_nested_validation=True)
    def fit(self, X: Any, y: Any = None) -> Self:
        """Check parameters and input, and count the segments.

        Parameters
        ----------
        X : array-like of shape (n_clips, n_segments, n_features, 1), or as in the notes above
            Rows of segments.
        y : ignored
            For the interface of scikit-learn.

        Returns
        -------
        self
            The transformer.

        Raises
        ------
        ShapeMismatchError
            If segments are feature maps, not rows.
        """
        self._names()
        X = self._check(X, reset=True)
        # A table has one segment per clip.
        self.n_segments_ = 1 if X.ndim == 2 else max(1, int(np.median([len(clip) for clip in X])))
        return self

    def _names(self) -> list[str]:
        return check_choices(self, "statistics", _OF_SEGMENTS)

    def _check(self, X: Any, *, reset: bool) -> np.ndarray:
        X = check_maps(self, X, reset=reset)
        shapes = [maps.shape for maps in X] if X.dtype == object else [X.shape]
        shape = max(shapes, key=lambda shape: shape[-1])
        if X.ndim == 3 or (X.ndim != 2 and shape[-1] != 1):
            maps = "feature maps of" if X.ndim == 3 else "segments with"
            raise ShapeMismatchError(
                f"{type(self).__name__} needs one row of features per segment, (n_clips, "
                f"n_segments, n_features, 1), got {maps} {shape[-1]} frames: put FramePooling, "
                f"BandCovariance or another transformer that makes tables before it"
                f"{', and a Segmenter before that' if X.ndim == 3 else ''}."
            )
        return X

    def _transform(self, X: Any) -> np.ndarray:
        self._validate_params()
        names = self._names()
        X = self._check(X, reset=False)
        clips = X[:, np.newaxis] if X.ndim == 2 else [segments[..., 0] for segments in X]
        # Clip by clip: a row does not depend on other clips, bit for bit.
        rows = [self._pool(np.asarray(segments), names) for segments in clips]
        return np.stack(rows)

    def _pool(self, segments: np.ndarray, names: list[str]) -> np.ndarray:
        columns = segments.astype(np.float64).T
        pooled = np.concatenate([STATISTICS[name](columns) for name in names])
        return pooled.astype(at_least_single(segments.dtype))

    def get_feature_names_out(self, input_features: Any = None) -> np.ndarray:
        """Name the columns: ``band0_mean_mean`` and so on.

        Parameters
        ----------
        input_features : array-like of str, default=None
            Names of a segment's features. None uses those of the DataFrame seen in fit, else x0, x1
            and so on.

        Returns
        -------
        ndarray of str
            One name per column.
        """
        check_is_fitted(self, "n_features_in_")
        features = _check_feature_names_in(self, input_features)
        names = [f"{feature}_{statistic}" for statistic in self._names() for feature in features]
        return np.array(names, dtype=object)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.two_d_array = True
        tags.transformer_tags.preserves_dtype = ["float64", "float32"]
        tags.requires_fit = False
        return tags
