"""Samples that no sound has: integers that were converted to floats without being scaled."""

import warnings
from collections.abc import Sequence

import numpy as np

from ..exceptions import LevelWarning

# Sound is within 1, and mixes in floats go above it by a little. Sixteen-bit integers that were
# not divided by 32768 reach thousands.
LOUD = 10.0
LOUDEST = 1000.0

# Half of the smallest step of 16 bits.
SILENT = 0.5 / 32768

_CURE = "looks like integers as floats: divide by 32768 (16 bits) to have samples in [-1, 1]"


def peak_of(y: np.ndarray) -> float:
    """Return the largest magnitude; NaN where a sample is no number."""
    return max(float(y.max()), -float(y.min())) if y.size else 0.0


def too_loud(peak: float) -> str | None:
    """Return why samples with this peak can't be taken, or None."""
    if peak > LOUDEST:
        return f"samples reach {peak:,.6g}, and sound is within [-1, 1]. It {_CURE}."
    return None


def check_levels(peaks: Sequence[float] | np.ndarray, name: str) -> None:
    """Refuse waveforms whose peaks no sound has, or give one warning for all.

    Parameters
    ----------
    peaks : sequence of float
        The largest magnitude of each clip.
    name : str
        The estimator, for the message.
    """
    clip = int(np.argmax(peaks))
    peak = float(peaks[clip])
    reason = too_loud(peak)
    if reason is not None:
        raise ValueError(f"{name} takes float samples in [-1, 1], and in clip {clip} {reason}")
    warn_if_loud(peak, f"{name} got clip {clip}", stacklevel=3)


def warn_if_loud(peak: float, subject: str, stacklevel: int = 2) -> None:
    """Give one warning for samples that are likely not scaled."""
    if LOUD <= peak <= LOUDEST:
        warnings.warn(
            f"{subject}: samples reach {peak:,.6g}, and sound is within [-1, 1]. It {_CURE}.",
            LevelWarning,
            stacklevel=stacklevel + 1,
        )
