"""Open binary files as clips."""

import io
import os
import threading
from typing import Any

# One file may be several clips, or be used by several threads, but has only one position.
_READING = threading.Lock()


class NamedBytes(io.BytesIO):
    """Content of a file, with a name for messages."""

    def __init__(self, content: bytes, name: str) -> None:
        super().__init__(content)
        self.name = name


class OpenFile:
    """An open binary file that can be read from its start repeatedly, from any thread.

    Parameters
    ----------
    file : binary file object
        Seekable file. Its position is restored afterwards.
    name : str
        Name for messages, if it has none of its own.
    """

    def __init__(self, file: Any, name: str) -> None:
        self._file = file
        own = getattr(file, "name", None)
        # The name of an unnamed temporary file is its descriptor.
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
        """Return the content as a separate file."""
        return NamedBytes(self.content(), self.name)


def is_file_object(item: Any) -> bool:
    """Tell whether this is a file object, open or closed, of bytes or of text."""
    return not isinstance(item, type) and hasattr(item, "read") and hasattr(item, "readline")


def why_unusable(file: Any) -> str | None:
    """Return why a file object can't be read repeatedly as a sound file, and the cure."""
    if getattr(file, "closed", False):
        return "it is closed. Open it again, or pass its path"
    # A temporary file is wrapped; ask the file itself.
    if isinstance(file, io.TextIOBase) or isinstance(getattr(file, "file", None), io.TextIOBase):
        return "it is opened as text. Open it with open(path, 'rb')"
    try:
        is_seekable = file.seekable()
    except AttributeError:
        is_seekable = hasattr(file, "seek")
    if not is_seekable:
        return "it can be read only once. Pass its content, as in io.BytesIO(file.read())"
    return None
