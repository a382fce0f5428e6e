"""``skgenre cache``: inspect and empty a folder of features and finished folds."""

from pathlib import Path
from typing import Annotated

import typer

from ._console import print_table

EXAMPLES = """Examples:

skgenre cache info features/

skgenre cache clear features/
"""

app = typer.Typer(no_args_is_help=True)

Folder = Annotated[
    Path,
    typer.Argument(
        help="Cache folder: that of --memory, or of memory= in Python.",
        metavar="FOLDER",
        exists=True,
        file_okay=False,
        show_default=False,
    ),
]


@app.command()
def info(folder: Folder) -> None:
    """Print the entries and size of a cache, and how often it was used."""
    from ..features import cache_info
    from ..features._engine.rows import format_size
    from ..model_selection._compare.resume import count_finished_folds

    found = cache_info(folder)
    print_table(
        ("folder", "entries", "size", "read", "computed", "finished folds"),
        [
            (
                str(folder),
                str(found.entries),
                format_size(found.nbytes),
                str(found.hits),
                str(found.misses),
                str(count_finished_folds(folder)),
            )
        ],
    )


@app.command()
def clear(folder: Folder) -> None:
    """Remove the entries of a cache, and no other files in its folder."""
    from ..features import cache_info, clear_cache
    from ..features._engine.rows import format_size
    from ..model_selection._compare.resume import clear_finished_folds, count_finished_folds

    before, n_folds = cache_info(folder), count_finished_folds(folder)
    clear_cache(folder)
    clear_finished_folds(folder)
    print_table(
        ("folder", "entries removed", "size", "finished folds removed"),
        [(str(folder), str(before.entries), format_size(before.nbytes), str(n_folds))],
    )
