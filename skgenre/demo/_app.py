"""Application of the server: the page, and a route for programs."""

import asyncio
import contextlib
import logging
import os
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

from ._analysis import Analysis
from ._calls import Calls
from ._embedded_model import write_examples
from ._gate import Gate
from ._gradio import have_gradio_check_paths, make_forget
from ._limits import Limits
from ._page import make_page
from ._received_clip import receive_clip, remove_clip
from ._refusal import FAILED, UNREADABLE, Refusal
from ._upload_folder import UploadFolder
from ._work_queue import WorkQueue

_LOGGER = logging.getLogger(__name__)
# The card is text with a style sheet.
_CARD_POLICY = "default-src 'none'; style-src 'unsafe-inline'"
_MAX_LOGGED = 4000  # characters of a traceback


def make_app(
    queue: WorkQueue,
    *,
    about: str,
    facts: str,
    card: str,
    limits: Limits,
    folder: Path,
    examples: Path,
    stopping: asyncio.Event,
    on_start: Callable[[], None],
) -> Any:
    """Return the FastAPI application.

    `queue` runs an `Analyzer`; `folder` is gradio's folder for uploads; composed clips are written
    to `examples`; `about`, `facts` and `card` describe the model, see `describe_model`.
    """
    import gradio as gr
    from fastapi import FastAPI, Request
    from fastapi.exceptions import RequestValidationError
    from fastapi.responses import HTMLResponse, JSONResponse
    from starlette.exceptions import HTTPException

    uploads = UploadFolder(folder, limits.keep_seconds)

    @contextlib.asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with _running(uploads.sweep_forever()):
            on_start()
            yield

    async def analyze(path: Path, name: str) -> Analysis:
        with uploads.use(path):
            try:
                analysis: Analysis = await queue.run(name, path, name)
                return analysis
            except Refusal:
                raise
            except Exception as error:
                _LOGGER.error("%r could not be analysed: %s", name, str(error)[-_MAX_LOGGED:])
                raise Refusal(
                    f"{name}: it could not be analysed. The log of the server says why.", FAILED
                ) from error

    page, options = make_page(
        analyze,
        about=about,
        facts=facts,
        examples=write_examples(examples),
        limits=limits,
    )
    # Documentation pages would load scripts from other servers.
    app = FastAPI(
        title="skgenre", docs_url=None, redoc_url=None, openapi_url=None, lifespan=lifespan
    )

    @app.exception_handler(HTTPException)
    async def explain(_: Request, error: HTTPException) -> JSONResponse:
        body = {"error": error.detail, "detail": error.detail}
        return JSONResponse(body, error.status_code, error.headers)

    @app.exception_handler(Refusal)
    async def explain_refusal(_: Request, refusal: Refusal) -> JSONResponse:
        body = {"error": str(refusal), "detail": str(refusal)}
        return JSONResponse(body, refusal.status)

    @app.exception_handler(RequestValidationError)
    async def explain_query(_: Request, error: RequestValidationError) -> JSONResponse:
        faults = [f"{fault['loc'][-1]}: {fault['msg']}" for fault in error.errors()]
        message = "; ".join(faults)
        return JSONResponse({"error": message, "detail": message}, UNREADABLE)

    @app.post("/predict")
    async def predict(request: Request, timeline: bool = False) -> JSONResponse:
        path = await receive_clip(request, "file", uploads)
        try:
            analysis = await analyze(path, path.name)
        finally:
            remove_clip(path)
        return JSONResponse(_to_json(analysis, path.name, timeline))

    @app.get("/model-card")
    async def show_card() -> HTMLResponse:
        return HTMLResponse(card, headers={"Content-Security-Policy": _CARD_POLICY})

    # Replaces gradio's own, which keeps form fields of any length in memory.
    @app.post("/gradio_api/upload")
    async def upload(request: Request) -> list[str]:
        return [os.fspath(await receive_clip(request, "files", uploads))]

    gr.mount_gradio_app(app, page, path="/", allowed_paths=[os.fspath(examples)], **options)
    have_gradio_check_paths(page)
    inputs = {d["id"]: len(d["inputs"]) for d in page.config["dependencies"]}
    app.add_middleware(
        Gate,
        limits=limits,
        folder=uploads,
        calls=Calls(inputs),
        stopping=stopping,
        forget=make_forget(page),
    )
    return app


@contextlib.asynccontextmanager
async def _running(coroutine: Any) -> AsyncIterator[None]:
    task = asyncio.create_task(coroutine)
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


def _to_json(analysis: Analysis, name: str, with_timeline: bool) -> dict[str, Any]:
    body: dict[str, Any] = {
        "file": name,
        "duration": analysis.duration,
        "genres": [
            {"genre": genre, "probability": probability} for genre, probability in analysis.genres
        ],
        "warnings": analysis.warnings,
    }
    if analysis.thresholds:
        for entry in body["genres"]:
            entry["threshold"] = analysis.thresholds[entry["genre"]]
        body["above_threshold"] = analysis.above_threshold
    if with_timeline:
        body["timeline"] = analysis.timeline.to_dict("records")
    return body
