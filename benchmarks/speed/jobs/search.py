"""Search of small networks: time beside the fits and predictions of the candidates."""

import statistics
import tempfile
import time
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, clone
from sklearn.metrics import accuracy_score
from sklearn.model_selection import GridSearchCV, ParameterGrid, StratifiedKFold
from sklearn.pipeline import make_pipeline

from skgenre.classifiers import CNNClassifier
from skgenre.datasets import make_genre_music
from skgenre.features import MelSpectrogram

from .._row import Row

_N_CLIPS, _N_ROUNDS = 60, 3
# 20 candidates.
_GRID = {"lr": [1e-4, 3e-4, 1e-3, 3e-3, 1e-2], "dropout": [0.0, 0.1, 0.2, 0.3]}
_FOLDS = StratifiedKFold(3)


def measure(is_quick: bool) -> list[Row]:
    """Return the share of a search that its fits and predictions alone don't take.

    The search reads features of sound files from a filled cache; the fits alone have them in
    memory.
    """
    with tempfile.TemporaryDirectory() as folder:
        n_clips, n_rounds = (20, 1) if is_quick else (_N_CLIPS, _N_ROUNDS)
        music = make_genre_music(n_clips, genres=["classical", "metal"], random_state=0, to=folder)
        mel = MelSpectrogram(n_mels=64, memory=folder)
        network = CNNClassifier(channels=(32, 32), max_epochs=10, device="cpu", random_state=0)
        maps, y = mel.fit_transform(music.paths), music.target
        network.fit(maps, y)  # The first fit of a process imports half of torch.
        whole, alone = [], []
        for _ in range(n_rounds):
            whole.append(_time(_search, make_pipeline(mel, network), music.paths, y))
            alone.append(_time(_fit_all, network, maps, y))
    return [
        Row(
            job="search of 20 small candidates",
            measure="share of time beside the fits",
            ratio=statistics.median(1 - a / w for a, w in zip(alone, whole, strict=True)),
            floor=0.05,
            is_at_most=True,
            ours=statistics.median(whole),
            peer=statistics.median(alone),
            unit="CPU s",
        )
    ]


def _time(function: Any, *arguments: Any) -> float:
    start = time.process_time()
    function(*arguments)
    return time.process_time() - start


def _search(pipeline: BaseEstimator, paths: list[str], y: np.ndarray) -> None:
    grid = {f"cnnclassifier__{name}": values for name, values in _GRID.items()}
    GridSearchCV(pipeline, grid, cv=_FOLDS, refit=False).fit(paths, y)


def _fit_all(network: BaseEstimator, maps: np.ndarray, y: np.ndarray) -> None:
    for parameters in ParameterGrid(_GRID):
        for train, test in _FOLDS.split(maps, y):
            model = clone(network).set_params(**parameters).fit(maps[train], y[train])
            accuracy_score(y[test], model.predict(maps[test]))
