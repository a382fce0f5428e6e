"""Detect impossible samples: integers converted to floats without scaling."""

import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar

import numpy as np

from ..exceptions import LevelWarning

# Sound is within 1, and float mixes exceed it slightly. Sixteen-bit integers that were not divided
# by 32768 reach thousands.
LOUD = 10.0
LOUDEST = 1000.0

# Half of the smallest 16-bit step.
SILENT = 0.5 / 32768

# Samples at a time, which stay in the processor's cache from one operation to the next.
_PART = 2**16

INTEGERS = "It looks like integers as floats: divide by 32768 (16 bits) to have samples in [-1, 1]."
# Where samples are not stored as floats, the encoder had no such samples.
DAMAGE = "The file is likely to be damaged: copy or download it again."


_is_told: ContextVar[bool] = ContextVar("_is_told", default=False)


@contextmanager
def levels_are_told() -> Iterator[None]:
    """Suppress the warning for waveforms from a file that has already been warned about."""
    token = _is_told.set(True)
    try:
        yield
    finally:
        _is_told.reset(token)


def peak_of(y: np.ndarray) -> float:
    """Return the peak magnitude of samples; NaN if one is NaN."""
    parts = (y[start : start + _PART] for start in range(0, len(y), _PART))
    peaks = [max(part.max(), -part.min()) for part in parts]
    return float(np.max(peaks)) if peaks else 0.0


def say_level(peak: float, cure: str = INTEGERS) -> str:
    """Return the message for samples with this peak: the problem and the cure."""
    return f"samples reach {peak:,.6g}, and sound is within [-1, 1]. {cure}"


def check_levels(peaks: Sequence[float] | np.ndarray, name: str) -> None:
    """Refuse waveforms with impossible peaks, or give one warning for all.

    Parameters
    ----------
    peaks : sequence of float
        Peak magnitude of each clip.
    name : str
        Name of the estimator, for the message.
    """
    clip = int(np.argmax(peaks))
    peak = float(peaks[clip])
    if peak > LOUDEST:
        raise ValueError(f"{name} got clip {clip}: {say_level(peak)}")
    if not _is_told.get():
        warn_if_loud(peak, f"{name} got clip {clip}", stacklevel=3)


def warn_if_loud(peak: float, subject: str, cure: str = INTEGERS, *, stacklevel: int = 2) -> None:
    """Give one warning for samples that are probably not scaled."""
    if LOUD <= peak <= LOUDEST:
        warnings.warn(
            f"{subject}: {say_level(peak, cure)}",
            LevelWarning,
            stacklevel=stacklevel + 1,
        )
