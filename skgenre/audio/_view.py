"""Part of a file, with some bytes replaced, for libsndfile to read."""

import os
from typing import Any, BinaryIO, NamedTuple


class Span(NamedTuple):
    """The part of a file with the sound.

    Parameters
    ----------
    start : int
        Position of its first byte.
    end : int
        Position after its last byte.
    patches : tuple of (int, bytes)
        Positions in the file, and the bytes to read there instead.
    """

    start: int
    end: int
    patches: tuple[tuple[int, bytes], ...] = ()


class FileView:
    """A span of an open file as a separate file.

    libsndfile calls its methods, and an exception in such a call is printed and lost. So they raise
    nothing: an error is stored, and the file seems to end.

    Parameters
    ----------
    stream : BinaryIO
        An open binary file.
    span : Span
        The visible part.

    Attributes
    ----------
    error : BaseException or None
        Error raised while reading.
    """

    def __init__(self, stream: BinaryIO, span: Span) -> None:
        self._stream = stream
        self._span = span
        self._size = span.end - span.start
        self._position = 0
        self.error: BaseException | None = None

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Change the position; an invalid one is ignored."""
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
        except BaseException as error:  # Also a Ctrl-C; raised again after libsndfile returns.
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
