"""The server's application: the page, and a route for programs."""

import asyncio
import contextlib
import logging
import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

from ._analysis import Analysis, Analyzer
from ._embedded_model import write_examples
from ._limits import Limits
from ._page import make_page
from ._refusal import FAILED, UNREADABLE, Refusal
from ._request_limits import RequestLimits
from ._upload_folder import UploadFolder
from ._work_queue import WorkQueue

_LOGGER = logging.getLogger(__name__)


def make_app(
    analyzer: Analyzer,
    *,
    about: str,
    limits: Limits,
    folder: Path,
    examples: Path,
    on_start: Callable[[], None],
) -> Any:
    """Return the FastAPI application.

    `folder` is gradio's folder for uploads; composed clips are written to `examples`.
    """
    import gradio as gr
    from fastapi import FastAPI, Request, UploadFile
    from fastapi.exceptions import RequestValidationError
    from fastapi.responses import JSONResponse
    from starlette.exceptions import HTTPException

    queue = WorkQueue(limits)
    uploads = UploadFolder(folder, limits.keep_seconds)

    @contextlib.asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with _running(uploads.sweep_forever()):
            on_start()
            yield
        queue.close()

    async def analyze(path: Path, name: str) -> Analysis:
        with uploads.use(path):
            try:
                return await queue.run(analyzer.analyze, path, name)
            except Refusal:
                raise
            except Exception as error:
                _LOGGER.exception("%s could not be analysed", name)
                raise Refusal(
                    f"{name}: it could not be analysed. The log of the server says why.", FAILED
                ) from error

    # Pages of documentation would load their scripts from elsewhere.
    app = FastAPI(title="skgenre", docs_url=None, redoc_url=None, lifespan=lifespan)
    app.add_middleware(RequestLimits, limits=limits, folder=uploads)

    @app.exception_handler(HTTPException)
    async def explain(_: Request, error: HTTPException) -> JSONResponse:
        body = {"error": error.detail, "detail": error.detail}
        return JSONResponse(body, error.status_code, error.headers)

    @app.exception_handler(RequestValidationError)
    async def explain_form(_: Request, error: RequestValidationError) -> JSONResponse:
        faults = [f"{fault['loc'][-1]}: {fault['msg']}" for fault in error.errors()]
        message = (
            f"{'; '.join(faults)}. Send a form whose field 'file' is the sound file, as in "
            f"curl --form file=@song.mp3"
        )
        return JSONResponse({"error": message, "detail": message}, UNREADABLE)

    @app.post("/predict")
    async def predict(file: UploadFile, timeline: bool = False) -> JSONResponse:
        name = Path((file.filename or "").replace("\\", "/")).name or "clip"
        handle, path = tempfile.mkstemp(suffix=_extension(name), dir=folder)
        try:
            with open(handle, "wb") as copy:  # noqa: PTH123 (a descriptor, not a path)
                await asyncio.to_thread(shutil.copyfileobj, file.file, copy)
            analysis = await analyze(Path(path), name)
        except Refusal as refusal:
            return JSONResponse({"error": str(refusal)}, refusal.status)
        finally:
            # Where it is still being read, its blocks go when that ends.
            Path(path).unlink(missing_ok=True)
        return JSONResponse(_to_json(analysis, name, timeline))

    page, options = make_page(
        analyze,
        about=about,
        examples=write_examples(examples),
        genres=analyzer.genres,
        limits=limits,
    )
    return gr.mount_gradio_app(app, page, path="/", allowed_paths=[os.fspath(examples)], **options)


@contextlib.asynccontextmanager
async def _running(coroutine: Any) -> AsyncIterator[None]:
    task = asyncio.create_task(coroutine)
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


def _extension(name: str) -> str:
    """Return the extension where it is plain: readers go by it."""
    extension = Path(name).suffix.lower()
    return extension if extension[1:].isalnum() and extension.isascii() else ""


def _to_json(analysis: Analysis, name: str, with_timeline: bool) -> dict[str, Any]:
    body: dict[str, Any] = {
        "file": name,
        "duration": analysis.duration,
        "genres": [
            {"genre": genre, "probability": probability} for genre, probability in analysis.genres
        ],
    }
    if with_timeline:
        body["timeline"] = analysis.timeline.to_dict("records")
    return body
