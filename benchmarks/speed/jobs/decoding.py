"""MP3 files to MFCC, and the decoders that could be used."""

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import librosa
import numpy as np
import soundfile

from skgenre.audio import load_audio
from skgenre.datasets import make_genre_music
from skgenre.features import MFCC

from .._row import Row
from ..features import ROUNDS, SR, Implementation, compare, is_installed, load_and_mfcc

N_FILES = 8
FLOOR, AIM = 2.3, 3.0

# Measured before files were decoded, downmixed and resampled block by block.
BEFORE = 1.79


def measure(is_quick: bool) -> list[Row]:
    """Measure stereo files of 30 s at 44.1 kHz, one thread."""
    rounds = 2 if is_quick else ROUNDS
    with tempfile.TemporaryDirectory() as folder:
        files = _write_files(Path(folder), 2 if is_quick else N_FILES)
        mfcc = MFCC()
        features: dict[str, Implementation] = {
            "ours": mfcc.fit_transform,
            "librosa": lambda paths: [load_and_mfcc(path) for path in paths],
        }
        waveforms: dict[str, Implementation] = {
            "ours": lambda paths: [load_audio(path, sr=SR) for path in paths],
            "librosa": lambda paths: [librosa.load(path, sr=SR)[0] for path in paths],
        }
        return [
            _compare("MP3 to MFCC, one thread", features, files, rounds, FLOOR, AIM, BEFORE),
            _compare("MP3 to mono at 22,050 Hz, one thread", waveforms, files, rounds),
            *_compare_decoders(files, rounds),
        ]


def _write_files(folder: Path, n_files: int) -> list[str]:
    music = make_genre_music(n_files + 1, sr=44100, duration=30.0, random_state=0).data
    paths = [str(folder / f"{number}.mp3") for number in range(n_files)]
    for path, left, right in zip(paths, music, music[1:], strict=False):
        # Different channels that share most of their content, as those of a mix.
        channels = np.stack([0.8 * left + 0.2 * right, 0.8 * left - 0.2 * right], axis=1)
        soundfile.write(path, channels, 44100)
    return paths


def _compare(
    job: str,
    implementations: dict[str, Implementation],
    files: Sequence[str],
    rounds: int,
    floor: float | None = None,
    aim: float | None = None,
    before: float | None = None,
) -> Row:
    """Compare the second implementation with the first, per file."""
    ours, peer = compare(job, implementations, files, rounds)
    return Row(
        job=job,
        measure=f"{peer['implementation']} / {ours['implementation']}",
        ratio=peer["cpu_ms"] / ours["cpu_ms"],
        floor=floor,
        aim=aim,
        ours=ours["cpu_ms"] / len(files),
        peer=peer["cpu_ms"] / len(files),
        unit="CPU ms a clip",
        before=before,
        difference=ours["largest_difference"],
    )


def _compare_decoders(files: Sequence[str], rounds: int) -> list[Row]:
    """Compare libsndfile with other decoders, where they are installed."""
    peers: dict[str, Any] = {}
    if is_installed("miniaudio"):
        peers["miniaudio"] = _decode_by_miniaudio
    if is_installed("av"):
        peers["FFmpeg"] = _decode_by_ffmpeg
    rows = []
    for name, decode in peers.items():
        implementations: dict[str, Implementation] = {
            "soundfile": lambda paths: [_decode_by_soundfile(path) for path in paths],
            name: lambda paths, decode=decode: [decode(path) for path in paths],
        }
        row = _compare("MP3 to samples, one thread", implementations, files, rounds)
        rows.append(row)
    return rows


def _decode_by_soundfile(path: str) -> np.ndarray:
    return soundfile.read(path, dtype="float32", always_2d=True)[0]


def _decode_by_miniaudio(path: str) -> np.ndarray:
    import miniaudio

    decoded = miniaudio.mp3_read_file_f32(path)
    return np.frombuffer(decoded.samples, np.float32).reshape(-1, decoded.nchannels)


def _decode_by_ffmpeg(path: str) -> np.ndarray:
    import av

    with av.open(path) as container:
        stream = container.streams.audio[0]
        stream.codec_context.thread_count = 1
        frames = [frame.to_ndarray() for frame in container.decode(stream)]
    return np.concatenate(frames, axis=1).T
