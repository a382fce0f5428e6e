"""The feature of a store: its check, its setting, and the shape of what it makes."""

import contextlib
import hashlib
import os
from dataclasses import dataclass
from typing import Any

import joblib
import numpy as np
from sklearn.base import BaseEstimator, clone
from sklearn.exceptions import NotFittedError
from sklearn.utils import get_tags
from sklearn.utils.validation import check_is_fitted

from .._pipelines import outermost_parts, steps_of
from .._shown_text import show
from ..exceptions import ShapeMismatchError
from ..features import AudioTransformer
from ..features._engine.cache_key import describe_setting
from ._layout import CLIP, OK, Kind, kind_of

_NAME = "extract_features"
# Seconds of noise that a feature of clips of any length is tried on.
_TRIED_SECONDS = 10.0


@dataclass(frozen=True)
class Trial:
    """Features of noise, computed where those of the clips will be.

    Parameters
    ----------
    feature : estimator
        The feature, fitted if it needs no clips for that.
    shape : tuple of int
        Shape of the features of a clip.
    columns : list of str or None
        Names of the columns of a table.
    """

    feature: Any
    shape: tuple[int, ...]
    columns: list[str] | None


def check_feature(feature: Any) -> None:
    """Refuse what is no feature of sound files, or has steps that would have to be fitted.

    Raises
    ------
    TypeError
        If it is no transformer, or doesn't take sound files.
    ValueError
        If a step has to be fitted and is not.
    """
    is_transformer = isinstance(feature, BaseEstimator) and hasattr(feature, "transform")
    if not is_transformer or not transformers_of(feature):
        kind = type(feature).__name__
        kind = f"the class {feature.__name__}" if isinstance(feature, type) else f"a {kind}"
        raise TypeError(
            f"{_NAME} takes a transformer of sound files such as MelSpectrogram(duration=30), or a "
            f"Pipeline that begins with one, got {kind}."
        )
    for step in _steps_to_fit(feature):
        try:
            check_is_fitted(step)
        except NotFittedError as error:
            raise ValueError(
                f"{_NAME}: {type(step).__name__} in the feature must be fitted, and is not. Leave "
                f"it out and put it before the classifier, where it is fitted on the training "
                f"clips of each fold."
            ) from error


def transformers_of(feature: Any) -> list[Any]:
    """Return the transformers that read the sound files."""
    return list(outermost_parts(feature, AudioTransformer))


def try_feature(feature: Any) -> Trial:
    """Compute a feature of noise, to learn the shape of it; runs where the feature will."""
    first = transformers_of(feature)[0]
    seconds = _TRIED_SECONDS if first.duration is None else first.duration
    noise = np.random.default_rng(0).uniform(-0.5, 0.5, max(1, round(seconds * first.sr)))
    clips = [noise.astype(np.float32)]
    if not _steps_to_fit(feature):
        feature = clone(feature)
        _run_in_one_thread(feature)
        rows = feature.fit_transform(clips)
    else:
        rows = feature.transform(clips)
    array = np.asarray(rows)
    if array.dtype == object:
        array = np.asarray(array[0])[np.newaxis]
    columns = _columns_of(feature, rows, array.shape[1]) if array.ndim == 2 else None
    return Trial(feature, array.shape[1:], columns)


def check_trial(trial: Trial, feature: Any, out: str, shown: str) -> Kind:
    """Refuse a feature that does not fit the kind of store that `out` is by its name.

    Raises
    ------
    ValueError
        If maps have no fixed length, columns have the same name, or `out` has a wrong suffix.
    """
    name = type(steps_of(feature)[-1]).__name__
    is_map = len(trial.shape) > 1
    lacking = [part for part in transformers_of(feature) if part.duration is None]
    if is_map and lacking:
        kind = type(lacking[0]).__name__
        raise ValueError(
            f"{_NAME}: {kind} without duration= makes maps as long as the clips, and a store has "
            f"maps of one size. Set it in seconds, as in {kind}(duration=30)."
        )
    columns = [CLIP, OK, *(trial.columns or [])]
    twice = sorted({column for column in columns if columns.count(column) > 1})
    if twice:
        raise ValueError(
            f"{_NAME}: a table needs a name of its own for each column, besides {CLIP!r} and "
            f"{OK!r}, and {name} gives {show(twice[0])!r}, which is taken. Rename it."
        )
    kind = kind_of(out)
    if is_map and kind == "table":
        raise ValueError(
            f"{_NAME}: {name} makes maps, which go into a Zarr store: out must end in .zarr, got "
            f"{shown}."
        )
    if not is_map and kind == "maps":
        raise ValueError(
            f"{_NAME}: {name} makes a table, which goes into a folder of Parquet files: out must "
            f"not end in .zarr, got {shown}."
        )
    return kind


def describe_feature(feature: Any) -> str:
    """Return a digest of all that the values depend on besides the clips.

    Raises
    ------
    ValueError
        If a parameter is an object that is another one in each process.
    """
    devices = sorted({part.device for part in transformers_of(feature)})
    try:
        content = hashlib.sha256(describe_setting(feature, ",".join(devices)))
    except ValueError as error:
        reason = show(error.__cause__ or error)
        raise ValueError(
            f"{_NAME}: the feature contains an object that can't be compared between runs "
            f"({reason}). Define its function in a module, and import there what it uses."
        ) from error
    for step in _steps_to_fit(feature):
        content.update(joblib.hash(step).encode())
    return content.hexdigest()


def name_feature(feature: Any) -> str:
    """Return the name of the class of a feature, of a pipeline those of its steps."""
    return " > ".join(type(step).__name__ for step in steps_of(feature))


def show_parameters(feature: Any) -> str:
    """Return the parameters of a feature, for people."""
    return show(" ".join(repr(feature).split()))


def compute_clip(feature: Any, path: str | os.PathLike) -> np.ndarray:
    """Return the features of a clip."""
    return np.asarray(feature.transform([path])[:1])[0]


def check_shape(features: np.ndarray, shape: tuple[int, ...], name: str) -> np.ndarray:
    """Return the features of a clip, refusing those of another shape."""
    if features.shape != shape:
        raise ShapeMismatchError(
            f"{_NAME}: the features of a clip must have the shape {shape}, and those of {name} "
            f"have {features.shape}: set duration= of the feature."
        )
    return features


def _steps_to_fit(feature: Any) -> list[Any]:
    return [step for step in steps_of(feature) if get_tags(step).requires_fit]


def _run_in_one_thread(feature: Any) -> None:
    """Set the number of threads of all transformers to one: clips are computed side by side."""
    for part in transformers_of(feature):
        part.set_params(n_jobs=1, verbose=0)


def _columns_of(feature: Any, rows: Any, n_columns: int) -> list[str]:
    if hasattr(rows, "columns"):
        return [str(name) for name in rows.columns]
    # A pipeline whose first step has no names refuses to give those of the last one.
    for part in (feature, steps_of(feature)[-1]):
        with contextlib.suppress(AttributeError, ValueError):
            return [str(name) for name in part.get_feature_names_out()]
    return [f"x{number}" for number in range(n_columns)]
