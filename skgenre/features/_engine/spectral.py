"""Base of transformers of the short-time spectrum."""

from abc import abstractmethod
from typing import Any, ClassVar

import numpy as np

from ..kernels._one_pass import Accumulator, run_pass
from ..kernels._spectrum import n_frames_of
from .base import AudioTransformer
from .framing import FRAMING_CONSTRAINTS, check_framing, framing_of


class SpectralTransformer(AudioTransformer):
    """Base of features computed from the power spectrogram.

    It has librosa's framing parameters. Features with the same framing share one pass, in
    :class:`FeatureStack` and in the tables of the collections.

    Parameters
    ----------
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
    """

    _parameter_constraints: ClassVar[dict] = {
        **AudioTransformer._parameter_constraints,
        **FRAMING_CONSTRAINTS,
    }

    n_fft: int
    hop_length: int
    center: bool

    @abstractmethod
    def _accumulate(self, y: np.ndarray, n_frames: int) -> Accumulator:
        """Return the accumulator of this feature for the spectrogram of `y`."""

    def _finish(self, feature: np.ndarray) -> np.ndarray:
        """Return the feature of a clip from the accumulated result."""
        return feature

    def _check_parameters(self) -> None:
        check_framing(self)

    def _window_length(self) -> int:
        return self.n_fft

    def compute(self, y: np.ndarray) -> np.ndarray:
        return compute_together([self], y)[0]


def compute_together(transformers: list[Any], y: np.ndarray) -> list[np.ndarray]:
    """Return the features of one clip, with one pass for all that share a framing."""
    features: list[np.ndarray | None] = [None] * len(transformers)
    passes: dict[tuple, list[int]] = {}
    for number, transformer in enumerate(transformers):
        if isinstance(transformer, SpectralTransformer):
            framing = tuple(framing_of(transformer).items())
            passes.setdefault(framing, []).append(number)
        else:
            features[number] = transformer.compute(y)
    for framing, numbers in passes.items():
        settings = dict(framing)
        n_frames = n_frames_of(
            len(y), settings["n_fft"], settings["hop_length"], settings["center"]
        )
        members = [transformers[number] for number in numbers]
        accumulators = [member._accumulate(y, n_frames) for member in members]
        accumulated = run_pass(y, accumulators, **settings)
        for number, member, feature in zip(numbers, members, accumulated, strict=True):
            features[number] = member._finish(feature)
    return features  # type: ignore[return-value]
