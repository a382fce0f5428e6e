"""A fitted model at work: one clip when warm, one song from a cold start, and what bounds it."""

import resource
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import librosa
import numpy as np
import pandas as pd
import soundfile
import torch
from sklearn.pipeline import make_pipeline

from skgenre.classifiers import CNNClassifier, SegmentVotingClassifier
from skgenre.datasets import make_genre_music
from skgenre.features import MelSpectrogram, Segmenter
from skgenre.persistence import load_model, save_model
from skgenre.songs import predict_song

GENRES = ["classical", "jazz", "metal"]
N_MELS, HOP_LENGTH, SEGMENT = 64, 1024, 3 * 22050
BY_HAND = "librosa + torch by hand"
N_RUNS = 15
N_COLD = 3


def run() -> None:
    """Print both tables."""
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as name:
        model, song = Path(name) / "model.skops", Path(name) / "song.wav"
        write_model_and_song(model, song)
        print(_time_warm(load_model(model, device="cpu"), song).to_string(index=False))
        print()
        print(_time_cold(model, song).to_string(index=False))


def write_model_and_song(model: Path, song: Path) -> None:
    """Save the network that `skgenre fit` makes, and 30 s of stereo at 44.1 kHz."""
    music = make_genre_music(12, genres=GENRES, duration=6.0, random_state=0)
    mel = MelSpectrogram(n_mels=N_MELS, hop_length=HOP_LENGTH)
    network = CNNClassifier(max_epochs=2, random_state=0, device="cpu")
    pipeline = make_pipeline(Segmenter(mel), SegmentVotingClassifier(network))
    save_model(pipeline.fit(music.data, music.target), model)
    channels = make_genre_music(2, genres=GENRES[:2], sr=44100, duration=30.0, random_state=1).data
    soundfile.write(song, channels.T, 44100)


def warm_ways(model: Any, song: Path) -> dict[str, Callable[[], np.ndarray]]:
    """Return the ways from a file to the probabilities of its genres, the one by hand first."""
    module = model[-1].estimator_.net_.module_.eval()

    def by_hand() -> np.ndarray:
        y, sr = librosa.load(song, sr=22050)
        maps = [
            librosa.power_to_db(
                librosa.feature.melspectrogram(
                    y=y[begin : begin + SEGMENT], sr=sr, n_mels=N_MELS, hop_length=HOP_LENGTH
                ),
                top_db=None,
            )
            for begin in range(0, len(y) - SEGMENT + 1, SEGMENT)
        ]
        with torch.inference_mode():
            logits = module(torch.from_numpy(np.stack(maps)))
        return torch.softmax(logits, 1).mean(0).numpy()

    return {
        BY_HAND: by_hand,
        "predict_proba": lambda: model.predict_proba([str(song)])[0],
        "predict_song": lambda: predict_song(model, song)[list(model.classes_)].to_numpy(),
    }


def _time_warm(model: Any, song: Path) -> pd.DataFrame:
    """Compare a clip's milliseconds, file to probabilities, in turns."""
    ways = warm_ways(model, song)
    results = {way: predict() for way, predict in ways.items()}
    # Of the processor too: it does not count what other programs take away.
    seconds: dict[str, list[tuple[float, float]]] = {way: [] for way in ways}
    for _ in range(N_RUNS):
        for way, predict in ways.items():
            started, thread_started = time.perf_counter(), time.thread_time()
            predict()
            thread = time.thread_time() - thread_started
            seconds[way].append((time.perf_counter() - started, thread))
    best = {way: np.min(times, axis=0) for way, times in seconds.items()}
    median = {way: np.median(times, axis=0) for way, times in seconds.items()}
    return pd.DataFrame(
        {
            "30-s WAV to probabilities": way,
            "best (ms)": round(1000 * best[way][0], 1),
            "median (ms)": round(1000 * median[way][0], 1),
            "processor, median (ms)": round(1000 * median[way][1], 1),
            "times faster": round(median[BY_HAND][1] / median[way][1], 2),
            "difference": f"{np.abs(results[way] - results[BY_HAND]).max():.0e}",
        }
        for way in ways
    )


def _time_cold(model: Path, song: Path) -> pd.DataFrame:
    """Time the command in new processes, and share its time out over packages."""
    arguments = ["skgenre", "predict", str(song), "--model", str(model), "--format", "json"]
    start = f"import sys; sys.argv = {arguments!r}; from skgenre.cli import main; main()"
    seconds = []
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    for _ in range(N_COLD):
        started = time.perf_counter()
        subprocess.run([sys.executable, "-c", start], check=True, capture_output=True)
        seconds.append(time.perf_counter() - started)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    busy = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    # What the command does, without what keeps decoders, and this profile, off standard error.
    same = (
        f"from skgenre import cli, persistence, songs; "
        f"songs.predict_song(persistence.load_model({str(model)!r}), {str(song)!r})"
    )
    profile = subprocess.run(
        [sys.executable, "-X", "importtime", "-c", same],
        check=True,
        capture_output=True,
        text=True,
    )
    packages: Counter[str] = Counter()
    for line in profile.stderr.splitlines():
        own, _, name = line.removeprefix("import time:").split("|")
        if own.strip().isdigit():
            packages[name.strip().partition(".")[0]] += int(own)
    rows = [
        ("skgenre predict song.wav, best", min(seconds)),
        ("its processor time, mean", busy / N_COLD),
    ]
    rows += [(f"import {name}", own / 1e6) for name, own in packages.most_common(8)]
    others = sum(packages.values()) - sum(own for _, own in packages.most_common(8))
    rows.append(("import of all others", others / 1e6))
    return pd.DataFrame(
        {"cold start": what, "seconds": round(duration, 2)} for what, duration in rows
    )
