"""Make single clips: one arrangement, or two of different genres mixed."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from .composer import compose, make_artist
from .styles import STYLES
from .synthesis import synthesize

CLIPS_PER_ARTIST = 2
# In streams of random numbers: artists and clips, alone and in a mix.
_ARTIST, _CLIP, _MIXED_ARTIST, _MIXED_CLIP, _MIX = range(5)
_LEVELS = (-3.0, 3.0)  # dB, of the second arrangement relative to the first
_CHANGES = (1 / 3, 2 / 3)  # of the duration
_FADE = 0.01  # seconds


class Mixed(NamedTuple):
    """A clip of two arrangements.

    Parameters
    ----------
    clip : ndarray of shape (n_samples,)
        The samples, float32 within [-1, 1].
    change : float
        Seconds at which the second arrangement begins; 0 if both begin together.
    """

    clip: np.ndarray
    change: float


def make_clip(seed: int, genre: str, number: int, n_samples: int, sr: int) -> np.ndarray:
    """Return a clip of one genre by its number, float32 within [-1, 1]."""
    position = list(STYLES).index(genre)
    artist = [seed, position, _ARTIST, number // CLIPS_PER_ARTIST]
    return _play(genre, artist, [seed, position, _CLIP, number], n_samples, sr)


def list_pairs(genres: Sequence[str]) -> list[tuple[str, str]]:
    """Return all pairs of genres; each genre is about as often among the first of them."""
    n = len(genres)
    pairs = [
        (genres[first], genres[(first + apart) % n])
        for apart in range(1, n // 2 + 1)
        for first in range(n)
    ]
    return list({frozenset(pair): pair for pair in reversed(pairs)}.values())[::-1]


def order_pair(pair: tuple[str, str], number: int) -> tuple[str, str]:
    """Return a pair in the order of a clip: every other one begins with the second genre."""
    return pair if number % 2 == 0 else pair[::-1]


def make_mixed_clip(
    seed: int, pair: tuple[str, str], number: int, mixing: str, n_samples: int, sr: int
) -> Mixed:
    """Return a clip of two genres by its number.

    Parameters
    ----------
    seed : int
        The seed.
    pair : tuple of str
        The genres.
    number : int
        The number among the clips of these genres.
    mixing : {"overlaid", "sequence"}
        Whether the arrangements sound at once or one after the other.
    n_samples, sr : int
        Length in samples and sampling rate in Hz.
    """
    genres = order_pair(pair, number)
    positions = [list(STYLES).index(genre) for genre in genres]
    rng = np.random.default_rng([seed, *sorted(positions), _MIX, number])
    change = n_samples
    lengths = [n_samples, n_samples]
    if mixing == "sequence":
        change = int(np.clip(round(rng.uniform(*_CHANGES) * n_samples), 1, n_samples - 1))
        lengths = [change, n_samples - change]
    parts = []
    for genre, position, partner, length in zip(
        genres, positions, positions[::-1], lengths, strict=True
    ):
        # An artist has one partner, so that clips of different pairs share no artist.
        artist = [seed, position, _MIXED_ARTIST, partner, number // CLIPS_PER_ARTIST]
        part = _play(genre, artist, [seed, position, _MIXED_CLIP, partner, number], length, sr)
        parts.append(part / max(1e-9, float(np.sqrt(np.mean(part.astype(float) ** 2)))))
    parts[1] = parts[1] * 10 ** (rng.uniform(*_LEVELS) / 20)
    if mixing == "sequence":
        mix = np.concatenate([_fade(parts[0][::-1], sr)[::-1], _fade(parts[1], sr)])
    else:
        mix = parts[0] + parts[1]
    level = 10 ** (rng.uniform(-20, -1) / 20)
    clip = (level * mix / max(1e-9, float(np.abs(mix).max()))).astype(np.float32)
    return Mixed(clip, change / sr if mixing == "sequence" else 0.0)


def _play(
    genre: str, artist_seed: list[int], clip_seed: list[int], n_samples: int, sr: int
) -> np.ndarray:
    style = STYLES[genre]
    artist = make_artist(style, np.random.default_rng(artist_seed))
    rng = np.random.default_rng(clip_seed)
    notes = compose(style, artist, n_samples / sr, rng)
    return synthesize(notes, artist, n_samples, sr, rng)


def _fade(part: np.ndarray, sr: int) -> np.ndarray:
    """Fade the beginning of a part in, so that the change makes no click."""
    n_fade = min(len(part), round(_FADE * sr))
    faded = part.copy()
    faded[:n_fade] *= np.arange(n_fade) / max(1, n_fade)
    return faded
