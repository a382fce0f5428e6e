"""Slopes of a feature map over time."""

import os
from numbers import Integral
from typing import Any, ClassVar

import numpy as np
from scipy.signal import savgol_filter
from sklearn.utils._param_validation import Interval

from .._docstrings import inherit_docs
from .._public import public
from ._engine.base import AudioTransformer
from ._engine.wrapper import FeatureWrapper


@public
@inherit_docs()
class Delta(FeatureWrapper):
    """Slope of a feature map over time.

    Fitted over a few frames around each one: delta, or delta-delta with ``order=2``. With the same
    parameters it equals ``librosa.feature.delta``.

    Parameters
    ----------
    feature : transformer
        Feature map, such as :class:`MFCC`, with the same `sr` and without its own `memory` or
        `duration`.
    width : int, default=9
        Number of frames to fit, odd and at least 3. A clip of fewer frames is padded with its first
        and its last one.
    order : int, default=1
        Derivative: 1 is the change per frame, 2 the change of that.

    See Also
    --------
    FeatureStack : Join a feature and its deltas.
    FramePooling : Compute statistics of deltas too.

    References
    ----------
    .. [1] A. Savitzky, M. J. E. Golay, "Smoothing and Differentiation of Data by Simplified Least
       Squares Procedures", Analytical Chemistry 36(8), 1964.

    Examples
    --------
    >>> import numpy as np
    >>> from skgenre.features import MFCC, Delta, FeatureStack
    >>> clips = np.random.default_rng(0).uniform(-1, 1, (2, 22050))
    >>> stack = FeatureStack(
    ...     [("mfcc", MFCC()), ("delta", Delta(MFCC())), ("delta2", Delta(MFCC(), order=2))]
    ... )
    >>> stack.fit_transform(clips).shape
    (2, 60, 44)
    """

    _parameter_constraints: ClassVar[dict] = {
        **AudioTransformer._parameter_constraints,
        "feature": [AudioTransformer],
        "width": [Interval(Integral, 3, None, closed="left")],
        "order": [Interval(Integral, 1, None, closed="left")],
    }

    def __init__(
        self,
        feature: Any,
        *,
        width: int = 9,
        order: int = 1,
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
        self.width = width
        self.order = order
        self.sr = sr
        self.duration = duration
        self.n_jobs = n_jobs
        self.verbose = verbose
        self.memory = memory
        self.max_in_memory = max_in_memory
        self.dtype = dtype
        self.device = device

    def _check_parameters(self) -> None:
        super()._check_parameters()
        name = type(self).__name__
        if self.width % 2 == 0:
            raise ValueError(
                f"The 'width' parameter of {name} must be odd. Got {self.width} instead."
            )
        if self.order >= self.width:
            raise ValueError(
                f"The 'order' parameter of {name} must be below width={self.width}. Got "
                f"{self.order} instead."
            )

    def compute(self, y: np.ndarray) -> np.ndarray:
        feature = self._require_map(self.feature.compute(y))
        # A fit needs as many frames as its width; shorter clips are padded with their outer frames.
        mode = "interp" if feature.shape[1] >= self.width else "nearest"
        return savgol_filter(
            feature, self.width, deriv=self.order, polyorder=self.order, axis=-1, mode=mode
        )
