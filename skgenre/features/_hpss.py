"""Features of harmonic and percussive parts."""

import os
from typing import Any, ClassVar

import numpy as np
from sklearn.utils._param_validation import StrOptions

from .._public import public
from ._base import AudioTransformer
from ._wrapper import FeatureWrapper
from .kernels._hpss import separate


@public
class HPSS(FeatureWrapper):
    """Feature of the harmonic or the percussive part of each clip.

    Tones stand out along time, hits along frequency: medians of the spectrogram in both directions
    separate them. The parts equal those of ``librosa.effects.hpss`` with its default parameters,
    and add up to the clip.

    Parameters
    ----------
    feature : transformer
        Feature of the part: any transformer of clips with the same `sr` and without its own
        `memory` or `duration`.
    component : {"harmonic", "percussive"}, default="harmonic"
        Part to use.
    sr : float, default=22050
        Sampling rate in Hz: files are resampled to it; arrays are assumed to have it.
    duration : float, default=None
        Duration of each clip in seconds: longer clips are cut, shorter ones zero-padded. None keeps
        them as they are; all clips must then have the same length.
    n_jobs : int, default=None
        Number of threads over clips, as in joblib.
    verbose : int, default=0
        Above 0, show a progress bar on standard error.
    memory : str or PathLike, default=None
        Folder of a per-clip cache, see :func:`cache_info`.
    max_in_memory : str or float, default="2GB"
        Maximum size of a result in memory.
    dtype : {"float32", "float16"}, default="float32"
        Data type of the result. "float16" halves its size: three digits, values up to 65,504.
    device : {"cpu", "cuda", "auto"}, default="cpu"
        Device to compute on. Only the CPU is supported; "auto" uses it.

    Attributes
    ----------
    n_features_in_ : int
        Number of samples of a clip, when fitted on an array.

    See Also
    --------
    FeatureStack : Join the features of both parts.

    References
    ----------
    .. [1] D. Fitzgerald, "Harmonic/Percussive Separation Using Median Filtering", DAFx 2010.

    Examples
    --------
    >>> import numpy as np
    >>> from skgenre.features import HPSS, FeatureStack, MelSpectrogram
    >>> clips = np.random.default_rng(0).uniform(-1, 1, (2, 22050))
    >>> parts = FeatureStack(
    ...     [
    ...         ("harmonic", HPSS(MelSpectrogram(n_mels=64))),
    ...         ("percussive", HPSS(MelSpectrogram(n_mels=64), component="percussive")),
    ...     ]
    ... )
    >>> parts.fit_transform(clips).shape
    (2, 128, 44)
    """

    _parameter_constraints: ClassVar[dict] = {
        **AudioTransformer._parameter_constraints,
        "feature": [AudioTransformer],
        "component": [StrOptions({"harmonic", "percussive"})],
    }

    def __init__(
        self,
        feature: Any,
        *,
        component: str = "harmonic",
        sr: float = 22050,
        duration: float | None = None,
        n_jobs: int | None = None,
        verbose: int = 0,
        memory: str | os.PathLike | None = None,
        max_in_memory: str | float = "2GB",
        dtype: str = "float32",
        device: str = "cpu",
    ) -> None:
        self.feature = feature
        self.component = component
        self.sr = sr
        self.duration = duration
        self.n_jobs = n_jobs
        self.verbose = verbose
        self.memory = memory
        self.max_in_memory = max_in_memory
        self.dtype = dtype
        self.device = device

    def compute(self, y: np.ndarray) -> np.ndarray:
        harmonic, percussive = separate(y)
        return self.feature.compute(harmonic if self.component == "harmonic" else percussive)
