"""Identify a sound file seen before, without reading all of it."""

import hashlib
from pathlib import Path

from .._remote_errors import RemoteFileError
from .._remote_files import identify_url
from .._unchanged_files import UnchangedFiles
from .._urls import Url
from ..exceptions import AudioDecodeError
from ._source import check_is_file, check_is_remote_file

# Bytes hashed at either end, and at each place in between.
_END = 64 * 1024
_PROBE = 4 * 1024
_N_PROBES = 3

_identities: UnchangedFiles[bytes] = UnchangedFiles()


def identify_file(path: Path | Url) -> bytes:
    """Return a digest of a file's size, modification time and parts of its content.

    Of a URL, it is a digest of the address and of the store's version of the content.

    The first and the last 64 kB are read, and 4 kB at three places in between, which distinguish
    clips of one length that begin and end in silence. Path, inode, owner and mode are ignored: a
    copy that keeps the modification time has the same identity, on any machine.

    Parameters
    ----------
    path : Path or Url
        The file.

    Returns
    -------
    bytes
        The digest.

    Raises
    ------
    AudioDecodeError
        If the file is missing, empty, not a regular file, or can't be read.
    """
    if isinstance(path, Url):
        check_is_remote_file(path)
        try:
            return identify_url(path)
        except RemoteFileError as error:
            raise AudioDecodeError(f"{path}: {error}.", path=str(path)) from None
    status = check_is_file(path)
    known = _identities.get(str(path), status)
    if known is not None:
        return known
    size = status.st_size
    digest = hashlib.sha256(f"file:{size}:{status.st_mtime_ns}:".encode())
    try:
        with path.open("rb", buffering=0) as file:
            digest.update(file.read(_END))
            if size > 2 * _END:
                for i in range(1, _N_PROBES + 1):
                    file.seek(size * i // (_N_PROBES + 1))
                    digest.update(file.read(_PROBE))
            if size > _END:
                file.seek(max(_END, size - _END))
                digest.update(file.read(_END))
    except OSError as error:
        raise AudioDecodeError(f"{path}: it can't be opened ({error}).", path=str(path)) from error
    identity = digest.digest()
    _identities.keep(str(path), status, identity)
    return identity
