"""``skgenre export``: a model as a file for programs without skgenre."""

import time
from pathlib import Path
from typing import Annotated

import typer

from .._shown_text import show
from ._console import print_table, say
from ._model_file import Trusted, read_model
from ._output import prepare_output

EXAMPLES = """Examples:

skgenre export model.skops model.onnx
"""


def export(
    model: Annotated[
        Path,
        typer.Argument(
            help="Model file written by 'skgenre fit'. Loading a pickle runs the code in it: "
            "export only pickles that you trust. Other files run no code.",
            show_default=False,
        ),
    ],
    out: Annotated[
        Path, typer.Argument(help="File to write, such as model.onnx.", show_default=False)
    ],
    trusted: Trusted = None,
) -> None:
    """Export a model to ONNX, to run it without skgenre or PyTorch.

    Networks are exported with the features before them, XGBoost alone.
    Kernel models, such as 'best' and 'svm', can't be exported.
    The exported model takes waveforms, or for trees a table of features,
    and returns probabilities.
    The sampling rate, duration and genres are in the file's metadata. Needs the extra 'onnx'.
    """
    from ..persistence import export_onnx

    fitted = read_model(model, trusted)
    prepare_output(out)
    say(f"Exporting {show(model)} ...")
    started = time.perf_counter()
    export_onnx(fitted, out)
    seconds = time.perf_counter() - started
    print_table(
        ("model", "genres", "export time (s)", "size (kB)", "file"),
        [
            (
                str(model),
                str(len(fitted.classes_)),
                f"{seconds:.1f}",
                f"{out.stat().st_size / 1000:.0f}",
                str(out),
            )
        ],
    )
