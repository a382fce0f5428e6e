"""Rows of a table made of cached feature maps, kept in the cache of the maps."""

import threading
from collections.abc import Callable
from typing import Any

import numpy as np
from sklearn.pipeline import Pipeline

from ...audio import Clips, check_clips
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

    A row is made while the map of its clip is in memory. Maps that make no table of plain rows are
    collected like without the cache: messages and errors are the same.

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
    assert feature.memory is not None
    both = Pipeline([("feature", feature), ("table", table)])
    device = feature._find_device()
    cache = FeatureCache(feature.memory, both, device)
    entries = _find_all(cache, clips)
    if entries is None and device == "cpu" and feature.dtype == "float32":
        entries = _make_all(cache, feature, table, clips)
    rows = None if entries is None else _stack(table, entries)
    if rows is not None:
        return rows
    maps = feature.transform(X)
    if not hasattr(table, "n_features_in_"):
        table.fit(maps)
    rows = table.transform(maps)
    if maps.ndim == _N_AXES + 1 and rows.ndim == _N_AXES and rows.dtype == np.float32:
        for i, row in enumerate(rows):
            cache.keep_found(clips.key(i), _entry(maps[i], row))
    return rows


def _find_all(cache: FeatureCache, clips: Clips) -> list[np.ndarray] | None:
    """Return the entries of all clips; None if one is missing."""
    entries = []
    for i in range(len(clips)):
        entry = cache.find(clips.key(i))
        if entry is None:
            return None
        entries.append(entry)
    cache.count_hits(len(entries))
    cache.log()
    return entries


def _make_all(
    cache: FeatureCache, feature: AudioTransformer, table: Any, clips: Clips
) -> list[np.ndarray] | None:
    """Return the entries of all clips, made where they are missing; None if a map makes none."""
    rows = _RowCache(cache, feature, table)
    try:
        found = dict(feature._iterate(clips, lambda i: None, rows))
    except _NoRowError:
        return None
    return [found[i] for i in range(len(clips))]


class _NoRowError(Exception):
    """A map makes no row that could be kept."""


class _RowCache(FeatureCache):
    """Cache of maps that returns rows made of them: by one process each, with the map in memory.

    Parameters
    ----------
    rows : FeatureCache
        Cache of the rows.
    feature : AudioTransformer
        The feature that makes the maps.
    table : estimator
        The transformer of its maps, fitted here if it is not.
    """

    def __init__(self, rows: FeatureCache, feature: AudioTransformer, table: Any) -> None:
        assert feature.memory is not None
        super().__init__(feature.memory, feature, "cpu")
        self._rows = rows
        self._table = table
        self._fit_lock = threading.Lock()

    def get(
        self,
        clip_key: bytes,
        compute: Callable[[], np.ndarray],
        *,
        wait: bool,
        out: np.ndarray | None = None,
    ) -> np.ndarray | None:
        """Read the entry of a clip's row, or make it of the map, which is read or computed.

        The clip is claimed until the row is stored. Without `wait`, None means that another process
        is making the map or the row.
        """
        path = self.path(clip_key)
        entry, is_mine = self._find_or_claim(path, lambda: self._rows.find(clip_key), wait=wait)
        if not is_mine:
            return entry
        try:
            features = self._read(path)
            if features is None:
                features = compute()
                self.keep(clip_key, features)
            else:
                self._count("hits")
            entry = self._make(features)
            self._rows.keep_found(clip_key, entry)
            return entry
        finally:
            self._release(path)

    def lacks(self, clip_key: bytes) -> bool:
        """Tell whether neither the map nor the row of a clip is made or claimed."""
        return self._rows.lacks(clip_key) and super().lacks(clip_key)

    def _make(self, features: np.ndarray) -> np.ndarray:
        if features.ndim != _N_AXES:
            raise _NoRowError
        # The layout of maps that are collected: the order of a sum decides about its last bits.
        maps = np.ascontiguousarray(features)[np.newaxis]
        try:
            with self._fit_lock:
                if not hasattr(self._table, "n_features_in_"):
                    self._table.fit(maps)
            rows = self._table.transform(maps)
        except Exception as error:  # the table of all clips raises it, too
            raise _NoRowError from error
        if rows.ndim != _N_AXES or rows.dtype != np.float32:
            raise _NoRowError
        return _entry(features, rows[0])


def _entry(features: np.ndarray, row: np.ndarray) -> np.ndarray:
    return np.concatenate([np.array(features.shape, dtype=np.float32), row])


def _stack(table: Any, entries: list[np.ndarray]) -> np.ndarray | None:
    """Return the rows of entries that are of maps of one shape, otherwise None."""
    first = entries[0]
    if first.ndim != 1 or len(first) <= _N_AXES:
        return None
    shape = first[:_N_AXES]
    if any(entry.shape != first.shape or (entry[:_N_AXES] != shape).any() for entry in entries):
        return None
    n_bands = int(shape[0])
    if not hasattr(table, "n_features_in_"):
        table.fit(np.zeros((1, n_bands, int(shape[1])), dtype=np.float32))
    names = table.get_feature_names_out()
    if table.n_features_in_ != n_bands or len(names) != len(first) - _N_AXES:
        return None
    return np.stack(entries)[:, _N_AXES:]
