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
_DEFAULT_LAGS = (0, 1)
# Of means beside covariances: chosen by grouped cross-validation, see the user guide.
_MEAN_SCALE = 0.5


@public
class BandCovariance(PooledBandsTable):
    """Covariance of pooled bands and their delayed copies, as a table.

    Neighbouring bands are averaged and joined by delayed copies; the covariance over the frames of
    a clip shows which bands rise and fall together, and how they evolve. It does not depend on the
    level unless `mean` is set: in decibels, a gain only moves the mean. Covariance matrices lie in
    a curved space, where plain differences are poor distances. Each is therefore mapped to the
    tangent space at the mean of the training clips, where the Euclidean distance is one between
    matrices, as support vector machines and linear models need.

    ``metric="riemann"`` is pyRiemann's; install the extra ``skgenre[riemann]`` for it.

    Parameters
    ----------
    n_bands : int, default=24
        Number of groups of neighbouring bands to average, as even as possible. A map with fewer
        bands keeps them; None always keeps all bands.
    lags : sequence of int, default=(0, 1)
        Delays, in frames: 1 is 23 ms with ``hop_length=512`` at 22050 Hz. A map needs two frames
        more than the largest lag.
    lag_seconds : sequence of float, default=None
        Delays, in seconds, rounded to frames of `frame_rate`. They replace `lags`, which then must
        be left at its default.
    frame_rate : float, default=None
        Frames of the maps per second: ``sr / hop_length`` of the feature before. Needed by
        `lag_seconds`, and refused without it.
    shrinkage : float, default=0.01
        Share of the mean variance in the covariance, above 0 and at most 1: the covariance ``C``
        of d rows becomes ``(1 - shrinkage) * C + shrinkage * trace(C) / d * I``. The more columns
        relative to the frames of a clip, the more shrinkage is needed.
    ridge : float, default=3.0
        Variance to add to the diagonal after shrinkage, in the squared unit of the map. Bands that
        hardly vary, such as those without sound, then look alike, however little they vary. The
        default is for maps in dB; use about a hundredth of the mean variance for others.
    mean : bool, default=False
        Append the mean of each pooled band: the spectral envelope of the clip. These columns
        depend on the level of a clip and on the equalization of its recording.
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
    reference_mean_ : ndarray of shape (n_groups,)
        Mean of each group of bands over the clips seen in fit. Only with ``mean=True``.
    n_features_in_ : int
        Number of bands of the maps.
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Names of the columns, when fitted on a DataFrame.

    Raises
    ------
    ImportError
        With ``metric="riemann"``, in fit and transform, if pyRiemann is not installed.

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

    With ``mean=True`` the last columns are ``W0 (m - m0) / 2``, where m are the means of the bands,
    m0 those of the training clips, and W0 is the inverse square root of the covariance without
    delays in ``reference_``: deviations from the usual spectrum, in half standard deviations of a
    usual clip over time. They have no unit either, so the columns can be used together unscaled.
    W0 is symmetric, and ``band0-4_mean`` the column that bands 0 to 4 have most influence on.

    ==================================================  ==========================================
    input                                               output
    ==================================================  ==========================================
    feature map (n_clips, n_bands, n_frames)            table (n_clips, n_features)
    segments (n_clips, n_segments, n_bands, n_frames)   (n_clips, n_segments, n_features, 1)
    ragged segments                                     ragged (n_segments, n_features, 1)
    table (n_clips, n_bands): maps of a single frame    table of equal rows, with a warning
    ==================================================  ==========================================

    Don't put a StandardScaler after it: columns far from the diagonal, which are mostly noise,
    would count as much as the others. After "logeuclid" it would also cancel the reference, like
    any shift of the columns.

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
    >>> seconds = BandCovariance(n_bands=2, lag_seconds=(0, 0.1), frame_rate=22050 / 512)
    >>> seconds.fit(maps).get_feature_names_out()[2]
    'band0-2_lag0_band0-2_lag4_logcov'
    >>> covariance.get_feature_names_out()[:2].tolist()
    ['band0-2_lag0_band0-2_lag0_logcov', 'band0-2_lag0_band3-5_lag0_logcov']
    """

    _parameter_constraints: ClassVar[dict] = {
        **PooledBandsTable._parameter_constraints,
        "lags": ["array-like"],
        "lag_seconds": ["array-like", None],
        "frame_rate": [Interval(Real, 0, None, closed="neither"), None],
        "shrinkage": [Interval(Real, 0, 1, closed="right")],
        "ridge": [Interval(Real, 0, None, closed="left")],
        "mean": ["boolean"],
        "metric": [StrOptions({"logeuclid", "riemann"})],
    }

    # Values of parameters that pickles and files of earlier versions lack.
    _before: ClassVar[dict] = {"lag_seconds": None, "frame_rate": None, "ridge": 0.0, "mean": False}

    def __init__(
        self,
        *,
        n_bands: int | None = 24,
        lags: Sequence[int] = _DEFAULT_LAGS,
        lag_seconds: Sequence[float] | None = None,
        frame_rate: float | None = None,
        shrinkage: float = 0.01,
        ridge: float = 3.0,
        mean: bool = False,
        metric: str = "logeuclid",
    ) -> None:
        self.n_bands = n_bands
        self.lags = lags
        self.lag_seconds = lag_seconds
        self.frame_rate = frame_rate
        self.shrinkage = shrinkage
        self.ridge = ridge
        self.mean = mean
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
        self._find_lags()
        X = self._check(X, reset=True)
        clips = [maps.reshape(-1, *maps.shape[-2:]).astype(np.float64) for maps in X]
        covariances = np.stack([self._covariance(bands) for maps in clips for bands in maps])
        weights = np.concatenate([np.full(len(maps), 1 / len(maps)) for maps in clips])
        if self.metric == "riemann":
            space = _make_tangent_space()
            self.reference_ = space.fit(covariances, sample_weight=weights).reference_
        else:
            logarithms = _apply_to_eigenvalues(np.log, covariances)
            mean = np.average(logarithms, axis=0, weights=weights)
            self.reference_ = _apply_to_eigenvalues(np.exp, mean)
        if self.mean:
            means = [self._pool_bands(bands).mean(axis=1) for maps in clips for bands in maps]
            self.reference_mean_ = np.average(means, axis=0, weights=weights)
        return self

    def _find_lags(self) -> list[int]:
        """Check the lags, and return them in frames."""
        if self.lag_seconds is not None:
            return self._round_lags()
        name, lags = type(self).__name__, list(self.lags)
        if self.frame_rate is not None:
            raise ValueError(
                f"The 'frame_rate' parameter of {name} is used with 'lag_seconds' only, which is "
                f"None. Got frame_rate={self.frame_rate:g}: give the lags in seconds, or leave it "
                f"out."
            )
        integers = all(isinstance(lag, Integral) and lag >= 0 for lag in lags)
        if not lags or not integers or len(set(lags)) < len(lags):
            raise ValueError(
                f"The 'lags' parameter of {name} must be different numbers of "
                f"frames, 0 or more, such as (0, 1). Got {self.lags!r} instead."
            )
        return lags

    def _round_lags(self) -> list[int]:
        name, seconds = (
            type(self).__name__,
            list(() if self.lag_seconds is None else self.lag_seconds),
        )
        if not np.array_equal(self.lags, _DEFAULT_LAGS):
            raise ValueError(
                f"{name} takes 'lags' in frames or 'lag_seconds', not both. Got "
                f"lags={self.lags!r} and lag_seconds={self.lag_seconds!r}."
            )
        if self.frame_rate is None:
            raise ValueError(
                f"{name} with 'lag_seconds' needs 'frame_rate', the frames of the maps per "
                f"second: sr / hop_length of the feature before. Got frame_rate=None."
            )
        numbers = all(
            isinstance(lag, Real) and lag >= 0 and lag * self.frame_rate < np.inf for lag in seconds
        )
        lags = [round(lag * self.frame_rate) for lag in seconds] if numbers else []
        if not lags or len(set(lags)) < len(lags):
            raise ValueError(
                f"The 'lag_seconds' parameter of {name} must be numbers of seconds, 0 or more, "
                f"that are different numbers of frames, such as (0, 0.05). Got "
                f"{self.lag_seconds!r} instead, with frame_rate={self.frame_rate:g}."
            )
        return lags

    def _fewest_frames(self) -> tuple[int, str]:
        if self.lag_seconds is None:
            reason = f"lags={self.lags!r}"
        else:
            reason = f"lag_seconds={self.lag_seconds!r} and frame_rate={self.frame_rate:g}"
        return int(max(self._find_lags())) + 2, reason

    def _covariance(self, bands: np.ndarray) -> np.ndarray:
        """Return the shrunk covariance of one map's pooled bands and their delayed copies."""
        pooled = self._pool_bands(bands)
        lags = self._find_lags()
        latest = 0 if bands.shape[1] == 1 else max(lags)
        n_frames = bands.shape[1] - latest
        begins = [max(latest - lag, 0) for lag in lags]
        rows = np.concatenate([pooled[:, begin : begin + n_frames] for begin in begins])
        rows -= rows.mean(axis=1, keepdims=True)
        covariance = shrunk_covariance(rows @ rows.T / n_frames, self.shrinkage)
        return covariance + (self.ridge + _LEAST_VARIANCE) * np.eye(len(covariance))

    def _transform(self, X: Any) -> np.ndarray:
        check_is_fitted(self)
        return super()._transform(X)

    def _make_describe(self) -> Callable[[np.ndarray], np.ndarray]:
        tangent = self._make_tangent()
        if not self.mean:
            return tangent
        n_groups = len(self.reference_mean_)
        variances, vectors = np.linalg.eigh(self.reference_[:n_groups, :n_groups])
        whiten = (vectors / np.sqrt(variances)) @ vectors.T

        def describe(bands: np.ndarray) -> np.ndarray:
            deviation = self._pool_bands(bands).mean(axis=1) - self.reference_mean_
            return np.concatenate([tangent(bands), _MEAN_SCALE * whiten @ deviation])

        return describe

    def _make_tangent(self) -> Callable[[np.ndarray], np.ndarray]:
        """Return a function from a map to its covariance in the tangent space."""
        if self.metric == "riemann":
            whitened = _make_tangent_space()
            whitened.reference_ = self.reference_
            return lambda bands: whitened.transform(self._covariance(bands)[np.newaxis])[0]
        places = np.triu_indices(len(self.reference_))
        factors = np.where(places[0] == places[1], 1.0, np.sqrt(2))
        origin = _apply_to_eigenvalues(np.log, self.reference_)

        def describe(bands: np.ndarray) -> np.ndarray:
            logarithm = _apply_to_eigenvalues(np.log, self._covariance(bands))
            return (logarithm - origin)[places] * factors

        return describe

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
        rows = [f"{group}_lag{lag}" for lag in self._find_lags() for group in groups]
        pairs = zip(*np.triu_indices(len(rows)), strict=True)
        names = [f"{rows[i]}_{rows[j]}_logcov" for i, j in pairs]
        if self.mean:
            names += [f"{group}_mean" for group in groups]
        return np.array(names, dtype=object)


def _apply_to_eigenvalues(
    function: Callable[[np.ndarray], np.ndarray], matrices: np.ndarray
) -> np.ndarray:
    """Return a function of symmetric matrices, such as their logarithm."""
    values, vectors = np.linalg.eigh(matrices)
    return (vectors * function(values)[..., np.newaxis, :]) @ vectors.swapaxes(-1, -2)


def _make_tangent_space() -> Any:
    try:
        from pyriemann.tangentspace import TangentSpace
    except ImportError as error:
        raise ImportError(
            "BandCovariance with metric='riemann' needs pyRiemann: pip install 'skgenre[riemann]'."
        ) from error
    return TangentSpace(metric="riemann")
