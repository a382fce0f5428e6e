"""Read parts of something large in a thread, ahead of their use."""

from collections.abc import Generator, Iterator
from queue import Empty, Full, Queue
from threading import Event, Thread
from typing import Any, TypeVar

N_PREFETCHED = 2
_END = object()

Part = TypeVar("Part")


def read_ahead(parts: Iterator[Part], n_prefetched: int = N_PREFETCHED) -> Iterator[Part]:
    """Yield parts that a thread reads while earlier ones are used.

    Parameters
    ----------
    parts : iterator
        The parts. It is closed with this one.
    n_prefetched : int, default=2
        Number of parts that wait, besides the one that is being read.
    """
    queue: Queue[Any] = Queue(n_prefetched)
    is_over = Event()

    def put(item: Any) -> None:
        while not is_over.is_set():
            try:
                queue.put(item, timeout=0.1)
                return
            except Full:
                continue

    def read() -> None:
        try:
            for part in parts:
                put(part)
                if is_over.is_set():
                    return
            put(_END)
        except BaseException as error:
            put(error)
        finally:
            if isinstance(parts, Generator):
                parts.close()

    thread = Thread(target=read, name="skgenre-read-ahead", daemon=True)
    thread.start()
    try:
        while (item := queue.get()) is not _END:
            if isinstance(item, BaseException):
                raise item
            yield item
    finally:
        is_over.set()
        while thread.is_alive():
            try:
                queue.get_nowait()
            except Empty:
                thread.join(0.01)
