"""Cut a stream of samples into clips."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

import numpy as np


class Cut(NamedTuple):
    """A clip of a song.

    Parameters
    ----------
    start : int
        Its first sample in the song.
    end : int
        The sample after its last one, without padding.
    y : ndarray of shape (n_samples,)
        The waveform; without padding it may be shorter.
    """

    start: int
    end: int
    y: np.ndarray


def cut_stream(
    pieces: Iterable[np.ndarray], n_samples: int, hop: int, *, is_padded: bool = True
) -> Iterator[Cut]:
    """Yield the clips of a song, cut as :class:`~skgenre.features.Segmenter` cuts segments.

    A last clip that is at least half full is padded with zeros, a shorter one is dropped, and a
    song shorter than one clip is padded.

    Parameters
    ----------
    pieces : iterable of ndarray
        The song, in pieces of any lengths.
    n_samples : int
        Samples per clip.
    hop : int
        Samples from the beginning of one clip to the next.
    is_padded : bool, default=True
        False leaves a last clip, or a short song, as short as it is.
    """
    rest = np.zeros(0, np.float32)
    # Positions in the song: start of `rest`, start of the next clip, end of the last one.
    begin = start = covered = 0
    for piece in pieces:
        rest = np.concatenate([rest, piece])
        while start + n_samples <= begin + len(rest):
            y = rest[start - begin : start - begin + n_samples]
            covered = start + n_samples
            yield Cut(start, covered, y)
            start += hop
        n_done = min(start - begin, len(rest))
        rest = rest[n_done:]
        begin += n_done
    end = begin + len(rest)
    last = rest[start - begin :]
    if not covered or (end > covered and 2 * len(last) >= n_samples):
        n_zeros = n_samples - len(last) if is_padded else 0
        yield Cut(start, end, np.pad(last, (0, n_zeros)))


def batched(cuts: Iterable[Cut], n_samples: int) -> Iterator[list[Cut]]:
    """Yield lists of clips: a single one, or several with at most `n_samples` together."""
    batch: list[Cut] = []
    size = 0
    for cut in cuts:
        if batch and size + len(cut.y) > n_samples:
            yield batch
            batch, size = [], 0
        batch.append(cut)
        size += len(cut.y)
    if batch:
        yield batch
