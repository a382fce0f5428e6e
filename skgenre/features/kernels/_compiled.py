"""Compilation of the kernels."""

import logging
import sys
from collections.abc import Callable
from typing import Any

from ..._kernel_cache import allow_read_only_installation

try:
    from numba import config, njit
    from numba.core import event
    from numba.extending import intrinsic
except Exception as error:  # an LLVM library that can't be loaded raises OSError
    raise ImportError(
        f"skgenre compiles its features with numba, which can't be imported here "
        f"({type(error).__name__}: {error}). Install numba for this Python and processor."
    ) from error

if getattr(config, "DISABLE_JIT", False):
    raise ImportError(
        "skgenre compiles its features with numba, and NUMBA_DISABLE_JIT forbids it. Unset it."
    )

allow_read_only_installation()


_OPTIONS: dict = {
    "nogil": True,
    "error_model": "numpy",
    "fastmath": {"contract", "nsz"},
}


def compiled(function: Callable) -> Any:
    """Compile a function with numba on its first call, and cache the result on disk.

    It releases the GIL, so that threads run side by side. A product and a sum may be fused into one
    operation; sums are never reordered, so that a clip gives the same numbers everywhere.
    """
    return njit(cache=True, **_OPTIONS)(function)


def compiled_into_callers(function: Callable) -> Any:
    """Compile a function into each compiled function that calls it, for short ones in loops."""
    return njit(forceinline=True, **_OPTIONS)(function)


def written_in_llvm(function: Callable) -> Any:
    """Turn a function that emits LLVM instructions into one that compiled functions can call."""
    return intrinsic(function)


class _Notice(event.Listener):
    """Notify once per process that kernels are being compiled: the first clip takes seconds."""

    def __init__(self) -> None:
        self._is_said = False

    def on_start(self, event: event.Event) -> None:
        if self._is_said or not event.data["dispatcher"].py_func.__module__.startswith(__package__):
            return
        self._is_said = True
        message = "Compiling the kernels of skgenre, once on this machine: some seconds."
        logging.getLogger("skgenre").info(message)
        if sys.stderr.isatty():
            print(message, file=sys.stderr)  # noqa: T201

    def on_end(self, event: event.Event) -> None:
        """Do nothing."""


# Loading from the cache on disk does not trigger this event.
event.register("numba:compile", _Notice())
