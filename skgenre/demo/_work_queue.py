"""A few workers with a queue of limited length."""

import asyncio
import logging
from pathlib import Path
from typing import Any

from ._limits import Limits
from ._refusal import BUSY, Refusal
from ._worker_process import WorkerProcess, WorkFailedError, dump_task

_LOGGER = logging.getLogger(__name__)
_LONGEST_PAUSE = 30.0  # seconds, before another attempt to start a worker
STOPPING = "The server is stopping. Send the clip again later."


class WorkQueue:
    """Runs a callable in `n_workers` processes; for use from one event loop.

    Work that takes too long gets no answer and ends its process; another process takes its place.

    Parameters
    ----------
    task : callable
        The callable. It is sent to the processes once.
    limits : Limits
        Number of processes, and number and time limit of waiting callers.
    folder : Path
        Removed by the processes if the server is killed.
    """

    def __init__(self, task: Any, limits: Limits, folder: Path) -> None:
        self._limits = limits
        data = dump_task(task)
        self._workers = [WorkerProcess(data, folder, limits) for _ in range(limits.n_workers)]
        self._idle: asyncio.Queue[WorkerProcess] = asyncio.Queue()
        self._jobs: set[asyncio.Task] = set()
        self._running: set[asyncio.Task | None] = set()
        self._starts: set[asyncio.Task] = set()
        self._is_stopping = False

    async def start(self) -> None:
        """Start the workers, and return when the first one is ready.

        Raises
        ------
        ValueError
            If it can't load its callable.
        """
        first, *others = self._workers
        for worker in others:
            self._start_again(worker)
        try:
            await first.start()
        except WorkFailedError as error:
            cause = str(error).strip().rpartition("\n")[2]
            raise ValueError(
                f"serve can't load the model in a process of its own: {cause}"
            ) from error
        self._idle.put_nowait(first)

    async def run(self, name: str, *arguments: Any) -> Any:
        """Return what the callable returns, or raise a Refusal that names the work `name`."""
        if self._is_stopping:
            raise Refusal(STOPPING, BUSY)
        if len(self._jobs) >= self._limits.n_workers + self._limits.max_waiting:
            raise Refusal("Too many clips are waiting. Try again in a minute.", BUSY)
        job = asyncio.create_task(self._work(name, *arguments))
        self._jobs.add(job)
        job.add_done_callback(self._jobs.discard)
        try:
            return await job
        except asyncio.CancelledError:
            if self._is_stopping:
                raise Refusal(STOPPING, BUSY) from None
            raise

    async def stop(self, seconds: float) -> None:
        """Accept no more work, give running work this many seconds, and end the workers."""
        self._is_stopping = True
        for job in self._jobs - self._running:
            job.cancel()
        if self._running:
            await asyncio.wait(self._running, timeout=seconds)  # type: ignore[type-var]
        for task in [*self._jobs, *self._starts]:
            task.cancel()
        await asyncio.gather(*self._jobs, *self._starts, return_exceptions=True)
        await asyncio.gather(*(worker.kill() for worker in self._workers))

    async def _work(self, name: str, *arguments: Any) -> Any:
        worker: WorkerProcess | None = None
        is_free = True
        try:
            async with asyncio.timeout(self._limits.max_seconds):
                worker = await self._idle.get()
                self._running.add(asyncio.current_task())
                try:
                    return await worker.run(name, *arguments)
                except asyncio.CancelledError:
                    is_free = False  # it continues with this work
                    raise
        except TimeoutError:
            raise Refusal(
                f"The answer took longer than {self._limits.max_seconds:g} s: many clips are "
                f"waiting, or this one takes too long. Try again later, or send a shorter clip.",
                BUSY,
            ) from None
        finally:
            self._running.discard(asyncio.current_task())
            if worker is not None:
                if is_free and worker.is_alive:
                    self._idle.put_nowait(worker)
                else:
                    self._start_again(worker)

    def _start_again(self, worker: WorkerProcess) -> None:
        async def start() -> None:
            pause = 1.0
            while not self._is_stopping:
                await worker.kill()
                try:
                    await worker.start()
                except WorkFailedError as error:
                    _LOGGER.error("A worker did not start: %s", error)
                    await asyncio.sleep(pause)
                    pause = min(2 * pause, _LONGEST_PAUSE)
                else:
                    self._idle.put_nowait(worker)
                    return

        task = asyncio.create_task(start())
        self._starts.add(task)
        task.add_done_callback(self._starts.discard)
