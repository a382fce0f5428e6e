"""File of one cache entry: an array in NumPy's format, and its digest."""

import hashlib
import io
import math
import os
from pathlib import Path

import numpy as np

from ..._files import replacing
from ..._unchanged_files import UnchangedFiles
from .shared_files import NotRegularError, check_folder, open_to_read

_DIGEST_SIZE = 20
# NumPy's header is 128 bytes for an array of few axes.
_HEADER_SIZE = 4096

# Entries that this process has found to be valid: a digest takes longer than all of the rest.
_valid: UnchangedFiles[bool] = UnchangedFiles()


def write_entry(path: Path, features: np.ndarray) -> None:
    """Write an entry, complete or not at all."""
    check_folder(path.parent)
    with replacing(path) as file:
        content = io.BytesIO()
        np.save(content, features, allow_pickle=False)
        # NumPy's own file writing hides the reason of a failure, such as a full disk.
        file.write(content.getbuffer())
        file.write(_digest(path, content.getbuffer()))


def read_entry(path: Path) -> np.ndarray | None:
    """Return the array of an entry, or None if there is none.

    A valid entry is the array written under this name: of its shape, float32, complete, and without
    NaN. Anything else is ignored.

    Raises
    ------
    NotRegularError
        If a folder, a link or the like has the entry's name.
    """
    try:
        with open_to_read(path) as file:
            status = os.fstat(file.fileno())
            size = status.st_size
            # Checked first: a sparse file can be larger than memory.
            shape, is_fortran, start = _read_header(file.read(_HEADER_SIZE))
            if size != start + 4 * math.prod(shape) + _DIGEST_SIZE:
                return None
            file.seek(0)
            content = bytearray(size)
            n_read = file.readinto(content)  # type: ignore[attr-defined]
            if n_read != len(content) or file.read(1):
                return None
        end = len(content) - _DIGEST_SIZE
        is_known = _valid.get(str(path), status) is not None
        if not is_known and _digest(path, memoryview(content)[:end]) != content[end:]:
            return None
        values = np.frombuffer(content, np.float32, (end - start) // 4, start)
        features = values.reshape(shape, order="F" if is_fortran else "C")
    except NotRegularError:
        raise
    except Exception:  # for a damaged file NumPy may raise anything, such as TokenError
        return None
    if is_known:
        return features
    if has_nan(features):
        return None
    _valid.keep(str(path), status, True)
    return features


def has_nan(features: np.ndarray) -> bool:
    """Tell whether any value is NaN, without a boolean array."""
    return features.size > 0 and bool(np.isnan(features.min()))


def _read_header(content: bytes) -> tuple[tuple[int, ...], bool, int]:
    """Return the shape of an entry's array, its order, and the offset of its values."""
    header = io.BytesIO(content)
    if np.lib.format.read_magic(header) != (1, 0):
        raise ValueError("another version of the format")
    shape, is_fortran, dtype = np.lib.format.read_array_header_1_0(header)
    if dtype != np.float32 or any(n < 0 for n in shape):
        raise ValueError("another type")
    return shape, is_fortran, header.tell()


def _digest(path: Path, content: memoryview) -> bytes:
    """Return a digest of the content and of the name: an entry that was moved is invalid."""
    digest = hashlib.blake2b(f"{path.parent.name}/{path.name}:".encode(), digest_size=_DIGEST_SIZE)
    digest.update(content)
    return digest.digest()
