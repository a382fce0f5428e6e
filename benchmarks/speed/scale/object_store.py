"""Mel spectrograms of MP3 files from an S3 server on loopback, against local files."""

import statistics
import time
from collections.abc import Sequence

import numpy as np

from skgenre.features import MelSpectrogram

from .._row import Row
from ._mp3_rows import list_mp3s
from ._s3_server import start_s3

_N_CLIPS, _N_ROUNDS = 100, 3


def measure(is_quick: bool) -> list[Row]:
    """Return the speed, and the requests and the server's CPU time for each clip."""
    n_clips, n_rounds = (20, 1) if is_quick else (_N_CLIPS, _N_ROUNDS)
    paths = list_mp3s(n_clips)
    feature = MelSpectrogram(duration=30.0, n_jobs=1)
    with start_s3() as server:
        urls = [server.put(path) for path in paths]
        # The first of each connects, imports and compiles.
        difference = np.abs(
            feature.fit_transform(urls[:5]) - feature.fit_transform(paths[:5])
        ).max()
        n_before, cpu_before = server.count_requests(), server.cpu_seconds()
        remote, local = [], []
        for _ in range(n_rounds):
            remote.append(_time(feature, urls))
            local.append(_time(feature, paths))
        n_read = n_rounds * n_clips
        n_requests = (server.count_requests() - n_before) / n_read
        cpu = 1e3 * (server.cpu_seconds() - cpu_before) / n_read
    job = f"mel-128 of {n_clips} MP3 files of 30 s from S3 on loopback, one thread"
    return [
        Row(
            job,
            "local files / S3",
            statistics.median(near / far for near, far in zip(local, remote, strict=True)),
            floor=0.7,
            ours=1e3 * statistics.median(remote) / n_clips,
            peer=1e3 * statistics.median(local) / n_clips,
            unit="wall ms a clip",
            difference=float(difference),
        ),
        Row(job, "requests a clip", n_requests, floor=2.0, is_at_most=True, unit="requests"),
        Row(job, "CPU ms of the server a clip", cpu, unit="CPU ms"),
    ]


def _time(feature: MelSpectrogram, paths: Sequence[str]) -> float:
    start = time.perf_counter()
    feature.transform(paths)
    return time.perf_counter() - start
