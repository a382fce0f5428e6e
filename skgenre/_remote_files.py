"""Read files by URL, through fsspec: their status, and their bytes as a stream."""

import asyncio
import concurrent.futures
import contextlib
import hashlib
import io
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any, BinaryIO, NamedTuple, cast

from . import _remote_blocks
from ._remote_archives import open_archive
from ._remote_errors import RemoteFileError, explain
from ._secrets import hide_secrets
from ._urls import Url, links

# Files up to this size are read by one request.
_WHOLE = 16 << 20
# Larger ones are read in blocks, unless the store can't: then up to this size.
_MOST_IN_MEMORY = 256 << 20

# Names that stores give to a digest or a number that changes with the content, and to a time.
_VERSIONS = (
    "ETag", "etag", "generation", "VersionId", "version_id", "md5Hash", "md5Checksum", "CRC", "hex",
    "Content-MD5", "Digest", "checksum", "blob_id", "sha",
)  # fmt: skip
_TIMES = (
    "LastModified", "last_modified", "Last-Modified", "mtime", "modified", "updated",
    "modifiedTime", "modificationTime", "modify", "created", "date_time",
)  # fmt: skip

# Parameters of signed links, which change from link to link.
_SIGNING = ("x-amz-", "x-goog-")
_SIGNING_NAMES = {
    "awsaccesskeyid", "expires", "googleaccessid", "key-pair-id", "policy", "se", "sig",
    "signature", "sp", "spr", "sr", "st", "sv",
}  # fmt: skip


class Status(NamedTuple):
    """Size and version of a file, as its store has them.

    Parameters
    ----------
    size : int or None
        Number of bytes, if known.
    version : str
        The store's version of the content; empty if it has none.
    has_ranges : bool
        Whether parts can be read, as far as known.
    """

    size: int | None
    version: str
    has_ranges: bool


def find_status(url: Url) -> Status:
    """Return the status of a file, which is asked for once for a `Url` object.

    Raises
    ------
    RemoteFileError
        If it is missing or can't be read.
    """
    if url.status is None:
        with _explained(url):
            _await_reading(url)
            if url.status is None:
                url.status = _ask(url)
    return url.status


def identify_url(url: Url) -> bytes:
    """Return a digest of a file's address and its store's version of the content.

    The version is an ETag, a generation or a checksum, else size and time. A file without any of
    these is read, and its content takes their place.

    Raises
    ------
    RemoteFileError
        If it is missing or can't be read.
    """
    status = find_status(url)
    digest = hashlib.blake2b(f"url:{_unsigned(url)}:{status.size}:".encode(), digest_size=20)
    if status.version:
        digest.update(status.version.encode())
        return digest.digest()
    with open_url(url) as (stream, _):
        while block := stream.read(1 << 20):
            digest.update(block)
    return digest.digest()


@contextmanager
def open_url(url: Url, *, in_parts: bool = False) -> Iterator[tuple[BinaryIO, int]]:
    """Open a file to read and seek; yield the stream and the number of its bytes.

    Parameters
    ----------
    url : Url
        The file.
    in_parts : bool, default=False
        Whether only a part is going to be read, such as a header: it is then read in blocks,
        however small the file is.

    Raises
    ------
    RemoteFileError
        If it is missing or can't be read, then or while it is read.
    """
    with _open_stream(url, in_parts) as stream:
        size = stream.seek(0, os.SEEK_END)
        stream.seek(0)
        yield stream, size


def _open_stream(url: Url, in_parts: bool) -> BinaryIO:
    with _explained(url):
        content = _await_reading(url)
        url.ahead = None
        if content is not None:
            return _open_content(content)
    status = find_status(url)
    with _explained(url):
        fs, path = _connect(url)
        return _open(fs, path, url, status, in_parts)


def read_url(url: Url, most: int) -> bytes:
    """Return the content of a file; refuse one of more than `most` bytes."""
    with open_url(url) as (stream, size):
        if size > most:
            raise RemoteFileError(f"the file has {size:,} bytes, at most {most:,} are read")
        return stream.read()


def start_reading(url: Url, is_wanted: Callable[[], bool]) -> None:
    """Begin to read a small file; `find_status` and `open_url` wait for it, and raise its errors.

    Only stores that fsspec reads asynchronously are read in this way, in its own thread.

    Parameters
    ----------
    url : Url
        The file.
    is_wanted : callable
        Tells whether to read the content, called when the version is known.
    """
    from fsspec.asyn import AsyncFileSystem
    from fsspec.registry import get_filesystem_class

    kind = get_filesystem_class(url.scheme)
    if "::" in os.fspath(url) or not (issubclass(kind, AsyncFileSystem) and kind.async_impl):
        return
    # Its error is that of the URL, and comes again where the file is opened.
    with contextlib.suppress(Exception):
        fs, path = _connect(url)
        loop = fs.loop
        reading = _read_small(fs, path, url, is_wanted)
        url.ahead = asyncio.run_coroutine_threadsafe(reading, loop)


def forget_reading(url: Url) -> None:
    """End what `start_reading` began, and drop what was read and not used."""
    ahead, url.ahead = url.ahead, None
    if ahead is not None:
        ahead.cancel()


async def _read_small(fs: Any, path: str, url: Url, is_wanted: Callable[[], bool]) -> bytes | None:
    if url.status is None:
        url.status = _status_of(await fs._info(path), path)
    size, version, _ = url.status
    # Without a version, the content is read to identify the file.
    if not size or size > _WHOLE or (version and not is_wanted()):
        return None
    return _check_part(await fs._cat_file(path, **_part(fs, 0, size, size)), 0, size, size)


def _await_reading(url: Url) -> bytes | None:
    """Return the content of a file that is read ahead; None if it is not."""
    ahead = url.ahead
    if ahead is None:
        return None
    while not ahead.done():
        concurrent.futures.wait([ahead], timeout=1.0)  # without end, Ctrl-C would wait on Windows
    try:
        return cast(bytes | None, ahead.result())
    except Exception:
        url.ahead = url.status = None  # asked for again if it is tried again
        raise


@contextmanager
def _explained(url: Url) -> Iterator[None]:
    """Turn any error of a library into one of ours, without its traceback, which has the URL."""
    try:
        yield
    except Exception as error:
        raise explain(error, url) from None


def _connect(url: Url) -> tuple[Any, str]:
    """Return the filesystem and the path in it."""
    from fsspec.asyn import AsyncFileSystem
    from fsspec.core import url_to_fs
    from fsspec.registry import get_filesystem_class

    text = os.fspath(url)
    inside, separator, container = text.partition("::")
    if url.scheme == "zip" and separator:
        fs = open_archive(
            container,
            is_new=url.status is None,
            find_version=lambda archive: _version_of(find_status(archive)),
            open_url=lambda archive: _open_stream(archive, True),
        )
        return fs, inside.partition("://")[2].lstrip("/")
    # A listing from before would hide that a file has changed.
    options = {
        scheme: {"use_listings_cache": False}
        for scheme in links(text)
        if issubclass(get_filesystem_class(scheme), AsyncFileSystem)
    }
    return url_to_fs(text, **options)


def _version_of(status: Status) -> tuple[int | None, str] | None:
    return (status.size, status.version) if status.version else None


def _ask(url: Url) -> Status:
    fs, path = _connect(url)
    return _status_of(fs.info(path), path)


def _status_of(info: dict[str, Any], path: str) -> Status:
    if info.get("type") == "directory":
        raise IsADirectoryError(path)
    size = info.get("size")
    version = next((f"{name}={info[name]}" for name in _VERSIONS if info.get(name)), "")
    if not version and size is not None:
        version = next((f"{name}={info[name]}" for name in _TIMES if info.get(name)), "")
    return Status(size, version, info.get("partial") is not False)


def _open(fs: Any, path: str, url: Url, status: Status, in_parts: bool) -> BinaryIO:
    size = status.size
    if size is None:
        return _open_content(_read_all(fs, path))
    if not size:
        return io.BytesIO()
    if size <= (_remote_blocks.FIRST_BLOCK if in_parts and status.has_ranges else _WHOLE):
        return _open_content(_read_part(fs, path, 0, size, size))
    if not (status.has_ranges and _can_seek(fs, path, size)):
        _check_fits(size)
        return _open_content(_read_part(fs, path, 0, size, size))
    read_part: Callable[[int, int], bytes] = partial(_read_part, fs, path, size=size)
    if not fs.async_impl:  # one that opens the file for each part
        read_part = _reader_of(fs.open(path, "rb"))
    return cast(BinaryIO, _remote_blocks.Blocks(read_part, size, url))


def _open_content(content: bytes) -> BinaryIO:
    """Open bytes as a file; on Linux one with a descriptor, which libraries in C read faster."""
    if hasattr(os, "memfd_create"):
        # It is not allowed, too many files are open, or none may be as large (ulimit -f).
        with contextlib.suppress(OSError):
            return _open_with_descriptor(content)
    return io.BytesIO(content)


def _open_with_descriptor(content: bytes) -> BinaryIO:
    stream = os.fdopen(os.memfd_create("remote"), "rb")
    try:
        with os.fdopen(stream.fileno(), "wb", closefd=False) as file:
            file.write(content)
    except BaseException:
        stream.close()
        raise
    return stream


def _read_part(fs: Any, path: str, start: int, stop: int, size: int) -> bytes:
    """Return some bytes of a file of a known size, by one request."""
    content = fs.cat_file(path, **_part(fs, start, stop, size))
    return _check_part(content, start, stop, size)


def _part(fs: Any, start: int, stop: int, size: int) -> dict[str, int]:
    """Return the arguments by which a filesystem sends some bytes of a file."""
    if "http" in fs.protocol and (start, stop) == (0, size):
        return {}
    return {"start": start, "end": stop}  # without these, S3 is asked for the size first


def _check_part(content: bytes, start: int, stop: int, size: int) -> bytes:
    if len(content) == size and (start, stop) != (0, size):
        content = content[start:stop]  # a server that sends the whole file anyway
    if len(content) != stop - start:
        raise RemoteFileError(
            f"{len(content):,} bytes came of {stop - start:,}: the connection was lost, or the "
            f"file was changed meanwhile. Try again later"
        )
    return content


def _reader_of(file: BinaryIO) -> Callable[[int, int], bytes]:
    def read(start: int, stop: int) -> bytes:
        file.seek(start)
        return file.read(stop - start)

    return read


def _read_all(fs: Any, path: str) -> bytes:
    """Return the content of a file of unknown size."""
    content = bytearray()
    # With some size, it is not asked for again: the file is read as a stream.
    options = {"block_size": 0, "size": 1} if "http" in fs.protocol else {}
    with fs.open(path, "rb", **options) as file:
        while block := file.read(1 << 20):
            content += block
            _check_fits(len(content))
    return bytes(content)


def _can_seek(fs: Any, path: str, size: int) -> bool:
    """Tell whether the end of a file can be read alone; a web server need not be able to."""
    if "http" not in fs.protocol:
        return True
    try:
        with fs.open(path, "rb", block_size=1, size=size, cache_type="none") as file:
            file.seek(size - 1)
            return len(file.read(1)) == 1
    except ValueError:
        return False


def _check_fits(size: int) -> None:
    if size > _MOST_IN_MEMORY:
        raise RemoteFileError(
            f"the file has at least {size:,} bytes, and its server sends no parts of it: at most "
            f"{_MOST_IN_MEMORY:,} are read as a whole. Download it, or use a store that can seek"
        )


def _unsigned(url: Url) -> str:
    """Return the address of a file without credentials, and without the signature of a link."""
    text = os.fspath(url)
    query = "" if "::" in text else text.partition("?")[2].partition("#")[0]
    kept = [
        part
        for part in query.split("&")
        if (name := part.partition("=")[0].lower())
        and not name.startswith(_SIGNING)
        and name not in _SIGNING_NAMES
    ]
    return f"{hide_secrets(text)}?{'&'.join(kept)}"
