"""Features of skgenre and of the peers a user would pick, on the same clips in one run.

Every implementation has one thread (but those named "2 workers"), takes its turn in each round, and
is warmed up first, so that compilation and tables don't count. CPU time is that of the process and
its children; ratios are of medians over the rounds. Peers that are not installed are left out and
named.
"""

import ctypes
import importlib.util
import json
import os
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import joblib
import librosa
import numpy as np
import pandas as pd
import scipy.stats

from skgenre.datasets import make_genre_music
from skgenre.features import (
    MFCC,
    ChromaFeatures,
    FMAFeatures,
    GTZANFeatures,
    MelSpectrogram,
)

from .. import RESULTS
from .._origin import get_origin

SR = 22050
Implementation = Callable[[Any], Any]

ROUNDS = 7


def run(is_quick: bool = False, device: str = "cpu") -> None:
    """Print the tables and keep them in ``benchmarks/results/features.json``.

    On another device than the CPU: mel spectrograms there against those of the CPU alone.
    """
    if device != "cpu":
        print(compare_devices(device, 20 if is_quick else 200).to_string(index=False))
        return
    rounds = 3 if is_quick else ROUNDS
    clip = make_genre_music(1, genres=["rock"], duration=30.0, random_state=0).data[0]
    rows = []
    peers = mel_peers()
    print(f"left out, as not installed: {', '.join(missing_peers()) or 'none'}\n")
    for seconds in (10, 30, 300):
        y = np.resize(clip, seconds * SR)
        rows += compare(f"mel-128 in dB, {seconds} s", peers, y, rounds if seconds < 300 else 3)
    rows += compare("MFCC-20, 30 s", mfcc_peers(), clip, rounds)
    rows += compare("chroma, tuning estimated, 30 s", chroma_peers(), clip, rounds)
    rows += compare(
        "GTZAN's 57 columns, 30 s", {"skgenre": gtzan, "librosa": gtzan_by_librosa}, clip, 3
    )
    rows += compare(
        "FMA's 518 columns, 30 s", {"skgenre": fma, "librosa": fma_by_librosa}, clip, rounds
    )
    rows += compare_end_to_end(clip, rounds)
    rows += grow(clip, (10, 100) if is_quick else (10, 100, 1000))
    table = pd.DataFrame(rows)
    for case, part in table.groupby("case", sort=False):
        columns = part.drop(columns="case").dropna(axis=1, how="all")
        print(f"\n{case}\n{columns.to_string(index=False)}")
    memory = measure_memory(clip)
    print(f"\nextra peak memory, mel-128 of one 30-s clip: {memory:.1f} MB")
    RESULTS.mkdir(exist_ok=True)
    report = {
        **get_origin(device),
        "rows": rows,
        "peak_memory_mel_30_s_mb": memory,
        "cores": os.cpu_count(),
    }
    (RESULTS / "features.json").write_text(json.dumps(report, indent=1))


def compare_devices(device: str, n_clips: int, rounds: int = 3) -> pd.DataFrame:
    """Time mel spectrograms of 30-s clips on the CPU and on a device, and how far they differ."""
    clip = make_genre_music(1, genres=["rock"], duration=30.0, random_state=0).data[0]
    clips = np.tile(np.asarray(clip, dtype=np.float32), (n_clips, 1))
    rows, maps = [], {}
    for name in ("cpu", device):
        feature = MelSpectrogram(device=name, max_in_memory="8GB")
        feature.fit_transform(clips[:2])
        times = []
        for _ in range(rounds):
            start = time.perf_counter()
            maps[name] = feature.fit_transform(clips)
            times.append(time.perf_counter() - start)
        apart = float(np.abs(np.asarray(maps[name]) - np.asarray(maps["cpu"])).max())
        seconds = statistics.median(times)
        rows.append({"device": name, "clips a second": n_clips / seconds, "largest gap": apart})
    return pd.DataFrame(rows)


def compare(
    case: str, implementations: dict[str, Implementation], argument: Any, rounds: int
) -> list[dict[str, Any]]:
    """Measure implementations in turns; differences are from librosa's values."""
    results = {name: function(argument) for name, function in implementations.items()}
    cpu: dict[str, list[float]] = {name: [] for name in implementations}
    wall: dict[str, list[float]] = {name: [] for name in implementations}
    for _ in range(rounds):
        for name, function in implementations.items():
            started, started_cpu = time.perf_counter(), cpu_time()
            function(argument)
            wall[name].append(time.perf_counter() - started)
            cpu[name].append(cpu_time() - started_cpu)
    reference = results.get("librosa")
    rows = []
    for name in implementations:
        found = results[name]
        is_comparable = reference is not None and np.shape(found) == np.shape(reference)
        row = {
            "case": case,
            "implementation": name,
            "cpu_ms": round(1e3 * statistics.median(cpu[name]), 2),
            "wall_ms": round(1e3 * statistics.median(wall[name]), 2),
            "largest_difference": (
                float(np.abs(np.asarray(found) - reference).max()) if is_comparable else None
            ),
            "times_ours": round(
                statistics.median(cpu[name]) / statistics.median(cpu[next(iter(cpu))]), 2
            ),
            "times_ours_wall": round(
                statistics.median(wall[name]) / statistics.median(wall[next(iter(wall))]), 2
            ),
        }
        rows.append(row)
    return rows


def cpu_time() -> float:
    """Return the CPU seconds of this process and of its children that have ended."""
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime


def mel_peers() -> dict[str, Implementation]:
    """Return the mel spectrograms of all peers."""
    ours = MelSpectrogram()
    peers: dict[str, Implementation] = {
        "skgenre": lambda y: ours.fit_transform([y])[0],
        "librosa": lambda y: librosa.power_to_db(
            librosa.feature.melspectrogram(y=y, sr=SR), top_db=None
        ),
    }
    if is_installed("auvux"):
        import auvux.dsp

        auvux.dsp.set_num_threads(1)
        peers["auvux-dsp"] = lambda y: auvux.dsp.power_to_db(
            auvux.dsp.mel_spectrogram(y, sr=SR), top_db=None
        )
    peers["torch.stft"] = torch_mel()
    if is_installed("nnAudio"):
        peers["nnAudio"] = nnaudio_mel()
    if is_installed("essentia"):
        peers["essentia"] = essentia_mel()
    return peers


def missing_peers() -> list[str]:
    """Return the peers that are not installed."""
    return [name for name in ("auvux", "nnAudio", "essentia") if not is_installed(name)]


def is_installed(name: str) -> bool:
    """Tell whether a package is at hand."""
    return importlib.util.find_spec(name) is not None


def torch_mel() -> Implementation:
    """Return a mel spectrogram as one writes it with torch alone."""
    import torch

    torch.set_num_threads(1)
    window = torch.hann_window(2048)
    filters = torch.from_numpy(librosa.filters.mel(sr=SR, n_fft=2048))

    def mel(y: np.ndarray) -> np.ndarray:
        with torch.no_grad():
            spectrum = torch.stft(
                torch.from_numpy(y),
                2048,
                512,
                window=window,
                pad_mode="constant",
                return_complex=True,
            )
            energies = filters @ spectrum.abs() ** 2
            return (10 * torch.log10(energies.clamp(min=1e-10))).numpy()

    return mel


def nnaudio_mel() -> Implementation:
    """Return nnAudio's mel spectrogram."""
    import torch
    from nnAudio.features import MelSpectrogram as NNAudioMel

    layer = NNAudioMel(
        sr=SR, n_fft=2048, hop_length=512, n_mels=128, pad_mode="constant", verbose=False
    )

    def mel(y: np.ndarray) -> np.ndarray:
        with torch.no_grad():
            energies = layer(torch.from_numpy(y)[None])[0]
            return (10 * torch.log10(energies.clamp(min=1e-10))).numpy()

    return mel


def essentia_mel() -> Implementation:
    """Return essentia's, with its own filters."""
    import essentia
    import essentia.standard as es

    essentia.log.infoActive = False
    window = es.Windowing(type="hann", size=2048, normalized=False)
    spectrum = es.PowerSpectrum(size=2048)
    bands = es.MelBands(
        inputSize=1025, numberBands=128, sampleRate=SR, highFrequencyBound=SR / 2, type="power"
    )

    def mel(y: np.ndarray) -> np.ndarray:
        frames = es.FrameGenerator(y, frameSize=2048, hopSize=512, startFromZero=False)
        energies = np.array([bands(spectrum(window(frame))) for frame in frames])
        return 10 * np.log10(np.maximum(energies, 1e-10)).T

    return mel


def mfcc_peers() -> dict[str, Implementation]:
    """Return the MFCCs of all peers."""
    ours = MFCC()
    peers: dict[str, Implementation] = {
        "skgenre": lambda y: ours.fit_transform([y])[0],
        "librosa": lambda y: librosa.feature.mfcc(y=y, sr=SR),
    }
    if is_installed("auvux"):
        import auvux.dsp

        peers["auvux-dsp"] = lambda y: auvux.dsp.mfcc(y, sr=SR)
    return peers


def chroma_peers() -> dict[str, Implementation]:
    """Return the chroma of all peers."""
    ours = ChromaFeatures(tuning=None)
    return {
        "skgenre": lambda y: ours.fit_transform([y])[0],
        "librosa": lambda y: librosa.feature.chroma_stft(y=y, sr=SR),
    }


def gtzan(y: np.ndarray) -> np.ndarray:
    """Make the 57 columns, with today's librosa's padding."""
    return GTZANFeatures(pad_mode="constant").fit_transform([y])[0]


def gtzan_by_librosa(y: np.ndarray) -> np.ndarray:
    """Make the 57 columns by one librosa call a feature, as notebooks do."""
    harmonic, percussive = librosa.effects.hpss(y)
    series = [
        librosa.feature.chroma_stft(y=y, sr=SR),
        librosa.feature.rms(y=y),
        librosa.feature.spectral_centroid(y=y, sr=SR),
        librosa.feature.spectral_bandwidth(y=y, sr=SR),
        librosa.feature.spectral_rolloff(y=y, sr=SR),
        librosa.feature.zero_crossing_rate(y),
        harmonic,
        percussive,
    ]
    tempo, _ = librosa.beat.beat_track(y=y, sr=SR)
    mfcc = librosa.feature.mfcc(y=y, sr=SR)
    columns = [f(values) for values in series for f in (np.mean, np.var)]
    columns.append(np.atleast_1d(tempo)[0])
    return np.array(columns + [f(row) for row in mfcc for f in (np.mean, np.var)])


def fma(y: np.ndarray) -> np.ndarray:
    """Make the 518 columns."""
    return FMAFeatures().fit_transform([y])[0]


def fma_by_librosa(y: np.ndarray) -> np.ndarray:
    """Make the 518 columns in FMA's own sequence: one constant-Q, one short-time transform."""
    cqt = np.abs(librosa.cqt(y, sr=SR, hop_length=512, bins_per_octave=12, n_bins=84, tuning=None))
    S = np.abs(librosa.stft(y, n_fft=2048, hop_length=512))
    cens = librosa.feature.chroma_cens(C=cqt, n_octaves=7, bins_per_octave=12)
    mel = librosa.feature.melspectrogram(sr=SR, S=S**2)
    rows = [
        cens,
        librosa.feature.chroma_cqt(C=cqt, n_octaves=7, bins_per_octave=12),
        librosa.feature.chroma_stft(S=S**2),
        librosa.feature.mfcc(S=librosa.power_to_db(mel), n_mfcc=20),
        librosa.feature.rms(S=S),
        librosa.feature.spectral_bandwidth(S=S),
        librosa.feature.spectral_centroid(S=S),
        librosa.feature.spectral_contrast(S=S, n_bands=6),
        librosa.feature.spectral_rolloff(S=S),
        librosa.feature.tonnetz(chroma=cens),
        librosa.feature.zero_crossing_rate(y, frame_length=2048, hop_length=512),
    ]
    columns = []
    for values in rows:
        columns += [scipy.stats.kurtosis(values, axis=1), values.max(1), values.mean(1)]
        columns += [np.median(values, axis=1), values.min(1)]
        columns += [scipy.stats.skew(values, axis=1), values.std(1)]
    return np.concatenate(columns)


def load_and_mfcc(path: str) -> np.ndarray:
    """Go from file to MFCC with librosa."""
    y, _ = librosa.load(path, sr=SR)
    return librosa.feature.mfcc(y=y, sr=SR)


def compare_end_to_end(clip: np.ndarray, rounds: int) -> list[dict[str, Any]]:
    """Decode stereo MP3 files of 44.1 kHz and compute MFCC, alone and with two workers."""
    import soundfile
    import soxr

    loud = soxr.resample(clip, SR, 44100)
    stereo = np.stack([loud, np.roll(loud, 50)], axis=1) * 0.8
    with tempfile.TemporaryDirectory() as folder:
        paths = [str(Path(folder) / f"{n}.mp3") for n in range(8)]
        for path in paths:
            soundfile.write(path, stereo, 44100)
        ours, two = MFCC(duration=29.9), MFCC(duration=29.9, n_jobs=2)
        workers = joblib.Parallel(2)
        alone = {
            "skgenre": lambda files: ours.fit_transform(files),
            "librosa": lambda files: [load_and_mfcc(path) for path in files],
        }
        together = {
            "skgenre, 2 workers": lambda files: two.fit_transform(files),
            "librosa + joblib, 2 workers": lambda files: workers(
                joblib.delayed(load_and_mfcc)(path) for path in files
            ),
        }
        return [
            *compare("8 MP3 files of 30 s -> MFCC-20", alone, paths, rounds),
            *compare("8 MP3 files of 30 s -> MFCC-20, 2 workers", together, paths, rounds),
        ]


def grow(clip: np.ndarray, counts: tuple[int, ...]) -> list[dict[str, Any]]:
    """Mel of more and more clips of 10 s."""
    ours, two = MelSpectrogram(max_in_memory="8GB"), MelSpectrogram(max_in_memory="8GB", n_jobs=2)
    workers = joblib.Parallel(2)
    rows = []
    for count in counts:
        clips = np.resize(clip, (count, 10 * SR))
        implementations: dict[str, Implementation] = {
            "skgenre": ours.fit_transform,
            "skgenre, 2 workers": two.fit_transform,
            "librosa": lambda X: [mel_by_librosa(y) for y in X],
            "librosa + joblib, 2 workers": lambda X: workers(
                joblib.delayed(mel_by_librosa)(y) for y in X
            ),
        }
        rows += compare(f"mel-128 in dB of {count} clips of 10 s", implementations, clips, 3)
    return rows


def mel_by_librosa(y: np.ndarray) -> np.ndarray:
    """Make a mel spectrogram in dB with librosa."""
    return librosa.power_to_db(librosa.feature.melspectrogram(y=y, sr=SR), top_db=None)


def measure_memory(y: np.ndarray) -> float:
    """Return how far the process grows while it computes a mel spectrogram, in MB (Linux)."""
    if not sys.platform.startswith("linux"):
        return float("nan")
    ours = MelSpectrogram()
    ours.fit_transform([y])
    ctypes.CDLL("libc.so.6").malloc_trim(0)
    Path("/proc/self/clear_refs").write_text("5")  # the peak counts from here
    before = resident("VmRSS")
    ours.fit_transform([y])
    return (resident("VmHWM") - before) / 1e3


def resident(field: str) -> float:
    """Return a figure of this process's memory in kB."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return float(next(line for line in lines if line.startswith(field)).split()[1])
