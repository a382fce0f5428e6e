"""What is in a fitted model: estimators in estimators, and trees."""

import inspect
from collections.abc import Iterator
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator

# What networks have in a process, and leave out of a file.
_NOT_KEPT = ("_net", "_module")


def iterate_parts(model: Any) -> Iterator[Any]:
    """Yield the objects in a model, itself first, each once.

    Parameters
    ----------
    model : estimator
        It is looked through as far as estimators, containers and object arrays go.
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
            if isinstance(part, BaseEstimator) or type(part).__module__.startswith("sklearn."):
                attributes = getattr(part, "__dict__", {})
                rest += [value for name, value in attributes.items() if name not in _NOT_KEPT]


def iterate_estimators(model: Any) -> Iterator[BaseEstimator]:
    """Yield the estimators in a model, itself first."""
    return (part for part in iterate_parts(model) if isinstance(part, BaseEstimator))


def forget_folders(model: Any) -> None:
    """Set `memory` to None everywhere: a cache is a folder of one machine."""
    for estimator in iterate_estimators(model):
        if getattr(estimator, "memory", None) is not None:
            estimator.memory = None


def add_new_parameters(model: Any) -> None:
    """Set what estimators of an older skgenre had no parameter for to the default."""
    for estimator in iterate_estimators(model):
        if not type(estimator).__module__.startswith("skgenre."):
            continue
        for name, parameter in inspect.signature(type(estimator).__init__).parameters.items():
            if parameter.default is not parameter.empty and not hasattr(estimator, name):
                setattr(estimator, name, parameter.default)


def check_trees(model: Any) -> None:
    """Refuse decision trees that point outside themselves.

    scikit-learn follows the numbers of nodes and features without looking where they lead.

    Raises
    ------
    ValueError
        When a tree is not one.
    """
    for part in iterate_parts(model):
        kind = type(part).__name__
        if kind == "Tree" and type(part).__module__ == "sklearn.tree._tree":
            nodes = part.__getstate__()["nodes"]
            is_leaf = nodes["left_child"] == -1
            left, right, feature = nodes["left_child"], nodes["right_child"], nodes["feature"]
            _check_nodes(left, right, feature, is_leaf, part.n_features)
        elif kind == "TreePredictor":
            nodes = part.nodes
            is_leaf = nodes["is_leaf"].astype(bool)
            _check_nodes(nodes["left"], nodes["right"], nodes["feature_idx"], is_leaf, 2**31 - 1)
            bitsets = len(part.raw_left_cat_bitsets)
            if (nodes["is_categorical"].astype(bool) & (nodes["bitset_idx"] >= bitsets)).any():
                raise ValueError("a decision tree points outside its categories")


def _check_nodes(
    left: np.ndarray,
    right: np.ndarray,
    feature: np.ndarray,
    is_leaf: np.ndarray,
    n_features: int,
) -> None:
    if not len(left):
        raise ValueError("a decision tree has no nodes")
    # Children come behind their parents, so that every path ends.
    numbers = np.arange(len(left))
    inner = ~is_leaf
    for children in (left, right):
        if not ((children > numbers) & (children < len(left)))[inner].all():
            raise ValueError("a decision tree points outside itself")
    if not ((feature >= 0) & (feature < n_features))[inner].all():
        raise ValueError("a decision tree asks for a feature that there is not")
