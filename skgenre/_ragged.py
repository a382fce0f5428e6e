"""Clips with different numbers of segments, which don't fit in one array with a segments axis."""

from typing import Any

import numpy as np


def is_ragged(X: Any) -> bool:
    """Return whether `X` is an object array of segmented maps, (n_segments, n_bands, n_frames)."""
    is_object_array = isinstance(X, np.ndarray) and X.dtype == object and X.ndim == 1
    return is_object_array and _are_segmented(X)


def is_list_of_segments(X: Any) -> bool:
    """Return whether `X` is a list or tuple of segmented maps (n_segments, n_bands, n_frames)."""
    return isinstance(X, list | tuple) and _are_segmented(X)


def _are_segmented(X: Any) -> bool:
    return len(X) > 0 and all(isinstance(maps, np.ndarray) and maps.ndim == 3 for maps in X)
