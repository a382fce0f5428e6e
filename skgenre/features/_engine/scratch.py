"""Scratch files: arrays larger than memory, on disk for as long as they are in use."""

import contextlib
import mmap
import multiprocessing
import os
import socket
import uuid
import weakref
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from .shared_files import check_folder, is_gone, this_process

# Scratch files of this process: others with its number were left by an earlier one.
_in_use: set[str] = set()


class ScratchFile:
    """Rows of values, written one by one and then read as one array.

    The file is not mapped until it is complete: a full disk is then an error instead of a crash,
    and written pages don't count as this process's memory.

    Parameters
    ----------
    folder : Path
        Folder of scratch files. Files left there by ended processes are removed.
    dtype : str
        Data type of the values.
    """

    def __init__(self, folder: Path, dtype: str) -> None:
        check_folder(folder)
        folder.mkdir(parents=True, exist_ok=True)
        remove_stale(folder)
        self._path = folder / f"{os.getpid()}-{uuid.uuid4().hex}-{socket.gethostname()}"
        _in_use.add(self._path.name)
        self._removal = weakref.finalize(self, _remove, self._path, os.getpid())
        self._file: BinaryIO = self._path.open("x+b")
        self._dtype = np.dtype(dtype)
        self.n_values = 0

    def append(self, values: np.ndarray) -> int:
        """Append values, and return how many were there before."""
        start = self.n_values
        with self._closed_on_error():
            self._file.write(np.ascontiguousarray(values, dtype=self._dtype).data)
        self.n_values += values.size
        return start

    def finish(self) -> np.ndarray:
        """Return all values as a read-only 1-D array that ends at the end of the file.

        It is a memory map, which joblib passes to other processes by file name. In a worker process
        it is a plain array over the same map, which returns to the parent by value, since the file
        is deleted as soon as the worker releases it.
        """
        with self._closed_on_error():
            self._file.flush()
        values: np.ndarray
        mapped: Any
        if multiprocessing.parent_process() is None:
            values = np.memmap(self._file, dtype=self._dtype, mode="r")
            mapped = values.base
        else:
            mapped = mmap.mmap(self._file.fileno(), 0, access=mmap.ACCESS_READ)
            values = np.frombuffer(mapped, dtype=self._dtype)
        self._file.close()
        self._removal.detach()
        # Every view of the array keeps the map alive.
        weakref.finalize(mapped, _remove, self._path, os.getpid())
        return values

    def close(self) -> None:
        """Close the file and remove it, unless it is finished."""
        with contextlib.suppress(OSError):  # unwritten data may not fit either
            self._file.close()
        self._removal()

    @contextlib.contextmanager
    def _closed_on_error(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            self.close()
            raise OSError(error.errno, error.strerror, str(self._path)) from error


def remove_stale(folder: Path) -> None:
    """Remove the scratch files of processes that have ended without doing so."""
    if folder.is_symlink():
        return
    for path in folder.glob("*-*-*"):
        pid, _, host = path.name.split("-", 2)
        owner = f"{host} {pid}"
        is_left = path.name not in _in_use if owner == this_process() else is_gone(owner)
        if is_left:
            with contextlib.suppress(OSError):
                path.unlink()


def _remove(path: Path, pid: int) -> None:
    if os.getpid() != pid:
        return  # a fork, which has the file from its parent
    _in_use.discard(path.name)
    with contextlib.suppress(OSError):
        path.unlink(missing_ok=True)
