"""Analysis of a clip with a model."""

import contextlib
import tempfile
import warnings
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from .._genre_columns import TIMELINE_COLUMNS, name_columns
from .._name_columns import name_index
from ..audio import stream_audio
from ..exceptions import AudioDecodeError, SkgenreWarning
from ..songs import combine_timeline
from ..songs._clip_model import ClipModel
from ..songs._predict import make_timeline_of
from ._clip import ClipGuard
from ._limits import Limits
from ._mel_stream import MelStream
from ._refusal import UNREADABLE, Refusal

_WARM_UP_SECONDS = 5.0
_MAX_WARNINGS = 8  # of a clip


@dataclass(frozen=True)
class Analysis:
    """Result of the analysis of a clip.

    Parameters
    ----------
    duration : float
        Seconds.
    genres : list of (str, float)
        Genres and their probabilities, the most probable first.
    timeline : DataFrame
        Columns "start" and "end" in seconds, and one column of probabilities per genre.
    mel_spectrogram : ndarray of shape (n_bands, n_columns)
        Levels from 0 (80 dB below the loudest) to 1.
    max_frequency : float
        Upper end of the mel-spectrogram, in Hz.
    warnings : list of str
        Reasons not to trust the genres: the clip is silent, hardly longer than a sample, or its
        level is too high for audio.
    thresholds : dict of str to float
        Threshold of each genre, if clips may have several; empty if they have one.
    """

    duration: float
    genres: list[tuple[str, float]]
    timeline: pd.DataFrame
    mel_spectrogram: np.ndarray
    max_frequency: float
    warnings: list[str] = field(default_factory=list)
    thresholds: dict[str, float] = field(default_factory=dict)

    @property
    def above_threshold(self) -> list[str]:
        """Genres of the clip above their thresholds, the most probable first."""
        return [genre for genre, p in self.genres if self.thresholds and p > self.thresholds[genre]]


class Analyzer:
    """Analyses clips with one model."""

    def __init__(self, model: Any, limits: Limits, segment_duration: float | None = None) -> None:
        self._model = ClipModel(model, "serve", segment_duration)
        self._limits = limits
        self.genres = [str(genre) for genre in self._model.classes_]
        thresholds = self._model.thresholds_
        self._thresholds = {}
        if thresholds is not None:
            self._thresholds = dict(zip(self.genres, thresholds.tolist(), strict=True))

    def __call__(self, path: Path, name: str) -> Analysis:
        """Analyse a file, see `analyze`."""
        return self.analyze(path, name)

    def warm_up(self) -> None:
        """Load and compile everything that the first clip needs."""
        import soundfile

        noise = np.random.default_rng(0).uniform(-0.1, 0.1, int(_WARM_UP_SECONDS * self._model.sr))
        with tempfile.TemporaryDirectory(prefix="skgenre-demo-") as folder:
            path = Path(folder, "noise.wav")
            soundfile.write(path, noise, int(self._model.sr))
            with contextlib.suppress(Exception):  # the sender of a clip sees the error
                self.analyze(path, path.name)

    def analyze(self, path: Path, name: str) -> Analysis:
        """Analyse a file that is called `name`, or raise a Refusal."""
        sr = self._model.sr
        guard = ClipGuard(name, self._limits)
        mel = MelStream(sr)
        counter = _Counter()
        try:
            with _recorded_warnings() as found:
                guard.check_header(path)
                pieces = guard.watch(stream_audio(path, sr=sr), sr)
                watched = mel.watch(counter.watch(pieces))
                timeline = make_timeline_of(self._model, watched, name).to_frame()
        except (AudioDecodeError, OSError) as error:
            # The advice is for a folder of files, too.
            message = str(error).replace(", or leave it out", "")
            raise Refusal(_rename(message, path, name), UNREADABLE) from error
        columns = name_columns(self.genres, TIMELINE_COLUMNS)
        timeline.columns = name_index(["start", "end", *columns])
        return Analysis(
            duration=counter.n_samples / sr,
            genres=[(str(genre), float(p)) for genre, p in combine_timeline(timeline).items()],
            timeline=timeline,
            mel_spectrogram=mel.picture(),
            max_frequency=sr / 2,
            warnings=[_rename(message, path, name) for message in found],
            thresholds=self._thresholds,
        )


@contextlib.contextmanager
def _recorded_warnings() -> Iterator[list[str]]:
    """Collect the messages of skgenre's warnings, each once; others go to the log."""
    messages: list[str] = []
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", SkgenreWarning)
        yield messages
    for warning in caught:
        if issubclass(warning.category, SkgenreWarning):
            messages.append(str(warning.message))
        else:
            warnings.warn_explicit(
                warning.message, warning.category, warning.filename, warning.lineno
            )
    messages[:] = list(dict.fromkeys(messages))[:_MAX_WARNINGS]


def _rename(message: str, path: Path, name: str) -> str:
    """Return a message with the sender's name of the file, without paths of the server."""
    message = message.replace(str(path), name)
    # Commands in messages contain the file without its folder.
    for old, new in ((path.name, name), (path.stem, Path(name).stem)):
        message = message.replace(f"'{old}", f"'{new}")
    return message


class _Counter:
    """Counts the samples of a stream."""

    n_samples = 0

    def watch(self, pieces: Iterable[np.ndarray]) -> Iterator[np.ndarray]:
        for piece in pieces:
            self.n_samples += len(piece)
            yield piece
