"""Open binary files as clips."""

import io
import os
import threading
from typing import Any

# One file may be several clips, or be in the X of several threads, and it has one position.
_READING = threading.Lock()


class NamedBytes(io.BytesIO):
    """The content of a file, with what to call it in messages."""

    def __init__(self, content: bytes, name: str) -> None:
        super().__init__(content)
        self.name = name


class OpenFile:
    """An open binary file, read from its start as often as it is needed, from any thread.

    Parameters
    ----------
    file : binary file object
        Seekable. Its position is the same afterwards.
    name : str
        What to call it when it has no name of its own.
    """

    def __init__(self, file: Any, name: str) -> None:
        self._file = file
        own = getattr(file, "name", None)
        # The name of a temporary file without one is its number.
        self.name = os.fsdecode(own) if own and isinstance(own, str | bytes) else name

    def content(self) -> bytes:
        """Return all bytes of the file."""
        if isinstance(self._file, io.BytesIO):
            return self._file.getvalue()
        with _READING:
            position = self._file.tell()
            self._file.seek(0)
            try:
                return self._file.read()
            finally:
                self._file.seek(position)

    def copy(self) -> NamedBytes:
        """Return the content as a file that nobody else reads."""
        return NamedBytes(self.content(), self.name)


def is_file_object(item: Any) -> bool:
    """Tell whether this is a file object, open or closed, of bytes or of text."""
    return not isinstance(item, type) and hasattr(item, "read") and hasattr(item, "readline")


def why_unusable(file: Any) -> str | None:
    """Return why a file object can't be read as a sound file again and again, and the cure."""
    if getattr(file, "closed", False):
        return "it is closed. Open it again, or pass its path"
    # A temporary file is wrapped; the file itself is what knows.
    if isinstance(file, io.TextIOBase) or isinstance(getattr(file, "file", None), io.TextIOBase):
        return "it is opened as text. Open it with open(path, 'rb')"
    try:
        is_seekable = file.seekable()
    except AttributeError:
        is_seekable = hasattr(file, "seek")
    if not is_seekable:
        return "it can be read only once. Pass its content, as in io.BytesIO(file.read())"
    return None
