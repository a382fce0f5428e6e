"""What a model makes of a clip."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from sklearn.pipeline import Pipeline

from ..audio import fix_duration
from ..features import MelSpectrogram
from ..inspection import GenreTimelineDisplay
from ..persistence._contract import input_contract_of
from ._clip import read_clip
from ._limits import Limits
from ._refusal import UNREADABLE, Refusal

_N_MELS = 96
_TOP_DB = 80.0
_BATCH = 16  # parts of a long clip
_MAX_COLUMNS = 1200  # of the picture


@dataclass(frozen=True)
class Analysis:
    """What is shown of a clip.

    Parameters
    ----------
    duration : float
        Seconds.
    genres : list of (str, float)
        Genres and their probabilities, the likeliest first.
    timeline : DataFrame
        Columns "start" and "end" in seconds, and one of probabilities for each genre.
    mel_spectrogram : ndarray of shape (n_bands, n_columns)
        Levels from 0 (80 dB below the loudest) to 1.
    max_frequency : float
        Upper end of the mel-spectrogram, in Hz.
    """

    duration: float
    genres: list[tuple[str, float]]
    timeline: pd.DataFrame
    mel_spectrogram: np.ndarray
    max_frequency: float


class Analyzer:
    """Analyses clips with one model."""

    def __init__(self, model: Any, limits: Limits) -> None:
        contract = input_contract_of(model)
        if contract.kind != "audio" or contract.sr is None:
            raise ValueError(
                f"The page needs a model that takes sound files. This one takes something else: "
                f"{contract.describe()} Fit a pipeline that begins with a transformer of "
                f"skgenre.features."
            )
        self.model = model
        self.limits = limits
        self.sr = contract.sr
        self._n_samples = contract.n_samples
        if contract.duration is not None:
            self._n_samples = round(contract.duration * contract.sr)
        self.genres = [str(genre) for genre in model.classes_]

    def analyze(self, path: Path, name: str) -> Analysis:
        """Analyse a file that is called `name`, or raise a Refusal."""
        y = read_clip(path, name, self.sr, self.limits)
        try:
            probabilities, timeline = self._hear(y)
        except ValueError as error:
            raise Refusal(f"{name}: the model can't take it. {error}", UNREADABLE) from error
        order = np.argsort(-probabilities, kind="stable")
        return Analysis(
            duration=len(y) / self.sr,
            genres=[(self.genres[n], float(probabilities[n])) for n in order],
            timeline=timeline,
            mel_spectrogram=_mel_spectrogram(y, self.sr),
            max_frequency=self.sr / 2,
        )

    def _hear(self, y: np.ndarray) -> tuple[np.ndarray, pd.DataFrame]:
        """Return the probabilities of the clip, and those over its time."""
        if self._n_samples is None and _has_segments(self.model):
            parts, edges = self._hear_segments(y)
            whole = self.model.predict_proba([y])[0]
        else:
            parts, edges = self._hear_parts(y, self._n_samples or len(y))
            whole = parts.mean(axis=0)
        timeline = pd.DataFrame(parts, columns=self.genres)
        timeline.insert(0, "start", edges[:, 0])
        timeline.insert(1, "end", edges[:, 1])
        return whole, timeline

    def _hear_parts(self, y: np.ndarray, n_samples: int) -> tuple[np.ndarray, np.ndarray]:
        """Cut a clip as long as the model's ones; a last part under half of that is left out."""
        starts = np.arange(0, len(y), n_samples)
        if len(starts) > 1 and len(y) - starts[-1] < n_samples / 2:
            starts = starts[:-1]
        parts = [fix_duration(y[start:], n_samples, 1) for start in starts]
        probabilities = [
            self.model.predict_proba(np.stack(parts[n : n + _BATCH]))
            for n in range(0, len(parts), _BATCH)
        ]
        return np.concatenate(probabilities), np.stack([starts, starts + n_samples], 1) / self.sr

    def _hear_segments(self, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        segmenter, voting = self.model[0], self.model[-1]
        probabilities = voting.predict_proba_segments(self.model[:-1].transform([y]))[0]
        duration, hop = segmenter.segment_duration, segmenter.segment_hop
        if segmenter.n_segments is not None:
            duration, hop = len(y) / self.sr / segmenter.n_segments, None
        display = GenreTimelineDisplay(
            probabilities, self.genres, segment_duration=duration, segment_hop=hop
        )
        return probabilities, display.edges


def _has_segments(model: Any) -> bool:
    return (
        isinstance(model, Pipeline)
        and hasattr(model[0], "segment_duration")
        and hasattr(model[-1], "predict_proba_segments")
    )


def _mel_spectrogram(y: np.ndarray, sr: float) -> np.ndarray:
    feature = MelSpectrogram(sr=sr, n_mels=_N_MELS, ref="max", top_db=_TOP_DB)
    levels = feature.fit_transform([y])[0]
    edges = np.linspace(0, levels.shape[1], min(_MAX_COLUMNS, levels.shape[1]) + 1)
    first = edges[:-1].astype(int)
    widths = np.diff(np.append(first, levels.shape[1]))
    columns = np.add.reduceat(levels, first, axis=1) / widths
    return np.clip(1 + columns / _TOP_DB, 0, 1)
