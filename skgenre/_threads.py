"""Run functions in threads that do not outlive the interpreter.

A thread that is inside compiled code when Python shuts down is killed as soon as it returns to the
interpreter, and compiled code that does not expect this aborts the process: after Ctrl-C a program
would die of SIGABRT instead of ending.
"""

import atexit
import os
import threading
import warnings
import weakref
from collections.abc import Callable, Generator, Iterable, Iterator, Sized
from typing import Any

# More threads are never faster, and a system supports some thousands.
_MOST_THREADS = 256
_EXIT_INTERRUPTED = 130  # a shell's exit code for Ctrl-C


class _Tasks:
    """Calls of a function that can be stopped and waited for.

    Parameters
    ----------
    function : callable
        Function of one item.
    on_end : callable or None
        Called first at the end, if given.

    Attributes
    ----------
    results : generator
        The results, if there are any to wait for.
    """

    def __init__(self, function: Callable[[Any], Any], on_end: Callable[[], None] | None) -> None:
        self._function = function
        self._on_end = on_end
        self.results: Generator[Any, None, None]
        self._n_running = 0
        self._is_over = False
        self._changed = threading.Condition()
        _all.add(self)

    def run(self, item: Any) -> Any:
        with self._changed:
            if self._is_over:
                return None
            self._n_running += 1
        try:
            return self._function(item)
        finally:
            with self._changed:
                self._n_running -= 1
                self._changed.notify_all()

    def end(self) -> None:
        """Start no more calls, wait for the running ones, and drop the results."""
        if self._is_over:
            return
        if self._on_end is not None:
            self._on_end()
        with self._changed:
            self._is_over = True
            self._changed.wait_for(lambda: not self._n_running)
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", module=r"joblib\.parallel")  # of dropped results
            self.results.close()


_all: "weakref.WeakSet[_Tasks]" = weakref.WeakSet()


def count_threads(n_jobs: int | None) -> int:
    """Return the number of threads that `n_jobs` means on this machine, as in joblib.

    Under a backend of joblib that is a cluster, joblib returns the cores of all its machines.
    """
    import joblib  # a tenth of a second, which one file or one thread needs not wait for
    from joblib.parallel import get_active_backend

    backend, _ = get_active_backend()
    if type(backend).__module__ == "joblib._parallel_backends":
        return int(joblib.effective_n_jobs(n_jobs))
    with joblib.parallel_config(backend="threading", n_jobs=1):
        return int(joblib.effective_n_jobs(n_jobs))


def run_in_threads(
    function: Callable[[Any], Any],
    items: Iterable[Any],
    n_jobs: int | None,
    on_end: Callable[[], None] | None = None,
) -> Iterator[Any]:
    """Yield the function's result for each item, in order, computed in `n_jobs` threads.

    A caller that stops early or is interrupted waits for the running calls; no others are started.

    Parameters
    ----------
    function : callable
        Function of one item.
    items : iterable
        Arguments of the calls.
    n_jobs : int or None
        Number of threads, as in joblib. With one, only the caller's thread is used. At most as many
        are started as there are items, and at most 256, or the processor's cores.
    on_end : callable or None, default=None
        Called before waiting for running calls: releases those that wait for the caller.
    """
    is_one = isinstance(items, Sized) and len(items) == 1
    if n_jobs == 1 or (n_jobs is None and is_one):
        yield from map(function, items)
        return
    import joblib

    n_threads = count_threads(n_jobs)
    if n_threads > 1:
        items = list(items)
        most = max(_MOST_THREADS, os.cpu_count() or 1)
        n_threads = max(1, min(n_threads, len(items), most))
    if n_threads == 1:
        yield from map(function, items)
        return
    tasks = _Tasks(function, on_end)
    threads = joblib.Parallel(n_threads, backend="threading", return_as="generator")
    tasks.results = threads(joblib.delayed(tasks.run)(item) for item in items)
    try:
        for result in tasks.results:  # noqa: UP028 ("yield from" would close them first)
            yield result
    finally:
        tasks.end()


@atexit.register
def _end_all() -> None:
    # An interrupted caller may be kept alive by the traceback that is about to be printed.
    try:
        for tasks in list(_all):
            tasks.end()
    except KeyboardInterrupt:
        os._exit(_EXIT_INTERRUPTED)
