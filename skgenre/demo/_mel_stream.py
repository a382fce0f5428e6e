"""Mel-spectrogram of a clip of any length, as a picture of bounded size."""

from collections.abc import Iterable, Iterator

import numpy as np

from ..features import MelSpectrogram

_N_FFT, _HOP_LENGTH, _N_MELS = 2048, 512, 96
_TOP_DB = 80.0
_MAX_COLUMNS = 1200


class MelStream:
    """Computes the levels of a stream."""

    def __init__(self, sr: float) -> None:
        self._feature = MelSpectrogram(
            sr=sr,
            n_fft=_N_FFT,
            hop_length=_HOP_LENGTH,
            n_mels=_N_MELS,
            center=False,
            top_db=None,
        )
        # As if the first frame were centred at the first sample.
        self._rest = np.zeros(_N_FFT // 2, np.float32)
        self._levels: list[np.ndarray] = []

    def watch(self, pieces: Iterable[np.ndarray]) -> Iterator[np.ndarray]:
        """Yield the pieces, and compute their levels."""
        for piece in pieces:
            self._add(piece)
            yield piece
        self._add(np.zeros(_N_FFT // 2, np.float32))

    def picture(self) -> np.ndarray:
        """Return the levels from 0 (80 dB below the loudest) to 1, averaged over columns."""
        levels = np.concatenate(self._levels, axis=1)
        loudest = levels.max()
        if loudest == levels.min():  # silence, which is no loudness
            loudest += _TOP_DB
        n_frames = levels.shape[1]
        edges = np.linspace(0, n_frames, min(_MAX_COLUMNS, n_frames) + 1).astype(int)
        columns = np.add.reduceat(levels, edges[:-1], axis=1) / np.diff(edges)
        return np.clip(1 + (columns - loudest) / _TOP_DB, 0, 1)

    def _add(self, piece: np.ndarray) -> None:
        y = np.concatenate([self._rest, piece])
        n_frames = max(0, 1 + (len(y) - _N_FFT) // _HOP_LENGTH)
        if n_frames:
            self._levels.append(self._feature.fit_transform([y])[0])
        self._rest = y[n_frames * _HOP_LENGTH :]
