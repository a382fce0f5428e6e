"""What a model makes of a clip."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from ..audio import fix_duration
from ..features import MelSpectrogram
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
            timeline = self._hear(y)
        except ValueError as error:
            raise Refusal(f"{name}: the model can't take it. {error}", UNREADABLE) from error
        probabilities = timeline[self.genres].to_numpy().mean(axis=0)
        order = np.argsort(-probabilities, kind="stable")
        return Analysis(
            duration=len(y) / self.sr,
            genres=[(self.genres[n], float(probabilities[n])) for n in order],
            timeline=timeline,
            mel_spectrogram=_mel_spectrogram(y, self.sr),
            max_frequency=self.sr / 2,
        )

    def _hear(self, y: np.ndarray) -> pd.DataFrame:
        length = self._n_samples or len(y)
        starts = np.arange(0, len(y), length)
        if len(starts) > 1 and len(y) - starts[-1] < length / 2:
            starts = starts[:-1]
        parts = [fix_duration(y[start:], length, 1) for start in starts]
        probabilities = np.concatenate(
            [
                self.model.predict_proba(np.stack(parts[n : n + _BATCH]))
                for n in range(0, len(parts), _BATCH)
            ]
        )
        timeline = pd.DataFrame(probabilities, columns=self.genres)
        timeline.insert(0, "end", (starts + length) / self.sr)
        timeline.insert(0, "start", starts / self.sr)
        return timeline


def _mel_spectrogram(y: np.ndarray, sr: float) -> np.ndarray:
    feature = MelSpectrogram(sr=sr, n_mels=_N_MELS, ref="max", top_db=_TOP_DB)
    levels = feature.fit_transform([y])[0]
    edges = np.linspace(0, levels.shape[1], min(_MAX_COLUMNS, levels.shape[1]) + 1)
    first = edges[:-1].astype(int)
    widths = np.diff(np.append(first, levels.shape[1]))
    columns = np.add.reduceat(levels, first, axis=1) / widths
    return np.clip(1 + columns / _TOP_DB, 0, 1)
