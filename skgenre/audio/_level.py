"""Samples that no sound has: integers that were converted to floats without being scaled."""

import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar

import numpy as np

from ..exceptions import LevelWarning

# Sound is within 1, and mixes in floats go above it by a little. Sixteen-bit integers that were
# not divided by 32768 reach thousands.
LOUD = 10.0
LOUDEST = 1000.0

# Half of the smallest step of 16 bits.
SILENT = 0.5 / 32768

INTEGERS = "It looks like integers as floats: divide by 32768 (16 bits) to have samples in [-1, 1]."
# Where samples are not kept as floats, no encoder was given such ones.
DAMAGE = "The file is likely to be damaged: copy or download it again."


_is_told: ContextVar[bool] = ContextVar("_is_told", default=False)


@contextmanager
def levels_are_told() -> Iterator[None]:
    """Give no warning for waveforms that come from a file, for which it was given."""
    token = _is_told.set(True)
    try:
        yield
    finally:
        _is_told.reset(token)


def peak_of(y: np.ndarray) -> float:
    """Return the largest magnitude; NaN where a sample is no number."""
    return max(float(y.max()), -float(y.min())) if y.size else 0.0


def say_level(peak: float, cure: str = INTEGERS) -> str:
    """Return what is wrong with samples of this peak, and the cure."""
    return f"samples reach {peak:,.6g}, and sound is within [-1, 1]. {cure}"


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
    if peak > LOUDEST:
        raise ValueError(f"{name} got clip {clip}: {say_level(peak)}")
    if not _is_told.get():
        warn_if_loud(peak, f"{name} got clip {clip}", stacklevel=3)


def warn_if_loud(peak: float, subject: str, cure: str = INTEGERS, *, stacklevel: int = 2) -> None:
    """Give one warning for samples that are likely not scaled."""
    if LOUD <= peak <= LOUDEST:
        warnings.warn(
            f"{subject}: {say_level(peak, cure)}",
            LevelWarning,
            stacklevel=stacklevel + 1,
        )
