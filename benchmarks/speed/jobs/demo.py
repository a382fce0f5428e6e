"""``make demo`` after installation, and ``make test``, of which the figures are kept by hand."""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pandas as pd

from .._row import Row
from ._suite import read_suite

DEMO = Path(__file__).parents[3] / ".ci" / "demo"
QUICK = ("--clips", "60", "--duration", "2", "--epochs", "1")


def measure(is_quick: bool) -> list[Row]:
    """Run the demo once, with all cores, in a folder that is removed."""
    # People start it without the limit of one thread that the benchmarks set.
    environment = {
        name: value for name, value in os.environ.items() if not name.endswith("_NUM_THREADS")
    }
    with tempfile.TemporaryDirectory() as folder:
        options = QUICK if is_quick else ()
        started = time.perf_counter()
        subprocess.run(
            [DEMO, Path(sys.executable).parent, folder, *options],
            check=True,
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        seconds = time.perf_counter() - started
        accuracy = (
            pd.read_csv(Path(folder, "results.csv")).groupby("pipeline")["test_accuracy"].mean()
        )
    return [
        Row(
            "make demo, installed",
            "seconds",
            seconds,
            floor=75.0,
            aim=45.0,
            is_at_most=True,
            ours=seconds,
            unit="wall s",
            before=158.0,
        ),
        Row(
            "make demo, installed",
            "accuracy of the best model less the weakest",
            accuracy.max() - accuracy.min(),
            floor=0.15,
        ),
        *_suite_rows(),
    ]


def _suite_rows() -> list[Row]:
    suite = read_suite()
    if "after" not in suite:
        return []
    after, before = suite["after"], suite["before"]
    return [
        Row(
            f"make test, two cores, {after['tests']} tests",
            "minutes",
            after["seconds"] / 60,
            floor=6.0,
            aim=4.0,
            is_at_most=True,
            ours=after["seconds"],
            unit="wall s",
            before=before["seconds"] / 60,
        )
    ]
