"""Training of a small network beside a bare PyTorch loop, on one thread."""

import statistics

import torch

from .._row import Row
from .._ways_to_train import Work, clock, train_bare, train_ours
from ..training import make_works

_N_ROUNDS = 15


def measure(is_quick: bool) -> list[Row]:
    """Return the row of the smallest network: in the others the loop costs less beside it."""
    n_threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        return [_compare(make_works(is_quick)[0], 2 if is_quick else _N_ROUNDS)]
    finally:
        torch.set_num_threads(n_threads)


def _compare(work: Work, n_rounds: int) -> Row:
    X, y = work.data()
    n_weights = sum(weight.numel() for weight in work.first_module(X, y).parameters())
    # In turns: what slows one way down slows the other, too.
    ours, bare = [], []
    for _ in range(n_rounds):
        ours.append(1e3 * len(X) / train_ours(work, X, y))
        bare.append(1e3 * len(X) / train_bare(work, X, y))
    return Row(
        job=f"training, {n_weights:,} parameters",
        measure="bare loop / ours",
        ratio=statistics.median(b / o for o, b in zip(ours, bare, strict=True)),
        floor=0.95,
        aim=1.0,
        before=0.89,
        ours=statistics.median(ours),
        peer=statistics.median(bare),
        unit=f"{'CPU' if clock() == 'process' else 'wall'} ms an epoch",
    )
