"""Threads that compute features do not outlive who asked for them."""

import subprocess
import sys
import threading
import time

import joblib
import pytest

from skgenre._threads import count_threads, run_in_threads

from ..clusters import local_cluster

INTERRUPTED = """
import sys, time
from skgenre._threads import run_in_threads

def work(i):
    if i == 0:
        return i
    sys.stdout.write(f"begin {i}\\n")
    time.sleep(1.0)
    sys.stdout.write(f"end {i}\\n")

results = run_in_threads(work, range(50), 3)
kept = results  # as a traceback keeps it
for _ in results:
    time.sleep(0.5)
    raise KeyboardInterrupt
"""


def test_an_interrupted_program_ends_when_its_threads_have_ended():
    done = subprocess.run(
        [sys.executable, "-c", INTERRUPTED], capture_output=True, text=True, timeout=120
    )
    assert done.stderr.rstrip().endswith("KeyboardInterrupt")
    lines = done.stdout.splitlines()
    begun = {line.split()[1] for line in lines if line.startswith("begin")}
    ended = {line.split()[1] for line in lines if line.startswith("end")}
    assert begun
    assert begun == ended
    assert len(begun) < 49


def test_results_come_in_the_order_of_the_items():
    def work(i):
        time.sleep(0.01 * (i % 3))
        return i * i

    assert list(run_in_threads(work, range(12), 4)) == [i * i for i in range(12)]


def test_an_error_is_raised_when_no_call_runs_any_more():
    running, lock = set(), threading.Lock()

    def work(i):
        with lock:
            running.add(i)
        try:
            time.sleep(0.05)
            if i == 2:
                raise ValueError("item 2")
        finally:
            with lock:
                running.discard(i)

    with pytest.raises(ValueError, match="item 2"):
        list(run_in_threads(work, range(40), 4))
    assert not running


def test_threads_that_wait_for_the_caller_are_let_go():
    gate = threading.Event()

    def work(i):
        if i == 1:
            gate.wait(60)
        if i == 0:
            raise ValueError("item 0")

    with pytest.raises(ValueError, match="item 0"):
        list(run_in_threads(work, range(4), 2, on_end=gate.set))
    assert gate.is_set()


def test_no_more_threads_are_started_than_are_of_use():
    before = threading.active_count()
    counts = list(run_in_threads(lambda _: threading.active_count(), range(4), 100_000))
    assert max(counts) <= before + 8  # joblib has some of its own


def test_a_cluster_does_not_count_for_the_threads_of_a_worker():
    with local_cluster(1, 7, processes=False), joblib.parallel_config(backend="dask"):
        assert joblib.effective_n_jobs(None) == 7
        assert count_threads(None) == 1
        assert count_threads(3) == 3
    with joblib.parallel_config(backend="loky", n_jobs=2):
        assert count_threads(None) == 2
