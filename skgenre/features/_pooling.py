"""Statistics over frames: from feature maps to tables."""

import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from numbers import Integral
from typing import Any, ClassVar, Self

import numpy as np
import scipy.stats
from sklearn.base import BaseEstimator, TransformerMixin, _fit_context
from sklearn.utils._param_validation import Interval, StrOptions
from sklearn.utils._set_output import _wrap_data_with_container
from sklearn.utils.validation import _check_feature_names_in, check_is_fitted

from .._public import public
from ._engine.maps import at_least_single, check_maps


def _skew(X: np.ndarray) -> np.ndarray:
    return _of_varying(scipy.stats.skew, X)


def _kurtosis(X: np.ndarray) -> np.ndarray:
    return _of_varying(scipy.stats.kurtosis, X)


def _of_varying(statistic: Callable, X: np.ndarray) -> np.ndarray:
    """Apply a statistic to the rows that vary; constant rows have neither skew nor tails."""
    result = np.zeros(X.shape[:-1])
    varies = np.ptp(X, axis=-1) > 1e-6 * np.abs(X).max(axis=-1)
    result[varies] = statistic(X[varies], axis=-1)
    return result


def _cov(X: np.ndarray) -> np.ndarray:
    """Return the upper triangle of the covariance of bands, row by row."""
    centred = X - X.mean(axis=-1, keepdims=True)
    covariance = centred @ centred.swapaxes(-1, -2) / X.shape[-1]
    rows, columns = np.triu_indices(X.shape[-2])
    return covariance[..., rows, columns]


STATISTICS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "mean": lambda X: X.mean(axis=-1),
    "std": lambda X: X.std(axis=-1),
    "var": lambda X: X.var(axis=-1),
    "min": lambda X: X.min(axis=-1),
    "max": lambda X: X.max(axis=-1),
    "median": lambda X: np.median(X, axis=-1),
    "skew": _skew,
    "kurtosis": _kurtosis,
    "cov": _cov,
}
_PERCENTILE = re.compile(r"p(100|[1-9]?[0-9])")


def _is_statistic(name: Any) -> bool:
    return isinstance(name, str) and (name in STATISTICS or bool(_PERCENTILE.fullmatch(name)))


def _compute(names: Sequence[str], X: np.ndarray) -> list[np.ndarray]:
    """Return statistics over the last axis; the frames are sorted once for all percentiles."""
    ranks = [int(name[1:]) for name in names if name not in STATISTICS]
    percentiles = iter(_percentiles(ranks, X) if ranks else [])
    return [STATISTICS[n](X) if n in STATISTICS else next(percentiles) for n in names]


def _percentiles(ranks: list[int], X: np.ndarray) -> list[np.ndarray]:
    """Return percentiles, interpolated linearly as by NumPy's default."""
    ordered = np.sort(X, axis=-1)
    found = []
    for rank in ranks:
        place = rank / 100 * (X.shape[-1] - 1)
        low, high = int(np.floor(place)), int(np.ceil(place))
        found.append(ordered[..., low] + (place - low) * (ordered[..., high] - ordered[..., low]))
    return found


COMPRESSIONS: dict[str | None, Callable[[np.ndarray], np.ndarray]] = {
    None: lambda X: X,
    "log": lambda X: np.sign(X) * np.log1p(np.abs(X)),
    "sqrt": lambda X: np.sign(X) * np.sqrt(np.abs(X)),
}


class _TableTransform(ABC):
    """Methods kept from scikit-learn's wrapper, which treats every result as a table.

    Here only a table becomes the DataFrame that `set_output` requests; segments can't be one.
    """

    def fit_transform(self, X: Any, y: Any = None) -> Any:
        """Fit, and summarise each map.

        Parameters
        ----------
        X : array-like of shape (n_clips, n_bands, n_frames), or as in the notes above
            Feature maps.
        y : ignored
            For the interface of scikit-learn.

        Returns
        -------
        ndarray of shape (n_clips, n_features), or as in the notes above
            As `transform` returns it.
        """
        return self.fit(X, y).transform(X)

    def transform(self, X: Any) -> Any:
        """Summarise each map.

        Parameters
        ----------
        X : array-like of shape (n_clips, n_bands, n_frames), or as in the notes above
            Feature maps.

        Returns
        -------
        ndarray of shape (n_clips, n_features), or as in the notes above
            The statistics, in the float type of X, or float32 for float16. `set_output` turns a
            table into a DataFrame and leaves segments as they are.
        """
        pooled = self._transform(X)
        if pooled.ndim != 2:
            return pooled
        return _wrap_data_with_container("transform", pooled, X, self)

    @abstractmethod
    def fit(self, X: Any, y: Any = None) -> Self:
        """Check parameters and input."""

    @abstractmethod
    def _transform(self, X: Any) -> np.ndarray:
        """Return the table or the pooled segments."""

    # Values of parameters that pickles and files of earlier versions lack.
    _before: ClassVar[dict] = {}

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__({**self._before, **state})  # type: ignore[misc]


class StatisticsTable(_TableTransform, TransformerMixin, BaseEstimator):
    """Base of transformers that describe each map by statistics over its frames."""

    _parameter_constraints: ClassVar[dict] = {
        "statistics": [str, list, tuple],
        "delta_order": [Interval(Integral, 0, 2, closed="both")],
        "delta_width": [Interval(Integral, 3, None, closed="left")],
        "compression": [StrOptions({"log", "sqrt"}), None],
    }

    _before: ClassVar[dict] = {"compression": None}

    # Whether fit learns no more than the shape of the maps, and a row depends on its map alone; a
    # derived class has to say so again. Comparisons then keep the rows in the cache of the maps.
    _is_per_map = False

    statistics: str | Sequence[str]
    delta_order: int
    delta_width: int
    compression: str | None
    n_features_in_: int

    @_fit_context(prefer_skip_nested_validation=True)
    def fit(self, X: Any, y: Any = None) -> Self:
        """Check parameters and input; there is nothing to learn.

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
        self._statistics()
        check_maps(self, X, reset=True)
        return self

    def _transform(self, X: Any) -> np.ndarray:
        self._validate_params()
        names = self._statistics()
        X = check_maps(self, X, reset=False)
        if X.dtype == object:
            ragged = np.empty(len(X), dtype=object)
            ragged[:] = [self._pool(maps, names)[..., np.newaxis] for maps in X]
            return ragged
        if X.ndim == 2:
            X = X[..., np.newaxis]
        # Clip by clip: rows then don't depend on the others, bit for bit.
        pooled = np.stack([self._pool(clip, names) for clip in X])
        return pooled if X.ndim == 3 else pooled[..., np.newaxis]

    def _statistics(self) -> list[str]:
        names = [self.statistics] if isinstance(self.statistics, str) else list(self.statistics)
        unknown = [name for name in names if not _is_statistic(name)]
        if unknown or not names:
            got = f"{unknown[0]!r}" if unknown else "none"
            raise ValueError(
                f"The 'statistics' parameter of {type(self).__name__} must be at least one of "
                f"{', '.join(STATISTICS)} and percentiles from p0 to p100. Got {got} instead."
            )
        repeated = [name for name in names if names.count(name) > 1]
        if repeated:
            raise ValueError(
                f"The 'statistics' parameter of {type(self).__name__} must name each statistic "
                f"once. Got {repeated[0]!r} more than once instead."
            )
        if self.delta_width % 2 == 0:
            raise ValueError(
                f"The 'delta_width' parameter of {type(self).__name__} must be odd. "
                f"Got {self.delta_width} instead."
            )
        return names

    def _pool(self, maps: np.ndarray, names: list[str]) -> np.ndarray:
        """Return the statistics of maps over their last axis."""
        exact = self._bands_of(maps.astype(np.float64))
        columns = []
        for order in range(self.delta_order + 1):
            bands = exact
            if order:
                from scipy.signal import savgol_filter

                # The ends of each band are repeated, so that any length works.
                bands = savgol_filter(
                    exact,
                    self.delta_width,
                    polyorder=order,
                    deriv=order,
                    axis=-1,
                    mode="nearest",
                )
            columns += _compute(names, bands)
        table = COMPRESSIONS[self.compression](np.concatenate(columns, axis=-1))
        return table.astype(at_least_single(maps.dtype))

    def _bands_of(self, maps: np.ndarray) -> np.ndarray:
        """Return the bands to summarise, of maps (..., n_bands, n_frames) in float64."""
        return maps

    def _band_names(self, input_features: Any) -> Any:
        """Name the bands to summarise."""
        bands = _check_feature_names_in(self, input_features, generate_names=False)
        if bands is None:
            return [f"band{number}" for number in range(self.n_features_in_)]
        return bands

    def get_feature_names_out(self, input_features: Any = None) -> np.ndarray:
        """Name the columns: ``band0_mean``, ``delta_band0_mean``, ``band0_band1_cov`` and so on.

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
        check_is_fitted(self, "n_features_in_")
        bands = self._band_names(input_features)
        names = []
        for order in range(self.delta_order + 1):
            prefix = ("", "delta_", "delta2_")[order]
            for statistic in self._statistics():
                if statistic == "cov":
                    rows, columns = np.triu_indices(len(bands))
                    pairs = zip(rows, columns, strict=True)
                    names += [f"{prefix}{bands[row]}_{bands[column]}_cov" for row, column in pairs]
                else:
                    names += [f"{prefix}{band}_{statistic}" for band in bands]
        return np.array(names, dtype=object)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.two_d_array = True
        tags.input_tags.three_d_array = True
        tags.transformer_tags.preserves_dtype = ["float64", "float32"]
        tags.requires_fit = False
        return tags


@public
class FramePooling(StatisticsTable):
    """Summarise feature maps over time.

    Each statistic is computed over the frames of each band, so a map becomes one row of a table
    with named columns. Segments keep their axis: each is summarised separately.

    Parameters
    ----------
    statistics : str or list of str, default=("mean", "std")
        "mean", "std" (population), "var", "min", "max", "median", percentiles from "p0" to "p100",
        "skew", "kurtosis" (0 for a normal distribution), and "cov": the upper triangle of the
        covariance of bands, variances included. Skew and kurtosis of a band that does not vary are
        0.
    delta_order : int, default=0
        Also summarise the slopes of the bands (1), and the slopes of those (2).
    delta_width : int, default=9
        Number of frames to fit a slope over, odd and at least 3.
    compression : {"sqrt", "log"}, default=None
        Compress each statistic, keeping its sign: to the square root of its magnitude, or the
        natural logarithm of 1 plus its magnitude. Heavy-tailed columns, such as covariances, then
        have fewer outliers.

    Attributes
    ----------
    n_features_in_ : int
        Number of bands.
    feature_names_in_ : ndarray of shape (n_features,)
        Names of the columns, when fitted on a DataFrame.

    See Also
    --------
    MFCCSegmenter : Pool MFCCs of segments.
    MFCCStatistics : Statistics of the MFCCs of mel maps.

    Notes
    -----
    ==================================================  ==========================================
    input                                               output
    ==================================================  ==========================================
    feature map (n_clips, n_bands, n_frames)            table (n_clips, n_features)
    segments (n_clips, n_segments, n_bands, n_frames)   (n_clips, n_segments, n_features, 1)
    ragged segments                                     ragged (n_segments, n_features, 1)
    table (n_clips, n_bands): maps of a single frame    table (n_clips, n_features)
    ==================================================  ==========================================

    References
    ----------
    .. [1] G. Tzanetakis, P. Cook, "Musical Genre Classification of Audio Signals", IEEE TSAP 10,
       2002.
    .. [2] S. Furui, "Speaker-Independent Isolated Word Recognition Using Dynamic Features of
       Speech Spectrum", IEEE TASSP 34, 1986: deltas.

    Examples
    --------
    >>> import numpy as np
    >>> from skgenre.features import FramePooling
    >>> maps = np.random.default_rng(0).normal(size=(4, 2, 50))
    >>> pooling = FramePooling(statistics=["mean", "max"]).fit(maps)
    >>> pooling.transform(maps).shape
    (4, 4)
    >>> pooling.get_feature_names_out().tolist()
    ['band0_mean', 'band1_mean', 'band0_max', 'band1_max']
    """

    _is_per_map = True

    def __init__(
        self,
        *,
        statistics: str | Sequence[str] = ("mean", "std"),
        delta_order: int = 0,
        delta_width: int = 9,
        compression: str | None = None,
    ) -> None:
        self.statistics = statistics
        self.delta_order = delta_order
        self.delta_width = delta_width
        self.compression = compression
