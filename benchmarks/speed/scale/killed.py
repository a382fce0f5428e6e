"""Extraction while workers are killed at random."""

import os
import random
import signal
import tempfile
import threading
from pathlib import Path

import numpy as np
import zarr
from distributed import Client, Status

from skgenre.datasets import make_genre_music
from skgenre.features import MelSpectrogram
from skgenre.stores import extract_features

from .._row import Row
from ._cluster import start_cluster

_N_CLIPS, _N_KILLS = 2000, 20
_N_FILES = 100
_N_WORKERS = 2
_MOST_RUNS = 12


def measure(is_quick: bool) -> list[Row]:
    """Return the clips that were lost, doubled or changed by kills of workers."""
    n_clips, n_kills = (400, 2) if is_quick else (_N_CLIPS, _N_KILLS)
    feature = MelSpectrogram(n_mels=64, duration=2.0)
    with tempfile.TemporaryDirectory() as folder:
        music = make_genre_music(_N_FILES, duration=2.0, random_state=0, to=Path(folder, "music"))
        paths = [music.paths[number % _N_FILES] for number in range(n_clips)]
        alone = Path(folder, "alone.zarr")
        extract_features(paths, feature, alone, progress=False)
        out = Path(folder, "killed.zarr")
        with start_cluster(_N_WORKERS) as client:
            killer = _Killer(client, n_kills)
            killer.start()
            n_runs = 0
            # More kills than one run lasts: the store is made anew until all have happened.
            while True:
                part = out.with_name(f"killed-{n_runs}.zarr")
                extract_features(
                    paths, feature, part, client=client, partition_size=20, progress=False
                )
                n_runs += 1
                wrong, lost = _compare(alone, part)
                if killer.is_done or wrong or lost or n_runs == _MOST_RUNS:
                    break
            killer.stop()
    job = f"extraction of {n_clips:,} clips, {killer.n_killed} kills in {n_runs} runs"
    return [
        Row(job, "clips lost or doubled", lost, floor=0, is_at_most=True, unit="clips"),
        Row(job, "clips with other values", wrong, floor=0, is_at_most=True, unit="clips"),
    ]


class _Killer(threading.Thread):
    """Kills a worker of a cluster, chosen at random, again and again."""

    def __init__(self, client: Client, n_kills: int) -> None:
        super().__init__(daemon=True)
        self._client = client
        self._n_kills = n_kills
        self._random = random.Random(0)
        self._is_over = threading.Event()
        self.n_killed = 0

    @property
    def is_done(self) -> bool:
        return self.n_killed >= self._n_kills

    def run(self) -> None:
        while not self.is_done and not self._is_over.wait(self._random.uniform(2, 4)):
            nannies = [*self._client.cluster.workers.values()]
            processes = [nanny.process for nanny in nannies]
            # One that is killed while it starts is not started again by Dask.
            if all(getattr(process, "status", None) == Status.running for process in processes):
                os.kill(self._random.choice(processes).pid, signal.SIGKILL)
                self.n_killed += 1

    def stop(self) -> None:
        self._is_over.set()
        self.join(30)


def _compare(one: Path, other: Path) -> tuple[int, int]:
    """Return how many clips differ, and how many have no row."""
    first, second = (zarr.open_group(path, mode="r") for path in (one, other))
    n_clips = first["X"].shape[0]
    lost = int((~np.asarray(second["ok"][:])).sum()) + abs(n_clips - second["X"].shape[0])
    n_wrong = 0
    for start in range(0, n_clips, 500):
        rows = slice(start, start + 500)
        equal = np.asarray(first["X"][rows]) == np.asarray(second["X"][rows])
        n_wrong += int((~equal.all(axis=(1, 2))).sum())
    return n_wrong, lost
