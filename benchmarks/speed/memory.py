"""Resident memory over the number of clips, and memory and disk of a search above the limit."""

import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import soundfile

from skgenre.classifiers import CNNClassifier, SegmentVotingClassifier
from skgenre.features import MFCC, MelSpectrogram, Segmenter, cache_info

SR = 8000
COUNTS = (1000, 10_000, 20_000)
N_SEARCHED = 2000


def run() -> None:
    """Print what extraction and a grid search take, each in a process of its own.

    The clips are noise of half a second, in files made for this; no data is needed.
    """
    with tempfile.TemporaryDirectory() as folder:
        clips = Path(folder, "clips")
        _write_clips(clips, max(COUNTS))
        _print_extraction(folder, clips)
        _print_search(folder, clips)


def _write_clips(folder: Path, n_clips: int) -> None:
    folder.mkdir()
    noise = np.random.default_rng(0).uniform(-0.5, 0.5, SR // 2 + n_clips)
    for number in range(n_clips):
        soundfile.write(folder / f"{number:05d}.wav", noise[number : number + SR // 2], SR)


def _print_extraction(folder: str, clips: Path) -> None:
    rows = []
    for name, limit, dtype in (
        ("small, cache empty", "2GB", "float32"),
        ("small, cache full", "2GB", "float32"),
        ("maps above the limit", "4MB", "float32"),
        ("the same in float16", "4MB", "float16"),
    ):
        kind = "maps" if limit == "4MB" else "small"
        found = {}
        for n_clips in COUNTS:
            memory = Path(folder, f"{kind}-{n_clips}")
            found[n_clips] = _measure("extraction", clips, n_clips, memory, kind, limit, dtype)
        few, *_, many = found.values()
        rows.append(
            {
                "features": name,
                **{f"{n} clips (MB)": f"{one['peak'] / 1e6:.0f}" for n, one in found.items()},
                "ratios": ", ".join(
                    f"{one['peak'] / few['peak']:.3f}" for one in list(found.values())[1:]
                ),
                "largest result (MB)": f"{many['result'] / 1e6:.1f}",
            }
        )
    print("Peak of resident memory in extraction")
    print(pd.DataFrame(rows).to_string(index=False), end="\n\n")


def _print_search(folder: str, clips: Path) -> None:
    rows = []
    for limit, dtype in (("2GB", "float32"), ("4MB", "float32"), ("4MB", "float16")):
        memory = Path(folder, f"search-{limit}-{dtype}")
        found = _measure("search", clips, N_SEARCHED, memory, "maps", limit, dtype)
        rows.append(
            {
                "max_in_memory": limit,
                "dtype": dtype,
                "features (MB)": f"{found['result'] / 1e6:.1f}",
                "peak resident (MB)": f"{found['peak'] / 1e6:.0f}",
                "of it own (MB)": f"{found['own'] / 1e6:.0f}",
                "cache (MB)": f"{found['cache'] / 1e6:.1f}",
                "peak of scratch (MB)": f"{found['scratch'] / 1e6:.1f}",
                "left of it (MB)": f"{found['left'] / 1e6:.1f}",
                "score": f"{found['score']:.6f}",
            }
        )
    print(f"Grid search, {N_SEARCHED} clips, 5 folds, 3 candidates")
    print(pd.DataFrame(rows).to_string(index=False))


def _measure(task: str, *arguments: Any) -> dict[str, float]:
    command = [sys.executable, "-m", "benchmarks.speed.memory", task, *map(str, arguments)]
    output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return {name: float(value) for name, value in (line.split() for line in output.splitlines())}


def _transformer(kind: str, memory: str, limit: str, dtype: str) -> Any:
    shared: dict[str, Any] = {"sr": SR, "memory": memory, "max_in_memory": limit, "dtype": dtype}
    if kind == "small":
        return MFCC(n_mfcc=5, n_mels=16, n_fft=512, hop_length=512, **shared)
    mel = MelSpectrogram(sr=SR, n_mels=64, n_fft=512, hop_length=16)
    return Segmenter(mel, segment_duration=0.25, **shared)


def _extract(paths: list[str], memory: str, kind: str, limit: str, dtype: str) -> dict[str, float]:
    X = _transformer(kind, memory, limit, dtype).fit_transform(paths)
    return {"result": X.nbytes}


def _search(paths: list[str], memory: str, kind: str, limit: str, dtype: str) -> dict[str, float]:
    from sklearn.model_selection import GridSearchCV
    from sklearn.pipeline import make_pipeline

    transformer = _transformer(kind, memory, limit, dtype)
    network = CNNClassifier(channels=(4,), max_epochs=1, random_state=0)
    search = GridSearchCV(
        make_pipeline(transformer, SegmentVotingClassifier(network)),
        {"segmentvotingclassifier__estimator__lr": [1e-3, 1e-2, 1e-1]},
        scoring="neg_log_loss",
        cv=5,
        error_score="raise",
    )
    y = np.arange(len(paths)) % 2
    with _Watch(Path(memory, "skgenre-features", "scratch")) as watch:
        search.fit(paths, y)
    return {
        "own": watch.own,
        "scratch": watch.scratch,
        "left": _size_of(watch.folder),
        "cache": cache_info(memory).nbytes,
        "score": search.best_score_,
        "result": transformer.fit_transform(paths).nbytes,
    }


class _Watch:
    """Looks every few milliseconds how large a folder and this process's own memory are."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.own = self.scratch = 0
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._look)

    def _look(self) -> None:
        while not self._end.wait(0.005):
            self.own = max(self.own, _status("RssAnon"))
            self.scratch = max(self.scratch, _size_of(self.folder))

    def __enter__(self) -> "_Watch":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._end.set()
        self._thread.join()


def _size_of(folder: Path) -> int:
    total = 0
    for path in folder.glob("*"):
        try:
            total += path.stat().st_size
        except FileNotFoundError:
            continue
    return total


def _status(name: str) -> int:
    """Return an entry of Linux's account of this process's memory, in bytes."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(f"{name}:"):
            return 1024 * int(line.split()[1])
    raise OSError(f"{name} is not in /proc/self/status: this benchmark needs Linux.")


def _main(task: str, clips: str, n_clips: str, *settings: str) -> None:
    paths = [str(path) for path in sorted(Path(clips).glob("*.wav"))[: int(n_clips)]]
    found = {"extraction": _extract, "search": _search}[task](paths, *settings)
    for name, value in {**found, "peak": _status("VmHWM")}.items():
        print(name, value)


if __name__ == "__main__":
    _main(*sys.argv[1:])
