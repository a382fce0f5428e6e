"""Sequence of clips, whatever their form."""

import hashlib
from collections.abc import Callable, Sequence
from typing import Any, Literal

import numpy as np

from .._public import public
from .._remote_ahead import FilesAhead
from .._shown_text import show
from ._duration import fix_duration, n_samples_of
from ._file_identity import identify_file
from ._load import load_audio
from ._pairs import resample_pair
from ._resample import n_resampled


@public
class Clips:
    """The clips of a transformer's `X`, read one at a time.

    Made by :func:`check_clips`. ``clips[i]`` is the waveform of clip `i`: a file is decoded on
    access, every time, and nothing is kept. Several threads may read at once.

    Parameters
    ----------
    items : ndarray of shape (n_clips, n_samples), or list
        The clips, in the form of `kind`.
    kind : {"array", "paths", "files", "list", "pairs"}
        A 2-D array, paths of sound files, open files, 1-D arrays of any lengths, or pairs of such
        an array and its sampling rate.
    sr : float
        Sampling rate in Hz; files and pairs are resampled to it.
    duration : float or None, default=None
        Seconds to cut or zero-pad each waveform to.

    Attributes
    ----------
    kind : str
        The form of the clips.
    sr : float
        The sampling rate of the waveforms.
    duration : float or None
        The duration of the waveforms.
    lengths : ndarray of shape (n_clips,) or None
        Samples in each waveform, if known without decoding.

    See Also
    --------
    check_clips : Make clips from the input of an estimator.

    Examples
    --------
    >>> import numpy as np
    >>> from skgenre.audio import Clips
    >>> clips = Clips([np.zeros(3), np.ones(5)], "list", sr=22050)
    >>> len(clips), clips.lengths
    (2, array([3, 5]))
    >>> clips[1]
    array([1., 1., 1., 1., 1.], dtype=float32)
    """

    def __init__(
        self,
        items: np.ndarray | Sequence[Any],
        kind: Literal["array", "paths", "files", "list", "pairs"],
        *,
        sr: float,
        duration: float | None = None,
    ) -> None:
        self._items = items
        self.kind = kind
        self.sr = sr
        self.duration = duration
        self.lengths = self._known_lengths()

    def _known_lengths(self) -> np.ndarray | None:
        if self.duration is not None:
            return np.full(len(self), n_samples_of(self.duration, self.sr))
        if self.kind in ("paths", "files"):
            return None
        if self.kind == "pairs":
            return np.array([n_resampled(len(y), sr, self.sr) for y, sr in self._items])
        return np.array([len(item) for item in self._items])

    def __len__(self) -> int:
        return len(self._items)

    def __getitem__(self, i: int) -> np.ndarray:
        """Return clip `i` as a contiguous float32 waveform.

        It may share memory with the user's array, so do not write to it.

        Raises
        ------
        AudioDecodeError
            If the file can't be read.
        """
        if self.kind == "paths":
            return load_audio(self._items[i], sr=self.sr, duration=self.duration)
        if self.kind == "files":
            return load_audio(self._items[i].copy(), sr=self.sr, duration=self.duration)
        if self.kind == "pairs":
            y, sr = self._items[i]
            return resample_pair(y, sr, self.sr, self.duration)
        y = np.ascontiguousarray(self._items[i], dtype=np.float32)
        return y if self.duration is None else fix_duration(y, self.duration, self.sr)

    def key(self, i: int) -> bytes:
        """Return a cache key for the content of a clip.

        Neither the sampling rate nor the duration is part of it.

        Parameters
        ----------
        i : int
            Index of the clip.

        Returns
        -------
        bytes
            A digest: for a file of its size, modification time, first and last 64 kB and some bytes
            in between; for an open file of its content; for a waveform of its samples and their
            number; for a pair also of its sampling rate. The path is ignored.

        Raises
        ------
        AudioDecodeError
            If the file is missing or can't be read.
        """
        digest = hashlib.sha256()
        if self.kind == "paths":
            digest.update(identify_file(self._items[i]))
        elif self.kind == "files":
            digest.update(b"content:")
            digest.update(self._items[i].content())
        elif self.kind == "pairs":
            y, sr = self._items[i]
            digest.update(f"samples at {sr}:{len(y)}:".encode())
            digest.update(np.ascontiguousarray(y).data)
        else:
            y = np.ascontiguousarray(self._items[i], dtype=np.float32)
            digest.update(f"samples:{len(y)}:".encode())
            digest.update(y.data)
        return digest.digest()

    def name(self, i: int) -> str:
        """Return the name of a clip for messages.

        Parameters
        ----------
        i : int
            Index of the clip.

        Returns
        -------
        str
            The path, or "clip 3".
        """
        if self.kind == "files":
            return self._items[i].name
        return show(self._items[i]) if self.kind == "paths" else f"clip {i}"


def read_ahead(
    clips: Clips, n_jobs: int | None, is_wanted: Callable[[int], bool] | None = None
) -> FilesAhead:
    """Return the files of clips, to be read ahead if they are at URLs and used in their order."""
    paths: Sequence[Any] = list(clips._items) if clips.kind == "paths" else ()
    return FilesAhead(paths, n_jobs, is_wanted)
