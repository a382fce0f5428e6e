"""Error rates and power of the tests of a comparison."""

import json
import time
from collections.abc import Iterator
from itertools import combinations, product
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from skgenre.model_selection._compare.sign_flips import flip_signs

from . import significance_tests as tests
from .significance_data import (
    GAIN,
    Design,
    draw_equal_models,
    draw_fixed_models,
    draw_trained_models,
)
from .tables import rows_to_markdown

RESULTS = Path(__file__).parents[1] / "results" / "significance.json"
THESE_CLIPS, NEW_TRAINING_SETS = "these clips", "new training sets"
N_RUNS, N_RESAMPLES = 2000, 1000
N_MODELS = 5  # of the study of many pairs
EQUAL, BETTER = "equal", "15 points"
# Folds, repeats, clips and clips in a group.
_ALL = [2, 5, 10], [1, 5], [60, 120, 300, 1000], [1, 3, 10]
_QUICK = [2, 5], [1], [60], [1, 3]
_FEWEST_GROUPS = 20
_POWER_DESIGN = {"folds": 5, "repeats": 1, "clips": 120}


def run(*, quick: bool = False, path: Path | None = None) -> None:
    """Print how often each test finds a difference, and save the table.

    For the question of these clips, the predictions of fixed models are drawn; for that of new
    training sets, nearest-centroid classifiers are trained on new clips in each run. No data is
    needed.

    Parameters
    ----------
    quick : bool, default=False
        Whether to run a few small cases only, which are not saved without a path.
    path : Path, default=None
        The file to write; None means ``benchmarks/results/significance.json``.
    """
    started = time.process_time()
    n_runs = 50 if quick else N_RUNS
    rows: list[dict[str, Any]] = []
    for design in list_designs(quick=quick):
        found = [*_measure_clips(design, n_runs), *_measure_training(design, n_runs)]
        rows += found
        equal = next(row for row in found if row["test"] == tests.SIGN_FLIP)
        print(
            f"{design}: {tests.SIGN_FLIP} {equal['found']:.3f}, "
            f"{time.process_time() - started:.0f} s",
            flush=True,
        )
    for group_size in (1, 3):
        rows += _measure_family(Design(5, 1, 120, group_size), 20 if quick else N_RUNS)
    report(rows, n_runs, time.process_time() - started)
    if path is not None or not quick:
        save(rows, n_runs, time.process_time() - started, path or RESULTS)


def report(rows: list[dict[str, Any]], n_runs: int, seconds: float) -> None:
    """Print the table."""
    print(summarize(pd.DataFrame(rows)))
    print(f"{seconds:.0f} s of CPU time, {n_runs} runs per case")


def save(rows: list[dict[str, Any]], n_runs: int, seconds: float, path: Path) -> None:
    """Write all cases as JSON."""
    facts = {
        "runs": n_runs,
        "resamples": N_RESAMPLES,
        "level": tests.ALPHA,
        "cpu_seconds": round(seconds),
        "rows": rows,
    }
    lines = ",\n".join(json.dumps(row, allow_nan=False) for row in facts.pop("rows"))
    head = json.dumps(facts, allow_nan=False)[:-1]
    path.write_text(f'{head}, "rows": [\n{lines}\n]}}\n', encoding="utf-8")


def list_designs(*, quick: bool = False) -> Iterator[Design]:
    """Yield the comparisons to simulate; folds need at least as many groups."""
    sizes = (
        ([2, 5], [1], [60], [1, 3])
        if quick
        else ([2, 5, 10], [1, 5], [60, 120, 300, 1000], [1, 3, 10])
    )
    for folds, repeats, clips, group_size in product(*sizes):
        if clips // group_size >= folds:
            yield Design(folds, repeats, clips, group_size)


def _measure_clips(design: Design, n_runs: int) -> list[dict[str, Any]]:
    rows = []
    for truth, gain in ((EQUAL, 0.0), (BETTER, GAIN)):
        draws = draw_fixed_models(design, gain, n_runs)
        found = {
            tests.SIGN_FLIP: tests.sign_flip(draws, N_RESAMPLES),
            **tests.bootstraps(draws, N_RESAMPLES),
            tests.MCNEMAR: tests.mcnemar(draws),
            **tests.t_tests(draws),
        }
        rows += _as_rows(THESE_CLIPS, truth, design, found, draws)
    return rows


def _measure_training(design: Design, n_runs: int) -> list[dict[str, Any]]:
    rows = []
    for truth in (EQUAL, BETTER):
        draws = draw_trained_models(design, is_equal=truth == EQUAL, n_runs=n_runs)
        found = {
            tests.SIGN_FLIP: tests.sign_flip(draws, N_RESAMPLES),
            tests.MCNEMAR: tests.mcnemar(draws),
            **tests.t_tests(draws),
        }
        rows += _as_rows(NEW_TRAINING_SETS, truth, design, found, draws)
    return rows


def _as_rows(
    question: str, truth: str, design: Design, found: dict[str, np.ndarray], draws: Any
) -> list[dict[str, Any]]:
    difference = float(draws.sum_groups()[0].sum(axis=0).mean())
    return [
        {
            "question": question,
            "truth": truth,
            "folds": design.n_folds,
            "repeats": design.n_repeats,
            "clips": design.n_clips,
            "group_size": design.group_size,
            "groups": design.n_groups,
            "measured": round(difference, 4),
            "test": test,
            "found": round(float(hits.mean()), 4),
        }
        for test, hits in found.items()
    ]


def _measure_family(design: Design, n_runs: int) -> list[dict[str, Any]]:
    """Return how often any of the pairs of equal models differs, by three ways to count pairs."""
    sums, weights = draw_equal_models(design, N_MODELS, n_runs)
    firsts, seconds = np.array(list(combinations(range(N_MODELS), 2))).T
    found: dict[str, list[bool]] = {}
    for run_sums in sums:
        result = flip_signs(
            run_sums[:, firsts] - run_sums[:, seconds],
            weights,
            clip_weight=1 / design.n_clips,
            bound=1.0,
            n_flips=N_RESAMPLES,
        )
        for name, p in (
            ("each pair alone", result.p),
            ("adjusted", result.p_adjusted),
            ("Bonferroni", result.p * len(firsts)),
        ):
            found.setdefault(name, []).append(bool((p < tests.ALPHA).any()))
    return [
        {
            "question": f"any of {len(firsts)} pairs",
            "truth": EQUAL,
            "folds": design.n_folds,
            "repeats": design.n_repeats,
            "clips": design.n_clips,
            "group_size": design.group_size,
            "groups": design.n_groups,
            "measured": 0.0,
            "test": f"{tests.SIGN_FLIP}, {name}",
            "found": round(float(np.mean(hits)), 4),
        }
        for name, hits in found.items()
    ]


def summarize(frame: pd.DataFrame) -> str:
    """Return a table with a row per question and test, as Markdown.

    Parameters
    ----------
    frame : DataFrame
        The rows of :func:`run`.
    """
    rows: list[dict[str, str]] = []
    for (question, test), cases in frame.groupby(["question", "test"], sort=False):
        equal = cases[cases["truth"] == EQUAL]
        many = equal[equal["groups"] >= _FEWEST_GROUPS]["found"]
        few = equal[equal["groups"] < _FEWEST_GROUPS]["found"]
        row = {
            "question": question,
            "test": test,
            "false alarms, 20 groups or more": _range(many),
            "fewer groups": _range(few),
        }
        better = cases[cases["truth"] == BETTER]
        for key, value in _POWER_DESIGN.items():
            better = better[better[key] == value]
        for size in (1, 3, 10):
            power = better[better["group_size"] == size]["found"]
            row[f"power, {size} per group"] = f"{power.iloc[0]:.2f}" if len(power) else ""
        rows.append(row)
    table = pd.DataFrame(rows)
    return rows_to_markdown(table, numbers=set(table.columns) - {"question", "test"})


def _range(values: pd.Series) -> str:
    if not len(values):
        return ""
    low, high = f"{values.min():.3f}", f"{values.max():.3f}"
    return low if low == high else f"{low} to {high}"


if __name__ == "__main__":
    run()
