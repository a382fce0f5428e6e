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
from .._genre_matrix import genre_matrix
from .clips import CLIPS_PER_ARTIST, list_pairs, make_clip, make_mixed_clip, order_pair
from .styles import STYLES

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
_MIXED_DESCR = """
Each clip has arrangements in two styles by two artists, {mixed}. Two clips each are by one pair of
artists, who play with nobody else: `groups` has the pairs.
"""
_MIXING = {"overlaid": "which sound at once", "sequence": "one after the other"}


@public
def make_genre_music(
    n_clips: int = 100,
    *,
    genres: Sequence[str] | None = None,
    n_genres_per_clip: int = 1,
    mixing: str = "overlaid",
    duration: float = 10.0,
    sr: int = 22050,
    random_state: Any = None,
    to: str | os.PathLike | None = None,
    n_jobs: int | None = None,
) -> sklearn.utils.Bunch:
    """Compose and play clips of music in ten styles named as in GTZAN.

    The same `random_state` gives the same clips: byte for byte on one machine, and up to rounding
    on another processor or with other versions of NumPy and SciPy. A clip depends only on the seed,
    its genres and its number, so more clips can be made later without changing the earlier ones.

    Parameters
    ----------
    n_clips : int, default=100
        Total number of clips, spread evenly over the genres.
    genres : sequence of str, default=None
        Some of "blues", "classical", "country", "disco", "hiphop", "jazz", "metal", "pop",
        "reggae" and "rock". None means all ten.
    n_genres_per_clip : {1, 2}, default=1
        Genres of each clip. 2 mixes two arrangements of different genres by two artists, all pairs
        of genres in turn, at levels that differ by at most 3 dB; it needs three or more genres.
    mixing : {"overlaid", "sequence"}, default="overlaid"
        Whether the two arrangements sound at once or one after the other, with the change in the
        middle third of the clip. Ignored if `n_genres_per_clip` is 1.
    duration : float, default=10.0
        Clip length in seconds.
    sr : int, default=22050
        Sampling rate in Hz, at least 4000.
    random_state : int, RandomState instance or None, default=None
        Seed of all random choices.
    to : str or PathLike, default=None
        Folder to write 16-bit FLAC files to, with one subfolder per genre, such as
        ``to/blues/blues.00000.flac``; clips of two genres go into the folder itself, such as
        ``to/blues+classical.00000.flac``. None keeps the clips in memory.
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
        target : ndarray of shape (n_clips,) or DataFrame of shape (n_clips, n_genres), int8
            Names of the genres; with two per clip a matrix of 0 and 1, whose columns are the
            genres.
        target_names : ndarray of shape (n_genres,)
            The genres, sorted.
        groups : ndarray of shape (n_clips,)
            Names of the artists, or of the pairs of artists: two clips each, and no artist is in
            two groups.
        parts : ndarray of shape (n_clips, 2)
            The genres of the first and the second arrangement, if there are two.
        changes : ndarray of shape (n_clips,)
            Seconds at which the second arrangement begins, if ``mixing="sequence"``.
        sr : int
            The sampling rate.
        DESCR : str
            Description of the data.

    Raises
    ------
    ValueError
        When a genre is unknown, or there are no clips, a rate below 4000 Hz, or no duration, or
        when `n_genres_per_clip` or `mixing` is not allowed.

    See Also
    --------
    load_genre_folder : Reads the folder `to`.
    genre_matrix : Makes such a matrix from sets of genres.

    Examples
    --------
    >>> from skgenre.datasets import make_genre_music
    >>> music = make_genre_music(4, genres=["jazz", "metal"], duration=1.0, random_state=0)
    >>> music.data.shape, music.target.tolist()
    ((4, 22050), ['jazz', 'metal', 'jazz', 'metal'])

    Two genres per clip, one after the other:

    >>> music = make_genre_music(
    ...     3,
    ...     genres=["disco", "jazz", "metal"],
    ...     n_genres_per_clip=2,
    ...     mixing="sequence",
    ...     duration=2.0,
    ...     random_state=0,
    ... )
    >>> music.target
       disco  jazz  metal
    0      1     1      0
    1      0     1      1
    2      1     0      1
    >>> music.parts[0].tolist(), music.changes.shape
    (['disco', 'jazz'], (3,))
    """
    names = _check_genres(genres)
    if n_clips < 1:
        raise ValueError(f"make_genre_music needs n_clips to be at least 1, got {n_clips}.")
    if sr < 4000:
        raise ValueError(f"make_genre_music needs sr to be at least 4000 Hz, got {sr}.")
    n_samples = round(duration * sr)
    if n_samples < 1:
        raise ValueError(f"make_genre_music needs a positive duration, got {duration} s.")
    _check_mixing(n_genres_per_clip, mixing, names, n_samples)
    seed = draw_seed(random_state)
    is_mixed = n_genres_per_clip == 2
    kinds: list[Any] = list_pairs(names) if is_mixed else names
    clips = [(kinds[clip % len(kinds)], clip // len(kinds)) for clip in range(n_clips)]

    def make(clip: tuple[Any, int]) -> Any:
        if is_mixed:
            return make_mixed_clip(seed, *clip, mixing, n_samples, sr)
        return make_clip(seed, *clip, n_samples, sr)

    bunch = _describe_mixed(clips, names) if is_mixed else _describe(clips)
    bunch.update(target_names=np.array(sorted(names)), sr=sr)
    bunch.DESCR = _DESCR.format(
        n_clips=n_clips, duration=duration, sr=sr, genres=", ".join(sorted(names))
    )
    if is_mixed:
        bunch.DESCR += _MIXED_DESCR.format(mixed=_MIXING[mixing])
    changes = np.zeros(n_clips)
    if to is None:
        bunch.data = np.empty((n_clips, n_samples), np.float32)
    else:
        bunch.paths = []
    for row, made in enumerate(run_in_threads(make, clips, n_jobs)):
        clip, changes[row] = made if is_mixed else (made, 0.0)
        if to is None:
            bunch.data[row] = clip
            continue
        path = _name_file(Path(to), *clips[row])
        path.parent.mkdir(parents=True, exist_ok=True)
        soundfile.write(path, clip, sr, subtype="PCM_16")
        bunch.paths.append(str(path))
    if is_mixed and mixing == "sequence":
        bunch.changes = changes
    return bunch


def _describe(clips: list[tuple[str, int]]) -> Bunch:
    """Return the genres and the artists of clips of one genre."""
    artists = [f"{genre}-artist-{number // CLIPS_PER_ARTIST}" for genre, number in clips]
    return Bunch(target=np.array([genre for genre, _ in clips]), groups=np.array(artists))


def _describe_mixed(clips: list[tuple[tuple[str, str], int]], names: list[str]) -> Bunch:
    """Return the genres and the pairs of artists of clips of two genres."""
    pairs = [f"{'+'.join(pair)}-artists-{number // CLIPS_PER_ARTIST}" for pair, number in clips]
    return Bunch(
        target=genre_matrix([set(pair) for pair, _ in clips], genres=sorted(names)),
        groups=np.array(pairs),
        parts=np.array([order_pair(pair, number) for pair, number in clips]),
    )


def _name_file(folder: Path, genres: Any, number: int) -> Path:
    if isinstance(genres, str):
        return folder / genres / f"{genres}.{number:05d}.flac"
    return folder / f"{'+'.join(genres)}.{number:05d}.flac"


def _check_mixing(n_genres: int, mixing: str, names: list[str], n_samples: int) -> None:
    if n_genres not in (1, 2):
        raise ValueError(f"make_genre_music needs n_genres_per_clip to be 1 or 2, got {n_genres}.")
    if mixing not in _MIXING:
        raise ValueError(
            f"make_genre_music needs mixing to be 'overlaid' or 'sequence', got {mixing!r}."
        )
    if n_genres == 2 and len(names) < 3:
        raise ValueError(
            f"make_genre_music needs three or more genres for n_genres_per_clip=2: of {names}, "
            f"every clip would have both."
        )
    if n_genres == 2 and mixing == "sequence" and n_samples < 2:
        raise ValueError(f"make_genre_music needs two samples for a sequence, got {n_samples}.")


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
