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
    """Yield a file to write that takes the place of `path`, or of a link there, in the end.

    Whatever ends the block early, an interruption too, leaves the old file and nothing else. With
    `sync`, so does a power failure.
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
        ours = (None, str(unfinished))
        if isinstance(error, OSError) and error.errno is not None and error.filename in ours:
            raise OSError(error.errno, error.strerror, str(path)) from error
        raise


@contextlib.contextmanager
def output_file(path: str | os.PathLike) -> Iterator[BinaryIO]:
    """Yield a file to write in the place of a user's file, whose permissions it gets.

    A link is followed. What is no regular file, such as a pipe, is written to directly.
    """
    target = Path(os.path.realpath(path))
    is_file = target.is_file()
    with replacing(target, sync=True) if is_file or not target.exists() else target.open("wb") as f:
        if is_file:
            Path(f.name).chmod(stat.S_IMODE(target.stat().st_mode))
        yield f


def replace_file(path: str | os.PathLike, content: bytes) -> None:
    """Write a file that takes the place of an old one, or of a link, when it is complete."""
    path = Path(path)
    with replacing(path, sync=True) if path.is_symlink() else output_file(path) as file:
        file.write(content)
