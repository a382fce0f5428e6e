"""Gate in front of gradio that lets only the page's requests pass."""

import asyncio
import contextlib
import json
import re
import urllib.parse
from collections.abc import Callable
from typing import Any

from ._calls import Calls, InvalidCallError
from ._limits import Limits
from ._refusal import UNREADABLE
from ._request_limits import RequestLimits, answer
from ._upload_folder import UploadFolder

# What a page's call of a function has, with room to spare; seconds that it may take to arrive.
_MAX_CALL_BYTES = 65_536
_CALL_SECONDS = 10.0
# Events are sent to a page as long as it is open; the oldest such connections end for new ones.
_MAX_STREAMS = 200
# Answers that no page has fetched by then are dropped.
_UNREAD_SECONDS = 30.0

_API = "/gradio_api"
_FILE = f"{_API}/file="
_PAGE = frozenset(
    {
        *(
            "/",
            "/model-card",
            "/config",
            "/theme.css",
            "/favicon.ico",
            "/robots.txt",
            "/manifest.json",
        ),
        *(f"{_API}/info", f"{_API}/theme.css", f"{_API}/startup-events"),
    }
)
_STATIC = re.compile(r"/(?:assets|static|svelte)(?:/[\w@~-][\w@.~-]*)+", re.ASCII)
_STREAMS = re.compile(rf"{_API}/(?:queue/data|heartbeat/[\w-]{{1,64}})", re.ASCII)
_SESSION = re.compile(r"[\w-]{1,64}", re.ASCII)
_UPLOADS = ("/predict", f"{_API}/upload")
_CALLS = (f"{_API}/queue/join", f"{_API}/run/predict")
# A boundary as RFC 2046 has it, and no other parameter: with `charset=punycode` a parser would
# compute for hours.
_FORM = re.compile(
    rb"""multipart/form-data\s*;\s*boundary=("?)([\w'()+,./:=?-]{1,70})\1\s*""", re.ASCII | re.I
)
# A player's; gradio fails at others.
_RANGE = re.compile(rb"bytes=(?:\d{1,15}-\d{0,15}|-\d{1,15})", re.ASCII)

_SENTENCES = {
    400: "This request is none that the page sends.",
    403: "There is no such file here.",
    404: "There is nothing at this address. Programs send clips to POST /predict.",
    422: "This request is none that the page sends. Programs send clips to POST /predict.",
}
_FAULT = "The server could not answer this. Its log says why."


class Gate:
    """ASGI middleware that allows a list of routes and checks their requests.

    gradio's own checks come late: a path in a request is read, and a URL fetched, before the page's
    function is called. So requests that may contain paths are parsed here and rebuilt from what a
    page sends, and answers that may contain paths of the server are replaced.

    Parameters
    ----------
    app : ASGI application
        Gradio's application, with the route for programs.
    limits : Limits
        Limits of an upload.
    folder : UploadFolder
        Folder of uploads, the only files that a request may refer to.
    calls : Calls
        The page's functions.
    stopping : asyncio.Event
        Set when the server is about to stop, so that no open page delays it.
    forget : function of str
        Forgets the answers to the calls of a session: gradio keeps them until they are read.
    """

    def __init__(
        self,
        app: Any,
        limits: Limits,
        folder: UploadFolder,
        calls: Calls,
        stopping: asyncio.Event,
        forget: Callable[[str], None],
    ) -> None:
        self._app = app
        self._uploads = RequestLimits(app, limits, folder, stopping)
        self._folder = folder
        self._calls = calls
        self._stopping = stopping
        self._streams: dict[asyncio.Event, str] = {}  # sessions that listen, the oldest first
        self._forget = forget

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Serve a request, or refuse it."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
        elif scope["type"] == "http":
            await self._serve(scope, receive, send)

    async def _serve(self, scope: Any, receive: Any, send: Any) -> None:
        path, method = scope["path"], scope["method"]
        # For gradio's own proxy: it would be the page's address for everyone behind a shared cache.
        scope = _with_headers(scope, {b"x-gradio-server": None})
        allowed = _methods_of(path)
        if not allowed:
            await _refuse(404)(scope, receive, send)
        elif _header(scope, b"content-length") and _header(scope, b"transfer-encoding"):
            # A proxy may see another end of this request, and a request of its own in the rest.
            message = "Send either a length or chunks."
            await answer(400, message, {"Connection": "close"})(scope, receive, send)
        elif method not in allowed:
            message = f"This address takes {' and '.join(allowed)}."
            await answer(405, message, {"Allow": ", ".join(allowed)})(scope, receive, send)
        elif path in _UPLOADS:
            await self._serve_upload(scope, receive, send)
        elif path in _CALLS:
            await self._serve_call(scope, receive, send)
        elif path.startswith(_FILE) and not self._folder.has(path.removeprefix(_FILE)):
            await _refuse(403)(scope, receive, send)
        elif _STREAMS.fullmatch(path):
            await self._serve_stream(scope, receive, send)
        else:
            if path == "/":
                scope = {**scope, "query_string": b""}  # deep links name files
            if not _RANGE.fullmatch(_header(scope, b"range")):
                scope = _with_headers(scope, {b"range": None})
            # For HEAD, uvicorn sends only the headers of the answer; gradio supports only GET.
            await self._app({**scope, "method": "GET"}, receive, _Censor(send))

    async def _serve_upload(self, scope: Any, receive: Any, send: Any) -> None:
        form = _FORM.fullmatch(_header(scope, b"content-type"))
        if form is None:
            message = "Send a form whose field 'file' is the sound file, as in "
            message += "curl --form file=@song.mp3"
            await answer(UNREADABLE, message)(scope, receive, send)
            return
        content_type = b'multipart/form-data; boundary="' + form[2] + b'"'
        scope = _with_headers(scope, {b"content-type": content_type})
        await self._uploads(scope, receive, send)

    async def _serve_call(self, scope: Any, receive: Any, send: Any) -> None:
        try:
            async with asyncio.timeout(_CALL_SECONDS):
                body = await _read(receive)
            call = self._calls.check(body, self._folder)
        except TimeoutError:
            await answer(408, "The request took too long.")(scope, receive, send)
            return
        except InvalidCallError:
            await _refuse(422)(scope, receive, send)
            return
        data = json.dumps(call).encode()
        headers = {
            b"content-type": b"application/json",
            b"content-length": str(len(data)).encode(),
            b"transfer-encoding": None,
        }
        messages = [{"type": "http.request", "body": data, "more_body": False}]

        async def receive_call() -> Any:
            return messages.pop() if messages else await receive()

        try:
            await self._app(_with_headers(scope, headers), receive_call, _Censor(send))
        finally:
            self._forget_unread(call["session_hash"] or "")

    def _forget_unread(self, session: str) -> None:
        def forget() -> None:
            if session not in self._streams.values():
                self._forget(session)

        asyncio.get_running_loop().call_later(_UNREAD_SECONDS, forget)

    async def _serve_stream(self, scope: Any, receive: Any, send: Any) -> None:
        is_heartbeat = not scope["path"].endswith("/data")
        session = "" if is_heartbeat else _session_of(scope)
        if session is None:
            await _refuse(422)(scope, receive, send)
            return
        query = b"" if is_heartbeat else f"session_hash={session}".encode()
        scope = {**scope, "query_string": query}
        ended = asyncio.Event()
        self._streams[ended] = session
        if len(self._streams) > _MAX_STREAMS:
            next(iter(self._streams)).set()
        censor = _Censor(send)

        async def receive_or_end() -> Any:
            if ended.is_set() or self._stopping.is_set():
                return {"type": "http.disconnect"}
            waits = [
                asyncio.ensure_future(wait)
                for wait in (receive(), ended.wait(), self._stopping.wait())
            ]
            try:
                await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
                return waits[0].result() if waits[0].done() else {"type": "http.disconnect"}
            finally:
                for wait in waits:
                    wait.cancel()

        try:
            await self._app(scope, receive_or_end, censor)
            await censor.end()
        finally:
            self._streams.pop(ended, None)
            self._forget_unread(session)


class _Censor:
    """Forwards an application's answer; for an error, only the code and a fixed sentence."""

    def __init__(self, send: Any) -> None:
        self._send = send
        self._is_open = False
        self._is_replaced = False

    async def __call__(self, message: Any) -> None:
        if self._is_replaced:
            return
        if message["type"] == "http.response.start" and message["status"] >= 400:
            self._is_replaced = True
            status = message["status"]
            sentence = _SENTENCES.get(status, _SENTENCES[422] if status < 500 else _FAULT)
            await answer(status, sentence)({"type": "http"}, None, self._send)
            return
        self._is_open = message["type"] == "http.response.start" or message.get("more_body", False)
        await self._send(message)

    async def end(self) -> None:
        """End an interrupted answer."""
        if self._is_open:
            with contextlib.suppress(OSError):
                await self._send({"type": "http.response.body", "body": b"", "more_body": False})


def _methods_of(path: str) -> tuple[str, ...]:
    if path in _UPLOADS or path in _CALLS:
        return ("POST",)
    if path in _PAGE or path.startswith(_FILE) or _STATIC.fullmatch(path):
        return ("GET", "HEAD")
    if _STREAMS.fullmatch(path):
        return ("GET",)
    return ()


def _session_of(scope: Any) -> str | None:
    """Return the session that requests its events, None unless there is exactly one."""
    values = urllib.parse.parse_qs(scope["query_string"].decode("latin-1"))
    sessions = values.get("session_hash", [])
    is_one = len(sessions) == 1 and _SESSION.fullmatch(sessions[0])
    return sessions[0] if is_one else None


def _refuse(status: int) -> Any:
    return answer(status, _SENTENCES[status])


async def _read(receive: Any) -> bytes:
    body = b""
    while True:
        message = await receive()
        body += message.get("body", b"")
        if len(body) > _MAX_CALL_BYTES or message["type"] == "http.disconnect":
            raise InvalidCallError
        if not message.get("more_body", False):
            return body


def _header(scope: Any, name: bytes) -> bytes:
    return next((value for found, value in scope["headers"] if found == name), b"")


def _with_headers(scope: Any, headers: dict[bytes, bytes | None]) -> Any:
    kept = [(name, value) for name, value in scope["headers"] if name not in headers]
    new = [(name, value) for name, value in headers.items() if value is not None]
    return {**scope, "headers": kept + new}
