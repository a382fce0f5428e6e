"""Fit and score one system under one protocol."""

import time
from typing import Any

import numpy as np
from sklearn.base import clone
from sklearn.metrics import f1_score
from sklearn.model_selection import (
    StratifiedGroupKFold,
    StratifiedKFold,
    StratifiedShuffleSplit,
)
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.utils import get_tags
from skorch.callbacks import EarlyStopping

from skgenre.classifiers import SegmentVotingClassifier
from skgenre.nn import count_parameters
from skgenre.systems import list_systems, make_system

from .systems_data import Collection, as_decibels
from .systems_recipes import RECIPES, make_recipe

PROTOCOLS = {
    "naive": "the recipe as stated, under the split as stated: random over segments or clips",
    "recipe": "the recipe as stated, under the honest split",
    "honest": "the mended recipe, no group on both sides of the split",
    "choice": "as honest, on the training clips alone, a fifth of which are held out",
}

# Cross-validated in five folds below, a single split above.
_LARGE = 400
_N_FOLDS = 5

_SR = 22050

# What makes three epochs possible in minutes on one core, and what there are no weights for.
_CHANGES: dict[str, tuple[dict[str, Any], str]] = {
    "000-transfer": (
        {"weights": None, "trainable_blocks": 5, "lr_decay": 1.0, "image_size": (48, 48)},
        "no ImageNet weights: from scratch, all blocks, at one rate; image 48 x 48",
    )
}
_CHANGES_CUDA = {
    "000-transfer": (
        {"weights": None, "trainable_blocks": 5, "lr_decay": 1.0},
        "no ImageNet weights: from scratch, all blocks, at one rate",
    )
}


class TimeLimit(EarlyStopping):
    """End training before an epoch that would go beyond a time.

    skorch's early stopping is what the classifiers know as a wish to end, not an interruption;
    with `early_stopping` they restore the best epoch.

    Parameters
    ----------
    seconds : float
        CPU time of the process.
    """

    def __init__(self, seconds: float) -> None:
        super().__init__(monitor="epoch", patience=1)
        self.seconds = seconds

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """Return what a copy is made with."""
        return {"seconds": self.seconds}

    def on_train_begin(self, net: Any, **kwargs: Any) -> None:
        """Note the time."""
        super().on_train_begin(net, **kwargs)
        # No epoch's number is lower: the first call of skorch's method ends training.
        self.dynamic_threshold_ = -np.inf
        self.start_ = time.process_time()
        self.n_epochs_ = 0
        self.is_over_ = False

    def on_epoch_begin(self, net: Any, **kwargs: Any) -> None:
        """End training if this epoch has no time left."""
        if self.n_epochs_:
            used = time.process_time() - self.start_
            self.is_over_ = used + used / self.n_epochs_ > self.seconds
            if self.is_over_:
                super().on_epoch_end(net, **kwargs)
        self.n_epochs_ += 1

    def on_epoch_end(self, net: Any, **kwargs: Any) -> None:
        """Do nothing: an epoch that is over has been paid for."""


def find_systems(collection: Collection) -> dict[str, str]:
    """Return all models, each with the reason why it can't be run on a collection, or ""."""
    obstacles = {name: _obstacle(name, collection.kind) for name in list_systems()["id"]}
    if collection.kind == "mel":
        for name in RECIPES:
            is_blind = collection.frame_rate is None and name in ("svm-modulation", "svm-all")
            obstacles[name] = "needs the frame rate" if is_blind else ""
    return obstacles


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
    """Fit a system under a protocol, and return its record.

    Parameters
    ----------
    collection : Collection
        The clips.
    system : str
        Its name.
    protocol : {"naive", "recipe", "honest"}
        What is fitted, and how clips are split.
    seed : int
        For the split, where it is random, and for the networks.
    epochs : int or None
        The most to run; None runs as many as stated.
    limit : float or None
        CPU seconds that the fits may take together.
    device : str
        Where networks are trained.
    """
    record: dict[str, Any] = {
        "data": collection.name,
        "system": system,
        "protocol": protocol,
        "seed": seed,
        "epochs": epochs,
        "limit_s": None if limit is None else round(limit),
        "device": device,
    }
    changes, changed = _make_changes(system, device)
    if system in RECIPES:
        pipeline = make_recipe(system, collection.frame_rate)
    else:
        pipeline = _make(system, collection.kind, honest=protocol in ("honest", "choice"))
    if collection.kind == "mel" and system == "000-cnn" and collection.X.shape[2] < 256:
        changes = {**changes, "image_size": (128, 128)}
        changed = "image 128 x 128, which the maps have no more of"
    if collection.kind == "mel" and isinstance(pipeline[-1], SegmentVotingClassifier):
        changed = _fit_windows(pipeline, collection.X.shape[2])
    if collection.kind == "audio" and _unpad(pipeline, collection.X):
        changed = "; ".join(filter(None, [changed, "clips not padded to 30 s"]))
    stated = [value for name, value in pipeline.get_params().items() if _is(name, "max_epochs")]
    X, features_s, classifier = _compute_features(pipeline, collection)
    is_unrolled = protocol == "naive" and isinstance(pipeline[-1], SegmentVotingClassifier)
    y, clips, groups = collection.y, np.arange(len(collection.y)), collection.groups
    split = collection.split
    if is_unrolled:
        counts = np.array([len(segments) for segments in X])
        X = np.concatenate(list(X))[:, np.newaxis]
        clips = np.repeat(clips, counts)
        y, groups = y[clips], groups[clips]
    folds = _make_folds(y, groups, split, clips, protocol, seed)
    _set(classifier, changes)
    _set(classifier, {"random_state": seed, "device": device})
    if epochs is not None:
        shorter = {"max_epochs": min(epochs, min(stated, default=epochs))}
        _set(classifier, shorter)
    if limit is not None:
        _set(classifier, {"callbacks": [TimeLimit(limit / len(folds))]})
    truth, predicted, tested, by_segment, networks = [], [], [], [], []
    seconds = 0.0
    for train, test in folds:
        model = clone(classifier)
        start = time.process_time()
        model.fit(_convert(X, train, collection), y[train])
        seconds += time.process_time() - start
        predicted.append(_predict(model, X, test, collection))
        truth.append(y[test])
        tested.append(clips[test])
        by_segment.append(_score_segments(model, X, test, y, collection))
        networks += _networks(model)
    truth, predicted, tested = map(np.concatenate, (truth, predicted, tested))
    right = (truth == predicted).astype(float)
    segments = right if is_unrolled else np.concatenate(by_segment)
    record |= {
        "changed": changed,
        "unit": "segments" if is_unrolled else "clips",
        "n_train": int(np.mean([len(np.unique(clips[train])) for train, _ in folds])),
        "n_test": len(np.unique(tested)),
        "n_folds": len(folds),
        "accuracy": float(right.mean()),
        "macro_f1": float(f1_score(truth, predicted, average="macro")),
        "variance": _variance(right, tested),
        "segment_accuracy": float(segments.mean()),
        "segment_variance": _variance(segments, tested),
        "features_s": round(features_s, 1),
        "seconds": round(seconds, 1),
        "parameters": None,
        "epochs_stated": stated[0] if stated else None,
        "epochs_run": None,
        "best_epoch": None,
        "is_cut": False,
    }
    if networks:
        histories = [network.history_ for network in networks]
        best = [
            int(history["epoch"][history["valid_loss"].idxmin()])
            if "valid_loss" in history
            else len(history)
            for history in histories
        ]
        record |= {
            "parameters": count_parameters(networks[0].net_.module_),
            "epochs_run": round(float(np.mean([len(history) for history in histories])), 1),
            "best_epoch": round(float(np.mean(best)), 1),
            "is_cut": any(
                callback.is_over_ for network in networks for callback in network.callbacks or ()
            ),
        }
    return record


def _obstacle(system: str, kind: str) -> str:
    table = list_systems().set_index("id")
    is_network = table.loc[system, "parameters"] is not table["parameters"].dtype.na_value
    if kind == "mel":
        try:
            make_system(system, input="mel")
        except ValueError:
            return f"needs audio: {table.loc[system, 'input']}"
    if kind == "table" and (is_network or system == "000-ensemble"):
        return f"needs audio or maps: {table.loc[system, 'input']}"
    return ""


def _make_changes(system: str, device: str) -> tuple[dict[str, Any], str]:
    table = _CHANGES if device == "cpu" else _CHANGES_CUDA
    return table.get(system, ({}, ""))


def _fit_windows(pipeline: Pipeline, n_frames: int) -> str:
    """Halve windows that are as long as the maps; return what was changed."""
    segmenter = pipeline[0]
    while segmenter.n_frames >= n_frames:
        n_window = segmenter.n_frames // 2
        segmenter.set_params(n_frames=n_window, hop_frames=(n_window + 1) // 2)
    return f"windows of {segmenter.n_frames} of {n_frames} frames"


def _unpad(pipeline: Pipeline, X: Any) -> bool:
    """Let clips be as long as they are, where they are shorter than the document's."""
    if not isinstance(X, np.ndarray):
        return False
    padded = {
        name: None
        for name, value in pipeline.get_params().items()
        if _is(name, "duration") and value is not None and value > X.shape[1] / _SR
    }
    pipeline.set_params(**padded)
    return bool(padded)


def _make(system: str, kind: str, *, honest: bool) -> Pipeline:
    if kind == "mel":
        return make_system(system, input="mel", honest=honest)
    pipeline = make_system(system, honest=honest)
    # A table has the first step's columns already.
    return pipeline if kind == "audio" else make_pipeline(*[step for _, step in pipeline.steps[1:]])


def _is(name: str, parameter: str) -> bool:
    return name == parameter or name.endswith(f"__{parameter}")


def _set(model: Pipeline, values: dict[str, Any]) -> None:
    """Set parameters of the classifiers of a model, wherever they have them."""
    names = list(model.get_params())
    prefixes = {name.removesuffix("max_epochs") for name in names if _is(name, "max_epochs")}
    for parameter, value in values.items():
        for name in names:
            if _is(name, parameter) and (
                parameter == "random_state" or name.removesuffix(parameter) in prefixes
            ):
                model.set_params(**{name: value})


def _compute_features(pipeline: Pipeline, collection: Collection) -> tuple[Any, float, Pipeline]:
    """Return what the steps that learn nothing make of all clips, and the rest of the pipeline.

    A clip's features do not depend on other clips, so they can be computed before the split.
    """
    steps = [step for _, step in pipeline.steps]
    n_features = 0
    while n_features < len(steps) - 1 and not get_tags(steps[n_features]).requires_fit:
        n_features += 1
    X = collection.X
    if not n_features:
        return X, 0.0, pipeline
    start = time.process_time()
    X = as_decibels(X) if collection.kind == "mel" else X
    X = make_pipeline(*steps[:n_features]).fit_transform(X)
    return X, time.process_time() - start, make_pipeline(*steps[n_features:])


def _make_folds(
    y: np.ndarray,
    groups: np.ndarray,
    split: np.ndarray | None,
    clips: np.ndarray,
    protocol: str,
    seed: int,
) -> list[tuple[np.ndarray, np.ndarray]]:
    nothing = np.zeros(len(y))
    n_clips = clips[-1] + 1
    if split is not None and n_clips > _LARGE:
        reported = "test" if "test" in split else "valid"
        train, test = np.flatnonzero(split == "train"), np.flatnonzero(split == reported)
        if protocol == "choice":
            splitter = StratifiedShuffleSplit(1, test_size=0.2, random_state=seed)
            [(kept, held)] = splitter.split(train, y[train])
            return [(train[kept], train[held])]
        if protocol != "naive":
            return [(train, test)]
        # As many as the honest split has.
        share = len(test) / (len(train) + len(test))
        return list(StratifiedShuffleSplit(1, test_size=share, random_state=seed).split(nothing, y))
    if protocol == "naive":
        folds = StratifiedKFold(_N_FOLDS, shuffle=True, random_state=seed).split(nothing, y)
    else:
        splitter = StratifiedGroupKFold(_N_FOLDS, shuffle=True, random_state=seed)
        folds = splitter.split(nothing, y, groups)
    if protocol == "choice":
        raise ValueError("The protocol 'choice' needs data with a published split.")
    n_folds = 1 if n_clips > _LARGE else _N_FOLDS
    return list(folds)[:n_folds]


def _convert(X: Any, rows: np.ndarray, collection: Collection) -> Any:
    if isinstance(X, list):
        return [X[row] for row in rows]
    return as_decibels(X[rows]) if collection.kind == "mel" else X[rows]


def _predict(model: Any, X: Any, rows: np.ndarray, collection: Collection) -> np.ndarray:
    return model.predict(_convert(X, rows, collection))


def _score_segments(
    model: Any, X: Any, rows: np.ndarray, y: np.ndarray, collection: Collection
) -> np.ndarray:
    """Return the share of each clip's segments that are right."""
    X = _convert(X, rows, collection)
    voting = model[-1] if isinstance(model, Pipeline) else model
    if not isinstance(voting, SegmentVotingClassifier):
        return (model.predict(X) == y[rows]).astype(float)
    if isinstance(model, Pipeline) and len(model) > 1:
        X = model[:-1].transform(X)
    by_segment = voting.predict_proba_segments(X)
    return np.array(
        [
            (voting.classes_[np.argmax(one, axis=1)] == genre).mean()
            for one, genre in zip(by_segment, y[rows], strict=True)
        ]
    )


def _variance(right: np.ndarray, clips: np.ndarray) -> float:
    """Return the squared standard error of an accuracy: clips are independent, segments not."""
    means = np.bincount(clips, right, clips.max() + 1)[np.unique(clips)]
    sizes = np.bincount(clips)[np.unique(clips)]
    residuals = means - right.mean() * sizes
    return float((residuals**2).sum() / sizes.sum() ** 2)


def _networks(model: Any) -> list[Any]:
    """Return the fitted network classifiers in a model."""
    if isinstance(model, Pipeline):
        return _networks(model[-1])
    if isinstance(model, SegmentVotingClassifier):
        return _networks(model.estimator_)
    if hasattr(model, "estimators_") and not hasattr(model, "estimator_"):
        return [network for inner in model.estimators_ for network in _networks(inner)]
    return [model] if hasattr(model, "history_") else []
