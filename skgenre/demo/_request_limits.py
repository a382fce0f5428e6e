"""Bounds of a request: its size, its time, and what all of them may fill."""

import asyncio
import contextlib
import time
from typing import Any

from ._limits import Limits
from ._refusal import BUSY, TOO_LARGE
from ._upload_folder import UploadFolder

# Room for what a form adds to a file.
_FORM_BYTES = 100_000
# A client that is still sending can't read the answer: for so long what it sends is thrown away.
_DRAIN_SECONDS = 10.0


class RequestLimits:
    """ASGI middleware that refuses requests with too large bodies, or too slow ones."""

    def __init__(self, app: Any, limits: Limits, folder: UploadFolder) -> None:
        self.app = app
        self.limits = limits
        self.folder = folder

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Serve a request, or refuse it."""
        if scope["type"] != "http" or scope["method"] in ("GET", "HEAD", "OPTIONS"):
            await self.app(scope, receive, send)
            return
        if _content_length(scope) > self.limits.max_bytes + _FORM_BYTES:
            await _drain(receive)
            await _answer(TOO_LARGE, self._too_large())(scope, receive, send)
            return
        if self.folder.size() > self.limits.max_stored_bytes:
            await _drain(receive)
            message = "Too many clips are stored. Try again in a minute."
            await _answer(BUSY, message)(scope, receive, send)
            return
        await self.app(scope, self._bounded(receive), send)

    def _bounded(self, receive: Any) -> Any:
        from starlette.exceptions import HTTPException

        n_bytes = 0
        is_complete = False
        end = time.monotonic() + self.limits.max_upload_seconds

        async def bounded_receive() -> Any:
            nonlocal n_bytes, is_complete
            if is_complete:  # what is left to hear is the end of the connection
                return await receive()
            try:
                message = await asyncio.wait_for(receive(), end - time.monotonic())
            except TimeoutError:
                raise HTTPException(
                    408, f"The upload took longer than {self.limits.max_upload_seconds:g} s."
                ) from None
            n_bytes += len(message.get("body", b""))
            is_complete = not message.get("more_body", False)
            if n_bytes > self.limits.max_bytes + _FORM_BYTES:
                await _drain(receive)
                raise HTTPException(TOO_LARGE, self._too_large())
            return message

        return bounded_receive

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


def _answer(status: int, message: str) -> Any:
    from starlette.responses import JSONResponse

    # `detail` is where FastAPI, and gradio's page with it, look for the message.
    return JSONResponse({"error": message, "detail": message}, status)
