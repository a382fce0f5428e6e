"""Tell arrays in files from those in memory."""

import mmap
from typing import Any

import numpy as np


def is_memory_mapped(array: Any) -> bool:
    """Tell whether the values of an array, or of the one that it is a view of, are in a file."""
    while isinstance(array, np.ndarray) and not isinstance(array, np.memmap):
        array = array.base
    return isinstance(array, np.memmap | mmap.mmap)
