"""Run the partitions of a job, on the threads of this machine or as tasks of a Dask cluster."""

import contextlib
import os
import time
import uuid
from collections.abc import Callable, Generator, Iterable, Iterator
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING, Any, TypeVar

import joblib

from .. import __version__
from .._shown_text import show
from .._urls import is_url
from ._folder import Folder
from ._killers import KILLED_TOO_OFTEN, find_killers
from ._part import OnClip, Outcome, Part, PartWriter

if TYPE_CHECKING:
    from distributed import Client, Future

Result = TypeVar("Result")

# Tasks that a cluster has at once, for each of its threads and beside that: the scheduler's memory
# does not grow with the number of clips.
_PER_THREAD, _MORE = 2, 2
# Seconds until the threads of a growing cluster are counted again.
_COUNTED_AGAIN = 2.0
# Times that a partition is given out again after an error of the disk or the network.
_RETRIES = 2
# Times that a partition may lose its workers although none of its clips kills one.
_MOST_KILLED = 5
# Threads of a task with remote files, which wait for the network most of the time.
_THREADS_OF_URLS = 4
_WAIT = 60  # seconds for the first worker
_MOST_IDLE = 600  # seconds without any worker
_PAUSE = 0.05  # seconds between two looks for finished tasks


def run_here(
    work: PartWriter, parts: Iterable[Part], n_threads: int, on_clip: OnClip
) -> Iterator[Outcome]:
    """Yield partitions as they are finished, each computed in `n_threads` threads."""
    for part in parts:
        yield work.run(part, n_threads, on_clip)


def check_client(client: Any, folder: Folder, caller: str) -> None:
    """Refuse what is no client of a Dask cluster, and a cluster whose workers can't do a job.

    Parameters
    ----------
    client : object
        The client.
    folder : Folder
        Where the workers write.
    caller : str
        Name of the function, for messages.

    Raises
    ------
    TypeError
        If it is no client.
    ConnectionError
        If no worker is there within a minute.
    ValueError
        If workers have another version of skgenre, or `folder` is in the memory of this process
        and they are others.
    """
    try:
        from distributed import Client
    except ImportError as error:
        raise ImportError("A Dask cluster needs Dask: pip install 'skgenre[cluster]'.") from error
    if not isinstance(client, Client) or client.asynchronous:
        which = " that is asynchronous" if isinstance(client, Client) else ""
        raise TypeError(
            f"{caller} takes client=distributed.Client(address) or None, got a "
            f"{type(client).__name__}{which}."
        )
    try:
        client.wait_for_workers(1, timeout=_WAIT)
    except TimeoutError as error:
        raise ConnectionError(
            f"{caller}: the Dask cluster has no workers. Start some with 'dask worker'."
        ) from error
    workers = client.run(_describe_worker).values()
    if folder.is_in_memory and {process for process, _ in workers} != {os.getpid()}:
        raise ValueError(
            f"{folder.shown}: this is the memory of one process, and the workers are others. "
            f"Choose a folder that all see, an object store, or client=None."
        )
    others = sorted({version for _, version in workers} - {__version__})
    if others:
        raise ValueError(
            f"{caller}: workers have skgenre {show(others[0])}, and this process has "
            f"{__version__}. Install the same version."
        )


def count_cores(client: "Client") -> int:
    """Return the number of threads of a cluster.

    Raises
    ------
    ConnectionError
        If its scheduler does not answer.
    """
    try:
        return sum(client.nthreads().values())
    except OSError as error:
        raise ConnectionError(
            "The scheduler of the Dask cluster does not answer. Start it again, and run this again "
            "to continue."
        ) from error


def compute_on(client: "Client", function: Callable[[Any], Result], argument: Any) -> Result:
    """Return a function's result, computed by a worker, although workers die.

    Raises
    ------
    RuntimeError
        If workers die of it again and again.
    """
    from distributed import KilledWorker

    for _ in range(_MOST_KILLED):
        try:
            return client.submit(function, argument, pure=False).result()
        except KilledWorker as error:
            last = error
    raise RuntimeError(
        "The workers of the Dask cluster die while they compute the first clip, of noise. Give "
        "them more memory, or read their logs."
    ) from last


class ClusterJob:
    """A job on a Dask cluster, which outlives the death of workers.

    Parameters
    ----------
    client : distributed.Client
        The cluster.
    work : PartWriter
        What to do with a partition.
    name : str
        Prefix of the tasks on Dask's dashboard.
    """

    def __init__(self, client: "Client", work: PartWriter, name: str) -> None:
        self._client = client
        self._work = work
        self._name = name
        self._shared: Future | None = None
        self._killed: dict[int, int] = {}
        self._failed: dict[int, int] = {}
        self._dropped: dict[int, int] = {}
        self._suspects: list[Part] = []
        self._limit = 0
        self._counted = -_COUNTED_AGAIN

    def run(self, parts: Iterable[Part]) -> Generator[Outcome, None, None]:
        """Yield partitions as they are finished.

        Raises
        ------
        RuntimeError
            If a partition loses its workers again and again, and no single clip of it does that.
        ConnectionError
            If the scheduler is lost.
        """
        todo = iter(parts)
        self._share()
        try:
            while True:
                yield from self._run_all(todo)
                if not self._suspects:
                    return
                suspects, self._suspects = self._suspects, []
                # All of them before the first runs again: nothing else may run meanwhile.
                todo = iter([self._without_killers(part) for part in suspects])
        finally:
            self._cancel([self._shared])
            self._shared = None

    def _cancel(self, futures: list[Any]) -> None:
        """Release futures, which the traceback of an error would keep."""
        with contextlib.suppress(Exception):  # of a scheduler that is gone
            self._client.cancel(futures)

    def _share(self) -> None:
        # A task of its own: each worker gets it once, and it is made again if its worker dies.
        self._shared = self._client.submit(_keep, self._work, key=self._key("work"), pure=False)

    def _key(self, kind: str) -> str:
        return f"{self._name}-{kind}-{uuid.uuid4().hex}"

    def _submit(self, part: Part) -> "Future":
        return self._client.submit(
            _run_part, self._shared, part, key=self._key(f"part{part.number}"), pure=False
        )

    def _run_all(self, todo: Iterator[Part]) -> Iterator[Outcome]:
        from distributed import as_completed

        running: dict[Any, Part] = {}
        completed = as_completed([], with_results=False)

        def fill() -> None:
            for part in islice(todo, max(0, self._most() - len(running))):
                add(part)

        def add(part: Part) -> None:
            future = self._submit(part)
            running[future] = part
            completed.add(future)

        try:
            fill()
            for future in self._wait(completed):
                part = running[future]
                if future.status == "finished":
                    yield future.result()
                elif future.status == "error":
                    if self._may_run_again(part, future.exception()):
                        add(part)
                elif self._may_be_dropped(part):
                    add(part)
                else:
                    raise ConnectionError(
                        "The Dask cluster dropped a task: its scheduler stopped, or was restarted. "
                        "Run this again to continue."
                    )
                del running[future], future
                fill()
        finally:
            self._cancel(list(running))

    def _wait(self, completed: Any) -> "Iterator[Future]":
        """Yield futures as they complete, until there are none; refuse to wait without workers."""
        seen = time.monotonic()
        while not completed.is_empty():
            if completed.has_ready():
                yield completed.next()
                seen = time.monotonic()
                continue
            time.sleep(_PAUSE)
            waited = time.monotonic() - seen
            if waited > _COUNTED_AGAIN and count_cores(self._client):
                seen = time.monotonic()
            elif waited > _MOST_IDLE:
                raise ConnectionError(
                    f"The Dask cluster has had no workers for {_MOST_IDLE} seconds. Start some, "
                    f"and run this again to continue."
                )

    def _most(self) -> int:
        """Return how many tasks the cluster may have at once."""
        if time.monotonic() - self._counted >= _COUNTED_AGAIN:
            self._counted = time.monotonic()
            self._limit = _PER_THREAD * count_cores(self._client) + _MORE
        return self._limit

    def _may_run_again(self, part: Part, error: BaseException) -> bool:
        """Tell whether to give a partition out again at once, or raise its error."""
        from distributed import KilledWorker

        if isinstance(error, KilledWorker):
            if self._shared is not None and error.task == self._shared.key:
                self._share()
                return True
            self._killed[part.number] = n_times = self._killed.get(part.number, 0) + 1
            if n_times > _MOST_KILLED:
                raise RuntimeError(
                    f"Partition {part.number} lost its workers {n_times} times, and none of its "
                    f"clips does that alone. Give the workers more memory, or choose a smaller "
                    f"chunk_size and partition_size."
                ) from error
            if n_times == 1:
                return True
            self._suspects.append(part)
            return False
        self._failed[part.number] = n_times = self._failed.get(part.number, 0) + 1
        if isinstance(error, OSError) and n_times <= _RETRIES:
            return True
        raise error

    def _may_be_dropped(self, part: Part) -> bool:
        """Tell whether to give out a partition again whose task was dropped, such as by a restart.

        Tasks depend on the shared work, and are dropped when it has to be sent again.
        """
        self._dropped[part.number] = n_times = self._dropped.get(part.number, 0) + 1
        return self._client.status == "running" and n_times <= _MOST_KILLED

    def _without_killers(self, part: Part) -> Part:
        """Return a partition without the clips that kill their worker."""
        rows = [
            row
            for row in range(part.start, part.start + len(part.paths))
            if row not in part.left_out
        ]
        killers = find_killers(rows, lambda some: self._try(part, some))
        left_out = part.left_out | dict.fromkeys(killers, KILLED_TOO_OFTEN)
        return replace(part, left_out=left_out)

    def _try(self, part: Part, rows: list[int]) -> "Future":
        paths = [part.paths[row - part.start] for row in rows]
        return self._client.submit(
            _compute, self._shared, paths, key=self._key(f"try{part.number}"), pure=False
        )


def _describe_worker() -> tuple[int, str]:
    """Return the process of a worker and its version of skgenre."""
    return os.getpid(), __version__


def _keep(work: PartWriter) -> PartWriter:
    return work


def _run_part(work: PartWriter, part: Part) -> Outcome:
    n_threads = _THREADS_OF_URLS if any(map(is_url, part.paths)) else 1
    # joblib starts no processes in those of Dask, and then no threads either, unless told so.
    with joblib.parallel_config(backend="threading"):
        return work.run(part, n_threads)


def _compute(work: PartWriter, paths: list[str]) -> None:
    work.compute(paths)
