"""Differences from librosa in double and single precision, on composed music as MP3 files.

The music is decoded once, so that the features of both libraries come from the same samples. MP3 is
the format with the quietest bands: the encoder removes what lies above its cut-off.
"""

import json
import tempfile
from collections.abc import Callable
from pathlib import Path

import librosa
import numpy as np
import pandas as pd
import soundfile
import soxr

from skgenre.audio import load_audio
from skgenre.datasets import make_genre_music
from skgenre.features import MFCC, ChromaFeatures, MelSpectrogram

from .. import RESULTS
from .._origin import get_origin

SR = 22050
CLIPS_PER_GENRE = 2
DURATION = 30.0
TABLE = RESULTS / "precision.json"
PRECISIONS = ("double", "single")

FEATURES: dict[str, tuple[str, type, dict, Callable[[np.ndarray], np.ndarray]]] = {
    "mel spectrogram": (
        "dB",
        MelSpectrogram,
        {},
        lambda y: librosa.power_to_db(librosa.feature.melspectrogram(y=y, sr=SR), top_db=None),
    ),
    "MFCC": ("", MFCC, {}, lambda y: librosa.feature.mfcc(y=y, sr=SR)),
    "chroma": ("", ChromaFeatures, {}, lambda y: librosa.feature.chroma_stft(y=y, sr=SR, tuning=0)),
    "chroma, tuning estimated": (
        "",
        ChromaFeatures,
        {"tuning": None},
        lambda y: librosa.feature.chroma_stft(y=y, sr=SR),
    ),
}


def run() -> None:
    """Print the differences and keep them in ``benchmarks/results/precision.json``."""
    clips = make_clips()
    rows = [
        {"feature": feature, "unit": FEATURES[feature][0], **differences_of(feature, clips)}
        for feature in FEATURES
    ]
    print(pd.DataFrame(rows).to_string(index=False, float_format="{:.1e}".format))
    report = {**get_origin(), "clips": len(clips), "duration": DURATION, "rows": rows}
    TABLE.write_text(json.dumps(report, indent=1) + "\n")


def make_clips() -> list[np.ndarray]:
    """Compose music, encode it as MP3, and decode it."""
    music = make_genre_music(CLIPS_PER_GENRE, duration=DURATION, random_state=0)
    clips = []
    with tempfile.TemporaryDirectory() as folder:
        for number, waveform in enumerate(music.data):
            path = Path(folder) / f"{number}.mp3"
            loud = soxr.resample(waveform, SR, 2 * SR)
            soundfile.write(path, np.stack([loud, np.roll(loud, 50)], axis=1) * 0.8, 2 * SR)
            clips.append(load_audio(path, sr=SR))
    return clips


def differences_of(feature: str, clips: list[np.ndarray]) -> dict[str, float]:
    """Return the largest differences, and those that 99.9 % of the values stay below."""
    _, kind, parameters, reference = FEATURES[feature]
    expected = [reference(y) for y in clips]
    found = {}
    for precision in PRECISIONS:
        transformer = kind(precision=precision, **parameters)
        gaps = [
            np.abs(transformer.fit_transform([y])[0] - values).ravel()
            for y, values in zip(clips, expected, strict=True)
        ]
        found[f"{precision}_largest"] = float(f"{max(gap.max() for gap in gaps):.2g}")
        found[f"{precision}_p99.9"] = float(f"{np.quantile(np.concatenate(gaps), 0.999):.2g}")
    return found
