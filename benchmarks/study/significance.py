"""Error rates and power of the tests of a comparison."""

import time
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats
from sklearn.compose import make_column_transformer
from sklearn.model_selection import RepeatedStratifiedKFold, StratifiedShuffleSplit
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import Pipeline, make_pipeline

from skgenre.model_selection import Comparison, compare
from skgenre.model_selection._compare.significance import bootstrap_test

N_REPEATS = 400
N_GENRES = 4
N_SHARED, N_OWN = 4, 8  # features
ALPHA = 0.05
# Number of clips, split, difference.
CASES = [
    *((120, split, "none") for split in ("5 folds", "10 folds", "2 x 5 folds", "one split")),
    *((120, split, "15 points") for split in ("5 folds", "10 folds", "one split")),
    (360, "5 folds", "15 points"),
]

# How far the genres lie apart, in standard deviations, in the features that both pipelines read.
SHARED_SIGNAL = 0.6
# The same for the features that only the first one reads: none, and what makes 15 points.
OWN_SIGNAL = {"none": 0.0, "15 points": 0.42}


def run() -> None:
    """Print the share of comparisons in which a test finds a difference.

    Two pipelines classify the same clips by the same recipe. They share some features; the
    others are their own, and hold noise, or for one of them signal. Clips are drawn anew for each
    of 400 repeats; no data is needed.
    """
    rows = []
    for n_clips, split, truth in CASES:
        started = time.perf_counter()
        found = _measure(n_clips, split, truth)
        rows += found
        seconds = time.perf_counter() - started
        tests = ", ".join(f"{row['test']} {row['found']}" for row in found)
        print(
            f"{n_clips} clips, {split}, difference {truth}: {tests} ({seconds:.0f} s)", flush=True
        )
    print(pd.DataFrame(rows).to_string(index=False))


def _measure(n_clips: int, split: str, truth: str) -> list[dict[str, Any]]:
    rng = np.random.default_rng(0)
    centres = rng.standard_normal((N_GENRES, N_SHARED + 2 * N_OWN))
    centres *= np.repeat([SHARED_SIGNAL, OWN_SIGNAL[truth], 0.0], [N_SHARED, N_OWN, N_OWN])
    y = np.repeat(np.arange(N_GENRES), n_clips // N_GENRES)
    found: dict[str, list[bool]] = {}
    differences = []
    for repeat in range(N_REPEATS):
        X = rng.standard_normal((n_clips, centres.shape[1])) + centres[y]
        result = compare(_make_pipelines(), X, y, cv=_make_cv(split, repeat), random_state=repeat)
        accuracy = result.summary["accuracy"]
        differences.append(accuracy["first"] - accuracy["second"])
        for test, p in _test(result).items():
            found.setdefault(test, []).append(p < ALPHA)
    return [
        {
            "difference": truth,
            "clips": n_clips,
            "split": split,
            "measured difference": f"{np.mean(differences):+.3f}",
            "all zero": int(np.sum(np.equal(differences, 0.0))),
            "test": test,
            "found": f"{np.mean(hits):.3f}",
        }
        for test, hits in found.items()
    ]


def _make_pipelines() -> dict[str, Pipeline]:
    shared = list(range(N_SHARED))
    own = {"first": N_SHARED, "second": N_SHARED + N_OWN}
    return {
        name: make_pipeline(
            make_column_transformer(("passthrough", shared + list(range(start, start + N_OWN)))),
            GaussianNB(),
        )
        for name, start in own.items()
    }


def _make_cv(split: str, repeat: int) -> Any:
    if split == "one split":
        return StratifiedShuffleSplit(1, test_size=1 / 3, random_state=repeat)
    if split == "2 x 5 folds":
        return RepeatedStratifiedKFold(n_splits=5, n_repeats=2, random_state=repeat)
    return int(split.removesuffix(" folds"))


def _test(result: Comparison) -> dict[str, float]:
    pair = result.pairwise().iloc[0]
    tests = {pair["test"]: float(pair["p"])}
    scores = result.frame.pivot_table(index="fold", columns="pipeline", values="test_accuracy")
    if len(scores) > 1:
        plain = stats.ttest_rel(scores["first"], scores["second"]).pvalue
        tests["plain t-test, for comparison"] = 1.0 if np.isnan(plain) else float(plain)
    else:
        resampled = [np.asarray(result._resamples[name]["accuracy"]) for name in scores.columns]
        tests["paired bootstrap over clips"] = bootstrap_test(*resampled)
    return tests


if __name__ == "__main__":
    run()
