"""Small inputs for the checks: clips, feature maps and tables suitable for an estimator."""

from typing import Any

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.utils import get_tags


def takes_audio(estimator: BaseEstimator) -> bool:
    """Return whether the estimator's rows are sound files or waveforms."""
    return get_tags(estimator).input_tags.string


def make_clips(estimator: BaseEstimator, n_clips: int = 4, duration: float = 1.0) -> np.ndarray:
    """Make waveforms at the estimator's rate, with different pitch, noise and level."""
    sr = estimator.get_params().get("sr", 22050)
    n_samples = round(duration * sr)
    rng = np.random.default_rng(0)
    time = np.arange(n_samples) / sr
    clips = [
        0.9 * 10.0 ** (-1.5 * clip) * np.sin(2 * np.pi * 220 * (clip + 1) * time)
        + 10.0 ** (-3 - clip) * rng.standard_normal(n_samples)
        for clip in range(n_clips)
    ]
    return np.stack(clips).astype(np.float32)


def make_rows(estimator: BaseEstimator, n_clips: int = 24) -> np.ndarray:
    """Make input rows for the estimator: waveforms, segments, feature maps, or a table."""
    if takes_audio(estimator):
        return make_clips(estimator, min(n_clips, 4))
    rng = np.random.default_rng(0)
    if hasattr(estimator, "predict_proba_segments"):
        return rng.standard_normal((n_clips, 3, 6, 1)).astype(np.float32)
    if get_tags(estimator).input_tags.three_d_array:
        return rng.standard_normal((n_clips, 6, 20)).astype(np.float32)
    return rng.standard_normal((n_clips, 6)).astype(np.float32)


def make_labels(n_clips: int) -> np.ndarray:
    """Make labels of three alternating genres in equal numbers."""
    return np.array(["blues", "metal", "jazz"])[np.arange(n_clips) % 3]


def outputs(estimator: BaseEstimator, X: Any) -> Any:
    """Return the fitted estimator's output for `X`: probabilities, labels or features."""
    for method in ("predict_proba", "predict", "transform"):
        if hasattr(estimator, method):
            return getattr(estimator, method)(X)
    raise TypeError(f"{type(estimator).__name__} has neither predict nor transform.")


def same(left: Any, right: Any) -> bool:
    """Return whether two results, ragged or not, are equal bit for bit."""
    left, right = np.asarray(left), np.asarray(right)
    if left.shape != right.shape:
        return False
    if left.dtype == object:
        return all(same(one, other) for one, other in zip(left, right, strict=True))
    return bool(np.array_equal(left, right, equal_nan=left.dtype.kind == "f"))
