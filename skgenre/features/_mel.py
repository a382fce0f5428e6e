"""Mel spectrograms."""

import os
from numbers import Integral, Real
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from sklearn.utils._param_validation import Interval, StrOptions

from .._docstrings import inherit_docs
from .._public import public
from ._engine.spectral import (
    PRECISION_BEFORE,
    PRECISION_CONSTRAINTS,
    SpectralTransformer,
    check_framing,
    check_frequencies,
    framing_of,
)
from .kernels._mel import MelEnergies, to_decibels
from .kernels._mel_filters import count_empty_bands, make_mel_filters

if TYPE_CHECKING:
    import torch

MEL_CONSTRAINTS: dict = {
    "n_mels": [Interval(Integral, 1, None, closed="left")],
    "fmin": [Interval(Real, 0, None, closed="left")],
    "fmax": [Interval(Real, 0, None, closed="neither"), None],
    "htk": ["boolean"],
    "power": [Interval(Real, 0, None, closed="neither")],
    "amin": [Interval(Real, 0, None, closed="neither")],
    "top_db": [Interval(Real, 0, None, closed="left"), None],
}


@public
@inherit_docs()
class MelSpectrogram(SpectralTransformer):
    """Mel spectrogram of each clip.

    The short-time power spectrum in dB, summed into bands evenly spaced in perceived pitch. With
    the same parameters it equals
    ``librosa.power_to_db(librosa.feature.melspectrogram(...), top_db=None)`` within 1e-3 dB, and
    with ``power=1`` ``librosa.amplitude_to_db`` of it.

    Parameters
    ----------
    n_mels : int, default=128
        Number of mel bands.
    fmin : float, default=0.0
        Lowest frequency, in Hz.
    fmax : float, default=None
        Highest frequency, in Hz. None means ``sr / 2``.
    htk : bool, default=False
        HTK's formula for the mel scale instead of Slaney's.
    norm : {"slaney"}, float or None, default="slaney"
        Scaling of the filters, as in :func:`librosa.filters.mel`.
    power : float, default=2.0
        Exponent of the magnitude: 1 is amplitude, 2 is power.
    scale : {"db", "log", "power"}, default="db"
        Decibels, natural logarithm, or plain values.
    ref : float or "max", default=1.0
        Value of 0 dB. "max" is each clip's own maximum. For decibels only.
    amin : float, default=1e-10
        Smaller values are raised to it before the logarithm.
    top_db : float, default=None
        Values further below each clip's maximum are raised to it. For decibels only.
    device : {"cpu", "cuda", "auto"}, default="cpu"
        Device to compute on. "cuda" uses a GPU, in batches; "auto" does so if possible.

    See Also
    --------
    MFCC : Cosine transform of the mel spectrogram.
    Segmenter : Mel spectrograms of segments.

    References
    ----------
    .. [1] S. S. Stevens, J. Volkmann, E. B. Newman, "A Scale for the Measurement of the
       Psychological Magnitude Pitch", JASA 8, 1937.
    .. [2] B. McFee et al., "librosa: Audio and Music Signal Analysis in Python", SciPy 2015.

    Examples
    --------
    >>> import numpy as np
    >>> from skgenre.features import MelSpectrogram
    >>> clips = np.random.default_rng(0).uniform(-1, 1, (2, 22050))
    >>> MelSpectrogram(n_mels=64).fit_transform(clips).shape
    (2, 64, 44)
    """

    _parameter_constraints: ClassVar[dict] = {
        **SpectralTransformer._parameter_constraints,
        **PRECISION_CONSTRAINTS,
        **MEL_CONSTRAINTS,
        "norm": [StrOptions({"slaney"}), Interval(Real, 0, None, closed="neither"), None],
        "scale": [StrOptions({"db", "log", "power"})],
        "ref": [StrOptions({"max"}), Interval(Real, 0, None, closed="neither")],
    }

    _before = PRECISION_BEFORE

    def __init__(
        self,
        *,
        sr: float = 22050,
        n_fft: int = 2048,
        hop_length: int = 512,
        win_length: int | None = None,
        window: Any = "hann",
        center: bool = True,
        pad_mode: str = "constant",
        n_mels: int = 128,
        fmin: float = 0.0,
        fmax: float | None = None,
        htk: bool = False,
        norm: Any = "slaney",
        power: float = 2.0,
        scale: str = "db",
        ref: float | str = 1.0,
        amin: float = 1e-10,
        top_db: float | None = None,
        duration: float | None = None,
        precision: str = "double",
        n_jobs: int | None = None,
        verbose: int = 0,
        memory: str | os.PathLike | None = None,
        max_in_memory: str | float = "2GB",
        dtype: str = "float32",
        device: str = "cpu",
    ) -> None:
        self.sr = sr
        self.n_fft = n_fft
        self.hop_length = hop_length
        self.win_length = win_length
        self.window = window
        self.center = center
        self.pad_mode = pad_mode
        self.n_mels = n_mels
        self.fmin = fmin
        self.fmax = fmax
        self.htk = htk
        self.norm = norm
        self.power = power
        self.scale = scale
        self.ref = ref
        self.amin = amin
        self.top_db = top_db
        self.duration = duration
        self.precision = precision
        self.n_jobs = n_jobs
        self.verbose = verbose
        self.memory = memory
        self.max_in_memory = max_in_memory
        self.dtype = dtype
        self.device = device

    def _check_parameters(self) -> None:
        check_framing(self)
        check_frequencies(self)
        mel_filters_of(self, norm=self.norm)

    def _accumulate(self, y: np.ndarray, n_frames: int) -> MelEnergies:
        return mel_energies_of(self, self.norm, n_frames)

    def _finish(self, feature: np.ndarray) -> np.ndarray:
        if self.scale == "power":
            return feature
        if self.scale == "log":
            return np.log(np.maximum(feature, np.float32(self.amin)))
        return to_decibels(
            feature,
            power=self.power,
            ref=self.ref,
            amin=self.amin,
            top_db=self.top_db,
            out=feature,
        )

    def _compute_batch(self, waveforms: "torch.Tensor") -> "torch.Tensor":
        from .torch_kernels import _mel, _spectrum

        filters = mel_filters_of(self, self.norm)
        mel = _spectrum.filter_spectrum(waveforms, filters, power=self.power, **framing_of(self))
        if self.scale == "power":
            return mel
        if self.scale == "log":
            return mel.clamp(min=self.amin).log()
        return _mel.to_decibels(
            mel, power=self.power, ref=self.ref, amin=self.amin, top_db=self.top_db
        )


def _filter_parameters(estimator: Any, norm: Any) -> tuple:
    names = ("sr", "n_fft", "n_mels", "fmin", "fmax", "htk")
    return (*(getattr(estimator, name) for name in names), norm)


def mel_energies_of(estimator: Any, norm: Any, n_frames: int) -> MelEnergies:
    """Return the accumulator for a transformer's mel bands."""
    return MelEnergies(n_frames, estimator.power, *_filter_parameters(estimator, norm))


def mel_filters_of(estimator: Any, norm: Any) -> np.ndarray:
    """Return the filter bank of a transformer; refuse more bands than the spectrum resolves."""
    parameters = _filter_parameters(estimator, norm)
    if n_empty := count_empty_bands(*parameters):
        raise ValueError(
            f"The 'n_mels' parameter of {type(estimator).__name__} is too large: with "
            f"n_mels={estimator.n_mels}, {n_empty} bands lie between two frequencies of a spectrum "
            f"with n_fft={estimator.n_fft} at sr={estimator.sr:g} Hz and stay empty. Use fewer "
            f"bands, a larger n_fft, or a higher fmin."
        )
    return make_mel_filters(*parameters)
