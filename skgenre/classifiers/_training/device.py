"""Devices and threads of training: one fit at a time on a GPU, one thread after a fork."""

import os
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import torch
from filelock import FileLock, Timeout

from ...exceptions import SkgenreWarning, TrainingWarning

_is_forked = False


def _note_fork() -> None:
    global _is_forked
    _is_forked = True


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_note_fork)


def use_one_thread_after_fork() -> None:
    """Compute in one thread from now on, if this process was forked after torch was loaded."""
    if _is_forked and torch.get_num_threads() > 1:
        torch.set_num_threads(1)
        warnings.warn(
            "This process was forked from one that had loaded PyTorch, whose threads do not "
            "survive a fork: networks compute in one thread here. Start workers with the method "
            "'spawn', or load the model in each of them, for more.",
            SkgenreWarning,
            stacklevel=3,
        )


_warned: set[str] = set()


def resolve_device(name: str, device: str) -> str:
    """Resolve "auto" to a device; refuse a device that is not available."""
    has_mps = torch.backends.mps.is_available()
    if device == "auto":
        return "cuda" if torch.cuda.is_available() else "mps" if has_mps else "cpu"
    kind = device.partition(":")[0]
    here = {"cpu": True, "cuda": torch.cuda.is_available(), "mps": has_mps}
    if not here.get(kind, False):
        available = ", ".join(repr(name) for name, is_here in here.items() if is_here)
        raise ValueError(
            f"The 'device' parameter of {name} must be a device of this machine: 'auto', "
            f"{available}. Got {device!r} instead."
        )
    return device


@contextmanager
def fork_rng(device: str, seed: int) -> Iterator[None]:
    """Let torch draw from `seed` in this block, and leave its states as they were."""
    kind = torch.device(device).type
    # torch.manual_seed would seed all GPUs, and those that are not forked would stay so.
    with torch.random.fork_rng([torch.device(device)] if kind == "cuda" else []):
        torch.default_generator.manual_seed(seed)
        if kind == "cuda":
            with torch.cuda.device(device):
                torch.cuda.manual_seed(seed)
        state = torch.mps.get_rng_state() if kind == "mps" else None
        if state is not None:
            torch.mps.manual_seed(seed)
        try:
            yield
        finally:
            if state is not None:
                torch.mps.set_rng_state(state)


@contextmanager
def take_turns(name: str, device: str) -> Iterator[None]:
    """Lock a GPU for this block: one fit at a time over all processes of this user.

    Otherwise the processes of a search with ``n_jobs`` above 1 would share the GPU's memory until
    it is full, and be no faster. The first wait of a process gives a warning. The CPU is not
    locked.

    Parameters
    ----------
    name : str
        Name of the estimator, for the warning.
    device : str
        The device.
    """
    if device.startswith("cpu"):
        yield
        return
    identity = _identify(device)
    lock = FileLock(_lock_path(identity), is_singleton=True)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        if identity not in _warned:
            _warned.add(identity)
            warnings.warn(
                f"{name} waits for {device}: another fit is using it. They take turns, so n_jobs=1 "
                f"is as fast here.",
                TrainingWarning,
                stacklevel=2,
            )
        lock.acquire()
    try:
        yield
    finally:
        lock.release()


def _identify(device: str) -> str:
    """Return a name of the GPU that is valid in other processes, whichever GPUs they can see."""
    kind, _, number = device.partition(":")
    if kind == "cuda" and torch.cuda.is_available():
        index = int(number) if number else torch.cuda.current_device()
        return f"cuda-{torch.cuda.get_device_properties(index).uuid}"
    return device.replace(":", "-")


def _lock_path(identity: str) -> Path:
    # Another user's file in a shared folder could not be opened.
    user = os.getuid() if hasattr(os, "getuid") else "user"
    return Path(tempfile.gettempdir(), f"skgenre-{user}-{identity}.lock")


@contextmanager
def explain_out_of_memory(name: str, batch_size: int, shape: tuple[int, ...]) -> Iterator[None]:
    """Suggest a batch size when the GPU's memory is full.

    Parameters
    ----------
    name : str
        The estimator's.
    batch_size : int
        Clips in a batch.
    shape : tuple of int
        Shape of a map.

    Raises
    ------
    MemoryError
        In place of torch's error.
    """
    try:
        yield
    except torch.OutOfMemoryError as error:
        size = " x ".join(map(str, shape))
        cure = (
            f"Try batch_size={batch_size // 2}"
            if batch_size > 1
            else "Try a smaller network, shorter maps or device='cpu'"
        )
        raise MemoryError(
            f"{name}: the GPU's memory is too small for batches of {batch_size} maps of {size}. "
            f"{cure}; in training mixed_precision=True takes about half."
        ) from error
