"""A sound file opened with libsndfile: by its content, never by its name, and without output."""

import io
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import soundfile

from .._remote_errors import RemoteFileError
from ._quiet import quiet
from ._source import Source
from ._view import FileView, Span

# Size of a 16-bit step.
_STEP = np.float32(1 / 32768)


class _ForwardFile(soundfile.SoundFile):
    """A sound file that is read from its beginning to its end.

    After each block of a seekable file, soundfile seeks the position where it already is, and an
    MP3 decoder then decodes frames again.
    """

    def seekable(self) -> bool:
        return False


class Sound:
    """An open sound file.

    Parameters
    ----------
    source : Source
        The file. Do not read from its stream while the sound is open.
    span : Span or None, default=None
        Part that libsndfile sees; None means the whole file.

    Attributes
    ----------
    samplerate : int
        Hz.
    channels : int
        Number of channels.
    frames : int
        Samples per channel by the header, or by libsndfile's guess.
    format : str
        libsndfile's name of the format.
    subtype : str
        libsndfile's name of the coding.
    is_bounded : bool
        True if samples are stored as integers and so are finite and within [-1, 1].

    Raises
    ------
    soundfile.LibsndfileError
        If libsndfile does not know the format, or finds the header damaged.
    """

    def __init__(self, source: Source, span: Span | None = None) -> None:
        self._source = source
        self._view: FileView | None = None
        self._block: np.ndarray | None = None
        descriptor = _descriptor(source) if span is None else None
        opened: Any
        if descriptor is None:
            self._view = opened = FileView(source.stream, span or Span(0, source.size))
        else:
            # As fast as by name; a file object takes up to a tenth more time.
            os.lseek(descriptor, 0, os.SEEK_SET)
            opened = descriptor
        with self._in_libsndfile():
            try:
                self._file = _ForwardFile(opened, closefd=False)
            except (TypeError, UnicodeError) as error:
                # soundfile's own error, about the supposed name.
                raise source.error(f"it can't be opened ({error}).") from error
        self.samplerate = self._file.samplerate
        self.channels = self._file.channels
        self.frames = self._file.frames
        self.format: str = self._file.format
        self.subtype: str = self._file.subtype
        self._n_left = self.frames
        self.is_bounded = self.subtype.startswith("PCM_")

    def read(self, n_frames: int) -> np.ndarray:
        """Return the next samples, of shape (n_samples, n_channels), fewer at the end.

        They are valid until the next call.
        """
        # Beyond the last one, a FLAC decoder fails on other data.
        n_frames = min(n_frames, self._n_left)
        if self._block is None or len(self._block) < n_frames:
            self._block = np.empty((n_frames, self.channels), np.float32)
            # libsndfile's own conversion of 16-bit samples to floats takes four times as long.
            is_short = self.subtype == "PCM_16"
            self._stored = np.empty(self._block.shape, np.int16) if is_short else self._block
        with self._in_libsndfile():
            stored = self._file.read(n_frames, out=self._stored)
        self._n_left -= len(stored)
        if self._stored is self._block:
            return stored
        return np.multiply(stored, _STEP, out=self._block[: len(stored)])

    def seek(self, frame: int) -> None:
        """Seek to a sample."""
        with self._in_libsndfile():
            self._file.seek(frame)
        self._n_left = self.frames - frame

    def close(self) -> None:
        """Close libsndfile's side; the source stays open."""
        with quiet():
            self._file.close()

    @contextmanager
    def _in_libsndfile(self) -> Iterator[None]:
        """Raise an error of reading the file, in place of libsndfile's about what it got."""
        try:
            with quiet():
                yield
        except soundfile.LibsndfileError:
            self._raise_kept()
            raise
        self._raise_kept()

    def _raise_kept(self) -> None:
        error = None if self._view is None else self._view.error
        if error is None:
            return
        if isinstance(error, RemoteFileError):
            raise self._source.error(f"{error}.") from None
        if isinstance(error, OSError | ValueError):
            raise self._source.error(f"it can't be read ({error}).") from error
        raise error


def _descriptor(source: Source) -> int | None:
    """Return the descriptor of a file opened by its path or URL, if libsndfile accepts one."""
    # On Windows a descriptor belongs to the C library that opened the file.
    if source.path is None or os.name == "nt":
        return None
    try:
        return source.stream.fileno()
    except io.UnsupportedOperation:
        return None
