"""Blocks of features: their names and weights, and the mean of their kernels."""

from numbers import Real
from typing import Any

import numpy as np

_INPUT = "input"


def check_blocks(model: Any) -> list[tuple[str, Any]]:
    """Return the blocks of a classifier, or refuse them."""
    if model.blocks is None:
        return [(_INPUT, "passthrough")]
    name = type(model).__name__
    blocks = list(model.blocks)
    are_pairs = all(isinstance(b, tuple | list) and len(b) == 2 for b in blocks)
    if not blocks or not are_pairs or not all(isinstance(b[0], str) for b in blocks):
        raise ValueError(
            f"The 'blocks' parameter of {name} must be a list of (name, transformer), such as "
            f"[('mfcc', MFCCStatistics())]. Got {model.blocks!r} instead."
        )
    model._validate_names([block for block, _ in blocks])
    for block, part in blocks:
        is_transformer = hasattr(part, "fit") and hasattr(part, "transform")
        if part != "passthrough" if isinstance(part, str) else not is_transformer:
            raise TypeError(
                f"The block {block!r} of {name} must be a transformer or 'passthrough'. Got "
                f"{part!r} instead."
            )
    return [(block, part) for block, part in blocks]


def is_standardized(model: Any, block: str) -> bool:
    """Tell whether a classifier standardizes the columns of a block."""
    chosen = model.standardize
    return bool(chosen) if isinstance(chosen, bool | np.bool_) else block in chosen


def check_weights(model: Any, names: list[str]) -> np.ndarray:
    """Return the weights of the blocks, which sum to 1."""
    name, given = type(model).__name__, dict(model.weights or {})
    standardized = [] if isinstance(model.standardize, bool | np.bool_) else model.standardize
    for parameter, mentioned in (("weights", given), ("standardize", standardized)):
        unknown = [block for block in mentioned if block not in names]
        if unknown:
            raise ValueError(
                f"The {parameter!r} parameter of {name} has {unknown[0]!r}, which is no block. "
                f"The blocks are {', '.join(map(repr, names))}."
            )
    for block, weight in given.items():
        if not isinstance(weight, Real) or not 0 <= float(weight) < np.inf:
            raise ValueError(
                f"The weight of {block!r} in the 'weights' parameter of {name} must be a "
                f"number, 0 or more. Got {weight!r} instead."
            )
    weights = np.array([given.get(block, 1.0) for block in names], dtype=np.float64)
    if not weights.any():
        raise ValueError(
            f"The 'weights' parameter of {name} must give at least one block a weight above 0. "
            f"Got {model.weights!r} instead."
        )
    return weights / weights.sum()


def mean_kernel(
    tables: list[np.ndarray], others: list[np.ndarray], gammas: np.ndarray, weights: np.ndarray
) -> np.ndarray:
    """Return the weighted mean of the blocks' kernels.

    Parameters
    ----------
    tables, others : list of ndarray of shapes (n_clips, n_columns) and (n_others, n_columns)
        A table per block.
    gammas, weights : ndarray of shape (n_blocks,)
        Factors of the squared distances, and weights that sum to 1.

    Returns
    -------
    ndarray of shape (n_clips, n_others)
        The kernel.
    """
    mean = np.zeros((len(tables[0]), len(others[0])))
    for table, other, gamma, weight in zip(tables, others, gammas, weights, strict=True):
        if weight:
            squares = _squared_distances(table.astype(np.float64), other.astype(np.float64))
            mean += weight * np.exp(-gamma * squares)
    return mean


def _squared_distances(A: np.ndarray, B: np.ndarray) -> np.ndarray:
    squares = (A * A).sum(axis=1)[:, np.newaxis] + (B * B).sum(axis=1) - 2 * A @ B.T
    return np.maximum(squares, 0)
