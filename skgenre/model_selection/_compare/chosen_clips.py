"""Clips of one part of a fold."""

from pathlib import Path
from typing import Any

import numpy as np
from sklearn.utils import _safe_indexing

from ..._memory_maps import is_memory_mapped
from ...features._engine.scratch import ScratchFile

# Smaller parts are copied in memory, even if joblib has mapped the array for another process.
_LARGE = 2**28  # bytes
_COPIED = 2**24  # bytes at once


def choose_clips(X: Any, rows: np.ndarray, folder: Path) -> Any:
    """Return some of the clips.

    A large part of a memory-mapped array is a memory map, too: in memory it might not fit.

    Parameters
    ----------
    X : array-like of shape (n_clips, ...)
        All clips.
    rows : ndarray of int or bool
        Their indices, or a mask.
    folder : Path
        Folder for the file of a memory map, which is removed with the array.
    """
    if not is_memory_mapped(X):
        return _safe_indexing(X, rows)
    rows = np.flatnonzero(rows) if rows.dtype == bool else rows
    clip_bytes = X[:1].nbytes
    if len(rows) * clip_bytes < _LARGE:
        return X[rows]
    scratch = ScratchFile(folder, X.dtype)
    n_at_once = max(1, _COPIED // clip_bytes)
    for start in range(0, len(rows), n_at_once):
        scratch.append(X[rows[start : start + n_at_once]])
    return scratch.finish().reshape(len(rows), *X.shape[1:])
