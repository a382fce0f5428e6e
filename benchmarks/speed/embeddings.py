"""musicnn on one core: its matrix products beside PyTorch's convolutions, on the same patches."""

import json
import os
import statistics
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import torch

from skgenre.features import MusicnnEmbedding
from skgenre.nn import Musicnn
from skgenre.nn import _musicnn as module

from .. import RESULTS
from .._origin import get_origin

N_PATCHES, N_BANDS, N_FRAMES = 5, 96, 187
N_REPEATS = 7


def run(device: str = "cpu") -> None:
    """Print the processor seconds of five patches of 3 s, and their ratio.

    On another device than the CPU: embeddings of clips there against those of the CPU alone, kept
    in ``benchmarks/results/embeddings-cuda.json``.
    """
    if device != "cpu":
        table = compare_devices(device)
        print(table.to_string(index=False))
        about = {
            **get_origin(device),
            "torch": torch.__version__,
            "threads": torch.get_num_threads(),
        }
        report = {**about, "cores": os.cpu_count(), "rows": table.to_dict("records")}
        (RESULTS / f"embeddings-{device}.json").write_text(json.dumps(report, indent=1))
        return
    torch.set_num_threads(1)
    network = Musicnn().eval()
    patches = torch.rand(N_PATCHES, N_BANDS, N_FRAMES)
    is_fast = module._is_fast
    with torch.inference_mode():
        ours = _measure(lambda: network.embed(patches))
        module._is_fast = lambda *_: False  # type: ignore[assignment]
        try:
            theirs = _measure(lambda: network.embed(patches))
        finally:
            module._is_fast = is_fast
    print(f"processor time of {N_PATCHES} patches of 3 s: {ours:.3f} s")
    print(f"with convolutions: {theirs:.3f} s, ratio {ours / theirs:.2f}")


def compare_devices(device: str, n_clips: int = 200, rounds: int = 3) -> pd.DataFrame:
    """Time embeddings of 30-s clips of noise on the CPU and on a device, and how far they differ.

    The weights are random; the CPU has a fortieth of the clips.
    """
    rng = np.random.default_rng(0)
    clips = rng.uniform(-0.5, 0.5, (n_clips, 30 * 16_000)).astype(np.float32)
    rows, tables = [], {}
    for name, n in (("cpu", n_clips // 40), (device, n_clips)):
        embedding = MusicnnEmbedding(None, sr=16_000, device=name)
        embedding.fit_transform(clips[:2])
        times = []
        for _ in range(rounds):
            start = time.perf_counter()
            tables[name] = np.asarray(embedding.fit_transform(clips[:n]))
            times.append(time.perf_counter() - start)
        both = len(tables["cpu"])
        apart = float(np.abs(tables[name][:both] - tables["cpu"]).max())
        rate = n / statistics.median(times)
        rows.append({"device": name, "clips_per_s": round(rate, 1), "largest_gap": apart})
    return pd.DataFrame(rows)


def _measure(function: Callable[[], Any]) -> float:
    best = float("inf")
    for _ in range(N_REPEATS):
        started = time.process_time()
        function()
        best = min(best, time.process_time() - started)
    return best
