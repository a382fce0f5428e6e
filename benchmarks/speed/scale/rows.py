"""Memory and time of the scheduler and of the workers with many rows."""

import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
from distributed import Client

from skgenre.stores import extract_features

from .._row import Row
from ._stand_in import StandIn

_MANY, _FEW = 1_000_000, 100_000
_PARTITION = 256
_ROOT = Path(__file__).parents[3]


def measure(is_quick: bool) -> list[Row]:
    """Return peaks of memory with many rows against few, and the scheduler's share of the time."""
    many, few = (_MANY // 50, _FEW // 50) if is_quick else (_MANY, _FEW)
    peaks, seconds = {}, {}
    for n_rows in (few, many):
        peaks[n_rows], seconds[n_rows] = _extract(n_rows)
    job = f"extraction of {many:,} rows by a stand-in feature"
    rows = [
        Row(
            job,
            f"peak of memory of the {name} / with {few:,} rows",
            peaks[many][name] / peaks[few][name],
            floor=1.2,
            is_at_most=True,
            ours=peaks[many][name],
            peer=peaks[few][name],
            unit="MB",
        )
        for name in ("scheduler", "worker")
    ]
    n_tasks = -(-many // _PARTITION)
    return [
        *rows,
        Row(job, "rows a second", many / seconds[many], unit="rows"),
        Row(job, "tasks a second", n_tasks / seconds[many], unit="tasks"),
    ]


def _extract(n_rows: int) -> tuple[dict[str, float], float]:
    """Return peaks in MB by the kind of process, and the seconds."""
    paths = [f"/music/{number // 1000:04d}/{number:07d}.mp3" for number in range(n_rows)]
    with (
        tempfile.TemporaryDirectory() as folder,
        _start_cluster() as (address, processes),
        Client(address) as client,
        _Peaks(processes) as peaks,
    ):
        client.wait_for_workers(2)
        start = time.perf_counter()
        extract_features(
            paths,
            StandIn(),
            Path(folder, "table"),
            client=client,
            partition_size=_PARTITION,
            progress=False,
        )
        seconds = time.perf_counter() - start
    return peaks.megabytes, seconds


@contextmanager
def _start_cluster() -> Iterator[tuple[str, dict[str, list[int]]]]:
    """Start a scheduler and two workers as the commands do, and yield address and processes."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    address = f"tcp://127.0.0.1:{port}"
    environment = {**os.environ, "PYTHONPATH": str(_ROOT)}
    dask = [sys.executable, "-m", "dask"]
    quiet = {"env": environment, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    commands = [
        [*dask, "scheduler", "--host", "127.0.0.1", "--port", str(port), "--no-dashboard"],
        *2 * [[*dask, "worker", address, "--nthreads", "1", "--no-nanny", "--no-dashboard"]],
    ]
    with tempfile.TemporaryDirectory() as folder:
        started = [subprocess.Popen(command, cwd=folder, **quiet) for command in commands]
        numbers = [process.pid for process in started]
        try:
            yield address, {"scheduler": numbers[:1], "worker": numbers[1:]}
        finally:
            # A worker that lost its scheduler may wait for it.
            for process in started:
                process.kill()
            for process in started:
                process.wait()


class _Peaks(threading.Thread):
    """Reads the resident memory of processes, again and again."""

    def __init__(self, processes: dict[str, list[int]]) -> None:
        super().__init__(daemon=True)
        self._processes = {
            name: [psutil.Process(number) for number in numbers]
            for name, numbers in processes.items()
        }
        self._is_over = threading.Event()
        self.megabytes = dict.fromkeys(processes, 0.0)

    def __enter__(self) -> "_Peaks":
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._is_over.set()
        self.join()

    def run(self) -> None:
        while not self._is_over.wait(0.1):
            for name, processes in self._processes.items():
                most = max(process.memory_info().rss for process in processes) / 1e6
                self.megabytes[name] = max(self.megabytes[name], most)
