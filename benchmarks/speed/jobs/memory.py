"""Private memory of a comparison on feature maps that are larger than memory."""

import subprocess
import sys
import tempfile
import threading
from pathlib import Path

import numpy as np

from .._row import Row

_SHAPE = (128, 1292)
_MANY, _FEW = 10_000, 2500
_WRITTEN = 100  # clips at once


def measure(is_quick: bool) -> list[Row]:
    """Return the rows of the peak with many clips, and of its ratio to the one with few.

    Pages of files don't count: the system takes them back when it needs memory.
    """
    many, few = (_MANY // 25, _FEW // 25) if is_quick else (_MANY, _FEW)
    peaks = {n_clips: _measure_in_new_process(n_clips) for n_clips in (few, many)}
    size = many * np.prod(_SHAPE) * 4 / 1e9
    job = f"comparison of {many:,} clips, {size:.1f} GB of maps"
    return [
        Row(
            job=job,
            measure="peak of private memory, GB",
            ratio=peaks[many],
            floor=1.5,
            is_at_most=True,
            ours=peaks[many],
            unit="GB",
        ),
        Row(
            job=job,
            measure=f"peak / peak with {few:,} clips",
            ratio=peaks[many] / peaks[few],
            floor=1.15,
            is_at_most=True,
            ours=peaks[many],
            peer=peaks[few],
            unit="GB",
        ),
    ]


def _measure_in_new_process(n_clips: int) -> float:
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", __name__, folder, str(n_clips)]
        ended = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    return float(ended.stdout)


def _compare(folder: str, n_clips: int) -> float:
    """Compare one small network in two folds, and return the peak of private memory in GB."""
    from skgenre.classifiers import CNNClassifier
    from skgenre.model_selection import compare

    path = Path(folder, "maps.npy")
    _write_maps(path, n_clips)
    network = CNNClassifier(channels=(8,), pool_size=16, max_epochs=1, device="cpu")
    with _PrivateMemory() as memory:
        compare(
            {"cnn": network},
            np.load(path, mmap_mode="r"),
            np.arange(n_clips) % 10,
            cv=2,
            memory=folder,
            random_state=0,
        )
    return memory.peak / 1e9


def _write_maps(path: Path, n_clips: int) -> None:
    rng = np.random.default_rng(0)
    header = {"descr": "<f4", "fortran_order": False, "shape": (n_clips, *_SHAPE)}
    with path.open("wb") as file:
        np.lib.format.write_array_header_1_0(file, header)
        for _ in range(n_clips // _WRITTEN):
            file.write(rng.standard_normal((_WRITTEN, *_SHAPE), dtype=np.float32).data)


class _PrivateMemory:
    """Looks every few milliseconds how much memory is this process's own."""

    def __init__(self) -> None:
        self.peak = 0
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._look)

    def _look(self) -> None:
        while not self._end.wait(0.005):
            self.peak = max(self.peak, _read_private())

    def __enter__(self) -> "_PrivateMemory":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._end.set()
        self._thread.join()


def _read_private() -> int:
    """Return this process's memory less the pages of files, in bytes, from Linux's account."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("RssAnon:"):
            return 1024 * int(line.split()[1])
    raise OSError("RssAnon is not in /proc/self/status: this benchmark needs Linux.")


if __name__ == "__main__":
    print(_compare(sys.argv[1], int(sys.argv[2])))
