"""MFCCs of segments, as frames or as statistics."""

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.pipeline import make_pipeline
from sklearn.utils._param_validation import StrOptions

from .._public import public
from ._base import AudioTransformer
from ._framing import FRAMING_CONSTRAINTS
from ._mel import MEL_CONSTRAINTS
from ._mfcc import MFCC, MFCC_CONSTRAINTS
from ._pooling import STATISTICS, FramePooling
from ._segmenter import SEGMENT_CONSTRAINTS, Segmenter, check_segment_parameters

if TYPE_CHECKING:
    import torch


@public
class MFCCSegmenter(AudioTransformer):
    """MFCCs of each clip's segments: ``Segmenter(MFCC(...))`` with pooling in one transformer.

    Parameters
    ----------
    segment_duration : float, default=3.0
        Duration of a segment in seconds. Ignored if `n_segments` is given.
    segment_hop : float, default=None
        Seconds from the beginning of one segment to the next. None means `segment_duration`: no
        overlap.
    n_segments : int, default=None
        Cut each clip into this many segments of the same length instead.
    statistics : str or list of str, default=None
        Statistics over the frames of each segment: "mean", "std", "var", "min", "max", "median",
        "skew", "kurtosis", "cov", as in :class:`FramePooling`. None keeps the frames.
    sr : float, default=22050
        Sampling rate in Hz: files are resampled to it; arrays are assumed to have it.
    n_mfcc : int, default=20
        Number of coefficients, at most `n_mels`.
    dct_type : {1, 2, 3}, default=2
        Type of the cosine transform.
    norm : {"ortho"} or None, default="ortho"
        Scaling of the cosine transform.
    lifter : float, default=0
        Coefficient of the sinusoidal liftering; 0 omits it.
    n_fft : int, default=2048
        Length of a frame, in samples.
    hop_length : int, default=512
        Samples from one frame to the next.
    win_length : int, default=None
        Length of the window within a frame, in samples. None means `n_fft`.
    window : str, float or tuple, default="hann"
        Window function, as in :func:`scipy.signal.get_window`.
    center : bool, default=True
        Whether frame t is centred at sample ``t * hop_length``.
    pad_mode : {"constant", "edge", "reflect", "symmetric", "wrap"}, default="constant"
        Padding mode at the ends of the clip, with `center`.
    n_mels : int, default=128
        Number of mel bands.
    fmin : float, default=0.0
        Lowest frequency, in Hz.
    fmax : float, default=None
        Highest frequency, in Hz. None means ``sr / 2``.
    htk : bool, default=False
        HTK's formula for the mel scale instead of Slaney's.
    power : float, default=2.0
        Exponent of the magnitude: 1 is amplitude, 2 is power. The decibels are ten times the
        logarithm either way, as in librosa.
    amin : float, default=1e-10
        Smaller values are raised to it before the logarithm.
    top_db : float, default=80.0
        Values further below each clip's maximum are raised to it. None disables this.
    duration : float, default=None
        Duration of each clip in seconds: longer clips are cut, shorter ones zero-padded. None keeps
        them as they are; clips of different lengths then give a ragged result.
    n_jobs : int, default=None
        Number of threads over clips, as in joblib.
    verbose : int, default=0
        Above 0, show a progress bar on standard error.
    memory : str or PathLike, default=None
        Folder of a per-clip cache, see :func:`cache_info`.
    max_in_memory : str or float, default="2GB"
        Maximum size of a result in memory. With `memory`, a larger one is mapped from a file there.
    dtype : {"float32", "float16"}, default="float32"
        Data type of the result. "float16" halves its size: three digits, values up to 65,504.
    device : {"cpu", "cuda", "auto"}, default="cpu"
        Device to compute on. "cuda" uses a GPU, in batches; "auto" does so if possible.

    Attributes
    ----------
    n_features_in_ : int
        Number of samples of a clip, when fitted on an array.

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
        **MEL_CONSTRAINTS,
    }
    _is_ragged_allowed = True

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
                for name in (*MFCC_CONSTRAINTS, *FRAMING_CONSTRAINTS, *MEL_CONSTRAINTS)
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
