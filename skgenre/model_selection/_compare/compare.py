"""Cross-validate several pipelines on the same folds."""

import tempfile
import warnings
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from joblib import Parallel, delayed
from sklearn import config_context
from sklearn.base import BaseEstimator, clone
from sklearn.exceptions import FitFailedWarning

from ..._name_columns import name_column
from ..._progress import ProgressBar
from ..._public import public
from ..._seeds import draw_seed
from ..._shown_text import to_unicode
from ...exceptions import CacheWarning
from .._clip_labels import check_genres, check_groups
from .._leakage.confounds import header_confounds
from .comparison import Comparison
from .folds import Fold, make_folds
from .preparation import (
    fill_memory,
    fill_random_states,
    warn_of_standardized_covariances,
)
from .protocol import describe_data, describe_versions
from .resume import FinishedFolds
from .run import FoldResult, FoldRun
from .scoring import Scoring, make_scoring
from .significance import BOOTSTRAP, CORRECTED_T, MCNEMAR


@public
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
    resume: bool = True,
    on_error: str = "report",
    verbose: int = 0,
) -> Comparison:
    """Cross-validate pipelines on the same clips and folds, and test the differences.

    Each pipeline is cloned, fitted and scored once per fold; the originals are not modified. A
    feature is computed once per clip and parameter setting, however many pipelines and folds use
    it: they share one per-clip cache. A pipeline that fails is reported with its error, and the
    others continue.

    Parameters
    ----------
    pipelines : dict of str -> estimator
        Pipelines by name; the results use these names.
    X : sequence of n_clips paths or 1-D waveforms, or array of shape (n_clips, ...)
        The clips; a row is always a clip.
    y : array-like of shape (n_clips,)
        Their genres.
    groups : array-like of shape (n_clips,), default=None
        Group labels, such as artists, albums or duplicates; a group never appears in both train and
        test. They are passed to the splitter, and to the inner early stopping of every classifier
        whose ``fit`` takes `groups`. A split that divides a group is refused.
    cv : int, splitter or iterable of (train, test), default=5
        A number of folds means ``StratifiedKFold``, or ``StratifiedGroupKFold`` when there are
        groups, shuffled with `random_state`. The splits are made once, for all pipelines.
    scoring : str, callable, list, tuple or dict, default="accuracy"
        One or more scores, named as in scikit-learn or :func:`skgenre.metrics.get_genre_scorer`, or
        callables of (model, X, y). Larger is better; the first score ranks the pipelines.
    n_jobs : int, default=None
        Number of processes over pipelines and folds, as in joblib.
    random_state : int, RandomState instance or None, default=None
        Seeds the folds, and fills every nested ``random_state`` that is None. What one pipeline
        gets does not depend on the others.
    memory : str or path-like, default=None
        Folder for finished folds and for the per-clip feature cache, which every audio transformer
        without its own cache uses. None means a temporary folder, removed at the end.
    resume : bool, default=True
        Whether to reuse finished folds from `memory`, so that a run that was killed continues where
        it stopped. A fold is identified by its pipeline with all parameters, its split, the clips
        (files by size, modification time and parts of their content), genres and groups, the
        scores, and the package versions. So set `random_state`: without it every run draws new
        folds.
    on_error : {"report", "raise"}, default="report"
        Whether to report the error of a failed pipeline in the results and a warning, or to raise
        it.
    verbose : int, default=0
        Above 0, a progress bar on standard error.

    Returns
    -------
    Comparison
        Scores, times and sizes of every pipeline on every fold, the predictions, and the tests of
        all pairs of pipelines.

    Raises
    ------
    ValueError
        When a genre has fewer clips than there are folds, when a fold would test a genre that it
        does not train on, or divides a group; when a pipeline can't compute a score, such as one of
        probabilities, or the score is undefined for the genres; all this is checked before anything
        is fitted. When every pipeline fails on every fold.

    Warns
    -----
    FitFailedWarning
        When a pipeline fails, or one of its scores is NaN.
    CacheWarning
        When finished folds can't be stored.
    PipelineWarning
        When the columns of a :class:`~skgenre.features.BandCovariance` are standardized.

    See Also
    --------
    sklearn.model_selection.cross_validate : One estimator, without the shared cache.

    References
    ----------
    .. [1] C. Nadeau, Y. Bengio, "Inference for the Generalization Error", Machine Learning 52,
       2003: the variance for the interval of :attr:`Comparison.summary`.

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
    >>> list(result.summary.index)
    ['logistic', 'chance']
    >>> result.frame.columns.tolist()
    ['pipeline', 'fold', 'n_train', 'n_test', 'test_accuracy', 'fit_time', 'predict_time',
     'score_time', 'model_size', 'error']
    >>> result.pairwise()[["pipeline", "other", "test"]].values.tolist()
    [['logistic', 'chance', 'corrected resampled t-test']]
    """
    _check_pipelines(pipelines)
    for name, pipeline in pipelines.items():
        warn_of_standardized_covariances(name, pipeline)
    if on_error not in ("report", "raise"):
        raise ValueError(
            f"The 'on_error' parameter of compare must be 'report' or 'raise'. Got {on_error!r} "
            f"instead."
        )
    scores = make_scoring(scoring)
    y = check_genres("compare", X, y)
    groups = None if groups is None else check_groups("compare", X, groups)

    if random_state is None:
        seed = None
    elif isinstance(random_state, int | np.integer):
        seed = int(random_state)
    else:
        seed = draw_seed(random_state)
    folds, split = make_folds(cv, X, y, groups, seed)
    scores.check(pipelines, y, folds)

    run = FoldRun(X, y, groups, scores, resample=len(folds) == 1)
    total = len(pipelines) * len(folds)
    bar = ProgressBar("comparing", total, "folds", is_shown=bool(verbose), is_kept=True)
    with (
        closing(bar),
        _cache_folder(memory) as folder,
        config_context(enable_metadata_routing=True),
    ):
        copies = {name: _prepare(pipeline, folder, seed) for name, pipeline in pipelines.items()}
        finished = None if memory is None else FinishedFolds(memory, run)
        tasks = [
            _Task(name, number, copies[name], fold, _path_of(finished, name, copies[name], fold))
            for number, fold in enumerate(folds)
            for name in copies
        ]
        results: dict[tuple[str, int], FoldResult] = {}
        if finished is not None and resume:
            for task in tasks:
                if task.path is None:
                    continue
                kept = finished.read(task.path, len(y[task.fold[1]]))
                if kept is not None:
                    results[task.key] = kept
                    bar.advance(f"last: {task.name}")
        n_resumed = len(results)
        todo = [task for task in tasks if task.key not in results]
        jobs = (delayed(_work)(run, task, finished, on_error) for task in todo)
        failed: set[str] = set()
        for task, result in zip(
            todo, Parallel(n_jobs=n_jobs, return_as="generator")(jobs), strict=True
        ):
            results[task.key] = result
            if result.error and task.name not in failed:
                failed.add(task.name)
                _warn_of_failure(task, result)
            bar.advance(f"last: {task.name}")
    ordered = [(name, number) for name in pipelines for number in range(len(folds))]
    _check_any_finished(pipelines, ordered, results)
    return Comparison(
        _make_frame(ordered, results, folds),
        predictions=_make_predictions(ordered, results, folds, y),
        resamples={name: results[name, 0].resamples for name in pipelines} if run.resample else {},
        protocol={
            "clips": len(y),
            "genres": len(np.unique(y)),
            "groups": None if groups is None else len(np.unique(groups)),
            "split": split,
            "folds": len(folds),
            "unit": "clip",
            "random_state": seed,
            "data": describe_data(X, y),
            "confounds": header_confounds(X, y, groups, folds),
            "tests": _name_tests(scores, results, single=run.resample),
            "pipelines": {name: repr(pipeline) for name, pipeline in pipelines.items()},
            "resumed_folds": n_resumed,
            "versions": describe_versions(),
        },
    )


@dataclass(frozen=True)
class _Task:
    name: str
    number: int
    pipeline: BaseEstimator
    fold: Fold
    path: Path | None

    @property
    def key(self) -> tuple[str, int]:
        return self.name, self.number


def _path_of(
    finished: FinishedFolds | None, name: str, pipeline: BaseEstimator, fold: Fold
) -> Path | None:
    """Return the path of a result; None, with a warning, when it could not be found again."""
    if finished is None:
        return None
    try:
        return finished.path(pipeline, fold)
    except Exception as error:
        warnings.warn(
            f"The folds of the pipeline {name!r} are not kept in `memory`, as its parameters can't "
            f"be compared between processes ({error}): another run will fit them again.",
            CacheWarning,
            stacklevel=4,
        )
        return None


def _work(run: FoldRun, task: _Task, finished: FinishedFolds | None, on_error: str) -> FoldResult:
    try:
        result = run(task.pipeline, task.fold)
    except Exception as error:
        if on_error == "raise":
            raise
        return FoldResult(error=f"{type(error).__name__}: {error}")
    if result.error and on_error == "raise":
        raise ValueError(f"{task.name!r}, fold {task.number}: {result.error}")
    if finished is not None and task.path is not None:
        finished.write(task.path, result)
    return result


def _warn_of_failure(task: _Task, result: FoldResult) -> None:
    warnings.warn(
        f"The pipeline {task.name!r} failed on fold {task.number}: "
        f"{str(result.error).rstrip('.')}. The others continue; see the errors of the "
        f"comparison, or pass on_error='raise' for the traceback.",
        FitFailedWarning,
        stacklevel=3,
    )


def _check_any_finished(
    pipelines: Mapping[str, BaseEstimator],
    ordered: list[tuple[str, int]],
    results: dict[tuple[str, int], FoldResult],
) -> None:
    if any(not np.isnan(value) for key in ordered for value in results[key].scores.values()):
        return
    first = {name: results[name, 0].error for name in pipelines}
    errors = "; ".join(f"{name!r}: {error}" for name, error in first.items())
    raise ValueError(
        f"compare: every pipeline failed on every fold. On the first one, {errors.rstrip('.')}. "
        f"Pass on_error='raise' for the traceback."
    )


def _make_frame(
    ordered: list[tuple[str, int]], results: dict[tuple[str, int], FoldResult], folds: list[Fold]
) -> pd.DataFrame:
    scores = dict.fromkeys(score for key in ordered for score in results[key].scores)
    costs = dict.fromkeys(cost for key in ordered for cost in results[key].costs)
    rows = []
    for name, number in ordered:
        result = results[name, number]
        train, test = folds[number]
        rows.append(
            {
                "pipeline": name,
                "fold": number,
                "n_train": len(train),
                "n_test": len(test),
                **{f"test_{score}": result.scores.get(score, np.nan) for score in scores},
                **{cost: result.costs.get(cost, np.nan) for cost in costs},
                "error": to_unicode(result.error),
            }
        )
    return pd.DataFrame(rows)


def _make_predictions(
    ordered: list[tuple[str, int]],
    results: dict[tuple[str, int], FoldResult],
    folds: list[Fold],
    y: np.ndarray,
) -> pd.DataFrame:
    parts = [
        pd.DataFrame(
            {
                "pipeline": name,
                "fold": number,
                "clip": folds[number][1],
                "target": name_column(y[folds[number][1]]),
                "predicted": name_column(predicted),
            }
        )
        for name, number in ordered
        if (predicted := results[name, number].predicted) is not None
    ]
    return pd.concat(parts, ignore_index=True)


def _name_tests(
    scoring: Scoring, results: dict[tuple[str, int], FoldResult], *, single: bool
) -> dict[str, str]:
    names = dict.fromkeys(score for result in results.values() for score in result.scores)
    if not single:
        return dict.fromkeys(names, CORRECTED_T)
    accuracies = scoring.accuracies
    return {name: MCNEMAR if name in accuracies else BOOTSTRAP for name in names}


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


@contextmanager
def _cache_folder(memory: Any) -> Iterator[str]:
    if memory is not None:
        yield str(memory)
        return
    with tempfile.TemporaryDirectory(prefix="skgenre-compare-") as folder:
        yield folder
