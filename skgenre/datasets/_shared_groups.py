"""Count the groups that are in several parts of a published split."""

from itertools import combinations
from typing import Any

import numpy as np


def count_shared_groups(groups: Any, split: Any) -> dict[str, int]:
    """Return how many groups each two parts of a split share.

    Parameters
    ----------
    groups : array-like of shape (n_clips,)
        Group labels.
    split : array-like of shape (n_clips,)
        Names of the parts.

    Returns
    -------
    dict of str to int
        Number of groups in both parts, by their names, as in "train and test".
    """
    groups, split = np.asarray(groups), np.asarray(split)
    parts = list(dict.fromkeys(split.tolist()))
    of_part = {part: set(groups[split == part].tolist()) for part in parts}
    return {
        f"{first} and {second}": len(of_part[first] & of_part[second])
        for first, second in combinations(sorted(parts, key=_order), 2)
    }


def describe_shared(shared: dict[str, int]) -> str:
    """Return the counts in words: "0 in train and test, 2 in train and valid"."""
    return ", ".join(f"{n} in both {pair}" for pair, n in shared.items()) or "a single part"


def _order(part: str) -> int:
    """Sort train before valid before test."""
    return ("tr", "va", "te").index(part[:2]) if part[:2] in ("tr", "va", "te") else 3
