"""Descriptors of the spectrum and of the waveform, frame by frame."""

import os
from collections.abc import Sequence
from numbers import Integral, Real
from typing import Any, ClassVar

import numpy as np
from sklearn.utils._param_validation import Interval

from .._docstrings import inherit_docs
from .._public import public
from ._engine.spectral import SpectralTransformer, check_framing
from .kernels._descriptors import Descriptors, contrast_bands
from .kernels._mel import MelEnergies, to_decibels
from .kernels._one_pass import Accumulator
from .kernels._tempo import onset_strength
from .kernels._time_domain import root_mean_square, zero_crossing_rate

DESCRIPTORS = (
    "centroid",
    "bandwidth_2",
    "bandwidth_3",
    "bandwidth_4",
    "rolloff",
    "contrast",
    "flatness",
    "flux",
    "rms",
    "zero_crossing_rate",
)
_N_MELS = 128


@public
@inherit_docs()
class SpectralDescriptors(SpectralTransformer):
    """Descriptors of the spectrum's shape and of the waveform, one row each.

    The usual spectral features as a feature map of a few rows, computed in one pass. With the same
    parameters they equal librosa's.

    Parameters
    ----------
    descriptors : sequence of str, default=("centroid", "bandwidth_2", "rolloff", "contrast", \
            "flatness", "flux", "rms", "zero_crossing_rate")
        Descriptors to compute, in the order of the rows:

        - ``"centroid"``: mean frequency of the magnitudes, in Hz;
        - ``"bandwidth_2"``, ``"bandwidth_3"``, ``"bandwidth_4"``: root of the mean 2nd, 3rd or 4th
          power of the distance from the centroid, in Hz;
        - ``"rolloff"``: frequency below which `roll_percent` of the magnitude lies, in Hz;
        - ``"contrast"``: level of the peaks over that of the valleys in `n_bands` octave bands and
          the one below them, in dB: ``n_bands + 1`` rows;
        - ``"flatness"``: geometric over arithmetic mean of the power, from 0 (a tone) to 1 (noise);
        - ``"flux"``: mean rise of mel bands from the frame before, in dB:
          ``librosa.onset.onset_strength``;
        - ``"rms"``: root mean square of the waveform in the frame;
        - ``"zero_crossing_rate"``: share of samples at which the sign changes.
    roll_percent : float, default=0.85
        Share of the magnitude for the rolloff.
    n_bands : int, default=6
        Octave bands of the contrast.
    fmin : float, default=200.0
        Lower edge of the lowest octave band, in Hz.
    quantile : float, default=0.02
        Share of a band's bins taken as its peaks, and as its valleys.

    See Also
    --------
    FramePooling : Means and variances of the rows.

    References
    ----------
    .. [1] G. Peeters, "A Large Set of Audio Features for Sound Description", IRCAM, 2004.
    .. [2] D. Jiang et al., "Music Type Classification by Spectral Contrast Feature", ICME 2002.

    Examples
    --------
    >>> import numpy as np
    >>> from skgenre.features import SpectralDescriptors
    >>> clips = np.random.default_rng(0).uniform(-1, 1, (2, 22050))
    >>> SpectralDescriptors().fit_transform(clips).shape
    (2, 14, 44)
    >>> SpectralDescriptors(["centroid", "rms"]).fit_transform(clips).shape
    (2, 2, 44)
    """

    _parameter_constraints: ClassVar[dict] = {
        **SpectralTransformer._parameter_constraints,
        "descriptors": ["array-like"],
        "roll_percent": [Interval(Real, 0, 1, closed="neither")],
        "n_bands": [Interval(Integral, 1, None, closed="left")],
        "fmin": [Interval(Real, 0, None, closed="neither")],
        "quantile": [Interval(Real, 0, 1, closed="neither")],
    }

    def __init__(
        self,
        descriptors: Sequence[str] = (
            "centroid",
            "bandwidth_2",
            "rolloff",
            "contrast",
            "flatness",
            "flux",
            "rms",
            "zero_crossing_rate",
        ),
        *,
        roll_percent: float = 0.85,
        n_bands: int = 6,
        fmin: float = 200.0,
        quantile: float = 0.02,
        n_fft: int = 2048,
        hop_length: int = 512,
        win_length: int | None = None,
        window: Any = "hann",
        center: bool = True,
        pad_mode: str = "constant",
        sr: float = 22050,
        duration: float | None = None,
        n_jobs: int | None = None,
        verbose: int = 0,
        memory: str | os.PathLike | None = None,
        max_in_memory: str | float = "2GB",
        dtype: str = "float32",
        device: str = "cpu",
    ) -> None:
        self.descriptors = descriptors
        self.roll_percent = roll_percent
        self.n_bands = n_bands
        self.fmin = fmin
        self.quantile = quantile
        self.n_fft = n_fft
        self.hop_length = hop_length
        self.win_length = win_length
        self.window = window
        self.center = center
        self.pad_mode = pad_mode
        self.sr = sr
        self.duration = duration
        self.n_jobs = n_jobs
        self.verbose = verbose
        self.memory = memory
        self.max_in_memory = max_in_memory
        self.dtype = dtype
        self.device = device

    def _check_parameters(self) -> None:
        check_framing(self)
        name = type(self).__name__
        wanted = list(self.descriptors)
        unknown = [descriptor for descriptor in wanted if descriptor not in DESCRIPTORS]
        if not wanted or unknown or len(set(wanted)) < len(wanted):
            raise ValueError(
                f"The 'descriptors' parameter of {name} must be different ones of "
                f"{', '.join(DESCRIPTORS)}. Got {wanted!r} instead."
            )
        top = self.fmin * 2**self.n_bands
        if "contrast" in wanted:
            if self.fmin * 2 ** (self.n_bands - 1) >= self.sr / 2:
                raise ValueError(
                    f"{name}: the octave bands of the contrast go from fmin={self.fmin:g} Hz to "
                    f"{top:g} Hz, but the last one begins above sr/2 = {self.sr / 2:g} Hz. Use a "
                    f"lower fmin or fewer n_bands."
                )
            self._contrast_bands()

    def _contrast_bands(self) -> None:
        try:
            contrast_bands(self.sr, self.n_fft, self.fmin, self.n_bands, self.quantile)
        except IndexError as error:
            raise ValueError(
                f"{type(self).__name__}: with n_fft={self.n_fft} at sr={self.sr:g} Hz an octave "
                f"band of the contrast has no frequency in it. Use a larger n_fft or fmin."
            ) from error

    def _accumulate(self, y: np.ndarray, n_frames: int) -> "_Rows":
        return _Rows(self, y, n_frames)


class _Rows:
    """All descriptors of a clip."""

    def __init__(self, settings: SpectralDescriptors, y: np.ndarray, n_frames: int) -> None:
        self._settings = settings
        self._y = y
        wanted = list(settings.descriptors)
        in_time = {"rms", "zero_crossing_rate", "flux"}
        self._names = [name for name in wanted if name not in in_time]
        self._parts: list[Accumulator] = []
        if self._names:
            shape = Descriptors(
                n_frames,
                settings.sr,
                settings.n_fft,
                self._names,
                rolloff=settings.roll_percent,
                contrast=(settings.fmin, settings.n_bands, settings.quantile),
            )
            self._parts.append(shape)
        if "flux" in wanted:
            filters = (settings.sr, settings.n_fft, _N_MELS, 0.0, None, False, "slaney")
            self._parts.append(MelEnergies(n_frames, 2.0, *filters))

    def add(self, frames: slice, power: np.ndarray) -> None:
        for part in self._parts:
            part.add(frames, power)

    def finish(self) -> np.ndarray:
        settings = self._settings
        finished = [part.finish() for part in self._parts]
        rows: dict[str, np.ndarray] = {}
        at = 0
        for name in self._names:
            n_rows = settings.n_bands + 1 if name == "contrast" else 1
            rows[name] = finished[0][at : at + n_rows]
            at += n_rows
        y = np.pad(self._y, (0, max(0, settings.n_fft - len(self._y))))
        for name in settings.descriptors:
            if name == "rms":
                rms = root_mean_square(
                    y, settings.n_fft, settings.hop_length, settings.center, settings.pad_mode
                )
                rows[name] = rms[np.newaxis]
            elif name == "zero_crossing_rate":
                rate = zero_crossing_rate(y, settings.n_fft, settings.hop_length, settings.center)
                rows[name] = rate[np.newaxis]
            elif name == "flux":
                flux = onset_strength(
                    to_decibels(finished[-1], top_db=80.0),
                    settings.n_fft,
                    settings.hop_length,
                    aggregate="mean",
                    center=settings.center,
                )
                rows[name] = flux[np.newaxis]
        return np.concatenate([rows[name] for name in settings.descriptors])
