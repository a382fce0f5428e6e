"""A few workers, and a queue before them that can be full."""

import asyncio
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

from ._limits import Limits
from ._refusal import BUSY, Refusal


class WorkQueue:
    """Runs functions in `n_workers` threads; to be used from one event loop.

    A function that takes too long can't be broken off: its caller is told, and its worker is
    busy until it ends.
    """

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._n_unfinished = 0
        self._threads = ThreadPoolExecutor(limits.n_workers, thread_name_prefix="clip")

    async def run(self, function: Callable[..., Any], *args: Any) -> Any:
        """Return what the function returns, or raise a Refusal."""
        if self._n_unfinished >= self._limits.n_workers + self._limits.max_waiting:
            raise Refusal("Too many clips are waiting. Try again in a minute.", BUSY)
        future = self._threads.submit(function, *args)
        self._n_unfinished += 1
        loop = asyncio.get_running_loop()

        def count(_: Future) -> None:
            if not loop.is_closed():
                loop.call_soon_threadsafe(self._finish)

        future.add_done_callback(count)
        try:
            return await asyncio.wait_for(asyncio.wrap_future(future), self._limits.max_seconds)
        except TimeoutError:
            raise Refusal(
                f"The answer took longer than {self._limits.max_seconds:g} s: many clips are "
                f"waiting. Try again later, or send a shorter clip.",
                BUSY,
            ) from None

    def close(self) -> None:
        """Take no more work; what runs ends, what waits does not begin."""
        self._threads.shutdown(wait=True, cancel_futures=True)

    def _finish(self) -> None:
        self._n_unfinished -= 1
