"""Synthetic music, composed and played by skgenre."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import sklearn.utils
import soundfile

from ..._public import public
from ..._seeds import draw_seed
from ..._threads import run_in_threads
from .._bunch import Bunch
from .composer import compose, make_artist
from .styles import STYLES
from .synthesis import synthesize

_CLIPS_PER_ARTIST = 2
_DESCR = """\
Music composed and synthesised by skgenre
-----------------------------------------

{n_clips} clips of {duration:g} s, mono, at {sr} Hz, in the styles {genres}.

Each style has ranges of tempo and swing, drum patterns, bass lines, chord progressions, scales,
instruments and mixes; each clip draws its key, tempo, patterns and melody. Two clips each are by
one artist, who keeps the instruments and the mix: `groups` has the artists. The styles overlap, and
level, spectral tilt, bandwidth and noise vary more within a style than between them, so no single
statistic tells them apart.

It is made for demonstrations and tests. How well a model does on it says nothing about music by
people.
"""


@public
def make_genre_music(
    n_clips: int = 100,
    *,
    genres: Sequence[str] | None = None,
    duration: float = 10.0,
    sr: int = 22050,
    random_state: Any = None,
    to: str | os.PathLike | None = None,
    n_jobs: int | None = None,
) -> sklearn.utils.Bunch:
    """Compose and play clips of music in ten styles named as in GTZAN.

    The same `random_state` gives the same clips: byte for byte on one machine, and up to rounding
    on another processor or with other versions of NumPy and SciPy. A clip depends only on the seed,
    its genre and its number, so more clips can be made later without changing the earlier ones.

    Parameters
    ----------
    n_clips : int, default=100
        Total number of clips, spread evenly over the genres.
    genres : sequence of str, default=None
        Some of "blues", "classical", "country", "disco", "hiphop", "jazz", "metal", "pop",
        "reggae" and "rock". None means all ten.
    duration : float, default=10.0
        Clip length in seconds.
    sr : int, default=22050
        Sampling rate in Hz, at least 4000.
    random_state : int, RandomState instance or None, default=None
        Seed of all random choices.
    to : str or PathLike, default=None
        Folder to write 16-bit FLAC files to, with one subfolder per genre, such as
        ``to/blues/blues.00000.flac``. None keeps the clips in memory.
    n_jobs : int, default=None
        Number of threads, as in joblib. The clips do not depend on it.

    Returns
    -------
    Bunch
        With the attributes

        data : ndarray of shape (n_clips, n_samples)
            The clips as float32 in [-1, 1], if `to` is None.
        paths : list of str
            The files, if `to` is a folder.
        target : ndarray of shape (n_clips,)
            Names of the genres.
        target_names : ndarray of shape (n_genres,)
            The genres, sorted.
        groups : ndarray of shape (n_clips,)
            Names of the artists, two clips each.
        sr : int
            The sampling rate.
        DESCR : str
            Description of the data.

    Raises
    ------
    ValueError
        When a genre is unknown, or there are no clips, a rate below 4000 Hz, or no duration.

    See Also
    --------
    load_genre_folder : Reads the folder `to`.

    Examples
    --------
    >>> from skgenre.datasets import make_genre_music
    >>> music = make_genre_music(4, genres=["jazz", "metal"], duration=1.0, random_state=0)
    >>> music.data.shape, music.target.tolist()
    ((4, 22050), ['jazz', 'metal', 'jazz', 'metal'])
    """
    names = _check_genres(genres)
    if n_clips < 1:
        raise ValueError(f"make_genre_music needs n_clips to be at least 1, got {n_clips}.")
    if sr < 4000:
        raise ValueError(f"make_genre_music needs sr to be at least 4000 Hz, got {sr}.")
    n_samples = round(duration * sr)
    if n_samples < 1:
        raise ValueError(f"make_genre_music needs a positive duration, got {duration} s.")
    seed = draw_seed(random_state)
    target = np.array([names[number % len(names)] for number in range(n_clips)])
    numbers = [number // len(names) for number in range(n_clips)]
    artists = [
        f"{genre}-artist-{number // _CLIPS_PER_ARTIST}"
        for genre, number in zip(target, numbers, strict=True)
    ]
    bunch = Bunch(
        target=target,
        target_names=np.array(sorted(names)),
        groups=np.array(artists),
        sr=sr,
        DESCR=_DESCR.format(
            n_clips=n_clips, duration=duration, sr=sr, genres=", ".join(sorted(names))
        ),
    )

    def make(clip: tuple[str, int]) -> np.ndarray:
        return _make_clip(seed, *clip, n_samples, sr)

    clips = run_in_threads(make, zip(target, numbers, strict=True), n_jobs)
    if to is None:
        bunch.data = np.empty((n_clips, n_samples), np.float32)
        for row, clip in zip(bunch.data, clips, strict=True):
            row[:] = clip
        return bunch
    bunch.paths = []
    for genre, number, clip in zip(target, numbers, clips, strict=True):
        path = Path(to) / genre / f"{genre}.{number:05d}.flac"
        path.parent.mkdir(parents=True, exist_ok=True)
        soundfile.write(path, clip, sr, subtype="PCM_16")
        bunch.paths.append(str(path))
    return bunch


def _check_genres(genres: Sequence[str] | None) -> list[str]:
    if genres is None:
        return list(STYLES)
    names = [genres] if isinstance(genres, str) else list(genres)
    for name in names:
        if name not in STYLES:
            raise ValueError(
                f"make_genre_music knows the genres {', '.join(STYLES)}. Got {name!r} instead."
            )
    if not names or len(set(names)) < len(names):
        raise ValueError(f"make_genre_music needs one or more different genres, got {names}.")
    return names


def _make_clip(seed: int, genre: str, number: int, n_samples: int, sr: int) -> np.ndarray:
    style = STYLES[genre]
    position = list(STYLES).index(genre)
    # The third number distinguishes artists from clips.
    artist = make_artist(
        style, np.random.default_rng([seed, position, 0, number // _CLIPS_PER_ARTIST])
    )
    rng = np.random.default_rng([seed, position, 1, number])
    notes = compose(style, artist, n_samples / sr, rng)
    return synthesize(notes, artist, n_samples, sr, rng)
