"""Modulation rates of bands and onsets, as a table."""

from collections.abc import Callable
from itertools import pairwise
from numbers import Integral, Real
from typing import Any, ClassVar, Self

import numpy as np
import scipy.signal
from sklearn.base import _fit_context
from sklearn.utils._param_validation import Interval, StrOptions

from .._public import public
from ._pooled_bands import PooledBandsTable

# Smaller variances are raised to it before the logarithm; in the squared unit of the map.
_LEAST_VARIANCE = 1e-10


@public
class ModulationSpectrum(PooledBandsTable):
    """Spectrum of the envelopes of pooled bands and of the onset flux, as a table.

    Neighbouring bands are averaged, and the Fourier transform of each over the frames of a clip
    shows how fast it rises and falls: bars and beats below 4 Hz, notes, syllables and strums above.
    The onset flux, more envelopes, is how much the bands rise from one frame to the next. A
    column is the variance of one envelope within one range of modulation rates, in dB. It does not
    depend on the level: in decibels, a gain only moves the mean.

    Parameters
    ----------
    sr : float, default=22050
        Sampling rate of the waveforms that the maps were computed from, in Hz.
    hop_length : int, default=512
        Samples from one frame of the maps to the next. ``sr / hop_length`` is the frame rate.
    n_bands : int, default=32
        Number of groups of neighbouring bands to average, as even as possible. A map with fewer
        bands keeps them; None always keeps all bands.
    min_rate : float, default=0.5
        Lowest modulation rate, in Hz. A map must last at least one period of it.
    max_rate : float, default=16.0
        Highest modulation rate, in Hz, at most half the frame rate. None means half the frame rate.
    n_rates : int, default=8
        Number of ranges of rates, logarithmically spaced.
    flux : {"mean", "bands"} or None, default="mean"
        Onset flux: one envelope of all bands, one for each group of bands, or none.

    Attributes
    ----------
    n_features_in_ : int
        Number of bands of the maps.
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Names of the columns, when fitted on a DataFrame.

    See Also
    --------
    BandCovariance : Covariance of bands that rise and fall together.
    FramePooling : Statistics that ignore the order of frames.

    Notes
    -----
    A column is ``10 * log10`` of the integral, over a range of rates, of the power spectral
    density of an envelope with its mean removed, under a Hann window; the integral over all rates
    is the envelope's variance. For a mel spectrogram in dB the column's unit is dB re 1 dB², and
    ``band0-3_0.5-0.7711Hz`` is that of the mean of bands 0 to 3 between 0.5 and 0.7711 Hz.
    Columns of the flux come last: ``flux_0.5-0.7711Hz``, or ``band0-3_flux_0.5-0.7711Hz`` with
    ``flux="bands"``. The flux of a frame is the mean over all bands, or those of the group, of
    their rise since the previous frame, with falls set to 0. Variances below 1e-10 are raised to
    it: -100.

    ==================================================  ==========================================
    input                                               output
    ==================================================  ==========================================
    feature map (n_clips, n_bands, n_frames)            table (n_clips, n_features)
    segments (n_clips, n_segments, n_bands, n_frames)   (n_clips, n_segments, n_features, 1)
    ragged segments                                     ragged (n_segments, n_features, 1)
    table (n_clips, n_bands): maps of a single frame    table of equal rows, with a warning
    ==================================================  ==========================================

    References
    ----------
    .. [1] M. F. McKinney, J. Breebaart, "Features for Audio and Music Classification", ISMIR 2003.
    .. [2] C.-H. Lee, J.-L. Shih, K.-M. Yu, H.-S. Lin, "Automatic Music Genre Classification Based
       on Modulation Spectral Analysis of Spectral and Cepstral Features", IEEE Trans. Multimedia
       11, 2009.
    .. [3] S. Dixon, "Onset Detection Revisited", DAFx 2006: the flux.

    Examples
    --------
    A level that goes up and down three times a second:

    >>> import numpy as np
    >>> from skgenre.features import ModulationSpectrum
    >>> time = np.arange(256) * 512 / 22050
    >>> maps = np.sin(2 * np.pi * 3 * time)[np.newaxis, np.newaxis]
    >>> spectrum = ModulationSpectrum(min_rate=1, n_rates=4).set_output(transform="pandas")
    >>> spectrum.fit_transform(maps).iloc[0, :4].round(1).to_dict()
    {'band0_1-2Hz': -66.1, 'band0_2-4Hz': -3.0, 'band0_4-8Hz': -66.1, 'band0_8-16Hz': -100.0}
    """

    _parameter_constraints: ClassVar[dict] = {
        **PooledBandsTable._parameter_constraints,
        "sr": [Interval(Real, 0, None, closed="neither")],
        "hop_length": [Interval(Integral, 1, None, closed="left")],
        "min_rate": [Interval(Real, 0, None, closed="neither")],
        "max_rate": [Interval(Real, 0, None, closed="neither"), None],
        "n_rates": [Interval(Integral, 1, None, closed="left")],
        "flux": [StrOptions({"mean", "bands"}), None],
    }

    _before: ClassVar[dict] = {"flux": "mean"}

    def __init__(
        self,
        *,
        sr: float = 22050,
        hop_length: int = 512,
        n_bands: int | None = 32,
        min_rate: float = 0.5,
        max_rate: float | None = 16.0,
        n_rates: int = 8,
        flux: str | None = "mean",
    ) -> None:
        self.sr = sr
        self.hop_length = hop_length
        self.n_bands = n_bands
        self.min_rate = min_rate
        self.max_rate = max_rate
        self.n_rates = n_rates
        self.flux = flux

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
        self._rate_edges()
        self._check(X, reset=True)
        return self

    def _rate_edges(self) -> np.ndarray:
        """Return the edges of the ranges of rates, in Hz."""
        highest = self.sr / self.hop_length / 2
        max_rate = highest if self.max_rate is None else self.max_rate
        name = type(self).__name__
        if max_rate > highest:
            raise ValueError(
                f"The 'max_rate' parameter of {name} must be at most half the frame rate, "
                f"{highest:.4g} Hz with sr={self.sr:g} and hop_length={self.hop_length}. Got "
                f"{max_rate:g} instead: use a lower one, or None for that half."
            )
        if self.min_rate >= max_rate:
            raise ValueError(
                f"The 'min_rate' parameter of {name} must be below the highest rate, "
                f"{max_rate:.4g} Hz. Got {self.min_rate:g} instead."
            )
        return np.geomspace(self.min_rate, max_rate, self.n_rates + 1)

    def _fewest_frames(self) -> tuple[int, str]:
        frame_rate = self.sr / self.hop_length
        reason = f"min_rate={self.min_rate:g}, sr={self.sr:g} and hop_length={self.hop_length}"
        return int(np.ceil(frame_rate / self.min_rate)), reason

    def _make_describe(self) -> Callable[[np.ndarray], np.ndarray]:
        edges = self._rate_edges()
        frame_rate = self.sr / self.hop_length

        def describe(bands: np.ndarray) -> np.ndarray:
            envelopes = np.concatenate([self._pool_bands(bands), self._compute_flux(bands)])
            rates, density = scipy.signal.periodogram(envelopes, frame_rate, window="hann")
            # Each value of the density represents the rates nearest to it.
            half = frame_rate / envelopes.shape[1] / 2
            low = np.maximum(edges[:-1, np.newaxis], rates - half)
            high = np.minimum(edges[1:, np.newaxis], rates + half)
            variance = density @ np.maximum(high - low, 0).T
            return 10 * np.log10(np.maximum(variance, _LEAST_VARIANCE)).ravel()

        return describe

    def _compute_flux(self, bands: np.ndarray) -> np.ndarray:
        """Return the envelopes (n_envelopes, n_frames) of the onset flux."""
        if self.flux is None:
            return np.empty((0, bands.shape[1]))
        rise = np.maximum(np.diff(bands, axis=1, prepend=bands[:, :1]), 0)
        if self.flux == "bands":
            return self._pool_bands(rise)
        return rise.mean(axis=0, keepdims=True)

    def get_feature_names_out(self, input_features: Any = None) -> np.ndarray:
        """Name the columns: ``band0-3_0.5-0.7711Hz``, ``flux_0.5-0.7711Hz`` and so on.

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
        fluxes = {"mean": ["flux"], "bands": [f"{group}_flux" for group in groups]}
        envelopes = groups + fluxes.get(self.flux or "", [])
        edges = [f"{edge:.4g}" for edge in self._rate_edges()]
        ranges = [f"{low}-{high}Hz" for low, high in pairwise(edges)]
        return np.array([f"{band}_{rates}" for band in envelopes for rates in ranges], dtype=object)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.requires_fit = False
        return tags
