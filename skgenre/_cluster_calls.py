"""Calls of a function on the workers of a Dask cluster, with data that is sent once."""

import io
import pickle
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple

from ._cluster import wait_for_worker

if TYPE_CHECKING:
    from distributed import Client, Future, as_completed

_SMALL = 2**23  # bytes that the scheduler keeps; Dask warns of more than 10 MB
_POLL = 0.05  # seconds between two looks for calls that have ended
_LOOK = 5.0  # seconds between two looks for workers
_MOST_IDLE = 600  # seconds without any worker
_KEPT = "what is finished and kept in a folder is not computed again"
_MOST_LOSSES = 3  # times in a row that all copies of the shared data may be lost


def run_calls(
    client: "Client",
    function: Callable[[Any, int], Any],
    shared: Any,
    n_calls: int,
    on_death: Callable[[int, str], Any] | None = None,
) -> Iterator[tuple[int, Any]]:
    """Call a function of shared data and a number on the workers of a cluster.

    The data is sent once, and copied from worker to worker. A call whose worker ends is made again
    on another one; if all its workers end, it is made alone, at the end.

    Parameters
    ----------
    client : Client
        Client of the cluster.
    function : callable
        Function of (shared, number), at the top level of a module.
    shared : object
        What all calls need.
    n_calls : int
        Number of calls; they get the numbers from 0.
    on_death : callable or None, default=None
        Returns the result of a call whose workers all ended, from its number and the reason. None
        raises an error instead.

    Yields
    ------
    number : int
        Number of a call, in the order in which they end.
    result : object
        Its result.

    Raises
    ------
    ConnectionError
        If the workers end again and again, or the scheduler ends.
    Exception
        Of a call.
    """
    suspects = []
    wait_for_worker(client)
    with _leaving_worker():
        for number, result in _run_all(client, function, shared, range(n_calls), _Suspect):
            if isinstance(result, _Suspect):
                suspects.append(number)
            else:
                yield number, result
        # Dask blames all calls that were on a worker when it ended.
        for number in suspects:
            yield from _run_all(client, function, shared, [number], on_death)


class _Suspect(NamedTuple):
    """In place of the result of a call that may have ended its workers."""

    number: int
    reason: str


def _run_all(
    client: "Client",
    function: Callable[[Any, int], Any],
    shared: Any,
    numbers: Iterable[int],
    on_death: Callable[[int, str], Any] | None,
) -> Iterator[tuple[int, Any]]:
    """Yield the results of calls, and begin again with the rest when the shared data is lost."""
    todo, n_losses = set(numbers), 0
    while todo:
        _check_connection(client)
        n_left = len(todo)
        for number, result in _run_once(client, function, shared, sorted(todo), on_death):
            todo.discard(number)
            yield number, result
        n_losses = n_losses + 1 if len(todo) == n_left else 0
        if n_losses == _MOST_LOSSES:
            raise ConnectionError(
                f"The workers of the Dask cluster have ended {n_losses} times before a call did: "
                f"see their logs, and give them more memory, or start fewer per machine."
            )


def _run_once(
    client: "Client",
    function: Callable[[Any, int], Any],
    shared: Any,
    numbers: list[int],
    on_death: Callable[[int, str], Any] | None,
) -> Iterator[tuple[int, Any]]:
    """Yield the results of calls until all have ended, or the shared data is lost."""
    from distributed import CancelledError, as_completed
    from distributed.scheduler import KilledWorker

    data = _send(client, shared)
    calls: dict[Future, int] = {
        client.submit(_call, function, data, number, pure=False): number for number in numbers
    }
    try:
        for future in _wait_for_each(client, as_completed(calls)):
            number = calls[future]
            try:
                result = future.result()
            except CancelledError:  # a worker had the only copy of the data, or of this result
                return
            except KilledWorker as error:
                reason = (
                    f"its worker ended {error.allowed_failures + 1} times while it ran, the last "
                    f"one at {error.last_worker.address}: it may have run out of memory"
                )
                if on_death is None:
                    raise ConnectionError(
                        f"A call on the Dask cluster has no result: {reason}."
                    ) from error
                result = on_death(number, reason)
            yield number, result
    finally:
        if client.status == "running":
            client.cancel(list(calls))


def _wait_for_each(client: "Client", ended: "as_completed") -> Iterator["Future"]:
    """Yield futures as they end; `as_completed` alone waits forever when the cluster is lost."""
    looked = seen = time.monotonic()
    while not ended.is_empty():
        yield from ended.next_batch(block=False)
        _check_connection(client)
        now = time.monotonic()
        if now - looked > _LOOK:
            looked = now
            if _has_workers(client):
                seen = now
            elif now - seen > _MOST_IDLE:
                raise ConnectionError(
                    f"The Dask cluster has had no workers for {_MOST_IDLE} seconds. Start some, "
                    f"and run the same again: {_KEPT}."
                )
        if not ended.has_ready():
            time.sleep(_POLL)


def _has_workers(client: "Client") -> bool:
    """Tell whether there are workers; yes while a lost scheduler is looked for."""
    try:
        return bool(client.nthreads())
    except OSError:
        return True


def _check_connection(client: "Client") -> None:
    if client.status in ("closing", "closed"):
        raise ConnectionError(
            f"The scheduler of the Dask cluster does not answer any more. Start it again, and run "
            f"the same again: {_KEPT}."
        )


def _send(client: "Client", shared: Any) -> "Future":
    """Return the shared data as a future.

    The scheduler keeps small data, and gives it out again when all workers have ended. Large data
    is copied to all workers, and only they have it.
    """
    import cloudpickle  # a requirement of Dask

    part = _Bounded()
    try:
        cloudpickle.Pickler(part, protocol=5).dump(shared)
    except _TooLargeError:
        return client.scatter(shared, broadcast=True, hash=False)
    return client.submit(pickle.loads, part.getvalue(), pure=False)


class _TooLargeError(Exception):
    pass


class _Bounded(io.BytesIO):
    """File in memory that takes no more than a scheduler should keep."""

    def write(self, part: Any) -> int:
        if self.tell() + memoryview(part).nbytes > _SMALL:
            raise _TooLargeError
        return super().write(part)


def _call(function: Callable[[Any, int], Any], shared: Any, number: int) -> Any:
    import joblib

    # As in a process of joblib: n_jobs=None means one thread, a number that many.
    with joblib.parallel_config(backend="threading", n_jobs=1):
        return function(shared, number)


@contextmanager
def _leaving_worker() -> Iterator[None]:
    """Free the thread of a worker in which this runs, so that the calls find one to run in."""
    from distributed import rejoin, secede
    from distributed.utils import thread_state

    if not hasattr(thread_state, "execution_state"):
        yield
        return
    secede()
    try:
        yield
    finally:
        rejoin()
