"""Parts of a fitted model: nested estimators."""

import inspect
import sys
from collections.abc import Iterator
from types import FunctionType
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator

from ._safe.trusted import LISTED, is_also_trusted

# Attributes that networks have in a process, but not in a file.
NOT_KEPT = ("_net", "_module")
_PACKAGE = __name__.partition(".")[0]


def iterate_parts(model: Any) -> Iterator[Any]:
    """Yield the objects in a model, itself first, each once.

    Parameters
    ----------
    model : estimator
        The model; estimators, containers and object arrays are searched recursively.
    """
    seen: set[int] = set()
    rest = [model]
    while rest:
        part = rest.pop()
        if id(part) in seen or isinstance(part, type):
            continue
        seen.add(id(part))
        if isinstance(part, dict):
            rest += part.values()
        elif isinstance(part, list | tuple | set):
            rest += part
        elif isinstance(part, np.ndarray):
            if part.dtype == object:
                rest += part.tolist()
        else:
            yield part
            kind = type(part)
            is_searched = kind.__module__.startswith("sklearn.") or is_also_trusted(kind)
            if is_searched or isinstance(part, BaseEstimator):
                attributes = getattr(part, "__dict__", {})
                rest += [value for name, value in attributes.items() if name not in NOT_KEPT]


def iterate_estimators(model: Any) -> Iterator[BaseEstimator]:
    """Yield the estimators in a model, itself first."""
    return (part for part in iterate_parts(model) if isinstance(part, BaseEstimator))


def names_of_users(model: Any) -> list[str]:
    """Return the full names of the users' classes and functions in a model, as `trusted` has them.

    Parameters
    ----------
    model : estimator
        The model. Its estimators and their parameters are searched.
    """
    names = set()
    for estimator in iterate_estimators(model):
        for item in (type(estimator), *estimator.get_params(deep=False).values()):
            kind = item if isinstance(item, type | FunctionType) else type(item)
            name = f"{kind.__module__}.{kind.__qualname__}"
            package = name.partition(".")[0]
            is_own = package not in LISTED and package not in sys.stdlib_module_names
            # Others, such as lambdas, have no name that a file could store.
            if is_own and all(part.isidentifier() for part in name.split(".")):
                names.add(name)
    return sorted(names)


def forget_requests(model: Any) -> None:
    """Remove the requests of metadata, such as `groups`, which are for a fit."""
    for estimator in iterate_estimators(model):
        vars(estimator).pop("_metadata_request", None)


def forget_folders(model: Any) -> None:
    """Set `memory` to None everywhere: a cache folder belongs to one machine."""
    for estimator in iterate_estimators(model):
        if getattr(estimator, "memory", None) is not None:
            estimator.memory = None


def add_new_parameters(model: Any) -> None:
    """Set parameters missing from estimators of an older skgenre to their defaults."""
    for estimator in iterate_estimators(model):
        if type(estimator).__module__.partition(".")[0] != _PACKAGE:
            continue
        for name, parameter in inspect.signature(type(estimator).__init__).parameters.items():
            if parameter.default is not parameter.empty and not hasattr(estimator, name):
                setattr(estimator, name, parameter.default)
