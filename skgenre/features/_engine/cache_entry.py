"""File of one cache entry: an array in NumPy's format, and its digest."""

import hashlib
import io
import math
import os
from pathlib import Path
from typing import Literal, NamedTuple

import numpy as np

from ..._files import replacing
from ..._unchanged_files import UnchangedFiles
from .shared_files import NotRegularError, check_folder, open_to_read

_DIGEST_SIZE = 32
# NumPy's header is 128 bytes for an array of few axes.
_HEADER_SIZE = 4096


class _Layout(NamedTuple):
    """Place of the values in an entry, as its header says."""

    shape: tuple[int, ...]
    is_fortran: bool
    start: int

    @property
    def n_values(self) -> int:
        """Number of values."""
        return math.prod(self.shape)

    @property
    def end(self) -> int:
        """Offset of the digest, which follows the values."""
        return self.start + 4 * self.n_values


# Entries that this process has found to be valid: digest and header take longer than the values.
_valid: UnchangedFiles[_Layout] = UnchangedFiles(are_complete=True)


def write_entry(path: Path, features: np.ndarray) -> None:
    """Write an entry, complete or not at all."""
    check_folder(path.parent)
    with replacing(path) as file:
        content = io.BytesIO()
        np.save(content, features, allow_pickle=False)
        # NumPy's own file writing hides the reason of a failure, such as a full disk.
        file.write(content.getbuffer())
        file.write(_digest(path, content.getbuffer()))


def read_entry(path: Path, out: np.ndarray | None = None) -> np.ndarray | None:
    """Return the array of an entry, or None if there is none.

    A valid entry is the array written under this name: of its shape, float32, complete, and without
    NaN. Anything else is ignored.

    Parameters
    ----------
    path : Path
        The entry.
    out : ndarray or None, default=None
        A contiguous float32 array. If it has the shape of the entry, the values are read into it,
        and it is returned. Its values are undefined if no entry is returned.

    Raises
    ------
    NotRegularError
        If a folder, a link or the like has the entry's name.
    """
    try:
        with open_to_read(path) as file:
            status = os.fstat(file.fileno())
            known = _valid.get(str(path), status)
            layout = known or _read_header(file.read(_HEADER_SIZE))
            # Checked first: a sparse file can be larger than memory.
            if status.st_size != layout.end + _DIGEST_SIZE:
                return None
            # One found valid is read without its header and digest.
            file.seek(layout.start if known else 0)
            header = b"" if known else file.read(layout.start)
            order: Literal["F", "C"] = "F" if layout.is_fortran else "C"
            if out is None or out.shape != layout.shape or layout.is_fortran:
                features = np.empty(layout.shape, np.float32, order=order)
            else:
                features = out
            content = features.reshape(-1, order=order).view(np.uint8)
            n_read = file.readinto(content)  # type: ignore[attr-defined]
            digest = b"" if known else file.read(_DIGEST_SIZE)
        if n_read != len(content):
            return None
        if known is None and _digest(path, header, content.data) != digest:
            return None
    except NotRegularError:
        raise
    except Exception:  # for a damaged file NumPy may raise anything, such as TokenError
        return None
    if known is None:
        if has_nan(features):
            return None
        _valid.keep(str(path), status, layout)
    return features


def has_nan(features: np.ndarray) -> bool:
    """Tell whether any value is NaN, without a boolean array."""
    return features.size > 0 and bool(np.isnan(features.min()))


def _read_header(content: bytes) -> _Layout:
    """Return the layout of an entry, which is a float32 array."""
    header = io.BytesIO(content)
    if np.lib.format.read_magic(header) != (1, 0):
        raise ValueError("another version of the format")
    shape, is_fortran, dtype = np.lib.format.read_array_header_1_0(header)
    if dtype != np.float32 or any(n < 0 for n in shape):
        raise ValueError("another type")
    return _Layout(shape, is_fortran, header.tell())


def _digest(path: Path, *content: bytes | memoryview) -> bytes:
    """Return a digest of the content and of the name: an entry that was moved is invalid."""
    # Most processors have instructions for it: 660 kB of a map take a third of BLAKE2's time.
    digest = hashlib.sha256(f"{path.parent.name}/{path.name}:".encode())
    for part in content:
        digest.update(part)
    return digest.digest()
