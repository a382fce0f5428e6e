"""Start the web page."""

import asyncio
import contextlib
import importlib.util
import os
import socket
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from .._public import public
from ._limits import Limits

# Variables that gradio and its dependencies read at import, or at each upload.
_ENVIRONMENT = {
    "GRADIO_ANALYTICS_ENABLED": "False",
    "HF_HUB_OFFLINE": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "DO_NOT_TRACK": "1",
}
_MAX_HEADER_BYTES = 32_768
_ABOUT = "Send a clip to see its most probable genres."


@public
def serve(
    model: Any = None,
    *,
    host: str = "127.0.0.1",
    port: int = 7860,
    about: str | None = None,
    evaluation: dict[str, Any] | None = None,
    segment_duration: float | None = None,
    limits: Limits | None = None,
    verbose: bool = True,
) -> None:
    """Serve a web page that predicts the genre of clips, until interrupted.

    The page accepts a clip that is dropped, chosen or recorded, and shows its most probable genres,
    its mel-spectrogram and, for a long one, the probabilities over time. Programs send clips to
    ``POST /predict``. The server contacts no other machine.

    Parameters
    ----------
    model : classifier or Pipeline, default=None
        A fitted model that takes sound files. None first fits a small one on synthetic music, and
        the page says so.
    host : str, default="127.0.0.1"
        Address to listen on. The default serves only this machine, "0.0.0.0" all others too.
    port : int, default=7860
        Port to listen on.
    about : str, default=None
        First sentence of the page, in Markdown. None says what the page does.
    evaluation : dict, default=None
        Scores of the model and their protocol, as :func:`~skgenre.persistence.read_evaluation` and
        :meth:`~skgenre.model_selection.Comparison.evaluation` return them. None says that the
        accuracy is unknown.
    segment_duration : float, default=None
        Length in seconds of the segments that a clip is cut into, see
        :func:`~skgenre.songs.predict_timeline`. None takes it from the model.
    limits : Limits, default=None
        Limits of uploads and analyses. None means the defaults of :class:`Limits`.
    verbose : bool, default=True
        Whether to report progress, and the URL of the page once it is ready, on standard error.

    Raises
    ------
    ImportError
        When the extra ``skgenre[demo]`` is not installed.
    OSError
        When the port is in use.
    TypeError
        When `evaluation` is not a dict.
    ValueError
        When the model does not take sound files, its clip length is unknown, or `evaluation` has
        other contents.

    See Also
    --------
    skgenre.persistence.load_model : Reads a model from a file.

    Notes
    -----
    Uploads are kept in a separate folder in the system's temporary folder, which is removed at the
    end, whichever signal ends the server. Clips are decoded and predicted in `limits.n_workers`
    processes, each with a copy of the model in memory. While the server runs, environment variables
    are set that disable network use by gradio and the Hugging Face hub.

    Examples
    --------
    >>> from skgenre.demo import serve
    >>> serve(port=7860)  # doctest: +SKIP
    """
    _check_extra()
    _check_port(host, port)
    limits = Limits() if limits is None else limits
    if evaluation is not None:
        from ..persistence._evaluation import check_evaluation

        evaluation = check_evaluation(evaluation, "serve: evaluation")

    def say(message: str) -> None:
        if verbose:
            sys.stderr.write(f"{message}\n")

    from ._stop import Signals, run_until_signal

    # Resolved, since paths are compared with gradio's.
    with tempfile.TemporaryDirectory(prefix="skgenre-demo-") as name:
        folder = Path(name).resolve()
        signals = Signals(folder)
        uploads, examples = folder / "uploads", folder / "examples"
        uploads.mkdir()
        variables = {**_ENVIRONMENT, "GRADIO_TEMP_DIR": str(uploads)}
        with signals.taken(), _environment(variables, uploads):
            import uvicorn

            from ._analysis import Analyzer
            from ._app import make_app
            from ._connection import BoundedProtocol
            from ._model_facts import describe_model
            from ._work_queue import WorkQueue

            if model is None:
                from ._embedded_model import N_CLIPS, fit_embedded_model

                say("Fitting a small model on synthetic music ...")
                model = fit_embedded_model()
                about = about or (
                    f"**No model was given**, so this one was fitted when the page started, on "
                    f"{N_CLIPS} clips of music that skgenre composes itself. It knows that music "
                    f"a little, and music by people not at all."
                )
            analyzer = Analyzer(model, limits, segment_duration)
            facts = describe_model(model, analyzer.genres, evaluation, limits)

            async def run() -> None:
                stopping = asyncio.Event()
                queue = WorkQueue(analyzer, limits, folder)
                try:
                    await queue.start()
                    app = make_app(
                        queue,
                        about=about or _ABOUT,
                        facts=facts.panel,
                        card=facts.card,
                        limits=limits,
                        folder=uploads,
                        examples=examples,
                        stopping=stopping,
                        on_start=lambda: say(
                            f"The page is at {_url(host, port)} (Ctrl-C ends it)."
                        ),
                    )
                    config = uvicorn.Config(
                        app,
                        host=host,
                        port=port,
                        log_level="error",  # a visitor can cause any number of warnings
                        http=BoundedProtocol,
                        ws="none",
                        server_header=False,
                        h11_max_incomplete_event_size=_MAX_HEADER_BYTES,
                    )
                    await run_until_signal(config, signals, stopping, queue.stop)
                finally:
                    await queue.stop(0)

            # A second Ctrl-C, while answers are being sent.
            with contextlib.suppress(KeyboardInterrupt):
                asyncio.run(run())


@contextlib.contextmanager
def _environment(variables: dict[str, str], folder: Path) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in variables}
    temporary = tempfile.tempdir
    os.environ.update(variables)
    # Other files of gradio, and forms that are being received.
    tempfile.tempdir = str(folder)
    try:
        yield
    finally:
        tempfile.tempdir = temporary
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def _check_extra() -> None:
    # Not imported, since gradio reads its variables at import.
    if any(importlib.util.find_spec(name) is None for name in ("gradio", "matplotlib")):
        raise ImportError("The web page needs gradio and matplotlib: pip install 'skgenre[demo]'")


def _check_port(host: str, port: int) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        with socket.socket(family) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((host, port))
    except OSError as error:
        raise OSError(
            f"{host}:{port} can't be served ({error.strerror}). Choose another port or host."
        ) from error


def _url(host: str, port: int) -> str:
    shown = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)
    return f"http://{shown}:{port}"
