"""Decode a clip that a stranger sent."""

from pathlib import Path

import numpy as np
import soundfile

from ..audio._load import check_is_file, decode, open_sound, resample
from ..exceptions import AudioDecodeError
from ._limits import Limits
from ._refusal import TOO_LARGE, UNREADABLE, Refusal

_MAX_CHANNELS = 8  # as many as FLAC has
# Hz: a file at a higher rate may be shorter by as much, so that memory is bounded.
_USUAL_RATE = 48_000


def read_clip(path: Path, name: str, sr: float, limits: Limits) -> np.ndarray:
    """Return a clip's waveform, or raise a Refusal that calls it `name`.

    The length in the header is looked at first; since a header may lie, samples are counted as
    they are decoded, too.
    """
    try:
        check_is_file(path)
        with open_sound(path) as sound:
            counter = _Counter(sound, name, limits)
        counter.check(sound.frames)
        y, file_sr = decode(path, sr, None, counter.watch)
        return resample(y, file_sr, sr)
    except (AudioDecodeError, OSError) as error:
        message = str(error).replace(f"'{path.name}'", f"'{name}'").replace(str(path), name)
        raise Refusal(message, UNREADABLE) from error


class _Counter:
    """Counts samples, and refuses a clip that has too many."""

    def __init__(self, sound: soundfile.SoundFile, name: str, limits: Limits) -> None:
        self.name = name
        self.limits = limits
        self.max_samples = limits.max_minutes * 60 * min(sound.samplerate, _USUAL_RATE)
        self.is_usual = sound.samplerate <= _USUAL_RATE
        self.n_samples = 0
        if sound.channels > _MAX_CHANNELS:
            raise Refusal(
                f"{name}: the file has {sound.channels} channels, and this page takes up to "
                f"{_MAX_CHANNELS}. Send a stereo mix.",
                UNREADABLE,
            )

    def watch(self, block: np.ndarray) -> None:
        self.n_samples += len(block)
        self.check(self.n_samples)

    def check(self, n_samples: int) -> None:
        if n_samples > self.max_samples:
            at_rate = "" if self.is_usual else f" (less above {_USUAL_RATE} Hz)"
            raise Refusal(
                f"{self.name}: the clip is longer than the {self.limits.max_minutes:g} minutes "
                f"that this page takes{at_rate}. Cut it.",
                TOO_LARGE,
            )
