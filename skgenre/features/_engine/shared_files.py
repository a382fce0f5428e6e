"""Files in a folder that others can write to: its content is untrusted data."""

import contextlib
import os
import stat
from pathlib import Path
from typing import BinaryIO, cast

# Don't follow links or wait for FIFOs. Windows has no such flags.
_SAFELY = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0)
_BINARY = getattr(os, "O_BINARY", 0)


class NotRegularError(OSError):
    """A folder, a link, a FIFO or the like is in the place of a file."""


def check_folder(folder: Path) -> None:
    """Refuse our folder if it is a link: files would be written and removed elsewhere.

    Raises
    ------
    NotRegularError
        If it is one.
    """
    if folder.is_symlink():
        raise NotRegularError(f"{folder} is a link")


def open_to_read(path: Path) -> BinaryIO:
    """Open a regular file.

    Raises
    ------
    NotRegularError
        If something else has its name.
    OSError
        If it is missing or can't be read.
    """
    _check_is_regular(path, path.lstat())
    return _open(path, os.O_RDONLY, "rb")


def open_to_append(path: Path) -> BinaryIO:
    """Open a regular file without other names to append to; create it if missing.

    Raises
    ------
    NotRegularError
        If something else has its name, or the file has other names.
    OSError
        If it can't be written to.
    """
    with contextlib.suppress(FileNotFoundError):
        _check_is_regular(path, path.lstat())
    file = _open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, "ab")
    if os.fstat(file.fileno()).st_nlink > 1:
        file.close()
        raise NotRegularError(f"{path} is linked to another file")
    return file


def _open(path: Path, flags: int, mode: str) -> BinaryIO:
    descriptor = os.open(path, flags | _SAFELY | _BINARY, 0o666)
    try:
        # Checked again: it may have been replaced since.
        _check_is_regular(path, os.fstat(descriptor))
        return cast(BinaryIO, os.fdopen(descriptor, mode))
    except BaseException:
        os.close(descriptor)
        raise


def _check_is_regular(path: Path, status: os.stat_result) -> None:
    if not stat.S_ISREG(status.st_mode):
        kinds = ((stat.S_ISDIR, "a folder"), (stat.S_ISLNK, "a link"), (stat.S_ISFIFO, "a FIFO"))
        names = [name for is_kind, name in kinds if is_kind(status.st_mode)]
        raise NotRegularError(f"{path} is {names[0] if names else 'a special file'}")
