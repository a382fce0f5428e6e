"""How the kernels are compiled."""

from collections.abc import Callable
from typing import Any

from numba import njit
from numba.extending import intrinsic


def compiled(function: Callable) -> Any:
    """Compile a function with numba when it is first called, and keep the result on disk.

    It releases the GIL, so that threads run side by side. A product and a sum may become one
    operation; sums are never reordered, so that a clip gives the same numbers anywhere.
    """
    options = njit(nogil=True, cache=True, error_model="numpy", fastmath={"contract", "nsz"})
    return options(function)


def written_in_llvm(function: Callable) -> Any:
    """Turn a function that writes LLVM instructions into one that compiled ones can call."""
    return intrinsic(function)
