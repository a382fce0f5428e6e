"""Training of a small network from a store on a disk, against the same maps in memory."""

import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch

from skgenre.classifiers import CNNClassifier
from skgenre.datasets import make_genre_music
from skgenre.features import MelSpectrogram
from skgenre.stores import extract_features, open_features

from .._row import Row

_N_CLIPS, _N_EPOCHS, _N_ROUNDS = 1000, 5, 3


def measure(is_quick: bool) -> list[Row]:
    """Return the speed from a store, and the change of accuracy by its order of clips."""
    n_clips, n_epochs, n_rounds = (100, 2, 1) if is_quick else (_N_CLIPS, _N_EPOCHS, _N_ROUNDS)
    n_threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with tempfile.TemporaryDirectory() as folder:
            return _measure(Path(folder), n_clips, n_epochs, n_rounds)
    finally:
        torch.set_num_threads(n_threads)


def _measure(folder: Path, n_clips: int, n_epochs: int, n_rounds: int) -> list[Row]:
    music = make_genre_music(n_clips, duration=5.0, random_state=0, to=folder / "music")
    feature = MelSpectrogram(n_mels=64, duration=5.0)
    sizes = {"partition_size": n_clips // 5, "chunk_size": n_clips // 50}
    extract_features(music, feature, folder / "mel.zarr", **sizes)
    # A buffer of a quarter: the store is read a part at a time.
    size = n_clips * 64 * 216 * 4
    store = open_features(folder / "mel.zarr", max_in_memory=size / 4)
    maps = np.asarray(open_features(folder / "mel.zarr"))
    test = np.arange(n_clips) % 5 == 0
    y = np.asarray(store.y)
    # The first fits of a process import half of torch.
    for X in (store, maps):
        CNNClassifier(max_epochs=1, device="cpu").fit(X[:20], y[:20])
    rates: dict[str, list[float]] = {"store": [], "memory": []}
    scores: dict[str, list[float]] = {"store": [], "memory": []}
    for seed in range(n_rounds):
        for name, X in (("store", store), ("memory", maps)):
            network = CNNClassifier(max_epochs=n_epochs, device="cpu", random_state=seed)
            rate, score = _fit(network, X, y, test)
            rates[name].append(rate)
            scores[name].append(score)
    change = np.mean(scores["store"]) - np.mean(scores["memory"])
    job = f"training on {n_clips:,} maps of 64 x 216, {n_epochs} epochs"
    pairs = zip(rates["store"], rates["memory"], strict=True)
    return [
        Row(
            job,
            "store / memory",
            statistics.median(ours / peer for ours, peer in pairs),
            floor=0.9,
            ours=statistics.median(rates["store"]),
            peer=statistics.median(rates["memory"]),
            unit="clips per s and epoch",
        ),
        Row(job, "change of accuracy", float(change), unit="share of test clips"),
    ]


def _fit(network: Any, X: Any, y: np.ndarray, test: np.ndarray) -> tuple[float, float]:
    """Return clips per second and epoch, and the accuracy."""
    train = np.flatnonzero(~test)
    start = time.perf_counter()
    network.fit(X[train], y[train])
    seconds = time.perf_counter() - start
    held_out = np.flatnonzero(test)
    right = network.predict(X[held_out]) == y[held_out]
    return len(train) * network.max_epochs / seconds, float(right.mean())
