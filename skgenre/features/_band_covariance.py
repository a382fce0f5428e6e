"""Covariance of bands over time, as a table."""

from collections.abc import Callable, Sequence
from numbers import Integral, Real
from typing import Any, ClassVar, Self

import numpy as np
from sklearn.base import _fit_context
from sklearn.covariance import shrunk_covariance
from sklearn.utils._param_validation import Interval, StrOptions
from sklearn.utils.validation import check_is_fitted

from .._public import public
from ._pooled_bands import PooledBandsTable

# Variance of a constant band, in the squared unit of the map.
_LEAST_VARIANCE = 1e-10


@public
class BandCovariance(PooledBandsTable):
    """Covariance of pooled bands and their delayed copies, as a table.

    Neighbouring bands are averaged and joined by delayed copies; the covariance over the frames of
    a clip shows which bands rise and fall together, and how they evolve. It does not depend on the
    level: in decibels, a gain only moves the mean. Covariance matrices lie in a curved space, where
    plain differences are poor distances. Each is therefore mapped to the tangent space at the mean
    of the training clips, where the Euclidean distance is one between matrices, as support vector
    machines and linear models need.

    The geometry is pyRiemann's; install the extra ``skgenre[riemann]``.

    Parameters
    ----------
    n_bands : int, default=24
        Number of groups of neighbouring bands to average, as even as possible. A map with fewer
        bands keeps them; None always keeps all bands.
    lags : sequence of int, default=(0, 1)
        Delays, in frames: 1 is 23 ms with ``hop_length=512`` at 22050 Hz. A map needs two frames
        more than the largest lag.
    shrinkage : float, default=0.01
        Share of the mean variance in the covariance, above 0 and at most 1: the covariance ``C``
        of d rows becomes ``(1 - shrinkage) * C + shrinkage * trace(C) / d * I``. The more columns
        relative to the frames of a clip, the more shrinkage is needed.
    metric : {"logeuclid", "riemann"}, default="logeuclid"
        Geometry. "logeuclid": differences of matrix logarithms, and a mean in closed form.
        "riemann": the affine-invariant metric, where matrices are whitened by the geometric mean of
        the training clips, found by iteration. Distances to the mean are then exact, and those
        between clips near it approximate.

    Attributes
    ----------
    reference_ : ndarray of shape (n_rows, n_rows)
        Mean covariance of the clips seen in fit, in the metric. ``n_rows`` is the number of bands
        times that of lags. Each clip has the same weight, however many segments it has.
    n_features_in_ : int
        Number of bands of the maps.
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Names of the columns, when fitted on a DataFrame.

    Raises
    ------
    ImportError
        In fit and transform, if pyRiemann is not installed.

    See Also
    --------
    FramePooling : ``"cov"`` is the plain covariance.
    ModulationSpectrum : Rates at which bands rise and fall.

    Notes
    -----
    A column is one entry of the upper triangle, row by row, of ``log(C) - log(reference_)`` for
    "logeuclid", and of ``log(W C W)``, with ``W`` the inverse square root of ``reference_``, for
    "riemann". Entries off the diagonal are multiplied by the square root of 2, so that the norm of
    a row is that of the matrix. The logarithm has no unit: it is of squared units of the map (dB²
    for a mel spectrogram in dB). The column ``band0-4_lag0_band5-9_lag1_logcov`` is the entry of
    the mean of bands 0 to 4, and of the mean of bands 5 to 9 one frame before.

    ==================================================  ==========================================
    input                                               output
    ==================================================  ==========================================
    feature map (n_clips, n_bands, n_frames)            table (n_clips, n_features)
    segments (n_clips, n_segments, n_bands, n_frames)   (n_clips, n_segments, n_features, 1)
    ragged segments                                     ragged (n_segments, n_features, 1)
    table (n_clips, n_bands): maps of a single frame    table of equal rows, with a warning
    ==================================================  ==========================================

    A StandardScaler after "logeuclid" cancels the reference, like any shift of the columns; after
    "riemann" it does not.

    pyRiemann's own ``TangentSpace(metric="logeuclid")`` gives other values from 0.8 on: it returns
    to the scale of the covariance, where the strongest bands dominate.

    References
    ----------
    .. [1] V. Arsigny, P. Fillard, X. Pennec, N. Ayache, "Geometric Means in a Novel Vector Space
       Structure on Symmetric Positive-Definite Matrices", SIAM J. Matrix Anal. Appl. 29, 2007.
    .. [2] A. Barachant, S. Bonnet, M. Congedo, C. Jutten, "Multiclass Brain-Computer Interface
       Classification by Riemannian Geometry", IEEE Trans. Biomed. Eng. 59, 2012.
    .. [3] O. Ledoit, M. Wolf, "A Well-Conditioned Estimator for Large-Dimensional Covariance
       Matrices", J. Multivariate Analysis 88, 2004: shrinkage.

    Examples
    --------
    >>> import numpy as np
    >>> from skgenre.features import BandCovariance
    >>> maps = np.random.default_rng(0).normal(size=(4, 6, 50))
    >>> covariance = BandCovariance(n_bands=2, lags=(0, 1)).fit(maps)
    >>> covariance.transform(maps).shape
    (4, 10)
    >>> covariance.get_feature_names_out()[:2].tolist()
    ['band0-2_lag0_band0-2_lag0_logcov', 'band0-2_lag0_band3-5_lag0_logcov']
    """

    _parameter_constraints: ClassVar[dict] = {
        **PooledBandsTable._parameter_constraints,
        "lags": ["array-like"],
        "shrinkage": [Interval(Real, 0, 1, closed="right")],
        "metric": [StrOptions({"logeuclid", "riemann"})],
    }

    def __init__(
        self,
        *,
        n_bands: int | None = 24,
        lags: Sequence[int] = (0, 1),
        shrinkage: float = 0.01,
        metric: str = "logeuclid",
    ) -> None:
        self.n_bands = n_bands
        self.lags = lags
        self.shrinkage = shrinkage
        self.metric = metric

    @_fit_context(prefer_skip_nested_validation=True)
    def fit(self, X: Any, y: Any = None) -> Self:
        """Compute the mean covariance of the clips.

        Parameters
        ----------
        X : array-like of shape (n_clips, n_bands, n_frames), or as in the notes above
            Feature maps.
        y : ignored
            For the interface of scikit-learn.

        Returns
        -------
        self
            The transformer.
        """
        self._check_lags()
        X = self._check(X, reset=True)
        clips = [maps.reshape(-1, *maps.shape[-2:]) for maps in X]
        covariances = np.stack(
            [self._covariance(bands.astype(np.float64)) for maps in clips for bands in maps]
        )
        weights = np.concatenate([np.full(len(maps), 1 / len(maps)) for maps in clips])
        space = _make_tangent_space(self.metric)
        self.reference_ = space.fit(covariances, sample_weight=weights).reference_
        return self

    def _check_lags(self) -> list[int]:
        lags = list(self.lags)
        integers = all(isinstance(lag, Integral) and lag >= 0 for lag in lags)
        if not lags or not integers or len(set(lags)) < len(lags):
            raise ValueError(
                f"The 'lags' parameter of {type(self).__name__} must be different numbers of "
                f"frames, 0 or more, such as (0, 1). Got {self.lags!r} instead."
            )
        return lags

    def _fewest_frames(self) -> tuple[int, str]:
        return int(max(self.lags)) + 2, f"lags={self.lags!r}"

    def _covariance(self, bands: np.ndarray) -> np.ndarray:
        """Return the shrunk covariance of one map's pooled bands and their delayed copies."""
        pooled = self._pool_bands(bands)
        lags = self._check_lags()
        latest = 0 if bands.shape[1] == 1 else max(lags)
        n_frames = bands.shape[1] - latest
        begins = [max(latest - lag, 0) for lag in lags]
        rows = np.concatenate([pooled[:, begin : begin + n_frames] for begin in begins])
        rows -= rows.mean(axis=1, keepdims=True)
        covariance = shrunk_covariance(rows @ rows.T / n_frames, self.shrinkage)
        return covariance + _LEAST_VARIANCE * np.eye(len(covariance))

    def _transform(self, X: Any) -> np.ndarray:
        check_is_fitted(self)
        return super()._transform(X)

    def _make_describe(self) -> Callable[[np.ndarray], np.ndarray]:
        if self.metric == "riemann":
            whitened = _make_tangent_space("riemann")
            whitened.reference_ = self.reference_
            return lambda bands: whitened.transform(self._covariance(bands)[np.newaxis])[0]
        # At the identity, pyRiemann's reference when not fitted, the map is the logarithm.
        logarithm = _make_tangent_space("riemann")
        origin = logarithm.transform(self.reference_[np.newaxis])[0]
        return lambda bands: logarithm.transform(self._covariance(bands)[np.newaxis])[0] - origin

    def get_feature_names_out(self, input_features: Any = None) -> np.ndarray:
        """Name the columns: ``band0-4_lag0_band5-9_lag1_logcov`` and so on.

        Parameters
        ----------
        input_features : array-like of str, default=None
            Names of the bands. None uses those of the DataFrame seen in fit, else band0, band1 and
            so on.

        Returns
        -------
        ndarray of str
            One name per column.
        """
        groups = self._group_names(input_features)
        rows = [f"{group}_lag{lag}" for lag in self._check_lags() for group in groups]
        pairs = zip(*np.triu_indices(len(rows)), strict=True)
        return np.array([f"{rows[i]}_{rows[j]}_logcov" for i, j in pairs], dtype=object)


def _make_tangent_space(metric: str) -> Any:
    try:
        from pyriemann.tangentspace import TangentSpace
    except ImportError as error:
        raise ImportError(
            "BandCovariance needs pyRiemann: pip install 'skgenre[riemann]'."
        ) from error
    return TangentSpace(metric=metric)
