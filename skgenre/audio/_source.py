"""Source of the bytes of a sound file: a path, a URL, or an open binary file."""

import os
import stat
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

from .._remote_errors import RemoteFileError
from .._remote_files import find_status, open_url
from .._shown_text import show
from .._urls import Url, as_path
from ..exceptions import AudioDecodeError


class Source(NamedTuple):
    """An open sound file.

    Parameters
    ----------
    name : str
        Name for messages.
    path : Path, Url or None
        Its path or URL, if given by one.
    stream : BinaryIO
        Its bytes.
    size : int
        Number of bytes.
    """

    name: str
    path: Path | Url | None
    stream: BinaryIO
    size: int

    @property
    def suffix(self) -> str:
        """Lowercase extension of its name, only for messages."""
        return Path(self.name).suffix.lower() if self.path is None else self.path.suffix.lower()

    @property
    def example(self) -> str:
        """Its name without folders, for a conversion command."""
        return "song" if self.path is None else show(self.path.name)

    @property
    def stem(self) -> str:
        """Name of the converted file, without its extension."""
        return "song" if self.path is None else show(self.path.stem)

    def read_at(self, position: int, size: int) -> bytes:
        """Return up to `size` bytes from a position."""
        if position >= self.size:  # Headers may state impossible positions.
            return b""
        try:
            self.stream.seek(position)
            return self.stream.read(size)
        except RemoteFileError as error:
            raise self.error(f"{error}.") from None

    def error(self, message: str) -> AudioDecodeError:
        """Return an error that names the file."""
        path = None if self.path is None else str(self.path)
        return AudioDecodeError(f"{self.name}: {message}", path=path)


def is_open_file(file: Any) -> bool:
    """Tell an open file, or a BytesIO, from a path."""
    return hasattr(file, "read") and hasattr(file, "seek") and not isinstance(file, os.PathLike)


@contextmanager
def open_source(file: Any, *, in_parts: bool = False) -> Iterator[Source]:
    """Open a path or URL, or read an open binary file from its beginning and restore its position.

    With `in_parts`, a URL is read in blocks: only the header is wanted.

    Raises
    ------
    AudioDecodeError
        If the path or URL is not a regular file with content, or the open file can't be read.
    TypeError
        If it is an open text file, or neither a path nor an open file.
    """
    if is_open_file(file):
        with _taken(file) as source:
            yield source
        return
    if not isinstance(file, str | os.PathLike):
        raise TypeError(
            f"A sound file is given by its path (str or PathLike) or as an open binary file, got "
            f"an object of type {type(file).__name__}."
        )
    path = as_path(file)
    if isinstance(path, Url):
        with _opened(path, in_parts) as source:
            yield source
        return
    status = check_is_file(path)
    try:
        # Non-blocking, in case a pipe has replaced the file meanwhile.
        flags = os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_NONBLOCK", 0)
        stream = os.fdopen(os.open(path, flags), "rb")
    except OSError as error:
        raise AudioDecodeError(
            f"{show(path)}: it can't be read ({error}).", path=str(path)
        ) from error
    with stream:
        yield Source(show(path), path, stream, status.st_size)


@contextmanager
def _opened(url: Url, in_parts: bool) -> Iterator[Source]:
    check_is_remote_file(url)
    with ExitStack() as stack:
        try:
            stream, size = stack.enter_context(open_url(url, in_parts=in_parts))
        except RemoteFileError as error:
            raise _remote_error(url, error) from None
        if not size:
            raise _is_empty(url)
        yield Source(show(url), url, stream, size)


@contextmanager
def _taken(file: Any) -> Iterator[Source]:
    name = getattr(file, "name", None)
    name = name if isinstance(name, str) else f"<{type(file).__name__}>"
    try:
        position = file.tell()
        size = file.seek(0, os.SEEK_END)
        size = file.tell() if size is None else size
        file.seek(0)
        if not isinstance(file.read(0), bytes):
            raise TypeError(f"{name}: the file is open as text. Open it with mode 'rb'.")
    except (OSError, ValueError) as error:
        raise AudioDecodeError(
            f"{name}: the open file can't be read from its beginning ({error}). Read it into "
            f"memory first: io.BytesIO(file.read())."
        ) from error
    if size == 0:
        raise AudioDecodeError(f"{name}: the file is empty (0 bytes). Leave it out.")
    try:
        yield Source(name, None, file, size)
    finally:
        file.seek(position)


def check_is_file(file: Path) -> os.stat_result:
    """Refuse anything but a regular file with content; return its `stat`."""
    name = show(file)
    try:
        status = file.stat()
    except FileNotFoundError:
        where = "" if file.is_absolute() else f" (the current folder is {show(Path.cwd())})"
        raise AudioDecodeError(f"{name}: there is no such file{where}.", path=str(file)) from None
    except (OSError, ValueError) as error:
        raise AudioDecodeError(f"{name}: it can't be opened ({error}).", path=str(file)) from error
    if stat.S_ISDIR(status.st_mode):
        raise AudioDecodeError(
            f"{name}: this is a folder, not a sound file. Give its files one by one, or read a "
            f"folder of genre folders with skgenre.datasets.load_genre_folder.",
            path=str(file),
        )
    if not stat.S_ISREG(status.st_mode):
        raise AudioDecodeError(f"{name}: this is not a regular file.", path=str(file))
    if status.st_size == 0:
        raise _is_empty(file)
    return status


def check_is_remote_file(url: Url) -> None:
    """Refuse a URL without a file that has content, as far as its store tells; nothing is read."""
    try:
        status = find_status(url)
    except RemoteFileError as error:
        raise _remote_error(url, error) from None
    if status.size == 0:
        raise _is_empty(url)


def _remote_error(url: Url, error: RemoteFileError) -> AudioDecodeError:
    reason = str(error).rstrip(".")
    return AudioDecodeError(f"{show(url)}: {reason}.", path=str(url))


def _is_empty(file: Path | Url) -> AudioDecodeError:
    return AudioDecodeError(
        f"{show(file)}: the file is empty (0 bytes). Copy or download it again, or leave it out.",
        path=str(file),
    )
