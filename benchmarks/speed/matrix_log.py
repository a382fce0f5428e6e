"""Logarithms of matrices by eigenvalues and by products, with their gradients, on a device."""

import json
import os
import statistics
from collections.abc import Callable

import pandas as pd
import torch

from skgenre.nn import matrix_log

from .. import RESULTS
from .._origin import get_origin
from ._ways_to_train import now

SIZES = (32, 64, 128, 192)
N_MATRICES = 32  # a batch of the covariance network
N_REPEATS = 7
# As CovarianceNetClassifier shrinks its matrices.
SHRINKAGE = 0.01


def run(device: str = "cpu") -> None:
    """Print milliseconds a batch, and keep them in ``benchmarks/results/matrix_log-*.json``."""
    table = pd.DataFrame([measure(size, device) for size in SIZES])
    print(f"{N_MATRICES} matrices a batch on {device}, milliseconds")
    print(table.to_string(index=False))
    about = {**get_origin(device), "torch": torch.__version__, "threads": torch.get_num_threads()}
    report = {**about, "cores": os.cpu_count(), "rows": table.to_dict("records")}
    (RESULTS / f"matrix_log-{device}.json").write_text(json.dumps(report, indent=1))


def measure(size: int, device: str) -> dict[str, float]:
    """Return the times of both methods, forwards and backwards, and how far they differ."""
    generator = torch.Generator().manual_seed(0)
    factors = torch.randn(N_MATRICES, size, 2 * size, generator=generator, dtype=torch.float64)
    C = factors @ factors.mT / (2 * size)
    variance = C.diagonal(dim1=1, dim2=2).mean(1)[:, None, None]
    C = ((1 - SHRINKAGE) * C + SHRINKAGE * variance * torch.eye(size, dtype=C.dtype)).to(device)
    row: dict[str, float] = {"size": size}
    values = {}
    for method in ("eigh", "products"):
        values[method] = matrix_log(C, method=method, floor=0.9 * SHRINKAGE / size)
        row[f"{method}_ms"] = round(_median_ms(lambda m=method: _log_and_gradient(C, m)), 2)
    row["largest_gap"] = float((values["eigh"] - values["products"]).abs().max())
    return row


def _log_and_gradient(C: torch.Tensor, method: str) -> None:
    leaf = C.clone().requires_grad_()
    floor = 0.9 * SHRINKAGE / C.shape[-1]
    matrix_log(leaf, method=method, floor=floor).square().sum().backward()


def _median_ms(function: Callable[[], None]) -> float:
    times = []
    for _ in range(N_REPEATS + 1):  # the first one is not timed
        start = now()
        function()
        times.append(now() - start)
    return 1e3 * statistics.median(times[1:])
