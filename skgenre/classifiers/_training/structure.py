"""Comparison of parameters that decide how a network is built."""

from typing import Any

import numpy as np


def same_value(one: Any, other: Any) -> bool:
    """Tell whether two values of a parameter are equivalent.

    Parameters
    ----------
    one, other : object
        The values. Sequences are compared item by item: a list may be equal to a tuple.

    Returns
    -------
    bool
        True when they are equal.
    """
    if one is other:
        return True
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same_value(one[k], other[k]) for k in one)
    sequence = list | tuple | np.ndarray
    if isinstance(one, sequence) or isinstance(other, sequence):
        return (
            isinstance(one, sequence)
            and isinstance(other, sequence)
            and len(one) == len(other)
            and all(map(same_value, one, other))
        )
    try:
        return bool(one == other)
    except (TypeError, ValueError, RuntimeError):
        # Equality of such objects, such as tensors, has no truth value.
        return False
