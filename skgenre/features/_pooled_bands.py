"""Base of the tables of pooled bands: groups of bands, one map at a time."""

import warnings
from abc import abstractmethod
from collections.abc import Callable
from numbers import Integral
from typing import Any, ClassVar

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils._param_validation import Interval
from sklearn.utils.validation import _check_feature_names_in, check_is_fitted

from ..exceptions import ShapeMismatchError, ShortSignalWarning
from ._engine.maps import at_least_single, check_maps
from ._pooling import _TableTransform


class PooledBandsTable(_TableTransform, TransformerMixin, BaseEstimator):
    """Base of transformers that average neighbouring bands and describe each map in one row."""

    _parameter_constraints: ClassVar[dict] = {
        "n_bands": [Interval(Integral, 1, None, closed="left"), None],
    }

    n_bands: int | None
    n_features_in_: int

    @abstractmethod
    def _fewest_frames(self) -> tuple[int, str]:
        """Return how many frames a map needs, and the reason."""

    @abstractmethod
    def _make_describe(self) -> Callable[[np.ndarray], np.ndarray]:
        """Return a function that maps one map, (n_bands, n_frames) in float64, to its row."""

    def _check(self, X: Any, *, reset: bool) -> np.ndarray:
        """Check the maps; a table becomes maps of a single frame."""
        X = check_maps(self, X, reset=reset)
        name = type(self).__name__
        if X.ndim == 2:
            if reset:
                warnings.warn(
                    f"{name} got a table of shape {X.shape}, which it takes as maps of a single "
                    f"frame: nothing varies in them, so all rows are the same. Give it feature "
                    f"maps (n_clips, n_bands, n_frames).",
                    ShortSignalWarning,
                    # fit, and scikit-learn's wrapper of it, before the caller.
                    stacklevel=4,
                )
            return X[..., np.newaxis]
        fewest, reason = self._fewest_frames()
        n_frames = min(maps.shape[-1] for maps in X)
        if n_frames < fewest:
            raise ShapeMismatchError(
                f"{name} with {reason} needs maps of at least {fewest} frames, got {n_frames}: "
                f"use longer clips or segments, or change that parameter."
            )
        return X

    def _map_by_map(
        self, X: np.ndarray, describe: Callable[[np.ndarray], np.ndarray]
    ) -> np.ndarray:
        """Describe maps one at a time, so that a row does not depend on the others."""
        if X.dtype == object:
            ragged = np.empty(len(X), dtype=object)
            ragged[:] = [self._map_by_map(maps, describe)[..., np.newaxis] for maps in X]
            return ragged
        maps = X.reshape(-1, *X.shape[-2:])
        rows = np.stack([describe(bands.astype(np.float64)) for bands in maps])
        table = rows.astype(at_least_single(X.dtype))
        return table if X.ndim == 3 else table.reshape(*X.shape[:2], -1, 1)

    def _transform(self, X: Any) -> np.ndarray:
        self._validate_params()
        X = self._check(X, reset=False)
        return self._map_by_map(X, self._make_describe())

    def _group_edges(self, n_bands: int) -> np.ndarray:
        """Return the start of each group of bands, and the end of the last one."""
        n_groups = n_bands if self.n_bands is None else min(self.n_bands, n_bands)
        return np.arange(n_groups + 1) * n_bands // n_groups

    def _pool_bands(self, bands: np.ndarray) -> np.ndarray:
        """Average the bands of each group."""
        edges = self._group_edges(len(bands))
        sums = np.add.reduceat(bands, edges[:-1], axis=0)
        return sums / np.diff(edges)[:, np.newaxis]

    def _group_names(self, input_features: Any) -> list[str]:
        """Name each group by its first and its last band: ``band0-5``."""
        check_is_fitted(self, "n_features_in_")
        names = _check_feature_names_in(self, input_features, generate_names=False)
        edges = self._group_edges(self.n_features_in_)
        groups = zip(edges[:-1], edges[1:] - 1, strict=True)
        if names is None:
            return [f"band{i}" if i == j else f"band{i}-{j}" for i, j in groups]
        return [names[i] if i == j else f"{names[i]}-{names[j]}" for i, j in groups]

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.two_d_array = True
        tags.input_tags.three_d_array = True
        tags.transformer_tags.preserves_dtype = ["float64", "float32"]
        return tags
