"""MP3 files of synthetic music, made once and kept for later measurements."""

import os
import tempfile
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import numpy as np
import soundfile
from joblib import Parallel, delayed

from skgenre.datasets import make_genre_music

# Two clips of each genre by one artist.
_PER_PART = 20
_SR = 44_100
_SECONDS = 30.0
# Samples by which the right channel is later: a stereo file whose channels differ.
_DELAY = 20


@dataclass(frozen=True)
class Music:
    """Sound files with their genres and artists.

    Parameters
    ----------
    paths, genres, artists : list of str
        An entry for each file.
    """

    paths: list[str]
    genres: list[str]
    artists: list[str]


def make_mp3s(n_clips: int) -> Music:
    """Return stereo MP3 files of 30 s at 44.1 kHz, which take a second each to make.

    They are kept in ``$SKGENRE_DATA_HOME/benchmark-mp3s``, else in a folder of the system's
    temporary files.

    Parameters
    ----------
    n_clips : int
        Number of files, a multiple of 20.
    """
    home = Path(os.environ.get("SKGENRE_DATA_HOME") or tempfile.gettempdir(), "benchmark-mp3s")
    parts = Parallel(n_jobs=2)(
        delayed(_make_part)(home, number) for number in range(n_clips // _PER_PART)
    )
    paths, genres, artists = (
        list(chain.from_iterable(column)) for column in zip(*parts, strict=True)
    )
    return Music(paths, genres, artists)


def _make_part(home: Path, number: int) -> tuple[list[str], list[str], list[str]]:
    names = make_genre_music(_PER_PART, duration=1 / _SR, sr=_SR, random_state=number)
    paths = [
        home / genre / f"{genre}.{number:03d}-{clip:02d}.mp3"
        for clip, genre in enumerate(names.target)
    ]
    if not all(path.exists() for path in paths):
        music = make_genre_music(_PER_PART, duration=_SECONDS, sr=_SR, random_state=number)
        for path, clip in zip(paths, music.data, strict=True):
            _write(path, clip)
    artists = [f"{artist}-{number}" for artist in names.groups]
    return [str(path) for path in paths], names.target.tolist(), artists


def _write(path: Path, clip: np.ndarray) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    stereo = np.stack([clip, np.roll(clip, _DELAY)], axis=1)
    unfinished = path.with_suffix(f".{os.getpid()}")
    soundfile.write(unfinished, stereo, _SR, format="MP3")
    unfinished.replace(path)
