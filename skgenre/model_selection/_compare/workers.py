"""Fits of a comparison in processes or on a cluster: each is kept and reported when it ends."""

import importlib
import os
import time
import warnings
from collections.abc import Generator, Mapping
from contextlib import AbstractContextManager, closing, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

from joblib import Parallel, delayed, parallel_config
from sklearn.base import BaseEstimator
from sklearn.exceptions import FitFailedWarning

from ..._cluster import check_shared_folder, client_of_joblib, name_absolutely
from ..._cluster_calls import run_calls
from ..._pipelines import outermost_parts, searches_in
from ...classifiers._training.state import NetworkState
from ...exceptions import TrainingWarning
from ...features import AudioTransformer
from .progress import RunProgress
from .resume import FinishedFolds
from .run import FoldResult, FoldRun
from .tasks import Results, Task

if TYPE_CHECKING:
    from distributed import Client

# The key of a task, its result and the seconds that it took.
Ended = tuple[tuple[str, int], FoldResult, float]

# In place of the process that asks for a fit, if that may be on another machine.
_NOBODY = 0

# In a worker process: the one that started it. The first task imports this module.
_PARENT = os.getppid()


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
    client = client_of_joblib()
    if client is None:
        ended = _run_in_processes(tasks, run, finished, on_error, n_jobs)
    else:
        ended = _run_on_cluster(client, tasks, run, finished, on_error)
    results: Results = {}
    failed: set[str] = set()
    with closing(ended):
        for key, result, seconds in ended:
            results[key] = result
            task = by_key[key]
            if result.error and task.name not in failed:
                failed.add(task.name)
                _warn_of_failure(task, result)
            progress.finish(task.name, task.number, result, seconds)
    return results


def prepare_cluster(
    pipelines: Mapping[str, BaseEstimator], X: Any, folder: str, has_finished: bool
) -> tuple[Any, str]:
    """Return the clips and the folder under names that all workers know; as they are on no cluster.

    Parameters
    ----------
    pipelines : dict of str -> estimator
        The pipelines.
    X : array-like
        The clips.
    folder : str
        The cache.
    has_finished : bool
        Whether finished folds are kept in it.

    Raises
    ------
    ValueError
        If the workers don't share a folder that the pipelines or finished folds need.
    """
    client = client_of_joblib()
    if client is None:
        return X, folder
    folder = str(Path(folder).absolute())
    has_features = any(
        part.memory is None for part in outermost_parts(dict(pipelines), AudioTransformer)
    )
    if has_finished or has_features:
        check_shared_folder(client, folder, "The 'memory' parameter of compare")
    return name_absolutely(X), folder


def _run_in_processes(
    tasks: list[Task],
    run: FoldRun,
    finished: FinishedFolds | None,
    on_error: str,
    n_jobs: int | None,
) -> Generator[Ended, None, None]:
    has_network = any(_has_network(task.pipeline) for task in tasks)
    jobs = (
        delayed(_work)(run, task, finished, on_error, os.getpid(), has_network) for task in tasks
    )
    with warnings.catch_warnings():
        # joblib replaces a worker whose memory has grown, as it does once torch is loaded.
        warnings.filterwarnings("ignore", "A worker stopped while some jobs", UserWarning)
        yield from Parallel(n_jobs=n_jobs, return_as="generator_unordered")(jobs)


def _run_on_cluster(
    client: "Client",
    tasks: list[Task],
    run: FoldRun,
    finished: FinishedFolds | None,
    on_error: str,
) -> Generator[Ended, None, None]:
    def report(number: int, reason: str) -> Ended:
        task = tasks[number]
        if on_error == "raise":
            raise RuntimeError(f"{task.name!r}, fold {task.number}: {reason}.")
        return task.key, FoldResult(error=f"RuntimeError: {reason}"), 0.0

    if any(_has_network(task.pipeline) for task in tasks):
        _warn_of_threads(client)
    shared = (tasks, run, finished, on_error)
    for _, ended in run_calls(client, _work_on_cluster, shared, len(tasks), report):
        yield ended


def _work_on_cluster(shared: tuple, number: int) -> Ended:
    tasks, run, finished, on_error = shared
    with _spread(tasks[number].pipeline):
        return _work(run, tasks[number], finished, on_error, _NOBODY, has_network=False)


def _spread(pipeline: BaseEstimator) -> AbstractContextManager:
    """Let a search that asks for several jobs have them on all workers."""
    n_jobs = [search.get_params(deep=False).get("n_jobs") for _, search in searches_in(pipeline)]
    has_jobs = any(number not in (None, 1) for number in n_jobs)
    return parallel_config(backend="dask") if has_jobs else nullcontext()


def _warn_of_threads(client: "Client") -> None:
    n_threads = max(client.nthreads().values(), default=1)
    if n_threads > 1:
        warnings.warn(
            f"compare trains networks on Dask workers with {n_threads} threads. The threads of a "
            f"process share PyTorch's random numbers, so another run gives other scores: start "
            f"workers with one thread each, as in 'dask worker ADDRESS --nworkers {n_threads} "
            f"--nthreads 1'.",
            TrainingWarning,
            stacklevel=2,
        )


def _work(
    run: FoldRun,
    task: Task,
    finished: FinishedFolds | None,
    on_error: str,
    asker: int,
    has_network: bool,
) -> Ended:
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
