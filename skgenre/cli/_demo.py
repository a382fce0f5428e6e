"""``skgenre demo``: a web page that predicts the genre of clips."""

from pathlib import Path
from typing import Annotated

import typer

from ._model_file import Trusted, read_model

EXAMPLES = """Examples:

skgenre demo

skgenre demo --model model.skops --port 8000

curl --form file=@song.mp3 http://127.0.0.1:8000/predict
"""


def demo(
    model: Annotated[
        Path | None,
        typer.Option(
            help="Model that 'skgenre fit' wrote. A pickle runs code that is in it, so load only "
            "a pickle that you trust; other files run none. Without a model a small one is "
            "fitted on composed music.",
            show_default=False,
        ),
    ] = None,
    host: Annotated[
        str, typer.Option(help="Address to listen at; 0.0.0.0 lets other machines in.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port to listen at.")] = 7860,
    duration: Annotated[
        float | None,
        typer.Option(
            help="Seconds of the parts that a clip is predicted in.",
            show_default="as long as the clips of the fit",
        ),
    ] = None,
    max_megabytes: Annotated[float, typer.Option(help="Largest upload, in MB.")] = 100.0,
    max_minutes: Annotated[float, typer.Option(help="Longest clip, in minutes.")] = 10.0,
    workers: Annotated[
        int,
        typer.Option(
            min=1,
            help="Processes that analyse a clip at a time, each with the model; other clips wait.",
        ),
    ] = 2,
    max_cpu_seconds: Annotated[
        float, typer.Option(help="Computing that a clip may cost, in seconds of one core.")
    ] = 30.0,
    keep_seconds: Annotated[
        float, typer.Option(help="How long uploads are kept after their answer, to be played.")
    ] = 60.0,
    trusted: Trusted = None,
) -> None:
    """Serve a web page that names the genre of clips; Ctrl-C ends it.

    Needs the extra 'demo', and no network. Programs send clips to POST /predict.
    """
    from ..demo import Limits, serve

    limits = Limits(
        max_megabytes=max_megabytes,
        max_minutes=max_minutes,
        n_workers=workers,
        max_cpu_seconds=max_cpu_seconds,
        keep_seconds=keep_seconds,
    )
    if model is None:
        fitted, about = None, None
    else:
        fitted = read_model(model, trusted)
        about = f"The model is `{model.name}`."
    serve(fitted, host=host, port=port, about=about, duration=duration, limits=limits)
