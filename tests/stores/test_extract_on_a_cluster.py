"""Extraction by workers in other processes, some of which die."""

import contextlib
import os
import random
import signal
import threading
import time

import numpy as np
import pandas as pd
import pytest

from skgenre.features import FunctionFeature, MelSpectrogram
from skgenre.stores import _job, extract_features

from .conftest import DEADLY, SR

pytest.importorskip("pyarrow")
pytest.importorskip("zarr")
distributed = pytest.importorskip("distributed")
RUNNING = distributed.Status.running
soundfile = pytest.importorskip("soundfile")

MEL = MelSpectrogram(sr=SR, n_fft=256, hop_length=128, n_mels=16, duration=0.5)


@pytest.fixture(scope="module")
def cluster():
    """Two workers, each a process of its own."""
    with distributed.LocalCluster(
        n_workers=2,
        threads_per_worker=1,
        processes=True,
        dashboard_address=None,
        silence_logs="CRITICAL",
    ) as cluster:
        yield cluster


@pytest.fixture
def client(cluster):
    with distributed.Client(cluster) as client:
        yield client


def make_slow_feature(seconds):
    """Return a feature that takes a while; workers get its code, not its name."""

    def slow_level(y):
        time.sleep(seconds)
        return np.array([np.abs(y).max(), np.abs(y).mean()])

    return FunctionFeature(slow_level, sr=SR)


def make_deadly_feature():
    """Return a feature that ends the process for one clip."""
    limit = DEADLY

    def deadly_level(y):
        if np.abs(y).max() > limit:
            os._exit(1)
        return np.array([np.abs(y).max(), np.abs(y).mean()])

    return FunctionFeature(deadly_level, sr=SR)


class Assassin(threading.Thread):
    """Kills a worker at a random time, and again each time that some work was done."""

    def __init__(self, cluster, n_kills, parts):
        super().__init__(daemon=True)
        self._cluster = cluster
        self._n_kills = n_kills
        self._parts = parts
        self._random = random.Random(0)
        self.n_killed = 0
        self.over = threading.Event()

    def run(self):
        n_before = -1
        while self.n_killed < self._n_kills and not self.over.wait(self._random.uniform(0, 0.5)):
            n_done = len(list(self._parts.glob("*.json")))
            nanny = self._random.choice(list(self._cluster.workers.values()))
            process = getattr(nanny, "process", None)
            if n_done <= n_before or getattr(process, "status", None) != RUNNING:
                continue
            os.kill(process.pid, signal.SIGKILL)
            self.n_killed += 1
            n_before = n_done


def check_levels(table, sounds):
    """Check that each clip is there once, with its values."""
    assert table["clip"].tolist() == list(range(len(sounds)))
    assert table["ok"].all()
    expected = []
    for path in sounds:
        y, _ = soundfile.read(path, dtype="float32")
        expected.append([np.abs(y).max(), np.abs(y).mean()])
    np.testing.assert_allclose(table.iloc[:, 2:], expected, rtol=1e-6)


def test_workers_write_what_this_machine_writes(sounds, bad_sound, tmp_path, client):
    import zarr

    clips = [*sounds[:5], bad_sound, *sounds[5:]]
    stores = {}
    for name, where in (("here", None), ("there", client)):
        done = extract_features(
            clips, MEL, tmp_path / f"{name}.zarr", client=where, partition_size=4, chunk_size=2
        )
        assert (done.n_clips, done.n_bad) == (23, 1)
        assert done.bad_files["path"].tolist() == [bad_sound]
        group = zarr.open_group(tmp_path / f"{name}.zarr", mode="r")
        stores[name] = (group["X"][:], group["ok"][:], dict(group.attrs))
        again = extract_features(
            clips, MEL, tmp_path / f"{name}.zarr", client=where, partition_size=4, chunk_size=2
        )
        assert (again.n_resumed, again.n_bad) == (23, 1)
    for here, there in zip(*stores.values(), strict=True):
        np.testing.assert_equal(here, there)
    with pytest.raises(ValueError, match="1 file can't be read"):
        extract_features(clips, MEL, tmp_path / "raise.zarr", client=client, on_bad_files="raise")


def test_the_memory_of_this_process_is_no_place_for_other_processes(sounds, client):
    with pytest.raises(ValueError, match="memory of one process, and the workers are others"):
        extract_features(sounds, MEL, "memory://elsewhere/mel.zarr", client=client)


@contextlib.contextmanager
def cluster_of_threads(n_workers=1):
    """A cluster in this process, and its client."""
    with (
        distributed.LocalCluster(
            n_workers=n_workers,
            threads_per_worker=2,
            processes=False,
            dashboard_address=None,
            silence_logs="CRITICAL",
        ) as cluster,
        distributed.Client(cluster) as client,
    ):
        yield cluster, client


def test_a_cluster_in_this_process_writes_to_its_memory(sounds):
    import zarr

    url = "memory://inside/mel.zarr"
    with cluster_of_threads() as (_, client):
        extract_features(sounds, MEL, url, client=client, partition_size=4)
        X = zarr.open_group(url, mode="r")["X"][:]
    np.testing.assert_array_equal(X, MEL.transform(sounds))


def test_a_cluster_without_workers_is_named(sounds, tmp_path, monkeypatch):
    monkeypatch.setattr(_job, "_WAIT", 0.2)
    with (
        cluster_of_threads(n_workers=0) as (_, client),
        pytest.raises(ConnectionError, match="the Dask cluster has no workers"),
    ):
        extract_features(sounds, MEL, tmp_path / "mel.zarr", client=client)


def test_a_cluster_that_loses_all_workers_is_named_and_the_job_goes_on_later(
    sounds, tmp_path, monkeypatch
):
    monkeypatch.setattr(_job, "_MOST_IDLE", 0.5)
    monkeypatch.setattr(_job, "_COUNTED_AGAIN", 0.1)
    out = tmp_path / "levels"
    options = {"partition_size": 2, "on_bad_files": "raise"}
    with cluster_of_threads() as (cluster, client):
        timer = threading.Timer(0.6, lambda: cluster.scale(0))
        timer.start()
        with pytest.raises(ConnectionError, match="has had no workers"):
            extract_features(sounds, make_slow_feature(0.2), out, client=client, **options)
        timer.join()
    done = extract_features(sounds, make_slow_feature(0.2), out, **options)
    check_levels(pd.read_parquet(out), sounds)
    assert done.n_clips == 22


def test_an_error_of_the_feature_ends_the_job_and_leaves_no_tasks(sounds, tmp_path, client):
    def fail(y):
        raise ZeroDivisionError("of mine")

    # The trial on noise of ten seconds succeeds.
    feature = FunctionFeature(lambda y: fail(y) if len(y) < SR else np.ones(2), sr=SR)
    with pytest.raises(ZeroDivisionError, match="of mine"):
        extract_features(sounds, feature, tmp_path / "levels", client=client, partition_size=2)
    deadline = time.monotonic() + 10
    while client.run_on_scheduler(lambda dask_scheduler: len(dask_scheduler.tasks)):
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_the_scheduler_never_has_more_than_a_few_tasks(sounds, tmp_path):
    most = 0
    over = threading.Event()

    def watch(client):
        nonlocal most
        while not over.wait(0.01):
            count = client.run_on_scheduler(lambda dask_scheduler: len(dask_scheduler.tasks))
            most = max(most, count)

    with cluster_of_threads() as (_, client):
        watcher = threading.Thread(target=watch, args=(client,))
        watcher.start()
        try:
            extract_features(
                sounds * 4, make_slow_feature(0.01), tmp_path / "x", client=client, partition_size=1
            )
        finally:
            over.set()
            watcher.join()
    assert 2 <= most <= 2 * 2 + 2 + 3  # of 88


def extract_with_kills(sounds, out, cluster, client, n_kills):
    assassin = Assassin(cluster, n_kills, out / "_skgenre" / "parts")
    assassin.start()
    try:
        done = extract_features(
            sounds, make_slow_feature(0.1), out, client=client, partition_size=2
        )
    finally:
        assassin.over.set()
        assassin.join()
    assert (done.n_clips, done.n_bad) == (len(sounds), 0)
    check_levels(pd.read_parquet(out), sounds)
    return assassin.n_killed


def test_killed_workers_lose_no_clip_and_double_none(sounds, tmp_path, cluster, client):
    n_killed = extract_with_kills(sounds * 3, tmp_path / "levels", cluster, client, 2)
    assert n_killed == 2


@pytest.mark.slow
def test_a_task_that_the_cluster_drops_is_given_out_again(sounds, tmp_path, client):
    dropped, is_over = [], threading.Event()

    def drop():
        while not dropped and not is_over.wait(0.02):
            for key in [key for key in client.futures if "-part" in key][:1]:
                client.cancel([distributed.Future(key, client=client)])
                dropped.append(key)

    thread = threading.Thread(target=drop, daemon=True)
    thread.start()
    try:
        extract_features(
            sounds, make_slow_feature(0.1), tmp_path / "levels", client=client, partition_size=2
        )
    finally:
        is_over.set()
        thread.join()
    assert len(dropped) == 1
    check_levels(pd.read_parquet(tmp_path / "levels"), sounds)


@pytest.mark.slow
def test_twenty_killed_workers_lose_no_clip_and_double_none(sounds, tmp_path, cluster, client):
    n_killed = extract_with_kills(sounds * 10, tmp_path / "levels", cluster, client, 20)
    assert n_killed == 20


@pytest.mark.slow
def test_a_clip_that_kills_its_workers_is_a_bad_file(sounds, tmp_path, cluster, client):
    deadly = tmp_path / "deadly.wav"
    soundfile.write(deadly, np.full(SR // 2, 0.99), SR)
    clips = [*sounds[:5], str(deadly), *sounds[5:8]]
    # Each death counts as one: a task ends after one worker, not four.
    allowed, cluster.scheduler.allowed_failures = cluster.scheduler.allowed_failures, 0
    try:
        done = extract_features(
            clips, make_deadly_feature(), tmp_path / "levels", client=client, partition_size=4
        )
    finally:
        cluster.scheduler.allowed_failures = allowed
    assert done.bad_files["path"].tolist() == [str(deadly)]
    assert "killed the worker that computed it, 3 times" in done.bad_files["reason"][0]
    table = pd.read_parquet(tmp_path / "levels")
    assert np.flatnonzero(~table["ok"]).tolist() == [5]
    check_levels(table[table["ok"]].assign(clip=range(8)), sounds[:8])
