"""Base of transformers that turn each clip into one row of numbers."""

from abc import abstractmethod
from collections.abc import Sequence
from typing import Any

import numpy as np

from ...audio import Clips
from ..kernels._one_pass import Accumulator, run_pass
from ..kernels._spectrum import n_frames_of
from .base import AudioTransformer

# librosa's defaults, used for all tables of the collections.
N_FFT, HOP_LENGTH = 2048, 512


class ClipTable(AudioTransformer):
    """Base of feature tables: clips of any length in, one row of named columns each.

    Parameters
    ----------
    duration : float, default=None
        Duration of each clip in seconds: longer clips are cut, shorter ones zero-padded. None keeps
        them as they are.
    """

    @abstractmethod
    def _names(self) -> list[str]:
        """Return the names of the columns."""

    def _window_length(self) -> int:
        return N_FFT

    def get_feature_names_out(self, input_features: Any = None) -> np.ndarray:
        """Return the names of the columns.

        Parameters
        ----------
        input_features : ignored
            For the interface of scikit-learn.

        Returns
        -------
        ndarray of str
            Column names.
        """
        return np.array(self._names(), dtype=object)

    def _check_lengths(self, clips: Clips) -> None:
        """Accept clips of any length: a row has the same columns whatever the length."""


def pad_to_one_frame(y: np.ndarray) -> np.ndarray:
    """Return a waveform of at least one frame, zero-padded at its end."""
    return np.pad(y, (0, max(0, N_FFT - len(y))))


def count_frames(y: np.ndarray) -> int:
    """Return the number of frames of a waveform."""
    return n_frames_of(len(y), N_FFT, HOP_LENGTH, center=True)


def run_standard_pass(
    y: np.ndarray, accumulators: Sequence[Accumulator], pad_mode: str = "constant"
) -> list[np.ndarray]:
    """Return each accumulator's feature of a waveform, with the framing of the tables."""
    return run_pass(y, accumulators, **standard_framing(pad_mode))


def standard_framing(pad_mode: str = "constant") -> dict[str, Any]:
    """Return the framing of the tables, which is librosa's default."""
    return {
        "n_fft": N_FFT,
        "hop_length": HOP_LENGTH,
        "win_length": None,
        "window": "hann",
        "center": True,
        "pad_mode": pad_mode,
    }
