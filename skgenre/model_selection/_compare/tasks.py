"""Fits of a comparison, one per pipeline and fold: listed, read from an earlier run, and tabled."""

import warnings
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator

from ..._shown_text import to_unicode
from ...exceptions import CacheWarning
from .folds import Fold, number_repeats
from .resume import FinishedFolds
from .run import FoldResult
from .searches import BEST_PARAMS, write_best_params

Results = dict[tuple[str, int], FoldResult]


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


def _check_any_finished(names: list[str], results: Results) -> None:
    if any(not np.isnan(value) for result in results.values() for value in result.scores.values()):
        return
    errors = "; ".join(f"{name!r}: {results[name, 0].error}" for name in names)
    raise ValueError(
        f"compare: every pipeline failed on every fold. On the first one, {errors.rstrip('.')}. "
        f"Pass on_error='raise' for the traceback."
    )
