"""Mel-frequency cepstral coefficients."""

import os
from numbers import Integral, Real
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from sklearn.utils._param_validation import Interval, Options, StrOptions

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
from ._mel import MEL_CONSTRAINTS, MelSpectrogram, mel_energies_of, mel_filters_of
from .kernels._mel import MelEnergies, cepstrum, to_decibels

if TYPE_CHECKING:
    import torch

MFCC_CONSTRAINTS: dict = {
    "n_mfcc": [Interval(Integral, 1, None, closed="left")],
    "dct_type": [Options(Integral, {1, 2, 3})],
    "norm": [StrOptions({"ortho"}), None],
    "lifter": [Interval(Real, 0, None, closed="left")],
}


@public
@inherit_docs(MelSpectrogram)
class MFCC(SpectralTransformer):
    """Mel-frequency cepstral coefficients of each clip.

    The cosine transform of the mel spectrogram in dB: a smooth description of timbre. With the
    same parameters it equals ``librosa.feature.mfcc`` within 1e-3, one clip at a time.

    Parameters
    ----------
    n_mfcc : int, default=20
        Number of coefficients, at most `n_mels`.
    dct_type : {1, 2, 3}, default=2
        Type of the cosine transform.
    norm : {"ortho"} or None, default="ortho"
        Scaling of the cosine transform.
    lifter : float, default=0
        Coefficient of the sinusoidal liftering; 0 omits it.
    power : float, default=2.0
        Exponent of the magnitude: 1 is amplitude, 2 is power. The decibels are ten times the
        logarithm either way, as in librosa.
    top_db : float, default=80.0
        Values further below each clip's maximum are raised to it. None disables this.

    See Also
    --------
    MelSpectrogram : The spectrogram that it is computed from.
    MFCCSegmenter : MFCCs of segments.

    References
    ----------
    .. [1] S. B. Davis, P. Mermelstein, "Comparison of Parametric Representations for Monosyllabic
       Word Recognition in Continuously Spoken Sentences", IEEE TASSP 28, 1980.
    .. [2] G. Tzanetakis, P. Cook, "Musical Genre Classification of Audio Signals", IEEE TSAP 10,
       2002.

    Examples
    --------
    >>> import numpy as np
    >>> from skgenre.features import MFCC
    >>> clips = np.random.default_rng(0).uniform(-1, 1, (2, 22050))
    >>> MFCC(n_mfcc=13).fit_transform(clips).shape
    (2, 13, 44)
    """

    _parameter_constraints: ClassVar[dict] = {
        **SpectralTransformer._parameter_constraints,
        **PRECISION_CONSTRAINTS,
        **MFCC_CONSTRAINTS,
        **MEL_CONSTRAINTS,
    }

    _before = PRECISION_BEFORE

    def __init__(
        self,
        *,
        sr: float = 22050,
        n_mfcc: int = 20,
        dct_type: int = 2,
        norm: str | None = "ortho",
        lifter: float = 0,
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
        power: float = 2.0,
        amin: float = 1e-10,
        top_db: float | None = 80.0,
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
        self.n_mfcc = n_mfcc
        self.dct_type = dct_type
        self.norm = norm
        self.lifter = lifter
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
        self.power = power
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
        if self.n_mfcc > self.n_mels:
            raise ValueError(
                f"The 'n_mfcc' parameter of {type(self).__name__} must be at most "
                f"n_mels={self.n_mels}. Got {self.n_mfcc} instead."
            )
        if self.dct_type == 1 and (self.norm is not None or self.n_mels < 2):
            raise ValueError(
                f"{type(self).__name__} with dct_type=1 needs norm=None and at least two bands. "
                f"Got norm={self.norm!r} and n_mels={self.n_mels} instead."
            )
        mel_filters_of(self, norm="slaney")

    def _accumulate(self, y: np.ndarray, n_frames: int) -> MelEnergies:
        return mel_energies_of(self, "slaney", n_frames)

    def _finish(self, feature: np.ndarray) -> np.ndarray:
        # 10 log10 whatever the exponent, as in librosa.feature.mfcc.
        decibels = to_decibels(feature, power=2.0, amin=self.amin, top_db=self.top_db, out=feature)
        return cepstrum(
            decibels,
            n_mfcc=self.n_mfcc,
            dct_type=self.dct_type,
            norm=self.norm,
            lifter=self.lifter,
        )

    def _compute_batch(self, waveforms: "torch.Tensor") -> "torch.Tensor":
        from .torch_kernels import _mel, _spectrum

        filters = mel_filters_of(self, "slaney")
        mel = _spectrum.filter_spectrum(waveforms, filters, power=self.power, **framing_of(self))
        decibels = _mel.to_decibels(mel, amin=self.amin, top_db=self.top_db)
        return _mel.cepstrum(
            decibels,
            n_mfcc=self.n_mfcc,
            dct_type=self.dct_type,
            norm=self.norm,
            lifter=self.lifter,
        )
