"""musicnn on one core: its matrix products beside PyTorch's convolutions, on the same patches."""

import time
from collections.abc import Callable
from typing import Any

import torch

from skgenre.nn import Musicnn
from skgenre.nn import _musicnn as module

N_PATCHES, N_BANDS, N_FRAMES = 5, 96, 187
N_REPEATS = 7


def run() -> None:
    """Print the processor seconds of five patches of 3 s, and their ratio."""
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


def _measure(function: Callable[[], Any]) -> float:
    best = float("inf")
    for _ in range(N_REPEATS):
        started = time.process_time()
        function()
        best = min(best, time.process_time() - started)
    return best
