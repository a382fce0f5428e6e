"""Cost of training through skgenre, beside a bare PyTorch loop and plain skorch."""

import ctypes
import json
import os
import statistics
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch

from skgenre.classifiers import (
    CNNClassifier,
    CRNNClassifier,
    LSTMClassifier,
    MLPGenreClassifier,
    ParallelCRNNClassifier,
    TransferCNNClassifier,
)
from skgenre.features import MelSpectrogram

from .. import RESULTS
from .._origin import get_origin
from ._ways_to_train import (
    DEVICE,
    SR,
    Work,
    clock,
    fit_and_predict_bare,
    fit_and_predict_ours,
    now,
    train_bare,
    train_ours,
    train_per_item,
    train_with_skorch,
)
from .features import resident

N_CANDIDATES = 20
WAYS: dict[str, Callable[[Work, np.ndarray, np.ndarray], float]] = {
    "ours": train_ours,
    "bare loop": train_bare,
    "skorch as it comes": train_with_skorch,
    "DataLoader, features per item": train_per_item,
}


def make_works(is_quick: bool) -> list[Work]:
    """Return three networks with two sizes of data each, and the other families small."""

    def work(name: str, classifier: Any, shape: tuple[int, ...], epochs: int, rounds: int) -> Work:
        if is_quick:
            shape, epochs, rounds = (max(20, shape[0] // 50), *shape[1:]), 1, 2
        return Work(name, classifier, shape, epochs, rounds)

    mlp = MLPGenreClassifier(dense=(112,), batch_size=256)
    # The bare loop has no schedule, and centres nothing.
    plain: dict[str, Any] = {"center": None, "schedule": "constant"}
    two_axes: dict[str, Any] = {"dims": 2, "pool_size": 2, **plain}
    small = CNNClassifier(channels=(16, 32, 64), dense=(64,), **two_axes)
    cnn = CNNClassifier(channels=(32, 64, 128), **two_axes)
    recurrent: dict[str, Any] = {"cell": "lstm", "head": "last", "dense": (64,), **plain}
    lstm = LSTMClassifier(pool_size=1, hidden_size=64, num_layers=1, **recurrent)
    crnn = CRNNClassifier(channels=(32, 32), pool_size=2, hidden_size=32, **recurrent)
    parallel = ParallelCRNNClassifier(hidden_size=32, **plain)
    vgg = TransferCNNClassifier(
        weights=None, trainable_blocks=5, image_size=(64, 64), width=0.125, dense=(64,)
    )
    # The quick ones first.
    return [
        work("tiny MLP", mlp, (10_000, 260), 10, 7),
        work("tiny MLP", mlp, (50_000, 260), 3, 5),
        work("LSTM", lstm, (1000, 64, 130), 2, 5),
        work("CRNN", crnn, (1000, 64, 130), 2, 5),
        work("parallel CRNN", parallel, (200, 64, 130), 2, 5),
        work("VGG16, an eighth as wide", vgg, (200, 64, 130), 2, 5),
        work("small CNN", small, (1000, 64, 130), 2, 3),
        work("small CNN", small, (3000, 64, 130), 1, 2),
        work("CNN", cnn, (160, 128, 387), 1, 2),
        work("CNN", cnn, (639, 128, 387), 1, 2),
    ]


def run(is_quick: bool = False) -> None:
    """Print samples a second of four ways to train, and the fixed cost of a fit.

    Each round times all ways one after another, and a ratio is the median over rounds. Random
    numbers are learnt; no data is needed. The figures are kept in
    ``benchmarks/results/training.json``, those of a GPU in ``training-cuda.json``.

    Parameters
    ----------
    is_quick : bool, default=False
        Whether a fiftieth of the clips will do, to see that it runs. Nothing is kept then.
    """
    works = make_works(is_quick)
    machine: dict[str, Any] = {
        **get_origin(DEVICE),
        "device": DEVICE,
        "threads": torch.get_num_threads(),
        "cores": os.cpu_count(),
    }
    machine["clock"] = clock()
    print(", ".join(f"{name} {value}" for name, value in machine.items()))
    # The first of each network; the last one is no small candidate.
    small = {work.name: work for work in reversed(works[:-2])}.values()
    fits = [compare_fits(work, 3 if is_quick else N_CANDIDATES) for work in reversed(small)]
    print("\nA fit of one epoch on 60 clips, and their prediction")
    print(pd.DataFrame(fits).to_string(index=False))
    rows = []
    for work in works:
        found = compare_ways(work)
        rows += found
        table = pd.DataFrame(found).drop(columns=["network", "X"])
        print(f"\n{work.name}, {work.size}\n{table.to_string(index=False)}", flush=True)
    report = {**machine, "torch": torch.__version__, "fits": fits, "rows": rows}
    if DEVICE == "cuda" or is_quick:
        sizes = (8, 3.0, 2) if is_quick else (1000, 30.0, 50)
        report["mel_to_cnn"] = compare_from_mel(*sizes)
        print(f"\nMel spectrograms to a fitted CNN\n{pd.Series(report['mel_to_cnn']).to_string()}")
    if not is_quick:
        RESULTS.mkdir(exist_ok=True)
        path = RESULTS / ("training.json" if DEVICE == "cpu" else f"training-{DEVICE}.json")
        path.write_text(json.dumps(report, indent=1))


def compare_ways(work: Work) -> list[dict[str, Any]]:
    """Measure the ways in turns."""
    X, y = work.data()
    rates: dict[str, list[float]] = {name: [] for name in WAYS}
    memory: dict[str, list[float]] = {name: [] for name in WAYS}
    for number in range(work.n_rounds):
        # Whoever comes first in one round comes later in the next.
        first = number % 3
        for name in [*WAYS][first:] + [*WAYS][:first]:
            before = forget_peak()
            rates[name].append(WAYS[name](work, X, y))
            memory[name].append(read_peak() - before)
    ours, bare = (np.array(rates[name]) for name in ("ours", "bare loop"))
    return [
        {
            "network": work.name,
            "X": work.size,
            "way": name,
            "clips_per_s": round(statistics.median(rate), 1),
            "ours_over_this": round(float(np.median(ours / rate)), 3),
            "lowest": round(float(np.min(ours / rate)), 3),
            "highest": round(float(np.max(ours / rate)), 3),
            "over_bare_ms_per_epoch": round(
                1e3 * len(X) * np.median(1 / np.array(rate) - 1 / bare), 1
            ),
            "peak_memory_mb": round(statistics.median(memory[name]), 1),
        }
        for name, rate in rates.items()
    ]


def compare_fits(work: Work, n_candidates: int) -> dict[str, Any]:
    """Time fits and predictions of small candidates, as a search makes them."""
    X, y = work.data()
    X, y = X[:60], y[:60]
    seconds: dict[str, list[float]] = {"ours": [], "bare": []}
    for _ in range(n_candidates):
        for name, fit in (("ours", fit_and_predict_ours), ("bare", fit_and_predict_bare)):
            start = now()
            fit(work, X, y)
            seconds[name].append(now() - start)
    ours, bare = (1e3 * np.array(found) for found in seconds.values())
    return {
        "network": work.name,
        "bare_ms": round(float(np.median(bare)), 1),
        "ours_ms": round(float(np.median(ours)), 1),
        "fixed_cost_ms": round(float(np.median(ours - bare)), 1),
    }


def compare_from_mel(n_clips: int, seconds: float, n_epochs: int) -> dict[str, Any]:
    """Time the way from waveforms to a fitted CNN, and to one that a bare loop trained."""
    rng = np.random.default_rng(0)
    clips = rng.uniform(-0.5, 0.5, (n_clips, int(seconds * SR))).astype(np.float32)
    y = np.arange(n_clips) % 4
    mel = MelSpectrogram(device=DEVICE, max_in_memory="8GB")
    network = CNNClassifier(
        dims=2,
        channels=(32, 64, 128),
        pool_size=2,
        center=None,
        max_epochs=n_epochs,
        schedule="constant",
    )
    start = now()
    maps = mel.fit_transform(clips)
    extracted = now()
    work = Work("CNN", network, maps.shape, n_epochs, 1)
    network.set_params(max_epochs=n_epochs).fit(maps, y)
    fitted = now()
    rate = train_bare(work, maps, y)
    found = fitted - extracted
    return {
        "maps": work.size,
        "epochs": n_epochs,
        "mel_s": round(extracted - start, 2),
        "fit_s": round(found, 2),
        "both_s": round(fitted - start, 2),
        "fit_over_bare_loop": round(n_clips * n_epochs / found / rate, 3),
    }


def forget_peak() -> float:
    """Let the peak of memory count from here; return what is taken now, in MB."""
    if DEVICE == "cuda":
        torch.cuda.empty_cache()
        torch.cuda.reset_peak_memory_stats()
        return torch.cuda.memory_allocated() / 1e6
    if not sys.platform.startswith("linux"):
        return float("nan")
    ctypes.CDLL("libc.so.6").malloc_trim(0)
    Path("/proc/self/clear_refs").write_text("5")
    return resident("VmRSS") / 1e3


def read_peak() -> float:
    """Return the peak of memory since it was forgotten, in MB: the GPU's, or this process's."""
    if DEVICE == "cuda":
        return torch.cuda.max_memory_allocated() / 1e6
    return resident("VmHWM") / 1e3 if sys.platform.startswith("linux") else float("nan")
