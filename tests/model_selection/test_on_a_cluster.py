"""Comparisons, searches and leakage gaps on the workers of a Dask cluster."""

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from pathlib import Path

import joblib
import numpy as np
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.exceptions import FitFailedWarning
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, GroupKFold
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skgenre._cluster_calls import run_calls
from skgenre.classifiers import MLPGenreClassifier, SegmentVotingClassifier
from skgenre.datasets import make_genre_music
from skgenre.exceptions import TrainingWarning
from skgenre.features import MFCC, FramePooling, cache_info
from skgenre.model_selection import compare, leakage_gap

from ..clusters import local_cluster

COSTS = ["fit_time", "predict_time", "score_time", "model_size"]


@pytest.fixture(scope="module")
def client():
    with local_cluster() as (_, client):
        yield client


@pytest.fixture(scope="module")
def music(tmp_path_factory):
    return make_genre_music(
        18,
        genres=["classical", "metal"],
        duration=1.5,
        random_state=0,
        to=tmp_path_factory.mktemp("music"),
    )


@pytest.fixture
def table():
    rng = np.random.default_rng(0)
    y = np.repeat(["blues", "metal"], 20)
    return rng.normal(size=(40, 5)) + 0.8 * (y == "metal")[:, None], y, np.arange(40) // 4


def pipeline(**parameters):
    return make_pipeline(
        MFCC(**parameters), FramePooling(), StandardScaler(), LogisticRegression(max_iter=500)
    )


def scores_of(comparison):
    return comparison.frame.drop(columns=COSTS)


@contextmanager
def on(client, **options):
    with joblib.parallel_config(backend="dask", client=client, **options):
        yield


def test_a_comparison_has_the_same_scores_and_keeps_folds_for_all(
    client, music, tmp_path, monkeypatch
):
    monkeypatch.chdir(Path(music.paths[0]).parents[1])
    paths = [os.path.relpath(path) for path in music.paths]  # workers are in another folder
    pipelines = {"one": pipeline(), "other": pipeline(n_mfcc=8)}
    options = {"cv": 3, "random_state": 0}
    with on(client):
        there = compare(pipelines, paths, music.target, memory=tmp_path / "there", **options)
    here = compare(pipelines, paths, music.target, **options)
    assert scores_of(there).equals(scores_of(here))
    assert there.predictions.equals(here.predictions)
    assert cache_info(tmp_path / "there").misses == 2 * len(paths)
    again = compare(pipelines, paths, music.target, memory=tmp_path / "there", **options)
    assert again.protocol["resumed_folds"] == 6


@pytest.mark.slow
def test_a_search_computes_each_clip_once(client, music, tmp_path):
    search = GridSearchCV(
        pipeline(memory=tmp_path / "cache"),
        {"logisticregression__C": np.logspace(-3, 1, 8)},
        cv=3,
        n_jobs=-1,
    )
    with on(client):
        there = search.fit(music.paths, music.target).cv_results_["mean_test_score"]
    assert cache_info(tmp_path / "cache").misses == len(music.paths)
    here = search.set_params(n_jobs=None).fit(music.paths, music.target)
    np.testing.assert_array_equal(there, here.cv_results_["mean_test_score"])


def test_a_leakage_gap_has_the_same_scores(client):
    rng = np.random.default_rng(0)
    segments = rng.normal(size=(30, 1, 6, 1)) + 0.1 * rng.normal(size=(30, 4, 6, 1))
    model = make_pipeline(SegmentVotingClassifier(LogisticRegression()))
    y = np.repeat(["blues", "metal"], 15)
    options = {"groups": np.arange(30) // 3, "cv": 3, "random_state": 0}
    here = leakage_gap(model, segments, y, **options)
    with on(client):
        there = leakage_gap(model, segments, y, **options)
    assert there.frame.equals(here.frame)


class Counted(np.ndarray):
    """Array that counts how often it is pickled in this process."""

    n_pickled = 0

    def __reduce_ex__(self, protocol):
        Counted.n_pickled += 1
        return np.asarray(self).__reduce_ex__(protocol)


def test_the_clips_are_sent_once_for_all_folds_and_pipelines(client, table):
    X, y, _ = table
    Counted.n_pickled = 0
    with on(client):
        compare({"a": GaussianNB(), "b": LogisticRegression()}, X.view(Counted), y, cv=4)
    assert Counted.n_pickled == 1


@pytest.mark.parametrize("n_jobs", [None, pytest.param(-1, marks=pytest.mark.slow)])
def test_groups_reach_the_inner_folds_of_a_search(n_jobs, client, table):
    X, y, groups = table
    search = GridSearchCV(LogisticRegression(), {"C": [0.1, 1.0]}, cv=GroupKFold(2), n_jobs=n_jobs)
    options = {"groups": groups, "cv": 2, "random_state": 0}
    here = compare({"search": search}, X, y, **options)
    with on(client):
        there = compare({"search": search}, X, y, **options)
    assert scores_of(there).equals(scores_of(here))
    assert there.frame["error"].eq("").all()


def make_killer(flag):
    """Return a classifier whose fit kills its process unless the file `flag` is there."""

    class Killer(ClassifierMixin, BaseEstimator):
        def fit(self, X, y):
            if not os.path.exists(flag):  # noqa: PTH110
                with contextlib.suppress(OSError):
                    open(flag, "w").close()  # noqa: PTH123
                time.sleep(0.5)  # a worker that ends while it starts is not started again
                os.kill(os.getpid(), signal.SIGKILL)
            self.model_ = GaussianNB().fit(X, y)
            self.classes_ = self.model_.classes_
            return self

        def predict(self, X):
            return self.model_.predict(X)

    return Killer()


def test_a_comparison_goes_on_when_a_worker_is_killed(client, table, tmp_path):
    X, y, _ = table
    with on(client):
        result = compare(
            {"killer": make_killer(str(tmp_path / "flag"))}, X, y, cv=4, random_state=0
        )
    expected = compare({"killer": GaussianNB()}, X, y, cv=4, random_state=0)
    assert (tmp_path / "flag").exists()
    assert scores_of(result).equals(scores_of(expected))


def test_an_error_of_a_pipeline_is_reported_and_the_others_go_on(client, table):
    X, y, _ = table
    pipelines = {"bad": LogisticRegression(C=-1), "good": GaussianNB()}
    with (
        on(client),
        pytest.warns(FitFailedWarning, match=r"'bad' failed on fold \d: InvalidParameter"),
    ):
        result = compare(pipelines, X, y, cv=2)
    frame = result.frame.set_index("pipeline")
    assert frame.loc["bad", "error"].str.startswith("InvalidParameterError").all()
    assert frame.loc["good", "error"].eq("").all()
    with on(client), pytest.raises(ValueError, match="'C' parameter of LogisticRegression"):
        compare(pipelines, X, y, cv=2, on_error="raise")


@pytest.mark.skipif(not os.path.exists("/proc/self/cwd"), reason="needs Linux")  # noqa: PTH110
def test_a_folder_that_a_worker_does_not_see_is_refused(
    client, music, table, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    memory = "/proc/self/cwd/cache"  # another folder in each process
    message = r"'memory' parameter of compare must be .* not seen by (1 of 1|2 of 2) workers"
    with on(client):
        with pytest.raises(ValueError, match=message):
            compare({"a": pipeline()}, music.paths, music.target, cv=2, memory=memory)
        X, y, _ = table
        monkeypatch.setattr("tempfile.tempdir", "/proc/self/cwd")
        with pytest.raises(ValueError, match=message):
            compare({"a": pipeline()}, music.paths, music.target, cv=2)
        assert len(compare({"a": GaussianNB()}, X, y, cv=2).frame) == 2


@pytest.mark.slow
def test_networks_in_several_threads_of_a_worker_are_warned_of(table):
    X, y, _ = table
    network = MLPGenreClassifier(dense=(2,), max_epochs=1)
    with (
        local_cluster(1, 2, processes=False) as (_, client),
        on(client),
        pytest.warns(TrainingWarning, match=r"2 threads.*--nworkers 2 --nthreads 1"),
    ):
        compare({"network": network}, X, y, cv=2)


@pytest.mark.slow
@pytest.mark.parametrize("n_bytes", [10, 10**7])
def test_data_that_ends_with_its_only_worker_is_sent_again(n_bytes, tmp_path):
    flag = str(tmp_path / "flag")

    def work(shared, number):
        if number == 1 and not os.path.exists(flag):  # noqa: PTH110
            open(flag, "w").close()  # noqa: PTH123
            os.kill(os.getpid(), signal.SIGKILL)
        return len(shared) + number

    with local_cluster(1) as (_, client):
        results = dict(run_calls(client, work, bytes(n_bytes), 3))
    assert results == {number: n_bytes + number for number in range(3)}


@pytest.mark.slow
def test_a_pipeline_that_kills_its_workers_is_an_error_in_one_line(table):
    X, y, _ = table
    pipelines = {"killer": make_killer("/no such folder/flag"), "good": GaussianNB()}
    dask = pytest.importorskip("dask")
    reason = r"its worker ended 2 times while it ran, .* may have run out of memory"
    with (
        dask.config.set({"distributed.scheduler.allowed-failures": 1}),
        local_cluster() as (_, client),
        on(client),
    ):
        with pytest.warns(
            FitFailedWarning, match=f"'killer' failed on fold .: RuntimeError: {reason}"
        ):
            result = compare(pipelines, X, y, cv=2)
        frame = result.frame.set_index("pipeline")
        assert frame.loc["killer", "error"].str.startswith("RuntimeError: its worker").all()
        assert frame.loc["good", "error"].eq("").all()
        with pytest.raises(RuntimeError, match=f"'killer', fold .: {reason}"):
            compare(pipelines, X, y, cv=2, on_error="raise")


SCHEDULER = """
import asyncio, sys
from distributed import Scheduler

async def main():
    async with Scheduler(host="127.0.0.1", port=0, dashboard=False) as scheduler:
        print(scheduler.address, flush=True)
        await scheduler.finished()

asyncio.run(main())
"""


@pytest.mark.slow
def test_a_scheduler_that_ends_is_an_error_in_one_line():
    dask, distributed = map(pytest.importorskip, ("dask", "distributed"))

    def work(shared, number):
        time.sleep(60)

    with (
        dask.config.set({"distributed.comm.timeouts.connect": "2s"}),
        subprocess.Popen([sys.executable, "-c", SCHEDULER], stdout=-1, text=True) as scheduler,
    ):
        address = scheduler.stdout.readline().strip()
        worker = [sys.executable, "-m", "distributed.cli.dask_worker", address, "--no-dashboard"]
        with subprocess.Popen([*worker, "--nthreads", "1"], stderr=subprocess.DEVNULL) as other:
            try:
                with distributed.Client(address, timeout=5) as client:
                    client.wait_for_workers(1)
                    threading.Timer(1.0, scheduler.kill).start()
                    with pytest.raises(ConnectionError, match=r"does not answer any more\. Start"):
                        list(run_calls(client, work, None, 1))
            finally:
                other.kill()
