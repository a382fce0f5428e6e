"""Features of harmonic and percussive parts."""

import os
from typing import Any, ClassVar

import numpy as np
from sklearn.utils._param_validation import StrOptions

from .._docstrings import inherit_docs
from .._public import public
from ._engine.base import AudioTransformer
from ._engine.wrapper import FeatureWrapper
from .kernels._hpss import separate


@public
@inherit_docs()
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
