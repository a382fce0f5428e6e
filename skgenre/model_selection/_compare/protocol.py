"""Descriptions of a comparison's data and software."""

import os
import platform
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import numpy as np

_PACKAGES = ("skgenre", "scikit-learn", "torch", "xgboost", "xgboost-cpu", "numpy")


def describe_data(X: Any, y: np.ndarray) -> str:
    """Describe the clips and the number of clips per genre, or of genres per clip, in words.

    Parameters
    ----------
    X : sequence of n_clips clips
        Paths, waveforms or rows.
    y : ndarray of shape (n_clips,) or (n_clips, n_genres)
        Their genres.
    """
    if y.ndim == 2:
        per_clip = y.sum(axis=1)
        mean = "" if np.ptp(per_clip) == 0 else f", {per_clip.mean():.2g} on average"
        return (
            f"{_describe_clips(X)}; {_range(per_clip)} of {y.shape[1]} genres per clip{mean}; "
            f"{_range(y.sum(axis=0))} clips in each genre"
        )
    genres, counts = np.unique(y, return_counts=True)
    return f"{_describe_clips(X)}; {_range(counts)} clips in each of {len(genres)} genres"


def _range(counts: np.ndarray) -> str:
    fewest, most = counts.min(), counts.max()
    return str(fewest) if fewest == most else f"{fewest} to {most}"


def _describe_clips(X: Any) -> str:
    shape = getattr(X, "shape", None)
    first = X.iloc[0] if hasattr(X, "iloc") else X[0]
    if isinstance(first, str | os.PathLike):
        return f"{len(X)} files"
    if shape is not None and len(shape) > 1:
        return f"{type(X).__name__} of shape {tuple(int(size) for size in shape)}"
    return f"{len(X)} clips of different lengths"


def describe_date() -> str:
    """Return the date and the time of now, in UTC."""
    return datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")


def describe_versions() -> dict[str, str]:
    """Return the software versions, and the processor on which the times were measured."""
    versions = {"Python": platform.python_version()}
    for package in _PACKAGES:
        try:
            versions[package] = version(package)
        except PackageNotFoundError:
            continue
    cores = os.cpu_count() or 1
    versions["machine"] = f"{platform.system()} {platform.machine()}, {cores} cores"
    return versions
