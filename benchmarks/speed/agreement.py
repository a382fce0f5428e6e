"""Differences of decoding, mel, MFCC and chroma from librosa's, on real files of every format."""

from collections import defaultdict
from pathlib import Path

import librosa
import numpy as np
import pandas as pd

from skgenre.audio import load_audio
from skgenre.features import MFCC, ChromaFeatures, MelSpectrogram

FORMATS = {".flac", ".mp3", ".ogg", ".wav", ".au"}
DURATION = 30.0  # seconds of a file that are compared


def run(data: Path, n_files: int = 15) -> None:
    """Print the largest differences for each format.

    Decoding is compared first; the features of both libraries are then taken from our waveform, so
    that they differ by the features alone.
    """
    by_format: dict[str, list[Path]] = defaultdict(list)
    for path in sorted(data.rglob("*")):
        if path.suffix.lower() in FORMATS:
            by_format[path.suffix.lower()[1:]].append(path)
    rows = {}
    for name, paths in by_format.items():
        chosen = paths[:: max(1, len(paths) // n_files)][:n_files]
        differences = pd.DataFrame([_compare(path) for path in chosen])
        rows[name] = {"files": len(chosen), **differences.max()}
    print(pd.DataFrame.from_dict(rows, orient="index").to_string(float_format="{:.1e}".format))


def _compare(path: Path) -> dict[str, float]:
    y = load_audio(path, duration=DURATION)
    theirs, _ = librosa.load(path, sr=22050, duration=DURATION, res_type="soxr_hq")
    n = min(len(y), len(theirs))
    # At the cut the resampler of one of them has heard what comes next.
    n -= 2048
    mel = librosa.power_to_db(librosa.feature.melspectrogram(y=y, sr=22050), top_db=None)
    mfcc = librosa.feature.mfcc(y=y, sr=22050)
    chroma = librosa.feature.chroma_stft(y=y, sr=22050, tuning=0)
    tuned = librosa.feature.chroma_stft(y=y, sr=22050)
    return {
        "waveform": _difference(y[:n], theirs[:n]),
        "mel (dB)": _difference(MelSpectrogram().fit_transform([y])[0], mel),
        "MFCC": _difference(MFCC().fit_transform([y])[0], mfcc),
        "chroma": _difference(ChromaFeatures().fit_transform([y])[0], chroma),
        "chroma, tuned": _difference(ChromaFeatures(tuning=None).fit_transform([y])[0], tuned),
    }


def _difference(one: np.ndarray, other: np.ndarray) -> float:
    return float(np.abs(one - other).max())
