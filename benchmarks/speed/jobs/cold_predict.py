"""``skgenre predict one.wav`` in a new process, by kind of model file.

Seconds are those of the processor: as many as on the clock, if the files are in the page cache and
the machine has nothing else to do. A model in .skops needs torch or XGBoost, and sklearn: the bare
imports are timed in turns with it, and the row is what comes on top of them. The bytecode of all
packages is kept, as pip does when it installs one.
"""

import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
from sklearn.pipeline import make_pipeline

from skgenre.classifiers import CNNClassifier, SegmentVotingClassifier, XGBGenreClassifier
from skgenre.datasets import make_genre_music
from skgenre.features import MFCC, FramePooling, MelSpectrogram, Segmenter
from skgenre.persistence import export_onnx, save_model

from .._row import Row

GENRES = ["classical", "jazz", "metal", "pop"]
SECONDS = 30.0
IMPORTS = {"network": "import torch, sklearn", "trees": "import sklearn, xgboost"}
# Seconds beyond the imports: those accepted, and those before this job was measured.
FLOORS = {"network": 1.0, "trees": 0.5}
BEFORE = {"network": 1.80, "trees": 1.70}


def measure(is_quick: bool) -> list[Row]:
    """Return a row per kind of model file."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        _write_files(folder)
        commands = {
            "onnx": _predict(folder, "network.onnx"),
            **{kind: _predict(folder, f"{kind}.skops") for kind in IMPORTS},
            **{code: [sys.executable, "-c", code] for code in IMPORTS.values()},
        }
        seconds = _time_in_turns(commands, 2 if is_quick else 7)
        difference = _largest_difference(commands["onnx"], commands["network"])
    exported = Row(
        "cold predict, .onnx of a network",
        "seconds",
        seconds["onnx"],
        floor=2.0,
        aim=1.2,
        is_at_most=True,
        unit="CPU s",
        difference=difference,
    )
    return [exported, *(_beyond_imports(kind, seconds) for kind in IMPORTS)]


def _beyond_imports(kind: str, seconds: dict[str, float]) -> Row:
    code = IMPORTS[kind]
    return Row(
        f"cold predict, .skops of {'a network' if kind == 'network' else kind}",
        f"seconds beyond '{code}'",
        seconds[kind] - seconds[code],
        floor=FLOORS[kind],
        aim=min(FLOORS[kind], BEFORE[kind] / 2),
        is_at_most=True,
        ours=seconds[kind],
        peer=seconds[code],
        unit="CPU s",
        before=BEFORE[kind],
    )


def _write_files(folder: Path) -> None:
    """Write a song and the models: the CNN of 'skgenre fit', and boosted trees on pooled MFCC."""
    music = make_genre_music(12, genres=GENRES, duration=SECONDS, random_state=0)
    channels = make_genre_music(2, genres=GENRES[:2], sr=44100, duration=SECONDS, random_state=1)
    soundfile.write(folder / "one.wav", channels.data.T, 44100)
    network = make_pipeline(
        Segmenter(MelSpectrogram(n_mels=64, hop_length=1024), segment_duration=3.0),
        SegmentVotingClassifier(CNNClassifier(max_epochs=1, random_state=0, device="cpu")),
    ).fit(music.data, music.target)
    save_model(network, folder / "network.skops")
    export_onnx(network, folder / "network.onnx")
    trees = make_pipeline(MFCC(), FramePooling(), XGBGenreClassifier(random_state=0))
    save_model(trees.fit(music.data, music.target), folder / "trees.skops")


def _predict(folder: Path, model: str) -> list[str]:
    command = [sys.executable, "-m", "skgenre", "predict", str(folder / "one.wav")]
    return [*command, "--model", str(folder / model), "--timeline", "--format", "json"]


def _time_in_turns(commands: dict[str, list[str]], n_rounds: int) -> dict[str, float]:
    """Return the median time of each command; the first round fills the page cache.

    It also writes the bytecode of the package, which PYTHONDONTWRITEBYTECODE would forbid.
    """
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": ""}
    seconds: dict[str, list[float]] = {name: [] for name in commands}
    for _ in range(1 + n_rounds):
        for name, command in commands.items():
            started = _time_of_children()
            subprocess.run(command, check=True, capture_output=True, env=environment)
            seconds[name].append(_time_of_children() - started)
    return {name: statistics.median(times[1:]) for name, times in seconds.items()}


def _time_of_children() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def _largest_difference(*commands: list[str]) -> float:
    """Return how far the probabilities of two commands are apart."""
    first, second = (_probabilities(command) for command in commands)
    return float(np.abs(first - second).max())


def _probabilities(command: list[str]) -> np.ndarray:
    result = subprocess.run(command, check=True, capture_output=True, text=True)
    entries: list[dict[str, Any]] = json.loads(result.stdout)
    return np.array([list(clip["probabilities"].values()) for clip in entries[0]["timeline"]])
