"""A sound file opened with libsndfile: by its content, never by its name, and without output."""

import os
from typing import Any

import numpy as np
import soundfile

from ._quiet import quiet
from ._source import Source
from ._view import FileView, Span


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

    Raises
    ------
    soundfile.LibsndfileError
        If libsndfile does not know the format, or finds the header damaged.
    """

    def __init__(self, source: Source, span: Span | None = None) -> None:
        self._source = source
        self._view: FileView | None = None
        descriptor = _descriptor(source) if span is None else None
        opened: Any
        if descriptor is None:
            self._view = opened = FileView(source.stream, span or Span(0, source.size))
        else:
            # As fast as by name; a file object takes up to a tenth more time.
            os.lseek(descriptor, 0, os.SEEK_SET)
            opened = descriptor
        with quiet():
            try:
                self._file = soundfile.SoundFile(opened, closefd=False)
            except (TypeError, UnicodeError) as error:
                # soundfile's own error, about the supposed name.
                raise source.error(f"it can't be opened ({error}).") from error
        self._raise_kept()
        self.samplerate = self._file.samplerate
        self.channels = self._file.channels
        self.frames = self._file.frames
        self.format = self._file.format
        self.subtype = self._file.subtype

    def read(self, n_frames: int) -> np.ndarray:
        """Return the next samples, of shape (n_samples, n_channels), fewer at the end."""
        with quiet():
            block = self._file.read(n_frames, dtype="float32", always_2d=True)
        self._raise_kept()
        return block

    def seek(self, frame: int) -> None:
        """Seek to a sample."""
        with quiet():
            self._file.seek(frame)
        self._raise_kept()

    def close(self) -> None:
        """Close libsndfile's side; the source stays open."""
        with quiet():
            self._file.close()

    def _raise_kept(self) -> None:
        error = None if self._view is None else self._view.error
        if error is None:
            return
        if isinstance(error, OSError | ValueError):
            raise self._source.error(f"it can't be read ({error}).") from error
        raise error


def _descriptor(source: Source) -> int | None:
    """Return the descriptor of a file opened by its path, if libsndfile accepts one."""
    # On Windows a descriptor belongs to the C library that opened the file.
    return None if source.path is None or os.name == "nt" else source.stream.fileno()
