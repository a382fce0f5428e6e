"""Keep output of libsndfile and its decoders from the program's output.

They write to the C library's `stdout` and `stderr`, which are variables: while one of their
functions runs, these point to the null device. Python's own output does not use them, so no line of
the program, of this thread or another one, is lost. The descriptors 1 and 2 are unchanged: they
belong to the whole process.
"""

import ctypes
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

_lock = threading.Lock()
_n_inside = 0
_kept: list[int | None] = []


@contextmanager
def quiet() -> Iterator[None]:
    """Send output of C code to the null device meanwhile, where :func:`can_be_quiet`."""
    _enter()
    try:
        yield
    finally:
        _leave()


def can_be_quiet() -> bool:
    """Tell whether the C library's streams can be replaced: glibc's and macOS's can."""
    return _streams() is not None


def _enter() -> None:
    global _n_inside
    streams = _streams()
    if streams is None:
        return
    with _lock:
        if _n_inside == 0:
            null, variables = streams
            _kept[:] = [variable.value for variable in variables]
            for variable in variables:
                variable.value = null
        _n_inside += 1


def _leave() -> None:
    global _n_inside
    streams = _streams()
    if streams is None:
        return
    with _lock:
        _n_inside -= 1
        if _n_inside == 0:
            for variable, value in zip(streams[1], _kept, strict=True):
                variable.value = value


def _forget_other_threads() -> None:
    """Restore the streams in a forked child, where no other thread is left to do so."""
    global _lock, _n_inside
    _lock = threading.Lock()
    if _n_inside > 0:
        _n_inside = 1
        _leave()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_other_threads)


@cache
def _streams() -> tuple[int, list[ctypes.c_void_p]] | None:
    """Return a stream of the null device, and the variables of the C library, or None."""
    try:
        library = ctypes.CDLL(None)
        if hasattr(library, "gnu_get_libc_version"):
            names = ("stdout", "stderr")
        elif hasattr(library, "__stdoutp"):
            names = ("__stdoutp", "__stderrp")
        else:  # In other C libraries they are constants.
            return None
        library.fopen.restype = ctypes.c_void_p
        library.fopen.argtypes = [ctypes.c_char_p, ctypes.c_char_p]
        null = library.fopen(b"/dev/null", b"we")
        variables = [ctypes.c_void_p.in_dll(library, name) for name in names]
    except (AttributeError, OSError, TypeError, ValueError):
        return None
    return None if null is None else (null, variables)
