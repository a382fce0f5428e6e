"""Hash of arrays."""

import hashlib
from collections.abc import Mapping

import numpy as np


def digest_of_arrays(arrays: Mapping[str, np.ndarray]) -> str:
    """Return a hash of arrays and their names: the same for the same content in any process."""
    digest = hashlib.blake2b(digest_size=20)
    for name in sorted(arrays):
        array = np.ascontiguousarray(arrays[name])
        digest.update(f"{name}|{array.dtype.str}|{array.shape}|".encode())
        digest.update(array.data if array.size else b"")
    return digest.hexdigest()
