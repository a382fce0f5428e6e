"""A part of a file, with some of its bytes replaced, for libsndfile to read."""

import os
from typing import Any, BinaryIO, NamedTuple


class Span(NamedTuple):
    """The part of a file that holds the sound.

    Parameters
    ----------
    start : int
        Position of its first byte.
    end : int
        Position behind its last byte.
    patches : tuple of (int, bytes)
        Positions in the file, and what is to be read there.
    """

    start: int
    end: int
    patches: tuple[tuple[int, bytes], ...] = ()


class FileView:
    """A span of an open file as a file of its own.

    libsndfile calls its methods, and what is raised in such a call is printed and lost. So they
    raise nothing: an error is kept, and the file seems to end.

    Parameters
    ----------
    stream : BinaryIO
        An open binary file.
    span : Span
        The part that is seen.

    Attributes
    ----------
    error : BaseException or None
        What went wrong in reading.
    """

    def __init__(self, stream: BinaryIO, span: Span) -> None:
        self._stream = stream
        self._span = span
        self._size = span.end - span.start
        self._position = 0
        self.error: BaseException | None = None

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Change the position; one that can't be leaves it as it is."""
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._position, os.SEEK_END: self._size}
        position = base.get(whence, 0) + offset
        if position >= 0:
            self._position = position
        return self._position

    def tell(self) -> int:
        """Return the position."""
        return self._position

    def read(self, size: int = -1) -> bytes:
        """Return the next bytes."""
        left = max(0, self._size - self._position)
        size = left if size < 0 else min(size, left)
        if not size or self.error is not None:
            return b""
        start = self._span.start + self._position
        try:
            self._stream.seek(start)
            data = self._stream.read(size)
        except BaseException as error:  # A Ctrl-C, too, is raised again when libsndfile is left.
            self.error = error
            return b""
        self._position += len(data)
        return self._patch(data, start)

    def readinto(self, buffer: Any) -> int:
        """Read the next bytes into a buffer; return how many."""
        data = self.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)

    def _patch(self, data: bytes, start: int) -> bytes:
        for place, value in self._span.patches:
            if start < place + len(value) and place < start + len(data):
                changed = bytearray(data)
                for number, byte in enumerate(value):
                    if 0 <= place + number - start < len(data):
                        changed[place + number - start] = byte
                data = bytes(changed)
        return data
