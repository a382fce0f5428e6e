"""Periodicity of onsets."""

import os
from numbers import Integral
from typing import Any, ClassVar

import numpy as np
from sklearn.utils._param_validation import Interval

from .._docstrings import inherit_docs
from .._public import public
from ._engine.spectral import SpectralTransformer
from .kernels._mel import MelEnergies, to_decibels
from .kernels._tempo import local_autocorrelation, onset_strength


@public
@inherit_docs()
class Tempogram(SpectralTransformer):
    """Periodicity of the onsets around each frame of each clip.

    The autocorrelation of the spectral flux in a window of some seconds: row k is the periodicity
    at a lag of k frames, which is ``60 * sr / (hop_length * k)`` beats per minute. Each frame's
    maximum is 1. With the same parameters it equals ``librosa.feature.tempogram``.

    Parameters
    ----------
    win_length_frames : int, default=384
        Frames in the window, and rows of the result: 8.9 s with the other defaults.

    See Also
    --------
    Tempo : The tempo itself.
    ModulationSpectrum : Rates of all bands, for whole clips.

    References
    ----------
    .. [1] P. Grosche, M. Mueller, F. Kurth, "Cyclic Tempogram: A Mid-level Tempo Representation
       for Music Signals", ICASSP 2010.

    Examples
    --------
    >>> import numpy as np
    >>> from skgenre.features import Tempogram
    >>> clips = np.random.default_rng(0).uniform(-1, 1, (2, 22050))
    >>> Tempogram(win_length_frames=100).fit_transform(clips).shape
    (2, 100, 44)
    """

    _parameter_constraints: ClassVar[dict] = {
        **SpectralTransformer._parameter_constraints,
        "win_length_frames": [Interval(Integral, 2, None, closed="left")],
    }

    def __init__(
        self,
        *,
        win_length_frames: int = 384,
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
        self.win_length_frames = win_length_frames
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

    def _accumulate(self, y: np.ndarray, n_frames: int) -> MelEnergies:
        return MelEnergies(n_frames, 2.0, self.sr, self.n_fft, 128, 0.0, None, False, "slaney")

    def _finish(self, feature: np.ndarray) -> np.ndarray:
        onsets = onset_strength(
            to_decibels(feature, top_db=80.0),
            self.n_fft,
            self.hop_length,
            aggregate="mean",
            center=self.center,
        )
        return local_autocorrelation(onsets, self.win_length_frames)
