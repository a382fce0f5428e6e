"""Files in a folder that others can write to: its content is untrusted data."""

import contextlib
import os
import re
import socket
import stat
from pathlib import Path
from typing import BinaryIO, cast

# No system has process ids above this.
_LARGEST_PID = 2**31 - 1


def this_process() -> str:
    """Return a name of this process that is unique across machines: host and process id."""
    return f"{socket.gethostname()} {os.getpid()}"


def is_owner(text: str) -> bool:
    """Tell whether a text is a process name as returned by `this_process`."""
    host, _, pid = text.rpartition(" ")
    is_number = re.fullmatch("[0-9]{1,10}", pid) is not None
    return bool(host) and is_number and 0 < int(pid) <= _LARGEST_PID


def is_gone(owner: str) -> bool:
    """Tell whether the process that `this_process` named is known to have ended.

    This is unknown, so False, for a process on another machine, on a system without a way to check,
    and for a text that names no process.
    """
    host, _, pid = owner.rpartition(" ")
    if not is_owner(owner) or host != socket.gethostname():
        return False
    if os.name == "nt":  # where os.kill can't only check
        return False
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False


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
