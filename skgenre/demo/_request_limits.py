"""Limits of uploads: size, time and speed of each, number and bytes of all."""

import asyncio
import contextlib
import time
from typing import Any

from ._limits import Limits
from ._refusal import BUSY, TOO_LARGE
from ._upload_folder import UploadFolder
from ._work_queue import STOPPING

# Overhead of a form on top of the file.
_FORM_BYTES = 100_000
# How long to discard the data of a client that is still sending and so can't read the answer.
_DRAIN_SECONDS = 10.0
# A stalled upload: seconds without a byte, and bytes per second after an initial period.
_PAUSE_SECONDS = 10.0
_BEGIN_SECONDS = 20.0
_MIN_PACE = 5_000.0


class RequestLimits:
    """ASGI middleware that refuses uploads that are too large, too slow, or too many at a time."""

    def __init__(
        self, app: Any, limits: Limits, folder: UploadFolder, stopping: asyncio.Event | None = None
    ) -> None:
        self.app = app
        self.limits = limits
        self.folder = folder
        self._stopping = asyncio.Event() if stopping is None else stopping
        self._n_uploads = 0

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Serve a request, or refuse it."""
        if _content_length(scope) > self.limits.max_bytes + _FORM_BYTES:
            await _drain(receive)
            await answer(TOO_LARGE, self._too_large())(scope, receive, send)
            return
        if self.folder.is_full(self.limits.max_stored_bytes, self.limits.max_stored_clips):
            await _drain(receive)
            message = "Too many clips are stored. Try again in a minute."
            await answer(BUSY, message)(scope, receive, send)
            return
        if self._n_uploads >= self.limits.max_uploads:
            # Nothing is read of it: that would keep it open.
            message = "Too many clips are being sent. Try again in a minute."
            await answer(BUSY, message, {"Connection": "close"})(scope, receive, send)
            return
        self._n_uploads += 1
        try:
            await self.app(scope, self._bounded(receive), send)
        finally:
            self._n_uploads -= 1

    def _bounded(self, receive: Any) -> Any:
        from starlette.exceptions import HTTPException

        n_bytes = 0
        is_complete = False
        start = time.monotonic()

        async def bounded_receive() -> Any:
            nonlocal n_bytes, is_complete
            if is_complete:  # what is left to hear is the end of the connection
                return await receive()
            left = start + self.limits.max_upload_seconds - time.monotonic()
            try:
                message = await self._next(receive, min(left, _PAUSE_SECONDS))
            except TimeoutError:
                if left > _PAUSE_SECONDS:
                    raise HTTPException(
                        408, f"The upload paused for more than {_PAUSE_SECONDS:g} s."
                    ) from None
                raise HTTPException(
                    408, f"The upload took longer than {self.limits.max_upload_seconds:g} s."
                ) from None
            n_bytes += len(message.get("body", b""))
            is_complete = not message.get("more_body", False)
            if n_bytes > self.limits.max_bytes + _FORM_BYTES:
                await _drain(receive)
                raise HTTPException(TOO_LARGE, self._too_large())
            seconds = time.monotonic() - start
            if not is_complete and seconds > _BEGIN_SECONDS and n_bytes < _MIN_PACE * seconds:
                raise HTTPException(
                    408, f"The upload is slower than {_MIN_PACE / 1000:g} kB a second."
                )
            return message

        return bounded_receive

    async def _next(self, receive: Any, seconds: float) -> Any:
        """Return the next message; raise a TimeoutError, or an answer when the server stops."""
        from starlette.exceptions import HTTPException

        message = asyncio.ensure_future(receive())
        stop = asyncio.ensure_future(self._stopping.wait())
        try:
            await asyncio.wait(
                (message, stop), timeout=seconds, return_when=asyncio.FIRST_COMPLETED
            )
            if message.done():
                return message.result()
            if self._stopping.is_set():
                raise HTTPException(BUSY, STOPPING)
            raise TimeoutError
        finally:
            message.cancel()
            stop.cancel()

    def _too_large(self) -> str:
        return (
            f"The file is larger than the {self.limits.max_megabytes:g} MB that this server "
            f"takes. Send a shorter part of it, or the same in MP3."
        )


def _content_length(scope: Any) -> int:
    for name, value in scope["headers"]:
        if name == b"content-length" and value.isdigit():
            return int(value)
    return 0


async def _drain(receive: Any) -> None:
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(_DRAIN_SECONDS):
            while (await receive()).get("more_body", False):
                pass


def answer(status: int, message: str, headers: dict[str, str] | None = None) -> Any:
    """Return an answer, as an ASGI application, that says what is wrong."""
    from starlette.responses import JSONResponse

    # `detail` is where FastAPI, and gradio's page with it, look for the message.
    return JSONResponse({"error": message, "detail": message}, status, headers)
