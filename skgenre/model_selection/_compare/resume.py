"""Finished folds of a comparison, stored so that a killed run continues where it stopped."""

import base64
import contextlib
import hashlib
import importlib.metadata
import json
import os
import shutil
import sys
import warnings
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeGuard

import joblib
import numpy as np
from sklearn.base import BaseEstimator

from ..._files import replacing
from ..._urls import Url, as_path, local_folder
from ...audio._clip_items import is_dataframe, is_path, list_items
from ...audio._file_identity import identify_file
from ...audio._open_file import OpenFile, is_file_object
from ...exceptions import AudioDecodeError, CacheWarning
from ...features._engine.cache_key import describe_setting, describe_value
from ...features._engine.shared_files import NotRegularError, check_folder, open_to_read
from .folds import Fold
from .predictions import are_probabilities, are_shares
from .run import COSTS, LARGEST_NUMBER, FoldResult, FoldRun, name_undefined
from .searches import are_best_params

# Packages that scores depend on, besides those of the pipeline's own classes.
_PACKAGES = ("skgenre", "scikit-learn", "numpy", "scipy", "torch", "xgboost", "xgboost-cpu")

_FIELDS = ("scores", "costs", "predicted", "probabilities", "error", "best_params")

# No more of a file is read: a result has a few bytes for each test clip and probability.
_LARGEST_RESULT = 16_000_000  # bytes


class FinishedFolds:
    """The results of finished folds in a folder, one small file each.

    A result is reused only for the same pipeline with the same parameters, the same clips, genres
    and groups, the same split, the same scores and the same versions. The name of the pipeline does
    not matter, nor do the paths of sound files: a copy with the same modification times is the
    same. A truncated or foreign file is ignored.

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
        self._n_genres = run.n_genres
        self._is_multilabel = run.y.ndim == 2
        self._scoring = run.scoring
        parts = [
            _describe_clips(run.X),
            joblib.hash(run.y if run.y.ndim == 1 else (run.y, np.asarray(run.genres).tolist())),
            joblib.hash(run.groups),
            _describe_scores(run.scoring.scorers),
            f"Python {sys.version_info.major}.{sys.version_info.minor}",
            *(_version(package) for package in _PACKAGES),
        ]
        self._data = "|".join(parts)

    def path(self, pipeline: BaseEstimator, fold: Fold) -> Path:
        """Return the path of a pipeline's result on a fold.

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

    def read(self, path: Path, n_test: int | None = None) -> FoldResult | None:
        """Return a result, or None if there is none or it is incomplete.

        Parameters
        ----------
        path : Path
            Path of the result.
        n_test : int or None, default=None
            Number of test clips, if known.

        Warns
        -----
        CacheWarning
            When the file can't have been written by a comparison.
        """
        try:
            with open_to_read(path) as file:
                content = file.read(_LARGEST_RESULT + 1)
            if len(content) > _LARGEST_RESULT:
                self._refuse(path, f"it has more than {_LARGEST_RESULT:,} bytes")
                return None
            kept = json.loads(content)
            fields = [kept[name] for name in _FIELDS]
        except NotRegularError as error:
            self._refuse(path, str(error))
            return None
        except RecursionError:
            self._refuse(path, "it is nested too deeply")
            return None
        except (OSError, ValueError, KeyError, TypeError):
            return None
        try:
            scores, costs, predicted, probabilities, failure, best_params = fields
            if self._is_multilabel:
                result = _check_several(scores, costs, predicted, failure, self._n_genres, n_test)
            else:
                result = _check_result(scores, costs, predicted, failure, self._labels, n_test)
            if not are_best_params(best_params):
                raise ValueError("its chosen parameters are not simple values by name")
            shape = (len(predicted), self._n_genres)
            result = replace(
                result,
                probabilities=_read_probabilities(
                    probabilities, shape, are_shares if self._is_multilabel else are_probabilities
                ),
                best_params=best_params,
            )
            self._check_names(result)
            return result
        except (ValueError, TypeError, OverflowError) as error:
            self._refuse(path, str(error))
            return None

    def _check_names(self, result: FoldResult) -> None:
        """Refuse scores and costs with names that a fold does not have."""
        # The names that other callables than scikit-learn's scorers return are known only in a
        # call.
        expected = self._scoring.fixed_names
        if expected is not None and result.scores.keys() != expected:
            raise ValueError("its scores are not those of this comparison")
        if not result.scores or result.costs.keys() != set(COSTS):
            raise ValueError("it lacks scores or costs")
        if name_undefined(result.scores) and not result.error:
            raise ValueError("it has NaN scores but no error")

    def _refuse(self, path: Path, reason: str) -> None:
        warnings.warn(
            f"{path} is not the result of a fold ({reason}): the fold is fitted again.",
            CacheWarning,
            stacklevel=2,
        )

    def write(self, path: Path, result: FoldResult) -> None:
        """Store a result atomically."""
        assert result.predicted is not None
        kept = {
            "scores": result.scores,
            "costs": result.costs,
            "predicted": result.predicted.tolist(),
            "probabilities": _write_probabilities(result.probabilities),
            "error": result.error,
            "best_params": result.best_params,
        }
        try:
            check_folder(path.parent)
            path.parent.mkdir(parents=True, exist_ok=True)
            with replacing(path) as file:
                file.write(json.dumps(kept).encode())
        except (OSError, TypeError) as error:
            warnings.warn(
                f"A finished fold can't be kept in {str(path)!r} "
                f"({getattr(error, 'strerror', None) or error}): another run will fit it again.",
                CacheWarning,
                stacklevel=2,
            )


def count_finished_folds(memory: str | os.PathLike) -> int:
    """Count the finished folds that comparisons have stored in a folder."""
    return sum(1 for _ in _home(memory).glob("??/*.json"))


def clear_finished_folds(memory: str | os.PathLike) -> None:
    """Remove the finished folds that comparisons have stored in a folder, and nothing else."""
    home = _home(memory)
    with contextlib.suppress(FileNotFoundError):
        if home.is_symlink():  # its target is not ours
            home.unlink()
        else:
            shutil.rmtree(home)


def _home(memory: str | os.PathLike) -> Path:
    return local_folder(memory, "memory") / "skgenre-comparison"


def _as_indices(part: np.ndarray) -> np.ndarray:
    return np.flatnonzero(part) if part.dtype == bool else part


def _check_result(
    scores: Any,
    costs: Any,
    predicted: Any,
    error: Any,
    labels: np.dtype,
    n_test: int | None,
) -> FoldResult:
    """Return a result from the values of an untrusted file."""
    _check_numbers(scores, costs, error)
    if not isinstance(predicted, list) or any(isinstance(i, list | dict) for i in predicted):
        raise ValueError("its predictions are not a list of genres")
    if n_test is not None and len(predicted) != n_test:
        raise ValueError(f"it has {len(predicted)} predictions, and the fold {n_test} test clips")
    if labels.kind == "U" and all(isinstance(genre, str) for genre in predicted):
        labels = np.dtype(str)  # A name longer than those of the genres would be cut.
    as_labels = np.asarray(predicted, dtype=object).astype(labels)
    if as_labels.tolist() != predicted:  # None would become "None"
        raise ValueError("its predictions are not of the type of the genres")
    return FoldResult(scores, costs, as_labels, error=error)


def _check_several(
    scores: Any, costs: Any, predicted: Any, error: Any, n_genres: int, n_test: int | None
) -> FoldResult:
    """Return a result of clips that may have several genres, from an untrusted file."""
    _check_numbers(scores, costs, error)
    if not isinstance(predicted, list) or not all(
        isinstance(row, list) and len(row) == n_genres and all(value in (0, 1) for value in row)
        for row in predicted
    ):
        raise ValueError(f"its predictions are not rows of {n_genres} genres, 0 or 1")
    if n_test is not None and len(predicted) != n_test:
        raise ValueError(f"it has {len(predicted)} predictions, and the fold {n_test} test clips")
    return FoldResult(scores, costs, np.array(predicted, dtype=np.int64), error=error)


def _check_numbers(scores: Any, costs: Any, error: Any) -> None:
    if not _are_numbers(scores):
        raise ValueError("its scores are not numbers by name")
    if not _are_numbers(costs):
        raise ValueError("its costs are not numbers by name")
    if not isinstance(error, str):
        raise ValueError("its error is no text")


def _write_probabilities(values: np.ndarray | None) -> str | None:
    """Return probabilities as text: their bytes, little-endian float32, in base64."""
    return None if values is None else base64.b64encode(values.astype("<f4").tobytes()).decode()


def _read_probabilities(
    text: Any, shape: tuple[int, int], are_valid: Callable[[np.ndarray], bool]
) -> np.ndarray | None:
    """Return probabilities from the text of an untrusted file."""
    if text is None:
        return None
    if not isinstance(text, str):
        raise ValueError("its probabilities are no text")
    content = base64.b64decode(text, validate=True)
    if len(content) != 4 * shape[0] * shape[1]:
        raise ValueError(f"its probabilities are not {shape[0]} rows of {shape[1]} genres")
    values = np.frombuffer(content, dtype="<f4").reshape(shape).astype(np.float32)
    if not are_valid(values):
        sums = " with the sum 1" if are_valid is are_probabilities else ""
        raise ValueError(f"its probabilities are not from 0 to 1{sums}")
    return values


def _are_numbers(values: Any) -> TypeGuard[dict[str, float]]:
    return isinstance(values, dict) and all(map(_is_number, values.values()))


def _is_number(value: Any) -> bool:
    is_number = isinstance(value, float | int) and not isinstance(value, bool)
    # NaN is an undefined score.
    return is_number and (value != value or abs(value) <= LARGEST_NUMBER)


def _describe_clips(X: Any) -> str:
    """Return a digest of the clips; for sound files, of their content, times and sizes."""
    if is_dataframe(X) or isinstance(X, Sequence | np.ndarray) or hasattr(X, "to_numpy"):
        with contextlib.suppress(TypeError, ValueError):
            items = list_items(X, "compare")
            if items is not None and len(items):
                if all(map(is_path, items)):
                    return joblib.hash([_describe_file(as_path(item)) for item in items])
                if all(map(is_file_object, items)):
                    files = [OpenFile(item, "") for item in items]
                    return joblib.hash([hashlib.blake2b(f.content()).digest() for f in files])
    return joblib.hash(X)


def _describe_file(path: Path | Url) -> bytes:
    """Return the identity of a file, or its path if it is missing, empty or unreadable."""
    try:
        return identify_file(path)
    except AudioDecodeError:
        return b"path:" + os.fsencode(path.absolute() if isinstance(path, Path) else path)


def _describe_scores(scorers: Any) -> str:
    if isinstance(scorers, dict):
        return ",".join(f"{name}={_describe_scores(scorers[name])}" for name in scorers)
    if hasattr(scorers, "_score_func"):
        # A scorer of a function that exists only in the running process has a description too.
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
