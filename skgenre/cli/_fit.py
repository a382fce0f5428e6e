"""``skgenre fit``: fit one model on all clips and save it."""

import time
from pathlib import Path
from typing import Annotated

import typer

from .._urls import as_path
from ._console import has_viewer, print_table, say
from ._model_file import check_model_name, write_model
from ._models import (
    DEFAULT_MODEL,
    MODELS_HELP,
    check_takes,
    fit_on_all,
    forget_run_settings,
    make_model,
    parse_model,
)
from ._options import Epochs, Memory, RandomState
from ._output import prepare_output
from ._tracks import (
    NONE,
    Check,
    FileCheck,
    GenreColumn,
    GenreColumns,
    GenreSeparator,
    Group,
    PathColumn,
    Root,
    SkipBadFiles,
    Wanted,
    read_genres,
    write_left_out,
)

EXAMPLES = """Examples:

skgenre fit genres/ --model best --save model.skops

skgenre fit genres/ --model svm --memory cache/ --save model.skops

skgenre fit tracks.csv --genre-column style --save model.skops

skgenre fit tracks.csv --genre-separator ";" --model cnn --save model.skops

skgenre fit genres/ --model crnn --epochs 50 --memory cache/ --save model.skops
"""


def fit(
    folder: Annotated[
        str,
        typer.Argument(
            help="Folder with one subfolder of sound files per genre, or a table of tracks (.csv, "
            ".parquet), or its URL.",
            metavar="FOLDER|TABLE",
            show_default=False,
        ),
    ],
    save: Annotated[
        Path,
        typer.Option(
            help="File to write the model to: a pickle if it ends in .pkl or .pickle, else a file "
            "that is safe to load.",
            show_default=False,
        ),
    ],
    model: Annotated[
        str, typer.Option(callback=parse_model, help=f"Model to fit: {MODELS_HELP}.")
    ] = DEFAULT_MODEL,
    skip_bad_files: SkipBadFiles = False,
    check: Check = FileCheck.quick,
    path_column: PathColumn = None,
    genre_column: GenreColumn = None,
    genre_separator: GenreSeparator = None,
    genre_columns: GenreColumns = None,
    group: Group = None,
    root: Root = None,
    epochs: Epochs = None,
    memory: Memory = None,
    random_state: RandomState = 0,
) -> None:
    """Fit a model on all clips of a folder or a table, and save it.

    Use 'skgenre compare' to evaluate it: scores on the training clips are optimistic.
    """
    check_model_name(save)
    prepare_output(save)
    wanted = Wanted(
        *(path_column, genre_column, group, NONE, root, check),
        skips=skip_bad_files,
        genre_separator=genre_separator,
        genre_columns=genre_columns,
    )
    music = read_genres(as_path(folder), wanted)
    pipeline = make_model(
        model,
        epochs=epochs,
        random_state=random_state,
        memory=memory,
        verbose=int(has_viewer()),
    )
    check_takes(model, pipeline, music.target)
    say(f"Fitting {model} on {len(music.paths)} files of {len(music.target_names)} genres ...")
    started = time.perf_counter()
    groups = music.groups if music.get("has_groups", group not in (None, NONE)) else None
    fit_on_all(pipeline, music.paths, music.target, groups)
    seconds = time.perf_counter() - started
    size = write_model(forget_run_settings(pipeline), save)
    write_left_out(wanted, save)
    print_table(
        ("model", "clips", "genres", "fit time (s)", "size (kB)", "file"),
        [
            (
                model,
                str(len(music.paths)),
                str(len(music.target_names)),
                f"{seconds:.1f}",
                f"{size / 1000:.0f}",
                str(save),
            )
        ],
    )
