"""Chroma: energy by pitch class."""

import os
from numbers import Integral, Real
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from sklearn.utils._param_validation import Interval, Options

from .._docstrings import inherit_docs
from .._public import public
from ._engine.spectral import (
    PRECISION_BEFORE,
    PRECISION_CONSTRAINTS,
    SpectralTransformer,
    framing_of,
)
from ._mel import MelSpectrogram
from .kernels._chroma import ChromaEnergies, make_chroma_filters, scale_frames

if TYPE_CHECKING:
    import torch


@public
@inherit_docs(MelSpectrogram)
class ChromaFeatures(SpectralTransformer):
    """Energy of each clip's twelve pitch classes over time.

    Harmony without timbre: a C is a C in any octave. With the same parameters it equals
    ``librosa.feature.chroma_stft`` within 1e-5.

    Parameters
    ----------
    n_chroma : int, default=12
        Number of pitch classes in an octave.
    tuning : float, default=0.0
        Deviation from A440, in fractions of a bin. None estimates it for each clip, as librosa
        does, at several times the cost.
    norm : {1, 2, inf} or None, default=inf
        Scale each frame to unit norm of this order. None keeps the energies.

    See Also
    --------
    FeatureStack : Join chroma and MFCCs on the band axis.

    References
    ----------
    .. [1] M. A. Bartsch, G. H. Wakefield, "To Catch a Chorus: Using Chroma-Based Representations
       for Audio Thumbnailing", WASPAA 2001.
    .. [2] D. P. W. Ellis, "Chroma Feature Analysis and Synthesis", 2007.

    Examples
    --------
    >>> import numpy as np
    >>> from skgenre.features import ChromaFeatures
    >>> a4 = np.sin(2 * np.pi * 440 * np.arange(22050) / 22050)
    >>> chroma = ChromaFeatures().fit_transform([a4])
    >>> chroma.shape, int(chroma[0, :, 20].argmax())  # C is 0, so A is 9
    ((1, 12, 44), 9)
    """

    _parameter_constraints: ClassVar[dict] = {
        **SpectralTransformer._parameter_constraints,
        **PRECISION_CONSTRAINTS,
        "n_chroma": [Interval(Integral, 1, None, closed="left")],
        "tuning": [Interval(Real, -1, 1, closed="both"), None],
        "norm": [Options(Real, {1, 2, np.inf}), None],
    }

    _before = PRECISION_BEFORE

    def __init__(
        self,
        *,
        sr: float = 22050,
        n_chroma: int = 12,
        tuning: float | None = 0.0,
        norm: float | None = np.inf,
        n_fft: int = 2048,
        hop_length: int = 512,
        win_length: int | None = None,
        window: Any = "hann",
        center: bool = True,
        pad_mode: str = "constant",
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
        self.n_chroma = n_chroma
        self.tuning = tuning
        self.norm = norm
        self.n_fft = n_fft
        self.hop_length = hop_length
        self.win_length = win_length
        self.window = window
        self.center = center
        self.pad_mode = pad_mode
        self.duration = duration
        self.precision = precision
        self.n_jobs = n_jobs
        self.verbose = verbose
        self.memory = memory
        self.max_in_memory = max_in_memory
        self.dtype = dtype
        self.device = device

    def _accumulate(self, y: np.ndarray, n_frames: int) -> ChromaEnergies:
        return ChromaEnergies(n_frames, self.sr, self.n_fft, self.n_chroma, self.tuning)

    def _finish(self, feature: np.ndarray) -> np.ndarray:
        return scale_frames(feature, self.norm)

    def _compute_batch(self, waveforms: "torch.Tensor") -> "torch.Tensor":
        from .torch_kernels import _chroma, _spectrum

        framing = framing_of(self)
        if self.tuning is None:
            tunings = _chroma.estimate_tunings(waveforms, self.sr, self.n_chroma, **framing)
        else:
            tunings = [self.tuning]
        filters = [make_chroma_filters(self.sr, self.n_fft, self.n_chroma, t) for t in tunings]
        energies = _spectrum.filter_spectrum(waveforms, np.stack(filters), **framing)
        return _chroma.scale_frames(energies, self.norm)
