"""MFCCs of segments, as frames or as statistics."""

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.pipeline import make_pipeline
from sklearn.utils._param_validation import StrOptions

from .._docstrings import inherit_docs
from .._public import public
from ._engine.base import AudioTransformer
from ._engine.spectral import FRAMING_CONSTRAINTS, PRECISION_BEFORE, PRECISION_CONSTRAINTS
from ._mel import MEL_CONSTRAINTS
from ._mfcc import MFCC, MFCC_CONSTRAINTS
from ._pooling import STATISTICS, FramePooling
from ._segmenter import SEGMENT_CONSTRAINTS, Segmenter, check_segment_parameters

if TYPE_CHECKING:
    import torch


@public
@inherit_docs(MFCC, Segmenter)
class MFCCSegmenter(AudioTransformer):
    """MFCCs of each clip's segments: ``Segmenter(MFCC(...))`` with pooling in one transformer.

    Parameters
    ----------
    statistics : str or list of str, default=None
        Statistics over the frames of each segment: "mean", "std", "var", "min", "max", "median",
        "skew", "kurtosis", "cov", as in :class:`FramePooling`. None keeps the frames.
    duration : float, default=None
        Duration of each clip in seconds: longer clips are cut, shorter ones zero-padded. None keeps
        them as they are; clips of different lengths then give a ragged result.

    See Also
    --------
    Segmenter : The same for any feature.

    Notes
    -----
    The result has the shape (n_clips, n_segments, n_mfcc, n_frames), with `statistics`
    (n_clips, n_segments, n_features, 1); ragged as in :class:`Segmenter`.

    References
    ----------
    .. [1] G. Tzanetakis, P. Cook, "Musical Genre Classification of Audio Signals", IEEE TSAP 10,
       2002.

    Examples
    --------
    >>> import numpy as np
    >>> from skgenre.features import MFCCSegmenter
    >>> clips = np.random.default_rng(0).uniform(-1, 1, (2, 3 * 22050))
    >>> MFCCSegmenter(segment_duration=1.0).fit_transform(clips).shape
    (2, 3, 20, 44)
    >>> MFCCSegmenter(segment_duration=1.0, statistics=["mean", "var"]).fit_transform(clips).shape
    (2, 3, 40, 1)
    """

    _parameter_constraints: ClassVar[dict] = {
        **AudioTransformer._parameter_constraints,
        **SEGMENT_CONSTRAINTS,
        "statistics": [StrOptions(set(STATISTICS)), list, tuple, None],
        **MFCC_CONSTRAINTS,
        **FRAMING_CONSTRAINTS,
        **PRECISION_CONSTRAINTS,
        **MEL_CONSTRAINTS,
    }
    _is_ragged_allowed = True
    _before = PRECISION_BEFORE

    def __init__(
        self,
        *,
        segment_duration: float = 3.0,
        segment_hop: float | None = None,
        n_segments: int | None = None,
        statistics: str | Sequence[str] | None = None,
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
        self.segment_duration = segment_duration
        self.segment_hop = segment_hop
        self.n_segments = n_segments
        self.statistics = statistics
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

    def _segmenter(self) -> Segmenter:
        """Return the equivalent Segmenter."""
        parameters = self.get_params(deep=False)
        mfcc = MFCC(
            sr=self.sr,
            **{
                name: parameters[name]
                for name in (
                    *MFCC_CONSTRAINTS,
                    *FRAMING_CONSTRAINTS,
                    *PRECISION_CONSTRAINTS,
                    *MEL_CONSTRAINTS,
                )
            },
        )
        feature: BaseEstimator = mfcc
        if self.statistics is not None:
            feature = make_pipeline(mfcc, FramePooling(statistics=self.statistics))
        return Segmenter(
            feature, sr=self.sr, **{name: parameters[name] for name in SEGMENT_CONSTRAINTS}
        )

    def _check_parameters(self) -> None:
        check_segment_parameters(self)
        segmenter = self._segmenter()
        segmenter._first._check_parameters()
        for step in segmenter._rest:
            step._statistics()

    def _window_length(self) -> int:
        return self.n_fft

    def _is_short(self, n_samples: int) -> bool:
        return self._segmenter()._is_short(n_samples)

    def compute(self, y: np.ndarray) -> np.ndarray:
        return self._segmenter().compute(y)

    def _compute_batch(self, waveforms: "torch.Tensor") -> "torch.Tensor":
        return self._segmenter()._compute_batch(waveforms)
