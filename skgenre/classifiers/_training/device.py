"""Devices and threads of training: one fit at a time on each GPU, one thread after a fork."""

import os
import tempfile
import time
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import torch
from filelock import BaseFileLock, FileLock, Timeout

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


# The GPUs that this process has said it waits for.
_warned: set[tuple[str, ...]] = set()

_POLL = 0.05  # seconds between two looks at GPUs that are all in use


def resolve_device(name: str, device: str) -> str:
    """Resolve "auto" to a device; refuse a device that is not available."""
    has_mps = torch.backends.mps.is_available()
    if device == "auto":
        return "cuda" if torch.cuda.is_available() else "mps" if has_mps else "cpu"
    kind, colon, _ = device.partition(":")
    here = {"cpu": True, "cuda": torch.cuda.is_available(), "mps": has_mps}
    is_here = here.get(kind, False)
    gpus = _number_gpus() if here["cuda"] else []
    if kind == "cuda" and colon:
        is_here = device in gpus
    if not is_here:
        names = [name for name, is_here in here.items() if is_here]
        available = ", ".join(repr(name) for name in ["auto", *names, *gpus])
        raise ValueError(
            f"The 'device' parameter of {name} must be a device of this machine: {available}. "
            f"Got {device!r} instead."
        )
    return device


def list_devices(name: str, device: str) -> list[str]:
    """Return the devices that a fit may take: with several GPUs, all for "auto" and "cuda"."""
    resolved = resolve_device(name, device)
    gpus = _number_gpus() if resolved == "cuda" else []
    return gpus if len(gpus) > 1 else [resolved]


def _number_gpus() -> list[str]:
    """Return the GPUs that CUDA_VISIBLE_DEVICES leaves to this process."""
    return [f"cuda:{number}" for number in range(torch.cuda.device_count())]


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
def take_turns(name: str, devices: Sequence[str], preferred: str | None = None) -> Iterator[str]:
    """Take the first free one of some devices for this block, and yield it.

    A GPU is locked: one fit at a time over all processes of this user. Otherwise the processes of a
    search with ``n_jobs`` above 1 would share the GPU's memory until it is full, and be no faster.
    If none is free, the one that is free first is taken; the first wait of a process gives a
    warning. The CPU is not locked.

    Parameters
    ----------
    name : str
        Name of the estimator, for the warning.
    devices : sequence of str
        The devices, as `list_devices` returns them.
    preferred : str or None, default=None
        The one to try first.
    """
    if devices[0].startswith("cpu"):
        yield devices[0]
        return
    identities = [_identify(device) for device in devices]
    locks: dict[str, BaseFileLock] = {
        device: FileLock(_lock_path(identity), is_singleton=True)
        for device, identity in zip(devices, identities, strict=True)
    }
    # A fit within a fit takes the GPU that this thread has.
    ordered = sorted(devices, key=lambda each: (not locks[each].is_locked, each != preferred))
    device = _take_free(ordered, locks)
    if device is None:
        _warn_of_waiting(name, devices, tuple(identities))
        while device is None:
            time.sleep(_POLL)
            device = _take_free(ordered, locks)
    try:
        yield device
    finally:
        locks[device].release()


def _take_free(devices: Sequence[str], locks: dict[str, BaseFileLock]) -> str | None:
    """Lock the first free device and return it; None if all are in use."""
    for device in devices:
        try:
            locks[device].acquire(timeout=0)
        except Timeout:
            continue
        return device
    return None


def _warn_of_waiting(name: str, devices: Sequence[str], identities: tuple[str, ...]) -> None:
    if identities in _warned:
        return
    _warned.add(identities)
    used = (
        f"{name} waits for {devices[0]}: another fit is using it."
        if len(devices) == 1
        else f"{name} waits for a GPU: other fits are using all {len(devices)}, "
        f"{', '.join(devices)}."
    )
    warnings.warn(
        f"{used} They take turns, so n_jobs={len(devices)} is as fast here.",
        TrainingWarning,
        stacklevel=4,
    )


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
