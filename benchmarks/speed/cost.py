"""Cost of each feature of a 30-s clip, beside librosa's, as a table in Markdown."""

import inspect
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

SR, DURATION = 22050, 30.0
SECONDS, FEWEST, MOST = 3.0, 3, 15  # of repeats of one row


def run() -> None:
    """Print the tables: features of clips and of feature maps, decoding, and the first call."""
    music = make_genre_music(4, genres=["rock", "jazz"], duration=DURATION, random_state=0)
    clips = music.data[:1]
    maps = MelSpectrogram().fit_transform(music.data)
    with threadpool_limits(1):
        _print_header("transformer", "a clip becomes", "ms", "librosa, ms", "ratio", "what it is")
        for transformer, theirs in _features_of_clips():
            _print_clip_row(transformer, theirs, clips)
        print()
        _print_header("transformer", "a clip becomes", "ms", "what it is")
        for transformer in _features_of_maps():
            transformer.fit(maps)
            ours = _measure(lambda t=transformer: t.transform(maps[:1]))[0]
            _print_row(transformer, ours, transformer.transform(maps[:1]).shape)
        print()
        _print_decoding(clips[0])
    print()
    _print_first_call()


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


def _print_clip_row(transformer: Any, theirs: Callable | None, clips: np.ndarray) -> None:
    transformer.fit(clips)
    functions: list[Callable] = [lambda: transformer.transform(clips)]
    if theirs is not None:
        functions.append(lambda: theirs(clips[0]))
    times = _measure(*functions)
    comparison = ["", ""] if theirs is None else _compare(*times)
    _print_row(transformer, times[0], transformer.transform(clips).shape, *comparison)


def _print_decoding(y: np.ndarray) -> None:
    """Print how long files of the clip take to decode, at 44.1 kHz in stereo and as it is."""
    _print_header("file", "ms", "librosa, ms", "ratio")
    doubled = librosa.resample(y, orig_sr=SR, target_sr=2 * SR)
    stereo = np.stack([doubled, 0.9 * doubled], axis=1)
    for name, form, samples, sr in (
        ("WAV, 22,050 Hz, mono", "wav", y, SR),
        ("FLAC, 44,100 Hz, stereo", "flac", stereo, 2 * SR),
        ("MP3, 44,100 Hz, stereo", "mp3", stereo, 2 * SR),
    ):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, f"clip.{form}")
            soundfile.write(path, samples, sr)
            times = _measure(lambda p=path: load_audio(p), lambda p=path: librosa.load(p))
        print("|", " | ".join([name, _milliseconds(times[0]), *_compare(*times)]), "|", flush=True)


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


def _print_header(*columns: str) -> None:
    are_numbers = [column.endswith(("ms", "ratio")) for column in columns]
    print("|", " | ".join(columns), "|")
    print("|", " | ".join("---:" if number else "---" for number in are_numbers), "|")


def _print_row(transformer: Any, seconds: float, shape: tuple[int, ...], *rest: str) -> None:
    code = re.sub(r"\b(feature|transformers)=", "", " ".join(repr(transformer).split()))
    summary = (inspect.getdoc(type(transformer)) or "").partition("\n")[0].rstrip(".")
    of_a_clip = "\u00a0\u00d7\u00a0".join(map(str, shape[1:]))
    cells = [f"`{code}`", of_a_clip, _milliseconds(seconds), *rest, summary]
    print("|", " | ".join(cells), "|", flush=True)


def _compare(ours: float, theirs: float) -> list[str]:
    return [_milliseconds(theirs), f"{theirs / ours:.1f}"]


def _milliseconds(seconds: float) -> str:
    value = 1000 * seconds
    return f"{value:.2f}" if value < 1 else f"{value:.1f}" if value < 10 else f"{value:.0f}"


def _print_first_call() -> None:
    """Print how long the first features of a process take, without compiled kernels and with."""
    print("| first call, seconds | nothing compiled yet | a later process |")
    print("|---|---:|---:|")
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
        print("|", " | ".join([f"`{name}()`", *(f"{float(t):.1f}" for t in times)]), "|")
