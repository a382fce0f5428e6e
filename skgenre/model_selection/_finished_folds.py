"""Finished folds of a comparison, kept so that a run which was killed goes on where it was."""

import contextlib
import hashlib
import importlib.metadata
import json
import os
import shutil
import sys
import uuid
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import joblib
import numpy as np
from sklearn.base import BaseEstimator

from ..exceptions import CacheWarning
from ..features._cache_key import describe_setting, describe_value
from ._fold_run import FoldResult, FoldRun
from ._folds import Fold

# What scores depend on besides the packages that a pipeline's own classes come from.
_PACKAGES = ("skgenre", "scikit-learn", "numpy", "scipy", "torch", "xgboost", "xgboost-cpu")


class FinishedFolds:
    """The results of finished folds in a folder, one small file each.

    A result is found again only for the same pipeline with the same parameters, the same clips,
    genres and groups, the same split, the same scores and the same versions. The name of the
    pipeline does not matter. A file that is torn or foreign counts as none.

    Parameters
    ----------
    memory : str or PathLike
        The folder given to ``compare`` as `memory`.
    run : FoldRun
        The clips and the scores.
    """

    def __init__(self, memory: str | os.PathLike, run: FoldRun) -> None:
        self._home = _home(memory)
        self._labels = run.y.dtype
        parts = [
            _describe_clips(run.X),
            joblib.hash(run.y),
            joblib.hash(run.groups),
            _describe_scores(run.scoring.scorers),
            f"resample={run.resample}",
            f"Python {sys.version_info.major}.{sys.version_info.minor}",
            *(_version(package) for package in _PACKAGES),
        ]
        self._data = "|".join(parts)

    def path(self, pipeline: BaseEstimator, fold: Fold) -> Path:
        """Return where the result of a pipeline on a fold is kept.

        Raises
        ------
        Exception
            Of any kind, when the parameters can't be compared between processes.
        """
        parts = [
            describe_setting(pipeline, _devices_of(pipeline)).decode(),
            *_foreign_versions(pipeline),
            self._data,
            joblib.hash([np.asarray(part, dtype=np.int64) for part in map(_as_indices, fold)]),
        ]
        digest = hashlib.blake2b("\n".join(parts).encode(), digest_size=20).hexdigest()
        return self._home / digest[:2] / f"{digest[2:]}.json"

    def read(self, path: Path) -> FoldResult | None:
        """Return a result, None when there is none or when it is not whole."""
        try:
            kept = json.loads(path.read_text())
            return FoldResult(
                scores=kept["scores"],
                costs=kept["costs"],
                predicted=np.asarray(kept["predicted"]).astype(self._labels),
                resamples=kept["resamples"],
                error=kept["error"],
            )
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def write(self, path: Path, result: FoldResult) -> None:
        """Keep a result; half of one is never found."""
        assert result.predicted is not None
        kept = {
            "scores": result.scores,
            "costs": result.costs,
            "predicted": result.predicted.tolist(),
            "resamples": result.resamples,
            "error": result.error,
        }
        temporary = path.with_suffix(f".{uuid.uuid4().hex}")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            temporary.write_text(json.dumps(kept))
            temporary.replace(path)
        except (OSError, TypeError) as error:
            with contextlib.suppress(OSError):
                temporary.unlink()
            warnings.warn(
                f"A finished fold can't be kept in {str(self._home.parent)!r} ({error}): another "
                f"run will fit it again.",
                CacheWarning,
                stacklevel=2,
            )


def count_finished_folds(memory: str | os.PathLike) -> int:
    """Count the finished folds that comparisons have kept in a folder."""
    return sum(1 for _ in _home(memory).glob("??/*.json"))


def clear_finished_folds(memory: str | os.PathLike) -> None:
    """Remove the finished folds that comparisons have kept in a folder, and nothing else."""
    with contextlib.suppress(FileNotFoundError):
        shutil.rmtree(_home(memory))


def _home(memory: str | os.PathLike) -> Path:
    return Path(memory) / "skgenre-comparison"


def _as_indices(part: np.ndarray) -> np.ndarray:
    return np.flatnonzero(part) if part.dtype == bool else part


def _describe_clips(X: Any) -> str:
    """Return a digest of the clips: of files their paths, sizes and times of change."""
    if isinstance(X, Sequence | np.ndarray) or hasattr(X, "tolist"):
        items = X.tolist() if hasattr(X, "tolist") and getattr(X, "ndim", 0) == 1 else X
        if len(items) and all(isinstance(item, str | os.PathLike) for item in items):
            with contextlib.suppress(OSError):
                return joblib.hash([_describe_file(Path(item)) for item in items])
    return joblib.hash(X)


def _describe_file(path: Path) -> tuple[str, int, int]:
    status = path.stat()
    return str(path.absolute()), status.st_size, status.st_mtime_ns


def _describe_scores(scorers: Any) -> str:
    if isinstance(scorers, dict):
        return ",".join(f"{name}={_describe_scores(scorers[name])}" for name in scorers)
    if hasattr(scorers, "_score_func"):
        # A scorer made of a function that only a running process knows has a description too.
        attributes = vars(scorers)
        inner = [f"{name}={describe_value(attributes[name])}" for name in sorted(attributes)]
        return f"{type(scorers).__qualname__}({','.join(inner)})"
    return describe_value(scorers)


def _devices_of(pipeline: BaseEstimator) -> str:
    parameters = pipeline.get_params(deep=True)
    devices = [
        str(value)
        for name, value in sorted(parameters.items())
        if name == "device" or name.endswith("__device")
    ]
    return ",".join(devices)


def _foreign_versions(pipeline: BaseEstimator) -> list[str]:
    parts = [pipeline, *pipeline.get_params(deep=True).values()]
    packages = {type(part).__module__.partition(".")[0] for part in parts}
    versions = {
        package: getattr(sys.modules.get(package), "__version__", None) for package in packages
    }
    return [f"{package} {versions[package]}" for package in sorted(versions)]


def _version(distribution: str) -> str:
    try:
        return f"{distribution} {importlib.metadata.version(distribution)}"
    except importlib.metadata.PackageNotFoundError:
        return f"no {distribution}"
