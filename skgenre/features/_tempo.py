"""The tempo of each clip."""

import os
from typing import ClassVar

import numpy as np
from sklearn.utils._param_validation import StrOptions

from .._docstrings import inherit_docs
from .._public import public
from ._engine.clip_table import (
    HOP_LENGTH,
    N_FFT,
    ClipTable,
    count_frames,
    pad_to_one_frame,
    run_standard_pass,
)
from .kernels._mel import MelEnergies, to_decibels
from .kernels._tempo import estimate_tempo, onset_strength


@public
@inherit_docs()
class Tempo(ClipTable):
    """Tempo of each clip in beats per minute: a table of one column.

    The lag at which the onsets repeat most, weighted by a prior around 120 beats per minute; 0
    without onsets. Equals ``librosa.feature.tempo``.

    Parameters
    ----------
    aggregate : {"mean", "median"}, default="mean"
        Aggregation of the rises of mel bands into onsets. ``librosa.beat.beat_track`` uses the
        median.

    See Also
    --------
    Tempogram : The tempogram that it is read from.

    References
    ----------
    .. [1] D. P. W. Ellis, "Beat Tracking by Dynamic Programming", Journal of New Music Research
       36(1), 2007.

    Examples
    --------
    Clicks twice a second:

    >>> import numpy as np
    >>> from skgenre.features import Tempo
    >>> clicks = np.zeros(10 * 22050)
    >>> clicks[:: 22050 // 2] = 1.0
    >>> Tempo().fit_transform(clicks[np.newaxis]).round()
    array([[117.]], dtype=float32)
    """

    _parameter_constraints: ClassVar[dict] = {
        **ClipTable._parameter_constraints,
        "aggregate": [StrOptions({"mean", "median"})],
    }

    def __init__(
        self,
        *,
        aggregate: str = "mean",
        sr: float = 22050,
        duration: float | None = None,
        n_jobs: int | None = None,
        verbose: int = 0,
        memory: str | os.PathLike | None = None,
        max_in_memory: str | float = "2GB",
        dtype: str = "float32",
        device: str = "cpu",
    ) -> None:
        self.aggregate = aggregate
        self.sr = sr
        self.duration = duration
        self.n_jobs = n_jobs
        self.verbose = verbose
        self.memory = memory
        self.max_in_memory = max_in_memory
        self.dtype = dtype
        self.device = device

    def _names(self) -> list[str]:
        return ["tempo"]

    def compute(self, y: np.ndarray) -> np.ndarray:
        y = pad_to_one_frame(y)
        filters = (self.sr, N_FFT, 128, 0.0, None, False, "slaney")
        (mel,) = run_standard_pass(y, [MelEnergies(count_frames(y), 2.0, *filters)])
        onsets = onset_strength(
            to_decibels(mel, top_db=80.0), N_FFT, HOP_LENGTH, aggregate=self.aggregate
        )
        return np.array([estimate_tempo(onsets, self.sr, HOP_LENGTH)])
