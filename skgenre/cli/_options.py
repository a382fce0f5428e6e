"""Options shared by several subcommands."""

from pathlib import Path
from typing import Annotated

import typer

Epochs = Annotated[
    int | None,
    typer.Option(
        min=1,
        help="Epochs of the networks.",
        show_default="those of the model",
    ),
]
Memory = Annotated[
    Path | None,
    typer.Option(help="Cache folder for computed features.", show_default=False),
]
RandomState = Annotated[int, typer.Option(help="Seed of splits, initial weights and shuffling.")]
Scheduler = Annotated[
    str | None,
    typer.Option(
        help="Address of the scheduler of a Dask cluster whose workers do it, such as "
        "tcp://10.0.0.5:8786.",
        show_default="this machine",
    ),
]
