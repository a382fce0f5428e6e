"""Zip files whose members are read by URL, kept open from member to member."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

from ._urls import Url, as_path

_MOST = 4


class _Archive(NamedTuple):
    """An open archive, the process that opened it, and the version of its file."""

    process: int
    version: Any
    files: Any


_archives: dict[str, _Archive] = {}


def open_archive(
    container: str,
    *,
    is_new: bool,
    find_version: Callable[[Url], Any],
    open_url: Callable[[Url], BinaryIO],
) -> Any:
    """Return the filesystem of a zip file, opened again only when the file has changed.

    Parameters
    ----------
    container : str
        Path or URL of the zip file.
    is_new : bool
        Whether to look for changes.
    find_version : callable
        Returns the version of a file at a URL; None if there is none.
    open_url : callable
        Opens a file at a URL.
    """
    from fsspec.implementations.zip import ZipFileSystem

    process = os.getpid()
    known = _archives.get(container)
    if known is not None and known.process != process:  # of the process that forked this one
        known = None
    if known is not None and not is_new:
        return known.files
    path = as_path(container)
    if isinstance(path, Path):
        status = path.stat()
        version = (status.st_size, status.st_mtime_ns, status.st_ino)
    else:
        version = find_version(path)
    if known is not None and known.version == version is not None:
        return known.files
    files = ZipFileSystem(path.open("rb") if isinstance(path, Path) else open_url(path))
    # No lock: a process that is forked meanwhile would wait for it forever.
    _archives[container] = _Archive(process, version, files)
    for oldest in list(_archives)[:-_MOST]:
        _archives.pop(oldest, None)
    return files
