"""Rows of a table made of cached feature maps, kept in the cache of the maps."""

from typing import Any

import numpy as np
from sklearn.pipeline import Pipeline

from ...audio import check_clips
from .base import AudioTransformer
from .cache import FeatureCache

# A row follows the shape of the map that it was made of.
_N_AXES = 2


def makes_cached_rows(feature: Any, table: Any) -> bool:
    """Tell whether the rows of a table may be kept in the cache of the feature before it.

    The row of a map then depends on the map and on the parameters alone. The class of the table
    says so itself, in `_is_per_map`: a class derived from it may learn something in ``fit``.
    """
    return (
        isinstance(feature, AudioTransformer)
        and feature.memory is not None
        and not feature._is_ragged_allowed
        and bool(vars(type(table)).get("_is_per_map", False))
        # set_output(transform="pandas"), for example.
        and not any(hasattr(part, "_sklearn_output_config") for part in (feature, table))
    )


def read_rows(feature: AudioTransformer, table: Any, X: Any) -> np.ndarray:
    """Return the table of some clips; rows that are not in the cache are made and kept.

    Unless all of them are, it is computed like without the cache: messages and errors are the same.

    Parameters
    ----------
    feature : AudioTransformer
        The fitted feature of the clips.
    table : estimator
        The transformer of its maps. It is fitted here to their shape, if it is not.
    X : array-like of n_clips clips
        The clips.
    """
    clips = check_clips(X, estimator=feature, sr=feature.sr, reset=False, duration=feature.duration)
    feature._check_lengths(clips)
    both = Pipeline([("feature", feature), ("table", table)])
    assert feature.memory is not None
    cache = FeatureCache(feature.memory, both, feature._find_device())
    keys = [clips.key(i) for i in range(len(clips))]
    entries = [cache.find(key) for key in keys]
    rows = _stack(table, entries)
    if rows is not None:
        cache.count_hits(len(rows))
        cache.log()
        return rows
    maps = feature.transform(X)
    if not hasattr(table, "n_features_in_"):
        table.fit(maps)
    rows = table.transform(maps)
    if maps.ndim == _N_AXES + 1 and rows.ndim == _N_AXES and rows.dtype == np.float32:
        shape = np.array(maps.shape[1:], dtype=np.float32)
        for key, entry, row in zip(keys, entries, rows, strict=True):
            if entry is None:
                cache.keep_found(key, np.concatenate([shape, row]))
    return rows


def _stack(table: Any, entries: list[np.ndarray | None]) -> np.ndarray | None:
    """Return the rows of entries that are of maps of one shape; None if one is missing."""
    first = entries[0]
    if first is None or first.ndim != 1 or len(first) <= _N_AXES:
        return None
    shape = first[:_N_AXES]
    found = []
    for entry in entries:
        if entry is None or entry.shape != first.shape or (entry[:_N_AXES] != shape).any():
            return None
        found.append(entry)
    n_bands = int(shape[0])
    if not hasattr(table, "n_features_in_"):
        table.fit(np.zeros((1, n_bands, int(shape[1])), dtype=np.float32))
    names = table.get_feature_names_out()
    if table.n_features_in_ != n_bands or len(names) != len(first) - _N_AXES:
        return None
    return np.stack(found)[:, _N_AXES:]
