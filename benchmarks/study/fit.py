"""Fit and score one system under one protocol."""

import time
from typing import Any

import numpy as np
import pandas as pd
from sklearn.base import clone
from sklearn.metrics import f1_score
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.utils import get_tags
from sklearn.utils.validation import has_fit_parameter

from skgenre.classifiers import SegmentVotingClassifier
from skgenre.nn import count_parameters

from .data import Collection, as_decibels
from .limit import TimeLimit
from .models import is_named, make_model, set_parameters
from .splits import make_folds


def run_fit(
    collection: Collection,
    system: str,
    protocol: str,
    seed: int,
    *,
    epochs: int | None,
    limit: float | None,
    device: str,
) -> dict[str, Any]:
    """Fit a system in each fold of a protocol, and return what came of it.

    Parameters
    ----------
    collection : Collection
        The clips.
    system : str
        Its name.
    protocol : str
        One of :data:`benchmarks.study.splits.PROTOCOLS`.
    seed : int
        For the split, where it is random, and for the model.
    epochs : int or None
        The most to run; None runs as many as stated.
    limit : float or None
        CPU seconds that the fits may take together.
    device : str
        Where networks are trained.
    """
    pipeline, changed = make_model(
        collection, system, honest=protocol in ("honest", "choice"), device=device
    )
    stated = [
        value for name, value in pipeline.get_params().items() if is_named(name, "max_epochs")
    ]
    set_parameters(pipeline, {"random_state": seed, "device": device})
    if epochs is not None and stated:
        set_parameters(pipeline, {"max_epochs": min(epochs, *stated)})
    X, features_s, classifier = compute_features(pipeline, collection)
    y, groups, clips = collection.y, collection.groups, np.arange(len(collection.y))
    is_unrolled = protocol == "naive" and isinstance(pipeline[-1], SegmentVotingClassifier)
    if is_unrolled:
        clips = np.repeat(clips, [len(segments) for segments in X])
        # Clips of one segment each.
        X, y, groups = np.concatenate(list(X))[:, np.newaxis], y[clips], groups[clips]
    folds = make_folds(y, groups, clips, collection.split, protocol, seed, collection.neighbours)
    if limit is not None:
        set_parameters(classifier, {"callbacks": [TimeLimit(limit / len(folds))]})
    scores, networks, seconds = [], [], 0.0
    for train, test in folds:
        model = clone(classifier)
        params = {} if protocol == "naive" else name_groups(model, groups[train])
        start = time.process_time()
        model.fit(take_rows(X, train), y[train], **params)
        seconds += time.process_time() - start
        scores.append(_score(model, take_rows(X, test), y[test], clips[test]))
        networks += _find_networks(model)
    tested = pd.concat(scores)
    if is_unrolled:
        tested["segments"] = tested["right"]
    return {
        "limit_s": None if limit is None else round(limit),
        "device": device,
        "changed": changed,
        "unit": "segments" if is_unrolled else "clips",
        "n_train": int(np.mean([len(np.unique(clips[train])) for train, _ in folds])),
        "n_test": tested["clip"].nunique(),
        "n_folds": len(folds),
        "accuracy": float(tested["right"].mean()),
        "variance": _variance(tested["right"], tested["clip"]),
        "segment_accuracy": float(tested["segments"].mean()),
        "segment_variance": _variance(tested["segments"], tested["clip"]),
        "macro_f1": float(f1_score(tested["truth"], tested["predicted"], average="macro")),
        "features_s": round(features_s, 1),
        "seconds": round(seconds, 1),
        "epochs_stated": stated[0] if stated else None,
        **_describe(networks),
    }


def compute_features(pipeline: Pipeline, collection: Collection) -> tuple[Any, float, Pipeline]:
    """Return what the steps that learn nothing make of all clips, and the rest of the pipeline.

    A clip's features do not depend on other clips, so they can be computed before the split.
    """
    first, rest = split_pipeline(pipeline)
    if first is None:
        return collection.X, 0.0, rest
    start = time.process_time()
    X = first.fit_transform(_in_units(collection.X))
    return X, time.process_time() - start, rest


def split_pipeline(pipeline: Pipeline) -> tuple[Pipeline | None, Pipeline]:
    """Return the first steps, which learn nothing, if there are any, and the rest."""
    steps = [step for _, step in pipeline.steps]
    n_features = 0
    while n_features < len(steps) - 1 and not get_tags(steps[n_features]).requires_fit:
        n_features += 1
    if not n_features:
        return None, pipeline
    return make_pipeline(*steps[:n_features]), make_pipeline(*steps[n_features:])


def _in_units(X: Any) -> Any:
    return as_decibels(X) if isinstance(X, np.ndarray) else X


def take_rows(X: Any, rows: np.ndarray) -> Any:
    """Return some clips, maps in dB."""
    return [X[row] for row in rows] if isinstance(X, list) else _in_units(X[rows])


def name_groups(model: Pipeline, groups: np.ndarray) -> dict[str, np.ndarray]:
    """Return the argument that keeps groups apart where a network sets clips aside."""
    name, last = model.steps[-1]
    is_network = hasattr(last, "max_epochs") or isinstance(last, SegmentVotingClassifier)
    is_network |= has_fit_parameter(last, "groups")
    # As many groups as clips say nothing.
    is_grouped = len(np.unique(groups)) < len(groups)
    return {f"{name}__groups": groups} if is_network and is_grouped else {}


def _score(model: Pipeline, X: Any, y: np.ndarray, clips: np.ndarray) -> pd.DataFrame:
    """Return what each row was, was taken for, and the share of its segments that are right."""
    predicted = model.predict(X)
    right = (predicted == y).astype(float)
    segments = right
    if isinstance(model[-1], SegmentVotingClassifier):
        maps = model[:-1].transform(X) if len(model) > 1 else X
        by_segment = model[-1].predict_proba_segments(maps)
        likeliest = [model.classes_[np.argmax(one, axis=1)] for one in by_segment]
        segments = [np.mean(one == genre) for one, genre in zip(likeliest, y, strict=True)]
    return pd.DataFrame(
        {"clip": clips, "truth": y, "predicted": predicted, "right": right, "segments": segments}
    )


def _variance(right: pd.Series, clips: pd.Series) -> float:
    """Return the squared standard error of a mean: clips are independent, their segments not."""
    residuals = (right - right.mean()).groupby(clips).sum()
    return float((residuals**2).sum() / len(right) ** 2)


def _find_networks(model: Any) -> list[Any]:
    """Return the fitted network classifiers in a model."""
    if isinstance(model, Pipeline):
        return _find_networks(model[-1])
    if isinstance(model, SegmentVotingClassifier):
        return _find_networks(model.estimator_)
    if hasattr(model, "named_estimators_"):
        return [network for inner in model.estimators_ for network in _find_networks(inner)]
    return [model] if hasattr(model, "history_") else []


def _describe(networks: list[Any]) -> dict[str, Any]:
    """Return size and epochs, as means over folds."""
    if not networks:
        return {"parameters": None, "epochs_run": None, "best_epoch": None, "is_cut": False}
    limits = [limit for network in networks for limit in network.callbacks or ()]
    return {
        "parameters": count_parameters(networks[0].net_.module_),
        "epochs_run": round(float(np.mean([len(network.history_) for network in networks])), 1),
        "best_epoch": round(float(np.mean([_best(network) for network in networks])), 1),
        "is_cut": any(limit.is_over_ for limit in limits),
    }


def _best(network: Any) -> int:
    history = network.history_
    if "valid_loss" not in history:
        return len(history)
    return int(history["epoch"][history["valid_loss"].idxmin()])
