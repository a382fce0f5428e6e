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
            help="Model that 'skgenre fit' wrote. A pickle runs code that is in it, so export "
            "only a pickle that you trust; other files run none.",
            show_default=False,
        ),
    ],
    out: Annotated[
        Path, typer.Argument(help="File to write, such as model.onnx.", show_default=False)
    ],
    trusted: Trusted = None,
) -> None:
    """Export a model to ONNX: waveforms in, probabilities out, without skgenre or PyTorch.

    The rate of the waveforms, their duration and the genres are in the file's metadata. A model of
    trees takes a table of features instead. Needs the extra 'onnx'.
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
