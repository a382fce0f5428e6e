"""Stop the server on a signal, in bounded time, leaving nothing on disk."""

import asyncio
import contextlib
import os
import shutil
import signal
import threading
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from types import FrameType
from typing import Any

import uvicorn

# A second one of SIGINT, and what service managers, containers and closed terminals send.
_SIGNALS = ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK")
# Seconds for running predictions; for answers to be sent; and until the process ends without them.
WORK_SECONDS = 5.0
_SEND_SECONDS = 5
_HARD_SECONDS = 25.0


class Signals:
    """Handles the signals that end a process while it has something to clean up.

    Before :meth:`hand_over`, a signal raises SystemExit or KeyboardInterrupt wherever the process
    is; after it, a signal calls a function. A process that does not end then is killed.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._on_signal: Callable[[], object] | None = None
        self._timer: threading.Timer | None = None

    @contextlib.contextmanager
    def taken(self) -> Iterator[None]:
        """Handle the signals. Does nothing outside the main thread, where Python can't."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        numbers = [getattr(signal, name) for name in _SIGNALS if hasattr(signal, name)]
        before = {
            number: signal.signal(number, self._handle)
            for number in numbers
            # nohup has it ignored, and wants it so
            if signal.getsignal(number) is not signal.SIG_IGN
        }
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)
            if self._timer is not None:
                self._timer.cancel()

    def hand_over(self, on_signal: Callable[[], object] | None) -> None:
        """Call a function on a signal; None raises again."""
        self._on_signal = on_signal

    def _handle(self, number: int, _: FrameType | None) -> None:
        if self._timer is None:
            self._timer = threading.Timer(_HARD_SECONDS, self._end)
            self._timer.daemon = True
            self._timer.start()
        if self._on_signal is not None:
            self._on_signal()
        elif number == signal.SIGINT:
            raise KeyboardInterrupt
        else:
            raise SystemExit(128 + number)

    def _end(self) -> None:
        shutil.rmtree(self._folder, ignore_errors=True)
        os._exit(1)


class _Server(uvicorn.Server):
    """uvicorn's server, without its handling of signals: that raises them again at its end."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals to `Signals`."""
        yield


async def run_until_signal(
    config: uvicorn.Config,
    signals: Signals,
    stopping: asyncio.Event,
    stop_work: Callable[[float], Awaitable[Any]],
) -> None:
    """Serve until a signal arrives, then answer waiting requests within a few seconds.

    Parameters
    ----------
    config : uvicorn.Config
        Configuration of the application.
    signals : Signals
        Taken.
    stopping : asyncio.Event
        Set when a signal arrives.
    stop_work : function of seconds, async
        Ends running work, at the latest after this many seconds.
    """
    config.timeout_graceful_shutdown = int(WORK_SECONDS + _SEND_SECONDS)
    server = _Server(config)
    loop = asyncio.get_running_loop()
    signals.hand_over(lambda: loop.call_soon_threadsafe(stopping.set))
    try:
        serving = asyncio.create_task(server.serve())
        signalled = asyncio.create_task(stopping.wait())
        await asyncio.wait((serving, signalled), return_when=asyncio.FIRST_COMPLETED)
        signalled.cancel()
        server.should_exit = True
        await stop_work(WORK_SECONDS)
        await serving
    finally:
        signals.hand_over(None)
