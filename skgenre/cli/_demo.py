"""``skgenre demo``: a web page that predicts the genre of clips."""

from pathlib import Path
from typing import Annotated

import typer

from .._templates import code_span
from ._model_file import Trusted, read_model, read_scores

EXAMPLES = """Examples:

skgenre demo

skgenre demo --model model.skops --port 8000

curl --form file=@song.mp3 http://127.0.0.1:8000/predict
"""


def demo(
    model: Annotated[
        Path | None,
        typer.Option(
            help="Model file written by 'skgenre fit'. Loading a pickle runs the code in it: load "
            "only pickles that you trust. Other files run no code. Default: a small model, "
            "fitted on synthetic music.",
            show_default=False,
        ),
    ] = None,
    host: Annotated[
        str, typer.Option(help="Address to listen on; 0.0.0.0 lets other machines in.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port to listen on.")] = 7860,
    segment_duration: Annotated[
        float | None,
        typer.Option(
            help="Length of the segments that a clip is cut into, in seconds.",
            show_default="that of the training clips",
        ),
    ] = None,
    max_megabytes: Annotated[float, typer.Option(help="Largest upload, in MB.")] = 100.0,
    max_minutes: Annotated[float, typer.Option(help="Longest clip, in minutes.")] = 10.0,
    workers: Annotated[
        int,
        typer.Option(
            min=1,
            help="Processes, each with a copy of the model; further clips wait.",
        ),
    ] = 2,
    max_cpu_seconds: Annotated[
        float, typer.Option(help="CPU time limit per clip, in seconds.")
    ] = 30.0,
    keep_seconds: Annotated[
        float, typer.Option(help="How long uploads stay playable, in seconds.")
    ] = 60.0,
    trusted: Trusted = None,
) -> None:
    """Serve a web page that predicts the genre of clips; Ctrl-C stops it.

    Needs the extra 'demo', and no internet access. Programs send clips to POST /predict.
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
        fitted, about, evaluation = None, None, None
    else:
        fitted = read_model(model, trusted)
        evaluation = read_scores(model)
        about = f"The model is {code_span(model.name)}."
    serve(
        fitted,
        host=host,
        port=port,
        about=about,
        evaluation=evaluation,
        segment_duration=segment_duration,
        limits=limits,
    )
