"""Fit one configuration in one fold, and record which clips it got right."""

import hashlib
import pickle
import re
import subprocess
import time
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, clone
from sklearn.ensemble import VotingClassifier
from sklearn.pipeline import Pipeline, make_pipeline

import skgenre
from skgenre.classifiers import GenreVotingClassifier

from .data import Collection
from .fit import compute_features, name_groups, split_pipeline, take_rows
from .models import set_parameters

KEY = ("data", "question", "configuration", "settings", "repeat", "fold")
# What two questions with the same configuration share.
SAME_FIT = ("data", "settings", "repeat", "fold")

# Parameters that came after fits were recorded, and the value that gives those fits.
_LATER = {
    "multi_strategy": "one_output_per_tree",
    "precision": "double",
    "threshold": 0.5,
}

# Where an object lies in memory, at the end of its text.
_ADDRESS = re.compile(r" at 0x[0-9a-fA-F]+")


@dataclass
class Prepared:
    """A model after the steps that learn nothing, and what these made of the clips.

    Parameters
    ----------
    X : ndarray
        All clips.
    seconds : float
        CPU time of computing them.
    model : Pipeline
        The steps to fit.
    """

    X: Any
    seconds: float
    model: Pipeline


def describe_settings(model: BaseEstimator) -> str:
    """Return a fingerprint of all parameters, those with default values too.

    A configuration whose settings change has other fits, also where only a default changed. A
    parameter that came later is left out where its value changes nothing.
    """
    lines = [type(model).__qualname__]
    for name, value in sorted(_as_recorded(model).get_params(deep=True).items()):
        if _LATER.get(name.rpartition("__")[2], _LATER) == value:
            continue
        is_nested = hasattr(value, "get_params")
        text = type(value).__qualname__ if is_nested else _describe(value)
        lines.append(f"{name}={text}")
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:12]


def _as_recorded(model: BaseEstimator) -> BaseEstimator:
    """Return a model with scikit-learn's class of votes, whose fits on one genre are the same.

    Fits were recorded with it.
    """
    if not isinstance(model, Pipeline):
        return model
    steps = []
    for name, step in model.steps:
        if isinstance(step, GenreVotingClassifier) and step.threshold == _LATER["threshold"]:
            params = step.get_params(deep=False)
            del params["threshold"]
            steps.append((name.removeprefix("genre"), VotingClassifier(**params)))
        else:
            steps.append((name, step))
    return model if steps == model.steps else Pipeline(steps)


def prepare(
    model: BaseEstimator,
    collection: Collection,
    done: dict[str, Any],
    *,
    seed: int,
    device: str,
) -> Prepared:
    """Compute the features that do not depend on other clips, unless another model has them.

    Parameters
    ----------
    model : estimator
        It takes maps in dB.
    collection : Collection
        The clips.
    done : dict
        Features computed before, by the fingerprint of their steps; new ones are added.
    seed : int
        The `random_state` of all steps.
    device : str
        Where networks are trained.
    """
    pipeline = clone(model) if isinstance(model, Pipeline) else make_pipeline(clone(model))
    set_parameters(pipeline, {"random_state": seed, "device": device})
    first, rest = split_pipeline(pipeline)
    if first is None:
        return Prepared(collection.X, 0.0, rest)
    name = describe_settings(first)
    if name not in done:
        done[name] = compute_features(pipeline, collection)[:2]
    return Prepared(*done[name], rest)


def run_fold(
    prepared: Prepared, y: np.ndarray, groups: np.ndarray, train: np.ndarray, test: np.ndarray
) -> dict[str, Any]:
    """Fit on some clips and predict others.

    Parameters
    ----------
    prepared : Prepared
        Model and clips.
    y, groups : ndarray of shape (n_clips,)
        Genres and groups of all clips.
    train, test : ndarray
        Which clips to fit on, and which to predict.

    Returns
    -------
    dict
        ``right`` has, by the number of a group in alphabetical order, a 1 for each of its clips
        that was predicted correctly, else a 0; ``fit_s`` is CPU time, with these clips' share of
        the features; ``bytes`` is the size of the pickled model.
    """
    model = clone(prepared.model)
    start = time.process_time()
    model.fit(take_rows(prepared.X, train), y[train], **name_groups(model, groups[train]))
    # A learning curve leaves clips out.
    n_fitted = getattr(model[-1], "n_clips_", len(train))
    seconds = time.process_time() - start + prepared.seconds * n_fitted / len(y)
    right = model.predict(take_rows(prepared.X, test)) == y[test]
    return {
        "accuracy": round(float(right.mean()), 6),
        "n_right": int(right.sum()),
        "n_train": len(train),
        "n_test": len(test),
        "right": _by_group(right, np.unique(groups, return_inverse=True)[1][test]),
        "fit_s": round(seconds, 3),
        "bytes": len(pickle.dumps(model)),
        "version": skgenre.__version__,
        "commit": _commit(),
    }


def _by_group(right: np.ndarray, numbers: np.ndarray) -> dict[str, str]:
    marks = np.where(right, "1", "0")
    return {str(number): "".join(marks[numbers == number]) for number in np.unique(numbers)}


def _describe(value: Any) -> str:
    text = getattr(value, "__qualname__", None) or repr(value)
    return _ADDRESS.sub("", text)


@cache
def _commit() -> str | None:
    """Return the commit of the code, with a plus where files differ from it."""
    folder = Path(__file__).parents[2]
    try:
        command = ["git", "-C", str(folder), "describe", "--always", "--dirty=+", "--exclude=*"]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return None
