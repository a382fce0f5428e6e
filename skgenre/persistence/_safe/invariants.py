"""Checks of fitted estimators by class, before a model from a file is used.

C code indexes by the numbers of a model without checking them, and NumPy broadcasts arrays of other
shapes. So each estimator that a file may contain has a row in the table of ``rules.py``: the
shapes of its arrays in terms of its features and classes, and further conditions on its numbers.
"""

import os
from collections.abc import Iterator
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.utils._param_validation import (
    InvalidParameterError,
    validate_parameter_constraints,
)

from .._parts import iterate_parts
from .rules import BASE_RULES, RULES, Rule
from .symbols import Symbols

# They are specific to a machine, and are set again for this one.
_OF_MACHINES = ("device", "memory", "n_jobs", "verbose")
# Where rows may have several classes: no and yes, or one of them if all training rows have it.
_ANSWERS = ([0, 1], [0], [1])
_THREADS = ("n_jobs", "n_threads", "_n_threads", "nthread")


def check_model(model: Any) -> None:
    """Refuse a model with inconsistent numbers.

    Raises
    ------
    ValueError
        When a part breaks one of the rules of its class; the message names both.
    """
    rules = RULES | BASE_RULES
    for part in iterate_parts(model):
        # A class that the user trusts is held to the rule of the class that it derives from.
        names = (f"{kind.__module__}.{kind.__qualname__}" for kind in type(part).__mro__)
        rule = next((rules[name] for name in names if name in rules), None)
        if rule is not None:
            check_part(part, rule)


def check_part(part: Any, rule: Rule) -> None:
    """Refuse a part that breaks a rule."""
    name = type(part).__name__
    try:
        symbols = _find_symbols(part)
        if isinstance(part, BaseEstimator):
            _check_parameters(part)
            if not rule.is_always and not _is_fitted(part):
                return
        if rule.first is not None:
            rule.first(part)
        symbols.check_all(part, rule.arrays)
        if rule.check is not None:
            rule.check(part, symbols)
    except (AttributeError, KeyError, IndexError, TypeError, OverflowError) as error:
        raise ValueError(f"{name} is incomplete ({type(error).__name__}: {error})") from error
    except ValueError as error:
        raise ValueError(f"{name}: {error}") from error


def _is_fitted(part: BaseEstimator) -> bool:
    """Return whether scikit-learn considers an estimator fitted."""
    return any(name.endswith("_") and not name.startswith("__") for name in vars(part))


def _find_symbols(part: Any) -> Symbols:
    """Return the symbols of shapes: the numbers of features and classes."""
    known = {}
    attributes = vars(part) if hasattr(part, "__dict__") else {}
    if "n_features_in_" in attributes:
        width = attributes["n_features_in_"]
        if isinstance(width, bool) or not isinstance(width, int | np.integer) or width < 1:
            raise ValueError(f"n_features_in_ is {width!r:.50}, not a number of features")
        known["F"] = int(width)
    names = attributes.get("feature_names_in_")
    if names is not None and (not isinstance(names, np.ndarray) or names.shape != (known["F"],)):
        raise ValueError("feature_names_in_ does not name each feature")
    if isinstance(attributes.get("classes_"), np.ndarray):
        classes = attributes["classes_"]
        if classes.ndim != 1 or not len(classes) or len(np.unique(classes)) != len(classes):
            raise ValueError("classes_ is no list of different genres")
        if classes.dtype.kind == "f" and not np.isfinite(classes).all():
            raise ValueError("classes_ has genres that are no numbers")
        if (classes[1:] < classes[:-1]).any():
            raise ValueError("classes_ is not sorted")
        known["C"] = len(classes)
        known["K"] = 1 if len(classes) == 2 else len(classes)
    elif isinstance(attributes.get("classes_"), list):
        for answers in attributes["classes_"]:
            if not isinstance(answers, np.ndarray) or answers.tolist() not in _ANSWERS:
                raise ValueError("classes_ are not the answers 0 and 1 for each genre")
        known["G"] = len(attributes["classes_"])
    return Symbols(known)


def _check_parameters(part: BaseEstimator) -> None:
    """Refuse parameters that fit would refuse."""
    constraints = getattr(type(part), "_parameter_constraints", None)
    if not isinstance(constraints, dict):
        return
    values = {
        name: value
        for name, value in vars(part).items()
        if name in constraints and name not in _OF_MACHINES
    }
    try:
        validate_parameter_constraints(
            {name: constraints[name] for name in values}, values, type(part).__name__
        )
    except InvalidParameterError as error:
        raise ValueError(str(error)[:300]) from error


def limit_threads(model: Any) -> None:
    """Limit numbers of threads to those of this machine, so that a file can't request 3,000."""
    most = os.cpu_count() or 1
    for part, name, value in _numbers_of_threads(model):
        if value > most or value < -most:
            setattr(part, name, most)


def _numbers_of_threads(model: Any) -> Iterator[tuple[Any, str, int]]:
    for part in iterate_parts(model):
        for name in _THREADS:
            value = getattr(part, "__dict__", {}).get(name)
            if value is None:
                continue
            if isinstance(value, bool) or not isinstance(value, int | np.integer):
                raise ValueError(f"{type(part).__name__}: {name} is {value!r:.50}, not a number")
            yield part, name, int(value)
