"""Warnings for silent and very short songs."""

import warnings
from collections.abc import Iterable, Iterator

import numpy as np

from ..audio._level import SILENT, peak_of
from ..exceptions import ShortSignalWarning, SilentSignalWarning

# Seconds; a shorter song contains no music.
_BLIP = 0.1


class Listener:
    """Monitors a stream and warns if the song is silent or very short."""

    def __init__(self) -> None:
        self._n_samples = 0
        self._is_silent = True

    def listen(self, pieces: Iterable[np.ndarray]) -> Iterator[np.ndarray]:
        """Yield the pieces of the song unchanged."""
        for piece in pieces:
            self._n_samples += len(piece)
            self._is_silent = self._is_silent and peak_of(piece) < SILENT
            yield piece

    def warn(self, name: str, sr: float, clip_length: int) -> None:
        """Issue the warnings once the song has been read to its end."""
        if self._n_samples < min(_BLIP * sr, clip_length / 2):
            samples = "1 sample" if self._n_samples == 1 else f"{self._n_samples:,} samples"
            warnings.warn(
                f"{name}: the song has {samples} ({self._n_samples / sr:.2g} s) at the model's "
                f"rate, and its clips have {clip_length:,}: the rest was filled with zeros, and "
                f"the prediction says nothing about its genre.",
                ShortSignalWarning,
                stacklevel=5,
            )
        if self._is_silent:
            warnings.warn(
                f"{name}: the song is digital silence: the prediction says nothing about its "
                f"genre.",
                SilentSignalWarning,
                stacklevel=5,
            )
