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
    # Pieces from the start of the next clip on, joined once there are enough for it.
    waiting: list[np.ndarray] = []
    # Positions in the song: start of `waiting`, its end, start of the next clip, end of the last.
    begin = end = start = covered = 0
    for piece in pieces:
        waiting.append(piece)
        end += len(piece)
        if end <= start:  # in the gap before a clip
            begin, waiting = end, []
        if end < start + n_samples:
            continue
        rest = np.concatenate(waiting)
        while start + n_samples <= end:
            covered = start + n_samples
            yield Cut(start, covered, rest[start - begin : covered - begin])
            start += hop
        rest = rest[start - begin :]
        begin = end - len(rest)
        waiting = [rest]
    last = np.concatenate([np.zeros(0, np.float32), *waiting])[start - begin :]
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
