"""Fits of a comparison, one per pipeline and fold: run in processes, kept, and reported."""

import importlib
import os
import time
import warnings
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from joblib import Parallel, delayed
from sklearn.base import BaseEstimator
from sklearn.exceptions import FitFailedWarning

from ..._shown_text import to_unicode
from ...classifiers._training.state import NetworkState
from ...exceptions import CacheWarning
from .folds import Fold, number_repeats
from .progress import RunProgress
from .resume import FinishedFolds
from .run import FoldResult, FoldRun
from .searches import BEST_PARAMS, write_best_params

Results = dict[tuple[str, int], FoldResult]

# In a worker process: the one that started it. The first task imports this module.
_PARENT = os.getppid()


@dataclass(frozen=True)
class Task:
    """A pipeline and a fold, with the file for the result; None if it isn't kept."""

    name: str
    number: int
    pipeline: BaseEstimator
    fold: Fold
    path: Path | None

    @property
    def key(self) -> tuple[str, int]:
        """Name of the pipeline and number of the fold."""
        return self.name, self.number


def list_tasks(
    pipelines: dict[str, BaseEstimator], folds: list[Fold], finished: FinishedFolds | None
) -> list[Task]:
    """Return the tasks, fold by fold, so that each pipeline has a result early.

    Warns
    -----
    CacheWarning
        When the results of a pipeline could not be found again, and so aren't kept.
    """
    closed: set[str] = set()
    tasks = []
    for number, fold in enumerate(folds):
        for name, pipeline in pipelines.items():
            path = None
            if finished is not None and name not in closed:
                path = _path_of(finished, name, pipeline, fold)
                if path is None:
                    closed.add(name)
            tasks.append(Task(name, number, pipeline, fold, path))
    return tasks


def read_finished(tasks: list[Task], finished: FinishedFolds | None) -> Results:
    """Return the results of tasks that an earlier run has finished."""
    results: Results = {}
    if finished is None:
        return results
    for task in tasks:
        kept = None if task.path is None else finished.read(task.path, len(task.fold[1]))
        if kept is not None:
            results[task.key] = kept
    return results


def run_tasks(
    tasks: list[Task],
    run: FoldRun,
    finished: FinishedFolds | None,
    *,
    n_jobs: int | None,
    on_error: str,
    progress: RunProgress,
) -> Results:
    """Fit, keep and report the tasks; each is reported as soon as it ends.

    Parameters
    ----------
    tasks : list of Task
        What to run.
    run : FoldRun
        The clips and the scores.
    finished : FinishedFolds or None
        Where results are kept.
    n_jobs : int or None
        Number of processes, as in joblib.
    on_error : {"report", "raise"}
        Whether an error is a result or raised.
    progress : RunProgress
        Reports the results.

    Warns
    -----
    FitFailedWarning
        When a pipeline fails, once per pipeline.
    """
    by_key = {task.key: task for task in tasks}
    has_network = any(_has_network(task.pipeline) for task in tasks)
    jobs = (
        delayed(_work)(run, task, finished, on_error, os.getpid(), has_network) for task in tasks
    )
    results: Results = {}
    failed: set[str] = set()
    with warnings.catch_warnings():
        # joblib replaces a worker whose memory has grown, as it does once torch is loaded.
        warnings.filterwarnings("ignore", "A worker stopped while some jobs", UserWarning)
        for key, result, seconds in Parallel(n_jobs=n_jobs, return_as="generator_unordered")(jobs):
            results[key] = result
            task = by_key[key]
            if result.error and task.name not in failed:
                failed.add(task.name)
                _warn_of_failure(task, result)
            progress.finish(task.name, task.number, result, seconds)
    return results


def make_frame(names: list[str], results: Results, folds: list[Fold]) -> pd.DataFrame:
    """Return a row of scores, costs and the error for each pipeline and fold.

    Raises
    ------
    ValueError
        When every pipeline failed on every fold.
    """
    ordered = [(name, number) for name in names for number in range(len(folds))]
    _check_any_finished(names, results)
    scores = dict.fromkeys(score for key in ordered for score in results[key].scores)
    costs = dict.fromkeys(cost for key in ordered for cost in results[key].costs)
    repeats = number_repeats(folds)
    has_search = any(result.best_params for result in results.values())
    rows = []
    for name, number in ordered:
        result = results[name, number]
        train, test = folds[number]
        rows.append(
            {
                "pipeline": name,
                "repeat": repeats[number],
                "fold": number,
                "n_train": len(train),
                "n_test": len(test),
                **{f"test_{score}": result.scores.get(score, np.nan) for score in scores},
                **{cost: result.costs.get(cost, np.nan) for cost in costs},
                **({BEST_PARAMS: write_best_params(result.best_params)} if has_search else {}),
                "error": to_unicode(result.error),
            }
        )
    return pd.DataFrame(rows)


def _path_of(
    finished: FinishedFolds, name: str, pipeline: BaseEstimator, fold: Fold
) -> Path | None:
    """Return the path of a result; None, with a warning, when it could not be found again."""
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


def _work(
    run: FoldRun,
    task: Task,
    finished: FinishedFolds | None,
    on_error: str,
    asker: int,
    has_network: bool,
) -> tuple[tuple[str, int], FoldResult, float]:
    """Return the key of a task, its result and the seconds that it took.

    Nothing is begun or kept after the process that asks for it was killed: nobody would report it,
    and another run may have begun already.
    """
    _stop_without(asker)
    if has_network and asker != os.getpid():
        # Before the first fit ends: joblib would take a library that is loaded later for a leak,
        # and replace the process, which then loads everything again.
        importlib.import_module("skgenre.classifiers._training.skorch_net")
    started = time.perf_counter()
    try:
        result = run(task.pipeline, task.fold)
    except Exception as error:
        if on_error == "raise":
            raise
        result = FoldResult(error=f"{type(error).__name__}: {error}")
    else:
        if result.error and on_error == "raise":
            raise ValueError(f"{task.name!r}, fold {task.number}: {result.error}")
        _stop_without(asker)
        if finished is not None and task.path is not None:
            finished.write(task.path, result)
    return task.key, result, time.perf_counter() - started


def _has_network(pipeline: BaseEstimator) -> bool:
    parts = [pipeline, *pipeline.get_params(deep=True).values()]
    return any(isinstance(part, NetworkState) for part in parts)


def _stop_without(asker: int) -> None:
    if asker == _PARENT != os.getppid():
        raise SystemExit(f"the process {asker}, which asked for this fit, has ended")


def _warn_of_failure(task: Task, result: FoldResult) -> None:
    warnings.warn(
        f"The pipeline {task.name!r} failed on fold {task.number}: "
        f"{str(result.error).rstrip('.')}. The others continue; see the errors of the "
        f"comparison, or pass on_error='raise' for the traceback.",
        FitFailedWarning,
        stacklevel=4,
    )


def _check_any_finished(names: list[str], results: Results) -> None:
    if any(not np.isnan(value) for result in results.values() for value in result.scores.values()):
        return
    errors = "; ".join(f"{name!r}: {results[name, 0].error}" for name in names)
    raise ValueError(
        f"compare: every pipeline failed on every fold. On the first one, {errors.rstrip('.')}. "
        f"Pass on_error='raise' for the traceback."
    )
