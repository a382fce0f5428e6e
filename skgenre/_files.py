"""Files that are complete or not there: written under another name, then moved into place."""

import contextlib
import os
import stat
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO


@contextlib.contextmanager
def replacing(path: Path, *, sync: bool = False) -> Iterator[BinaryIO]:
    """Yield a file to write that takes the place of `path` when the block ends.

    Whatever ends the block early, an interruption too, leaves the old file and nothing else.

    Parameters
    ----------
    path : Path
        The file. A link is replaced, not followed.
    sync : bool, default=False
        Whether to wait for the disk, so that a power failure leaves one of the two files.
    """
    # The stem, cut for long names: a cache removes the files of dead processes by it.
    unfinished = path.with_name(f"{path.stem[:40]}.{uuid.uuid4().hex[:12]}.tmp")
    try:
        with unfinished.open("xb") as file:
            yield file
            if sync:
                file.flush()
                os.fsync(file.fileno())
        unfinished.replace(path)
    except BaseException as error:
        with contextlib.suppress(OSError):
            unfinished.unlink(missing_ok=True)
        is_ours = isinstance(error, OSError) and error.filename in (None, str(unfinished))
        if is_ours and error.errno is not None:
            raise OSError(error.errno, error.strerror, str(path)) from error
        raise


@contextlib.contextmanager
def output_file(path: str | os.PathLike) -> Iterator[BinaryIO]:
    """Yield a file to write that replaces a file which the user named, with its permissions.

    A link is followed. What is no regular file, such as a pipe, is written to directly.
    """
    target = Path(os.path.realpath(path))
    if target.exists() and not target.is_file():
        with target.open("wb") as file:
            yield file
        return
    with replacing(target, sync=True) as file:
        with contextlib.suppress(FileNotFoundError):
            Path(file.name).chmod(stat.S_IMODE(target.stat().st_mode))
        yield file


def replace_file(path: str | os.PathLike, content: bytes) -> None:
    """Write a file; an old one, or a link, is replaced when the new one is complete."""
    path = Path(path)
    with replacing(path, sync=True) if path.is_symlink() else output_file(path) as file:
        file.write(content)
