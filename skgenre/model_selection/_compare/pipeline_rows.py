"""Fit of a pipeline whose table is read from the cache, and answers to clips transformed once."""

from typing import Any

import numpy as np
from sklearn import get_config
from sklearn.pipeline import Pipeline

from ..._pipelines import is_skipped, named_steps_of
from ...features._engine.cached_rows import makes_cached_rows, read_rows

# What a pipeline has before it is fitted, unless scikit-learn adds callbacks, output formats or
# requests of metadata to it.
_PLAIN = {"steps", "transform_input", "memory", "verbose"}


def fit_model(model: Any, X: Any, y: np.ndarray, **params: Any) -> None:
    """Fit a model that is not fitted yet, with rows of its table from the cache where it may."""
    if not _has_cached_rows(model):
        model.fit(X, y, **params)
        return
    steps = named_steps_of(model)
    (_, feature), (_, table) = steps[:2]
    feature.fit(X)
    rest = Pipeline(steps[2:])
    rest.fit(read_rows(feature, table, X), y, **params)
    steps[2:] = named_steps_of(rest)


def transform_once(model: Any, X: Any) -> tuple[Any, Any]:
    """Return the last step of a fitted pipeline, and its input: the transformed clips.

    So several methods of it answer for one transformation. Any other model is returned as it is.
    """
    if type(model) is not Pipeline or is_skipped(named_steps_of(model)[-1][1]):
        return model, X
    steps = [step for _, step in named_steps_of(model)]
    n_done = 0
    if _has_cached_rows(model):
        X, n_done = read_rows(steps[0], steps[1], X), 2
    for step in steps[n_done:-1]:
        if not is_skipped(step):
            X = step.transform(X)
    return steps[-1], X


def _has_cached_rows(model: Any) -> bool:
    if type(model) is not Pipeline or len(named_steps_of(model)) < 3:
        return False
    plain = {"memory": None, "transform_input": None, "verbose": False}
    return (
        vars(model).keys() <= _PLAIN
        and all(getattr(model, name, value) == value for name, value in plain.items())
        and get_config()["transform_output"] == "default"
        and makes_cached_rows(*(step for _, step in named_steps_of(model)[:2]))
    )
