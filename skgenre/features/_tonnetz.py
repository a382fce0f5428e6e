"""Tonal centroids."""

import os
from typing import Any, ClassVar

import numpy as np

from .._docstrings import inherit_docs
from .._public import public
from ._engine.base import AudioTransformer
from ._engine.wrapper import FeatureWrapper
from .kernels._chroma import tonal_centroid


@public
@inherit_docs()
class Tonnetz(FeatureWrapper):
    """Tonal centroid of each frame.

    The balance point of the pitch classes on the circles of fifths (rows 0 and 1), of minor thirds
    (2 and 3) and of major thirds (4 and 5): chords that share notes are close to each other. Equals
    ``librosa.feature.tonnetz`` of the same chroma.

    Parameters
    ----------
    feature : transformer
        Chroma, such as :class:`ChromaCQT` or :class:`ChromaFeatures`, with the same `sr` and
        without its own `memory` or `duration`.

    See Also
    --------
    ChromaCQT : The chroma that librosa uses for it.

    References
    ----------
    .. [1] C. Harte, M. Sandler, M. Gasser, "Detecting Harmonic Change in Musical Audio", AMCMM
       2006.

    Examples
    --------
    >>> import numpy as np
    >>> from skgenre.features import ChromaCQT, Tonnetz
    >>> clips = np.random.default_rng(0).uniform(-1, 1, (2, 22050))
    >>> Tonnetz(ChromaCQT()).fit_transform(clips).shape
    (2, 6, 44)
    """

    _parameter_constraints: ClassVar[dict] = {
        **AudioTransformer._parameter_constraints,
        "feature": [AudioTransformer],
    }

    def __init__(
        self,
        feature: Any,
        *,
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
        self.sr = sr
        self.duration = duration
        self.n_jobs = n_jobs
        self.verbose = verbose
        self.memory = memory
        self.max_in_memory = max_in_memory
        self.dtype = dtype
        self.device = device

    def compute(self, y: np.ndarray) -> np.ndarray:
        return tonal_centroid(self._require_map(self.feature.compute(y)))
