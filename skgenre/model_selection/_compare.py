"""Cross-validate several pipelines on the same folds."""

import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np
import pandas as pd
from joblib import Parallel, delayed
from sklearn import config_context
from sklearn.base import BaseEstimator, clone
from sklearn.metrics import check_scoring
from sklearn.utils import _safe_indexing, check_consistent_length, check_random_state
from sklearn.utils.multiclass import check_classification_targets

from ._comparison import Comparison
from ._folds import Fold, make_folds
from ._preparation import fill_memory, fill_random_states, request_groups

_MAX_SEED = np.iinfo(np.int32).max


def compare(
    pipelines: Mapping[str, BaseEstimator],
    X: Any,
    y: Any,
    *,
    groups: Any = None,
    cv: Any = 5,
    scoring: Any = "accuracy",
    n_jobs: int | None = None,
    random_state: Any = None,
    memory: Any = None,
    verbose: int = 0,
) -> Comparison:
    """Cross-validate pipelines on the same clips and the same folds.

    Each pipeline is cloned, fitted and scored once a fold; the ones given stay untouched. A
    feature is computed once for a clip and a parameter setting, however many pipelines and folds
    ask for it, since all of them share one per-clip cache.

    Parameters
    ----------
    pipelines : dict of str -> estimator
        The pipelines by the names that the results will carry.
    X : sequence of n_clips paths or 1-D waveforms, or array of shape (n_clips, ...)
        The clips; a row is always a clip.
    y : array-like of shape (n_clips,)
        Their genres.
    groups : array-like of shape (n_clips,), default=None
        What must not stand on both sides of a split: artists, albums, duplicates. They reach the
        splitter, and the inner early stopping of every classifier whose ``fit`` takes `groups`.
        A split that tears a group apart is refused.
    cv : int, splitter or iterable of (train, test), default=5
        A number of folds means ``StratifiedKFold``, or ``StratifiedGroupKFold`` when there are
        groups, shuffled with `random_state`. The splits are made once, for all pipelines.
    scoring : str, callable, list, tuple or dict, default="accuracy"
        What scikit-learn takes: one score or several. The first one ranks.
    n_jobs : int, default=None
        Processes over pipelines and folds, as in joblib.
    random_state : int, RandomState instance or None, default=None
        Seeds the folds, and fills every nested ``random_state`` that is None. What one pipeline
        gets does not depend on the others.
    memory : str or path-like, default=None
        Folder of the per-clip feature cache, used by every audio transformer that has none of its
        own. None means a temporary one, removed at the end.
    verbose : int, default=0
        Above 0, a progress bar on standard error.

    Returns
    -------
    Comparison
        Scores and times of every pipeline on every fold, and the predictions behind them.

    Raises
    ------
    ValueError
        When a genre has fewer clips than there are folds, when a fold would test a genre that it
        does not train on, or when it tears a group apart.

    See Also
    --------
    sklearn.model_selection.cross_validate : One estimator, without the shared cache.

    References
    ----------
    .. [1] C. Nadeau, Y. Bengio, "Inference for the Generalization Error", Machine Learning 52,
       2003: the variance behind the interval of :attr:`Comparison.summary`.

    Examples
    --------
    >>> from sklearn.dummy import DummyClassifier
    >>> from sklearn.linear_model import LogisticRegression
    >>> from sklearn.pipeline import make_pipeline
    >>> from sklearn.preprocessing import StandardScaler
    >>> from skgenre.datasets import make_genre_music
    >>> from skgenre.features import MFCC, FramePooling
    >>> from skgenre.model_selection import compare
    >>> music = make_genre_music(12, genres=["classical", "metal"], duration=2.0, random_state=0)
    >>> logistic = make_pipeline(
    ...     MFCC(), FramePooling(), StandardScaler(), LogisticRegression()
    ... )
    >>> pipelines = {"logistic": logistic, "chance": DummyClassifier()}
    >>> result = compare(pipelines, music.data, music.target, cv=3, random_state=0)
    >>> result.frame.shape
    (6, 7)
    >>> list(result.summary.index)
    ['logistic', 'chance']
    """
    _check_pipelines(pipelines)
    _make_scorer(next(iter(pipelines.values())), scoring)
    y = np.asarray(y)
    check_classification_targets(y)
    check_consistent_length(X, y, groups)
    if len(np.unique(y)) < 2:
        raise ValueError(f"compare needs clips of at least two genres, got only {str(y[0])!r}.")
    groups = None if groups is None else np.asarray(groups)

    if random_state is None:
        seed = None
    elif isinstance(random_state, int | np.integer):
        seed = int(random_state)
    else:
        seed = int(check_random_state(random_state).randint(_MAX_SEED))
    folds, split = make_folds(cv, X, y, groups, seed)

    scores: list[dict] = []
    predictions: list[pd.DataFrame] = []
    with (
        _cache_folder(memory) as folder,
        config_context(enable_metadata_routing=True),
        _progress(len(pipelines) * len(folds), verbose) as advance,
    ):
        copies = {name: _prepare(pipeline, folder, seed) for name, pipeline in pipelines.items()}
        jobs = (
            delayed(_run_fold)(name, copy, X, y, groups, scoring, number, fold)
            for number, fold in enumerate(folds)
            for name, copy in copies.items()
        )
        for row, predicted in Parallel(n_jobs=n_jobs, return_as="generator")(jobs):
            scores.append(row)
            predictions.append(predicted)
            advance(row["pipeline"])

    position = {name: place for place, name in enumerate(pipelines)}
    scores.sort(key=lambda row: (position[row["pipeline"]], row["fold"]))
    return Comparison(
        pd.DataFrame(scores),
        predictions=pd.concat(predictions, ignore_index=True),
        protocol={
            "clips": len(y),
            "genres": len(np.unique(y)),
            "groups": None if groups is None else len(np.unique(groups)),
            "split": split,
            "folds": len(folds),
            "unit": "clip",
            "random_state": seed,
        },
    )


def _check_pipelines(pipelines: Any) -> None:
    if not isinstance(pipelines, Mapping) or not pipelines:
        raise TypeError(
            "The 'pipelines' parameter of compare must be a dict of names to estimators, as in "
            f'{{"cnn": cnn, "xgb": xgb}}. Got {pipelines!r} instead.'
        )
    for name, pipeline in pipelines.items():
        if not isinstance(name, str):
            raise TypeError(f"The names of pipelines must be strings. Got {name!r} instead.")
        if isinstance(pipeline, type) or not (
            hasattr(pipeline, "fit") and hasattr(pipeline, "predict")
        ):
            raise TypeError(
                f"The pipeline {name!r} must be an estimator with fit and predict. "
                f"Got {pipeline!r} instead."
            )


def _prepare(pipeline: BaseEstimator, memory: str, seed: int | None) -> BaseEstimator:
    copy = clone(pipeline)
    fill_memory(copy, memory)
    if seed is not None:
        fill_random_states(copy, seed)
    return copy


def _make_scorer(pipeline: BaseEstimator, scoring: Any) -> Callable[..., dict[str, float]]:
    """Return a function of (model, X, y) that gives every score by its name."""
    if callable(scoring):
        return lambda model, X, y: {"score": scoring(model, X, y)}
    if scoring is None:
        raise ValueError(
            "The 'scoring' parameter of compare must name what is measured, as in 'accuracy' or "
            "['accuracy', 'f1_macro']. Got None instead."
        )
    return check_scoring(pipeline, scoring=[scoring] if isinstance(scoring, str) else scoring)


def _run_fold(
    name: str,
    pipeline: BaseEstimator,
    X: Any,
    y: np.ndarray,
    groups: np.ndarray | None,
    scoring: Any,
    number: int,
    fold: Fold,
) -> tuple[dict, pd.DataFrame]:
    train, test = fold
    X_test, y_test = _safe_indexing(X, test), y[test]
    # A worker process starts with scikit-learn's default configuration.
    with config_context(enable_metadata_routing=True):
        model = clone(pipeline)
        params = {}
        if groups is not None and request_groups(model):
            params["groups"] = groups[train]
        started = time.perf_counter()
        model.fit(_safe_indexing(X, train), y[train], **params)
        fitted = time.perf_counter()
        values = _make_scorer(model, scoring)(model, X_test, y_test)
        scored = time.perf_counter()
        predicted = model.predict(X_test)
    row = {
        "pipeline": name,
        "fold": number,
        "n_train": len(train),
        "n_test": len(test),
        **{f"test_{score}": value for score, value in values.items()},
        "fit_time": fitted - started,
        "score_time": scored - fitted,
    }
    return row, pd.DataFrame(
        {"pipeline": name, "fold": number, "clip": test, "target": y_test, "predicted": predicted}
    )


@contextmanager
def _cache_folder(memory: Any) -> Iterator[str]:
    if memory is not None:
        yield str(memory)
        return
    with tempfile.TemporaryDirectory(prefix="skgenre-compare-") as folder:
        yield folder


@contextmanager
def _progress(total: int, verbose: int) -> Iterator[Any]:
    """Yield a function to be called with the pipeline's name after each fold."""
    if not verbose:
        yield lambda name: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (
        TextColumn("comparing"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("folds"),
        TimeElapsedColumn(),
        TextColumn("{task.description}"),
    )
    with Progress(*columns, console=Console(stderr=True)) as progress:
        task = progress.add_task("", total=total)
        yield lambda name: progress.update(task, advance=1, description=f"last: {name}")
