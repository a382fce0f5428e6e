"""Options that several subcommands share."""

from pathlib import Path
from typing import Annotated

import typer

Epochs = Annotated[
    int, typer.Option(min=1, help="Passes over the training clips, for the networks.")
]
Memory = Annotated[
    Path | None,
    typer.Option(help="Keep computed features in this folder, for later runs.", show_default=False),
]
RandomState = Annotated[int, typer.Option(help="Seed of splits, weights and shuffling.")]
