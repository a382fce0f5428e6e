"""Several features from one pass over the spectrogram of a clip."""

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np

from ._spectrum import iterate_power


class Accumulator(Protocol):
    """A feature accumulated from a power spectrogram, a block of frames at a time."""

    def add(self, frames: slice, power: np.ndarray) -> None:
        """Add a block, of shape (n_bins, n_block); it is not valid after the call."""

    def finish(self) -> np.ndarray:
        """Return the feature of the clip."""


def run_pass(
    y: np.ndarray, accumulators: Sequence[Accumulator], **framing: Any
) -> list[np.ndarray]:
    """Go through the spectrogram of a waveform once and return each accumulator's feature.

    Parameters
    ----------
    y : ndarray of shape (n_samples,)
        The waveform.
    accumulators : sequence of Accumulator
        The features to compute.
    **framing
        As in :func:`iterate_power`.
    """
    for frames, power in iterate_power(y, **framing):
        for accumulator in accumulators:
            accumulator.add(frames, power)
    return [accumulator.finish() for accumulator in accumulators]
