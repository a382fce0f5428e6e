"""Clips as pairs of samples and their sampling rate, as ``librosa.load`` returns them."""

from numbers import Real
from typing import Any

import numpy as np

from ..exceptions import ShapeMismatchError
from ._duration import fix_duration, n_samples_of
from ._load import _PLAUSIBLE_RATES, _downmix, _n_input_samples
from ._resample import resample

# A longer axis is treated as samples.
_MOST_CHANNELS = 8


def is_pair(item: Any) -> bool:
    """Tell whether this is a pair (samples, sr)."""
    return (
        isinstance(item, list | tuple)
        and len(item) == 2
        and _is_array(item[0])
        and _is_number(item[1])
    )


def is_reversed_pair(item: Any) -> bool:
    """Tell whether this is a pair (sr, samples), as ``scipy.io.wavfile.read`` returns it."""
    return isinstance(item, list | tuple) and len(item) == 2 and is_pair(item[::-1])


def _is_array(item: Any) -> bool:
    return isinstance(item, list | tuple) or (hasattr(item, "__array__") and np.ndim(item) > 0)


def _is_number(item: Any) -> bool:
    is_scalar = hasattr(item, "__array__") and np.ndim(item) == 0
    return isinstance(item, Real) or is_scalar


def check_rate(sr: Any, i: int, name: str) -> float:
    """Return the sampling rate of clip `i`; refuse impossible ones."""
    lowest, highest = _PLAUSIBLE_RATES
    if isinstance(sr, bool | np.bool_) or not lowest <= (rate := float(sr)) <= highest:
        raise ValueError(
            f"{name} got the sampling rate {sr} for clip {i}: a pair is (samples, sr) with sr in "
            f"Hz, from {lowest:,} to {highest:,}."
        )
    return rate


def downmix_pair(samples: np.ndarray, i: int, name: str) -> np.ndarray:
    """Average the channels of clip `i`, whichever axis they are on.

    An axis of at most 8 is the channels if the other one is longer than 8: librosa has (n_channels,
    n_samples), soundfile (n_samples, n_channels).
    """
    if samples.ndim == 1:
        return samples
    are_channels = [size <= _MOST_CHANNELS for size in samples.shape]
    if samples.ndim != 2 or sum(are_channels) != 1:
        raise ShapeMismatchError(
            f"{name} got samples of shape {samples.shape} for clip {i}, and can't tell channels "
            f"from samples: one axis has to have at most {_MOST_CHANNELS} channels and the other "
            f"more samples than that. Average the channels first: samples.mean(axis=0) for "
            f"(n_channels, n_samples)."
        )
    return _downmix(samples.T if are_channels[0] else samples)


def resample_pair(y: np.ndarray, orig_sr: float, sr: float, duration: float | None) -> np.ndarray:
    """Return a clip at the rate `sr`, cut or padded to `duration`, equal to that of its file."""
    if duration is not None:
        y = y[: _n_input_samples(n_samples_of(duration, sr), orig_sr, sr)]
    y = np.ascontiguousarray(resample(y, orig_sr, sr))
    return y if duration is None else fix_duration(y, duration, sr)
