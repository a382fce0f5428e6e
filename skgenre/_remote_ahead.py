"""Read the next files at URLs while the ones before them are decoded."""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Self

from ._remote_files import forget_reading, start_reading
from ._threads import count_threads
from ._urls import Url

# Enough for a store that takes as long for a file as two files take to be decoded.
_FILES_PER_THREAD = 2
# Whatever the number of threads: half a gigabyte if all are as large as may be read ahead.
_MOST_FILES = 32


class FilesAhead:
    """Files that are used one after another, of which those at URLs are read ahead.

    Small files in stores that fsspec reads asynchronously are read, in its own thread: at most two
    for each thread that uses files, and 32 together. The errors of reading a file are raised where
    it is opened. At the end of the block nothing is read any more.

    Parameters
    ----------
    paths : sequence of Url and others
        The files in the order of their use. Only a `Url` is read ahead.
    n_jobs : int or None
        Number of threads that use files, as in joblib.
    is_wanted : callable or None, default=None
        Tells by the index of a file whether to read it, once its status is known. It is called in
        the thread of fsspec, so it must not take long.
    """

    def __init__(
        self,
        paths: Sequence[object],
        n_jobs: int | None,
        is_wanted: Callable[[int], bool] | None = None,
    ) -> None:
        has_next = any(isinstance(path, Url) for path in paths[1:])
        self._paths = paths if has_next else ()
        self._n_files = 0
        if has_next:
            self._n_files = min(_MOST_FILES, _FILES_PER_THREAD * count_threads(n_jobs))
        self._is_wanted = is_wanted
        self._next = 0
        self._is_over = False
        self._lock = threading.Lock()

    @contextmanager
    def at(self, i: int) -> Iterator[None]:
        """Read the files after file `i` ahead, and drop at the end what was read of file `i`."""
        if not self._paths:
            yield
            return
        self._start_after(i)
        try:
            yield
        finally:
            self._forget(i)

    def _start_after(self, i: int) -> None:
        with self._lock:
            first = max(self._next, i + 1)
            self._next = max(first, min(i + 1 + self._n_files, len(self._paths)))
            if self._is_over:
                return
            for number in range(first, self._next):
                path = self._paths[number]
                if isinstance(path, Url):
                    start_reading(path, partial(self._wants, number))

    def _wants(self, i: int) -> bool:
        return self._is_wanted is None or self._is_wanted(i)

    def _forget(self, i: int) -> None:
        path = self._paths[i]
        if isinstance(path, Url):
            forget_reading(path)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.end()

    def end(self) -> None:
        """Stop reading. A thread that waits for a file gets an error."""
        with self._lock:
            self._is_over = True
        for i in range(min(self._next, len(self._paths))):
            self._forget(i)
