"""Decode an untrusted clip."""

from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np

from ..audio._load import check_is_file, open_sound
from ._limits import Limits
from ._refusal import TOO_LARGE, UNREADABLE, Refusal

_MAX_CHANNELS = 8  # as many as FLAC has
_MAX_RATE = 192_000  # Hz
# Samples of all channels per second, for a clip of the longest duration: 8 channels at 48 kHz, or
# stereo at 192 kHz. A file of a megabyte can have ten times the samples of a stereo song.
_MAX_PACE = 384_000


class ClipGuard:
    """Refuses a clip whose header exceeds the limits, or that is longer than its header says."""

    def __init__(self, name: str, limits: Limits) -> None:
        self._name = name
        self._max_seconds = limits.max_minutes * 60
        self._too_long = Refusal(
            f"{name}: the clip is longer than the {limits.max_minutes:g} minutes that this page "
            f"takes. Send a part of it.",
            TOO_LARGE,
        )

    def check_header(self, path: Path) -> None:
        """Check a file's header. Raises AudioDecodeError if it can't be read."""
        check_is_file(path)
        with open_sound(path) as sound:
            if sound.channels > _MAX_CHANNELS or sound.samplerate > _MAX_RATE:
                raise Refusal(
                    f"{self._name}: the file has {sound.channels} channels at {sound.samplerate} "
                    f"Hz, and this page takes up to {_MAX_CHANNELS} at {_MAX_RATE} Hz. Send a "
                    f"stereo mix at a usual rate.",
                    UNREADABLE,
                )
            if sound.frames > self._max_seconds * sound.samplerate:
                raise self._too_long
            seconds = self._max_seconds * _MAX_PACE / (sound.channels * sound.samplerate)
            if seconds < self._max_seconds:
                self._max_seconds = seconds
                self._too_long = Refusal(
                    f"{self._name}: {sound.channels} channels at {sound.samplerate} Hz are taken "
                    f"up to {seconds:.3g} s, and the clip is longer. Send a stereo mix at a usual "
                    f"rate.",
                    TOO_LARGE,
                )
            if sound.frames > self._max_seconds * sound.samplerate:
                raise self._too_long

    def watch(self, pieces: Iterable[np.ndarray], sr: float) -> Iterator[np.ndarray]:
        """Yield the pieces of a waveform, up to the limit."""
        n_samples = 0
        for piece in pieces:
            n_samples += len(piece)
            if n_samples > self._max_seconds * sr + 1:
                raise self._too_long
            yield piece
