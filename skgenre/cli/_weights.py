"""``skgenre weights``: convert published weights to files that are read without their package."""

from pathlib import Path
from typing import Annotated

import typer

from .._shown_text import show
from ._console import print_table
from ._output import prepare_output

EXAMPLES = """Examples:

skgenre weights musicnn

skgenre weights musicnn --weights mtt --output musicnn-mtt.safetensors

In Python: MusicnnEmbedding("musicnn-msd.safetensors").
"""

app = typer.Typer(no_args_is_help=True)


@app.callback()
def _options() -> None:
    """Convert published weights."""


@app.command(epilog=EXAMPLES)
def musicnn(
    weights: Annotated[
        str,
        typer.Option(
            help="'msd' or 'mtt', of the package musicnn, or the path of a checkpoint of "
            "TensorFlow without its '.index'."
        ),
    ] = "msd",
    output: Annotated[
        Path | None,
        typer.Option(
            help="File to write. By default musicnn-NAME.safetensors.", show_default=False
        ),
    ] = None,
) -> None:
    """Write musicnn's weights in the format safetensors.

    The checkpoint of the package musicnn, which 'pip install --no-deps musicnn' installs, is read
    without TensorFlow. Needs the extra 'pretrained'.
    """
    from .._published_weights.musicnn import (
        is_published,
        read_weights,
        write_safetensors,
    )

    read = read_weights(weights, "skgenre weights musicnn")
    if output is None:
        output = Path(f"musicnn-{weights if is_published(weights) else 'own'}.safetensors")
    prepare_output(output)
    write_safetensors(read, output)
    size = sum(array.size for array in read.arrays.values())
    print_table(
        ("weights", "values", "size (kB)", "file"),
        [(show(weights), f"{size:,}", f"{output.stat().st_size / 1000:,.0f}", show(output))],
    )
