"""Base of transformers of the short-time spectrum."""

from abc import abstractmethod
from numbers import Integral, Real
from typing import Any, ClassVar

import numpy as np
from sklearn.utils._param_validation import Interval, StrOptions

from ..kernels._one_pass import Accumulator, run_pass
from ..kernels._spectrum import make_window, n_frames_of
from .base import AudioTransformer

FRAMING_CONSTRAINTS: dict = {
    "n_fft": [Interval(Integral, 2, None, closed="left")],
    "hop_length": [Interval(Integral, 1, None, closed="left")],
    "win_length": [Interval(Integral, 1, None, closed="left"), None],
    "window": [str, tuple, Real],
    "center": ["boolean"],
    "pad_mode": [StrOptions({"constant", "edge", "reflect", "symmetric", "wrap"})],
}

PRECISION_CONSTRAINTS: dict = {"precision": [StrOptions({"double", "single"})]}
# Of transformers that versions without the parameter saved.
PRECISION_BEFORE = {"precision": "double"}


def framing_of(estimator: Any) -> dict[str, Any]:
    """Return the framing parameters of a transformer, as the kernels take them."""
    return {name: getattr(estimator, name) for name in FRAMING_CONSTRAINTS}


def check_framing(estimator: Any) -> None:
    """Refuse a window that does not exist or does not fit into a frame."""
    name = type(estimator).__name__
    if estimator.win_length is not None and estimator.win_length > estimator.n_fft:
        raise ValueError(
            f"The 'win_length' parameter of {name} must be at most n_fft={estimator.n_fft}. "
            f"Got {estimator.win_length} instead."
        )
    try:
        make_window(estimator.window, 8, 8)
    except (TypeError, ValueError) as error:
        raise ValueError(
            f"The 'window' parameter of {name} must be one that scipy.signal.get_window knows. "
            f"Got {estimator.window!r} instead ({error})."
        ) from error


def check_frequencies(estimator: Any) -> None:
    """Refuse a range of frequencies that is empty or above half the sampling rate."""
    name = type(estimator).__name__
    nyquist = estimator.sr / 2
    fmax = nyquist if estimator.fmax is None else estimator.fmax
    if fmax > nyquist:
        raise ValueError(
            f"The 'fmax' parameter of {name} must be at most half the sampling rate, "
            f"sr/2 = {nyquist:g} Hz. Got {estimator.fmax:g} Hz instead."
        )
    if estimator.fmin >= fmax:
        raise ValueError(
            f"The 'fmin' parameter of {name} must be below fmax = {fmax:g} Hz. "
            f"Got {estimator.fmin:g} Hz instead."
        )


class SpectralTransformer(AudioTransformer):
    """Base of features computed from the power spectrogram.

    It has librosa's framing parameters. Features with the same framing and precision share one
    pass, in :class:`FeatureStack` and in the tables of the collections.

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
    precision : {"double", "single"}, default="double"
        Precision of the Fourier transform on the CPU. "single" takes half the time for it, and
        differs by up to 0.1 dB in bands 130 dB below the loudest; see the user guide. A GPU always
        computes in double precision.
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

    _makes_new_arrays = True

    def compute(self, y: np.ndarray) -> np.ndarray:
        return compute_together([self], y)[0]


def compute_together(transformers: list[Any], y: np.ndarray) -> list[np.ndarray]:
    """Return the features of one clip, with one pass for all of one framing and precision."""
    features: list[np.ndarray | None] = [None] * len(transformers)
    passes: dict[tuple, list[int]] = {}
    for number, transformer in enumerate(transformers):
        if isinstance(transformer, SpectralTransformer):
            # Some classes have no such parameter.
            precision = getattr(transformer, "precision", "double")
            settings = framing_of(transformer) | {"precision": precision}
            passes.setdefault(tuple(settings.items()), []).append(number)
        else:
            features[number] = transformer.compute(y)
    for items, numbers in passes.items():
        settings = dict(items)
        n_frames = n_frames_of(
            len(y), settings["n_fft"], settings["hop_length"], settings["center"]
        )
        members = [transformers[number] for number in numbers]
        accumulators = [member._accumulate(y, n_frames) for member in members]
        accumulated = run_pass(y, accumulators, **settings)
        for number, member, feature in zip(numbers, members, accumulated, strict=True):
            features[number] = member._finish(feature)
    return features  # type: ignore[return-value]
