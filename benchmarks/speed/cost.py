"""Cost of each feature of a 30-s clip, beside librosa's. The guide has it as tables."""

import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import librosa
import numpy as np
import scipy.stats
import soundfile
from sklearn.base import BaseEstimator
from threadpoolctl import threadpool_limits

from skgenre.audio import load_audio
from skgenre.datasets import make_genre_music
from skgenre.features import (
    HPSS,
    MFCC,
    BahuleyanFeatures,
    BandCovariance,
    ChromaCENS,
    ChromaCQT,
    ChromaFeatures,
    Delta,
    FeatureStack,
    FMAFeatures,
    FramePooling,
    FrameSegmenter,
    GTZANFeatures,
    MelSpectrogram,
    MFCCSegmenter,
    MFCCStatistics,
    ModulationSpectrum,
    Segmenter,
    SpectralDescriptors,
    Tempo,
    Tempogram,
    Tonnetz,
)

from .. import RESULTS
from .._origin import get_origin

SR, DURATION = 22050, 30.0
SECONDS, FEWEST, MOST = 3.0, 3, 15  # of repeats of one row


def run() -> None:
    """Print what features of clips and of maps, decoding and the first call take, and keep it.

    The guide reads ``benchmarks/results/cost.json`` when it is built.
    """
    music = make_genre_music(4, genres=["rock", "jazz"], duration=DURATION, random_state=0)
    clips = music.data[:1]
    maps = MelSpectrogram().fit_transform(music.data)
    report: dict[str, Any] = {
        **get_origin(),
        "librosa": librosa.__version__,
    }
    with threadpool_limits(1):
        report["clips"] = [_measure_clip(*pair, clips) for pair in _features_of_clips()]
        report["maps"] = [_measure_map(transformer, maps) for transformer in _features_of_maps()]
        report["decoding"] = _measure_decoding(clips[0])
    report["first_call"] = _measure_first_calls()
    path = RESULTS / "cost.json"
    path.write_text(json.dumps(report, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def _features_of_clips() -> list[tuple[BaseEstimator, Callable | None]]:
    """Return the transformers, each with what a careful user of librosa writes for it."""
    cepstra_and_pitches = FeatureStack([MFCC(), ChromaFeatures()])
    return [
        (MelSpectrogram(), lambda y: librosa.power_to_db(librosa.feature.melspectrogram(y=y))),
        (MFCC(), lambda y: librosa.feature.mfcc(y=y)),
        (ChromaFeatures(), lambda y: librosa.feature.chroma_stft(y=y, tuning=0)),
        (ChromaFeatures(tuning=None), lambda y: librosa.feature.chroma_stft(y=y)),
        (ChromaCQT(), lambda y: librosa.feature.chroma_cqt(y=y, tuning=0)),
        (ChromaCENS(), lambda y: librosa.feature.chroma_cens(y=y, tuning=0)),
        (Tonnetz(ChromaCQT()), lambda y: librosa.feature.tonnetz(y=y, tuning=0)),
        (SpectralDescriptors(), _descriptors),
        (Delta(MFCC()), lambda y: librosa.feature.delta(librosa.feature.mfcc(y=y))),
        (HPSS(MelSpectrogram()), _harmonic_mel),
        (Tempogram(), lambda y: librosa.feature.tempogram(y=y)),
        (Tempo(), lambda y: librosa.feature.tempo(y=y)),
        (cepstra_and_pitches, _cepstra_and_pitches),
        (GTZANFeatures(), _gtzan),
        (FMAFeatures(), _fma),
        (BahuleyanFeatures(), _bahuleyan),
        (Segmenter(MelSpectrogram()), None),
        (Segmenter(GTZANFeatures()), None),
        (MFCCSegmenter(), None),
    ]


def _features_of_maps() -> list[Any]:
    return [
        FramePooling(),
        FrameSegmenter(129),
        BandCovariance(),
        MFCCStatistics(),
        ModulationSpectrum(),
    ]


def _descriptors(y: np.ndarray) -> np.ndarray:
    S = np.abs(librosa.stft(y))
    decibels = librosa.power_to_db(librosa.feature.melspectrogram(S=S**2))
    return np.vstack(
        [
            librosa.feature.spectral_centroid(S=S),
            librosa.feature.spectral_bandwidth(S=S),
            librosa.feature.spectral_rolloff(S=S),
            librosa.feature.spectral_contrast(S=S),
            librosa.feature.spectral_flatness(S=S),
            librosa.onset.onset_strength(S=decibels),
            librosa.feature.rms(y=y),
            librosa.feature.zero_crossing_rate(y),
        ]
    )


def _harmonic_mel(y: np.ndarray) -> np.ndarray:
    return librosa.power_to_db(librosa.feature.melspectrogram(y=librosa.effects.harmonic(y)))


def _cepstra_and_pitches(y: np.ndarray) -> np.ndarray:
    power = np.abs(librosa.stft(y)) ** 2
    decibels = librosa.power_to_db(librosa.feature.melspectrogram(S=power))
    return np.vstack(
        [librosa.feature.mfcc(S=decibels), librosa.feature.chroma_stft(S=power, tuning=0)]
    )


def _gtzan(y: np.ndarray) -> np.ndarray:
    S = np.abs(librosa.stft(y, pad_mode="reflect"))
    decibels = librosa.power_to_db(librosa.feature.melspectrogram(S=S**2))
    onsets = librosa.onset.onset_strength(S=decibels, aggregate=np.median)
    series = [
        librosa.feature.chroma_stft(S=S**2),
        librosa.feature.rms(y=y, pad_mode="reflect"),
        librosa.feature.spectral_centroid(S=S),
        librosa.feature.spectral_bandwidth(S=S),
        librosa.feature.spectral_rolloff(S=S),
        librosa.feature.zero_crossing_rate(y),
        *librosa.effects.hpss(y),
    ]
    tempo = librosa.feature.tempo(onset_envelope=onsets)[0]
    cepstra = librosa.feature.mfcc(S=decibels)
    pairs = [[f(rows) for rows in part for f in (np.mean, np.var)] for part in (series, cepstra)]
    return np.array([*pairs[0], tempo, *pairs[1]])


def _fma(y: np.ndarray) -> np.ndarray:
    classes: Any = {"bins_per_octave": 12, "n_octaves": 7}
    C = np.abs(librosa.cqt(y, bins_per_octave=12, n_bins=84, tuning=None))
    cens = librosa.feature.chroma_cens(C=C, **classes)
    S = np.abs(librosa.stft(y))
    mel = librosa.feature.melspectrogram(S=S**2)
    features = [
        cens,
        librosa.feature.chroma_cqt(C=C, **classes),
        librosa.feature.chroma_stft(S=S**2),
        librosa.feature.mfcc(S=librosa.power_to_db(mel)),
        librosa.feature.rms(S=S),
        librosa.feature.spectral_bandwidth(S=S),
        librosa.feature.spectral_centroid(S=S),
        librosa.feature.spectral_contrast(S=S),
        librosa.feature.spectral_rolloff(S=S),
        librosa.feature.tonnetz(chroma=cens),
        librosa.feature.zero_crossing_rate(y),
    ]
    statistics = [
        *(scipy.stats.kurtosis, np.max, np.mean, np.median, np.min, scipy.stats.skew, np.std)
    ]
    return np.concatenate([f(rows, axis=1) for rows in features for f in statistics])


def _bahuleyan(y: np.ndarray) -> np.ndarray:
    S = np.abs(librosa.stft(y))
    decibels = librosa.power_to_db(librosa.feature.melspectrogram(S=S**2))
    onsets = librosa.onset.onset_strength(S=decibels)
    series = np.vstack(
        [
            librosa.feature.zero_crossing_rate(y),
            librosa.feature.rms(y=y),
            librosa.feature.spectral_centroid(S=S),
            *(librosa.feature.spectral_bandwidth(S=S, p=p) for p in (2, 3, 4)),
            librosa.feature.spectral_rolloff(S=S),
            librosa.feature.spectral_contrast(S=S),
            librosa.feature.mfcc(S=decibels),
            librosa.feature.chroma_stft(S=S**2),
        ]
    )
    signal = [y.mean(), y.std(), scipy.stats.skew(y), scipy.stats.kurtosis(y)]
    pairs = np.stack([series.mean(axis=1), series.std(axis=1)], axis=1).reshape(-1)
    tempo = librosa.feature.tempo(onset_envelope=onsets)
    return np.concatenate([signal, pairs[:4], tempo, pairs[4:]])


def _measure_clip(transformer: Any, theirs: Callable | None, clips: np.ndarray) -> dict[str, Any]:
    transformer.fit(clips)
    functions: list[Callable] = [lambda: transformer.transform(clips)]
    if theirs is not None:
        functions.append(lambda: theirs(clips[0]))
    row = _describe(transformer, transformer.transform(clips).shape)
    return _print({**row, **_to_row(_measure(*functions))})


def _measure_map(transformer: Any, maps: np.ndarray) -> dict[str, Any]:
    transformer.fit(maps)
    row = _describe(transformer, transformer.transform(maps[:1]).shape)
    return _print({**row, **_to_row(_measure(lambda: transformer.transform(maps[:1])))})


def _measure_decoding(y: np.ndarray) -> list[dict[str, Any]]:
    """Measure decoding of files of the clip, at 44.1 kHz in stereo and as it is."""
    doubled = librosa.resample(y, orig_sr=SR, target_sr=2 * SR)
    stereo = np.stack([doubled, 0.9 * doubled], axis=1)
    rows = []
    for name, form, samples, sr in (
        ("WAV, 22,050 Hz, mono", "wav", y, SR),
        ("FLAC, 44,100 Hz, stereo", "flac", stereo, 2 * SR),
        ("MP3, 44,100 Hz, stereo", "mp3", stereo, 2 * SR),
    ):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, f"clip.{form}")
            soundfile.write(path, samples, sr)
            times = _measure(lambda p=path: load_audio(p), lambda p=path: librosa.load(p))
        rows.append(_print({"file": name, **_to_row(times)}))
    return rows


def _measure(*functions: Callable) -> list[float]:
    """Return the least CPU time of each, in seconds, from calls that take turns."""
    times: list[list[float]] = [[] for _ in functions]
    for function in functions:
        function()  # compiles, and fills the caches of filters
    spent = 0.0
    while len(times[0]) < FEWEST or (spent < SECONDS and len(times[0]) < MOST):
        for function, found in zip(functions, times, strict=True):
            start = time.thread_time()
            function()
            found.append(time.thread_time() - start)
            spent += found[-1]
    return [min(found) for found in times]


def _describe(transformer: Any, shape: tuple[int, ...]) -> dict[str, Any]:
    code = re.sub(r"\b(feature|transformers)=", "", " ".join(repr(transformer).split()))
    return {"transformer": code, "clip": list(shape[1:])}


def _to_row(times: list[float]) -> dict[str, float]:
    ours, *theirs = (1000 * seconds for seconds in times)
    row = {"ms": round(ours, 3)}
    if theirs:
        row |= {"librosa_ms": round(theirs[0], 3), "ratio": round(theirs[0] / ours, 2)}
    return row


def _print(row: dict[str, Any]) -> dict[str, Any]:
    print(row, flush=True)
    return row


def _measure_first_calls() -> list[dict[str, Any]]:
    """Measure the first features of a process, without compiled kernels and with."""
    rows = []
    for transformer in (MelSpectrogram(), GTZANFeatures(), FMAFeatures()):
        name = type(transformer).__name__
        code = (
            "import time, numpy as np\n"
            f"from skgenre.features import {name}\n"
            "clips = np.random.default_rng(0).uniform(-0.5, 0.5, (1, 66150))\n"
            "start = time.perf_counter()\n"
            f"{name}().fit_transform(clips)\n"
            "print(time.perf_counter() - start)\n"
        )
        with tempfile.TemporaryDirectory() as folder:
            environment = {**os.environ, "NUMBA_CACHE_DIR": folder}
            times = [
                subprocess.run(
                    [sys.executable, "-c", code],
                    check=True,
                    capture_output=True,
                    text=True,
                    env=environment,
                ).stdout
                for _ in range(2)
            ]
        new, later = (round(float(seconds), 2) for seconds in times)
        rows.append(_print({"transformer": f"{name}()", "new_s": new, "later_s": later}))
    return rows
