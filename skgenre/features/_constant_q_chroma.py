"""Chroma from the constant-Q transform."""

import os
from numbers import Integral, Real
from typing import Any, ClassVar

import numpy as np
from sklearn.utils._param_validation import Interval, Options

from .._docstrings import inherit_docs
from .._public import public
from ._engine.base import AudioTransformer
from ._engine.spectral import SpectralTransformer
from .kernels._chroma import energy_normalised, fold_octaves, scale_frames
from .kernels._constant_q import constant_q, make_constant_q_plan
from .kernels._tuning import estimate_tuning_of

_CONSTRAINTS: dict = {
    **AudioTransformer._parameter_constraints,
    "n_chroma": [Interval(Integral, 1, None, closed="left")],
    "fmin": [Interval(Real, 0, None, closed="neither")],
    "n_octaves": [Interval(Integral, 1, None, closed="left")],
    "bins_per_octave": [Interval(Integral, 1, None, closed="left")],
    "tuning": [Interval(Real, -1, 1, closed="both"), None],
    "hop_length": [Interval(Integral, 1, None, closed="left")],
}


@public
@inherit_docs(SpectralTransformer)
class ChromaCQT(AudioTransformer):
    """Energy of each clip's pitch classes over time, from a constant-Q transform.

    Its filters are spaced like notes, so it separates low notes that share a bin of
    :class:`ChromaFeatures`. With the same parameters it equals ``librosa.feature.chroma_cqt``.

    Parameters
    ----------
    n_chroma : int, default=12
        Number of pitch classes.
    fmin : float, default=32.7032
        Lowest pitch, in Hz. The default is C1. The first class is always C.
    n_octaves : int, default=7
        Number of octaves from there.
    bins_per_octave : int, default=36
        Bins per octave, a multiple of `n_chroma`.
    tuning : float, default=0.0
        Deviation of the clips from A440 in fractions of a bin, -1 to 1. None estimates it for each
        clip, which librosa does.
    norm : {1, 2, inf}, default=inf
        Scale each frame to unit norm of this order. None keeps the energies.

    See Also
    --------
    ChromaFeatures : Faster, from the short-time spectrum.
    ChromaCENS : Smoothed, for comparing songs.

    References
    ----------
    .. [1] C. Schoerkhuber, A. Klapuri, "Constant-Q Transform Toolbox for Music Processing", Sound
       and Music Computing, 2010.

    Examples
    --------
    >>> import numpy as np
    >>> from skgenre.features import ChromaCQT
    >>> a4 = np.sin(2 * np.pi * 440 * np.arange(22050) / 22050)
    >>> chroma = ChromaCQT().fit_transform(a4[np.newaxis])
    >>> chroma.shape
    (1, 12, 44)
    >>> int(chroma[0].mean(axis=1).argmax())  # C is 0, A is 9
    9
    """

    _parameter_constraints: ClassVar[dict] = {
        **_CONSTRAINTS,
        "norm": [Options(Real, {1, 2, np.inf}), None],
    }

    def __init__(
        self,
        *,
        n_chroma: int = 12,
        fmin: float = 32.7032,
        n_octaves: int = 7,
        bins_per_octave: int = 36,
        tuning: float | None = 0.0,
        norm: float | None = np.inf,
        hop_length: int = 512,
        sr: float = 22050,
        duration: float | None = None,
        n_jobs: int | None = None,
        verbose: int = 0,
        memory: str | os.PathLike | None = None,
        max_in_memory: str | float = "2GB",
        dtype: str = "float32",
        device: str = "cpu",
    ) -> None:
        self.n_chroma = n_chroma
        self.fmin = fmin
        self.n_octaves = n_octaves
        self.bins_per_octave = bins_per_octave
        self.tuning = tuning
        self.norm = norm
        self.hop_length = hop_length
        self.sr = sr
        self.duration = duration
        self.n_jobs = n_jobs
        self.verbose = verbose
        self.memory = memory
        self.max_in_memory = max_in_memory
        self.dtype = dtype
        self.device = device

    def _check_parameters(self) -> None:
        _check_constant_q(self)

    def compute(self, y: np.ndarray) -> np.ndarray:
        return scale_frames(_constant_q_energies(self, y), self.norm)


@public
@inherit_docs(ChromaCQT)
class ChromaCENS(AudioTransformer):
    """Chroma energy normalised statistics of each clip (CENS).

    :class:`ChromaCQT` as shares of each frame, quantized to four steps and smoothed over seconds,
    so it stays the same when a song is played differently. With the same parameters it equals
    ``librosa.feature.chroma_cens``.

    Parameters
    ----------
    win_len_smooth : int, default=41
        Frames to smooth over.

    See Also
    --------
    ChromaCQT : The chroma that it is computed from.

    References
    ----------
    .. [1] M. Mueller, S. Ewert, "Chroma Toolbox: MATLAB Implementations for Extracting Variants of
       Chroma-Based Audio Features", ISMIR 2011.

    Examples
    --------
    >>> import numpy as np
    >>> from skgenre.features import ChromaCENS
    >>> clips = np.random.default_rng(0).uniform(-1, 1, (2, 22050))
    >>> ChromaCENS().fit_transform(clips).shape
    (2, 12, 44)
    """

    _parameter_constraints: ClassVar[dict] = {
        **_CONSTRAINTS,
        "win_len_smooth": [Interval(Integral, 1, None, closed="left")],
    }

    def __init__(
        self,
        *,
        win_len_smooth: int = 41,
        n_chroma: int = 12,
        fmin: float = 32.7032,
        n_octaves: int = 7,
        bins_per_octave: int = 36,
        tuning: float | None = 0.0,
        hop_length: int = 512,
        sr: float = 22050,
        duration: float | None = None,
        n_jobs: int | None = None,
        verbose: int = 0,
        memory: str | os.PathLike | None = None,
        max_in_memory: str | float = "2GB",
        dtype: str = "float32",
        device: str = "cpu",
    ) -> None:
        self.win_len_smooth = win_len_smooth
        self.n_chroma = n_chroma
        self.fmin = fmin
        self.n_octaves = n_octaves
        self.bins_per_octave = bins_per_octave
        self.tuning = tuning
        self.hop_length = hop_length
        self.sr = sr
        self.duration = duration
        self.n_jobs = n_jobs
        self.verbose = verbose
        self.memory = memory
        self.max_in_memory = max_in_memory
        self.dtype = dtype
        self.device = device

    def _check_parameters(self) -> None:
        _check_constant_q(self)

    def compute(self, y: np.ndarray) -> np.ndarray:
        return energy_normalised(_constant_q_energies(self, y), self.win_len_smooth)


def _check_constant_q(estimator: Any) -> None:
    name = type(estimator).__name__
    if estimator.bins_per_octave % estimator.n_chroma:
        raise ValueError(
            f"The 'bins_per_octave' parameter of {name} must be a multiple of "
            f"n_chroma={estimator.n_chroma}. Got {estimator.bins_per_octave} instead."
        )
    try:
        make_constant_q_plan(**_transform_settings(estimator), tuning=0.0)
    except ValueError as error:
        raise ValueError(f"{name}: {error}") from error


def _transform_settings(estimator: Any) -> dict[str, Any]:
    return {
        "sr": estimator.sr,
        "hop_length": estimator.hop_length,
        "fmin": estimator.fmin,
        "n_bins": estimator.n_octaves * estimator.bins_per_octave,
        "bins_per_octave": estimator.bins_per_octave,
    }


def _constant_q_energies(estimator: Any, y: np.ndarray) -> np.ndarray:
    tuning = estimator.tuning
    if tuning is None:
        tuning = estimate_tuning_of(y, estimator.sr, estimator.bins_per_octave)
    magnitudes = constant_q(y, **_transform_settings(estimator), tuning=tuning)
    return fold_octaves(magnitudes, estimator.bins_per_octave, estimator.n_chroma, estimator.fmin)
