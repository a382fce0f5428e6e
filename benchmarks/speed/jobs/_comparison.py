"""Settings that the comparison by hand and the one of skgenre share, and their files and clocks."""

import json
import os
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

N_JOBS = 2
N_FOLDS = 3
SR, N_FFT, HOP, N_MELS, N_MFCC = 22050, 2048, 512, 128, 20
SVM = {"C": 10.0}
TREES = {
    "n_estimators": 100,
    "max_depth": 5,
    "learning_rate": 0.1,
    "subsample": 0.8,
    "colsample_bytree": 0.8,
}
CHANNELS, KERNEL, POOL, DROPOUT = (32, 32, 32), 3, 4, 0.2
EPOCHS, BATCH, RATE = 10, 32, 1e-3


class Clock:
    """Seconds of each part of a script: of the wall, and of the CPU with all child processes."""

    def __init__(self) -> None:
        self.parts: dict[str, dict[str, float]] = {}
        self._last = (time.perf_counter(), 0.0)

    def end(self, part: str) -> None:
        """Note what has passed since the last part ended, or the process began to import."""
        now = (time.perf_counter(), sum(map(_cpu_seconds, _family(os.getpid()))))
        wall, cpu = (later - earlier for later, earlier in zip(now, self._last, strict=True))
        self.parts[part] = {"wall": wall, "cpu": cpu}
        self._last = now

    def report(self, accuracies: dict[str, float]) -> None:
        """Print all parts, and the mean accuracy of each model."""
        print(json.dumps({"parts": self.parts, "accuracies": accuracies}))


def read_list() -> dict[str, Any]:
    """Return the sound files, genres and artists that the command line names, and the folder."""
    music: dict[str, Any] = json.loads(Path(sys.argv[1]).read_text())
    return {**music, "folder": Path(sys.argv[2])}


def _family(process: int) -> Iterator[int]:
    yield process
    for listed in Path(f"/proc/{process}/task").glob("*/children"):
        for child in _read(listed.read_text).split():
            yield from _family(int(child))


def _cpu_seconds(process: int) -> float:
    """Return the CPU time of a process, and of its children that have ended."""
    fields = _read(Path(f"/proc/{process}/stat").read_text).rpartition(")")[2].split()
    return sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")


def _read(read: Callable[[], str]) -> str:
    try:
        return read()
    except OSError:  # the process has ended
        return ""
