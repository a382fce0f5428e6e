"""Extraction by one worker, by two, and by this machine's threads."""

import tempfile
import time
from pathlib import Path
from typing import Any

from skgenre.features import MelSpectrogram
from skgenre.stores import extract_features

from .._row import Row
from ._cluster import start_cluster
from ._mp3_rows import list_mp3s

_N_CLIPS = 2000
_PARTITION = 50


def measure(is_quick: bool) -> list[Row]:
    """Return two workers against one, and Dask against the threads of this machine."""
    paths = list_mp3s(100 if is_quick else _N_CLIPS)
    with start_cluster(1) as client:
        one = _time(paths, client)
    with start_cluster(2) as client:
        two = _time(paths, client)
    threads = _time(paths, None)
    job = f"extraction of {len(paths):,} MP3 files"
    return [
        Row(job, "one worker / two", one / two, floor=1.7, ours=two, peer=one, unit="wall s"),
        Row(job, "threads / Dask", threads / two, floor=0.9, ours=two, peer=threads, unit="wall s"),
    ]


def _time(paths: list[str], client: Any) -> float:
    """Return the seconds of an extraction, after a small one that imports and compiles."""
    feature = MelSpectrogram(duration=30.0, n_jobs=2)
    with tempfile.TemporaryDirectory() as folder:
        extract_features(paths[:20], feature, Path(folder, "first.zarr"), client=client)
        start = time.perf_counter()
        extract_features(
            paths, feature, Path(folder, "mel.zarr"), client=client, partition_size=_PARTITION
        )
        return time.perf_counter() - start
