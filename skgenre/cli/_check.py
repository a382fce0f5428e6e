"""``skgenre check``: faults, duplicates and confounds among sound files."""

from pathlib import Path
from typing import Annotated, Any

import typer

from .._cluster import joblib_on
from .._shown_text import show
from .._urls import Url, as_path, is_url
from ._check_confounds import say_confounds
from ._console import print_table, say
from ._options import Scheduler
from ._output import prepare_output, write_csv
from ._sound_files import find_files_to_check
from ._tracks import NONE, GenreColumn, GenreColumns, GenreSeparator, PathColumn, Root, Wanted

EXAMPLES = """Examples:

skgenre check genres/

skgenre check genres/ --jobs 2 --out report.csv

skgenre check tracks.csv

skgenre check tracks.csv --scheduler tcp://10.0.0.5:8786

The exit code is 1 if there are problems or confounds.
"""

EXIT_FOUND = 1


def check(
    folder: Annotated[
        str,
        typer.Argument(
            help="Folder of sound files, searched with its subfolders, or a table of tracks "
            "(.csv, .parquet), or its URL.",
            metavar="FOLDER|TABLE",
            show_default=False,
        ),
    ],
    min_duration: Annotated[
        float | None,
        typer.Option(
            min=0.0,
            help="List files shorter than this, in seconds.",
            show_default="half the median",
        ),
    ] = None,
    min_level: Annotated[
        float,
        typer.Option(max=0.0, help="List files below this level, in dB of full scale, as silent."),
    ] = -60.0,
    max_clipped: Annotated[
        float,
        typer.Option(
            min=0.0,
            max=1.0,
            help="List files with a larger share of samples at full scale as clipped.",
        ),
    ] = 1e-4,
    jobs: Annotated[int, typer.Option(help="Number of threads; -1 uses all cores.")] = 1,
    scheduler: Scheduler = None,
    out: Annotated[
        Path | None,
        typer.Option(help="Write one row per file to this CSV file.", show_default=False),
    ] = None,
    path_column: PathColumn = None,
    genre_column: GenreColumn = None,
    genre_separator: GenreSeparator = None,
    genre_columns: GenreColumns = None,
    root: Root = None,
) -> None:
    """List undecodable, silent, clipped, short and duplicate sound files.

    Duplicates are found by their sound, whatever their format, level, rate or excerpt.

    Facts that predict the genre alone, such as the sampling rate, are confounds.
    Genres are the subfolders of a folder, or a column of a table.
    """
    from ..datasets import check_files

    source = as_path(folder)
    if isinstance(source, Path) and not source.exists():
        raise typer.BadParameter(
            f"there is no folder or file {show(source)}.", param_hint="FOLDER|TABLE"
        )
    if out is not None:
        if out.suffix != ".csv":
            raise typer.BadParameter(
                f"the file's name must end in .csv, got {out}.", param_hint="--out"
            )
        prepare_output(out, source)
    wanted = Wanted(
        *(path_column, genre_column, NONE, NONE, root),
        genre_separator=genre_separator,
        genre_columns=genre_columns,
    )
    files, base, genres = find_files_to_check(source, wanted)
    with joblib_on(scheduler):
        report = check_files(
            files,
            min_duration=min_duration,
            min_level=min_level,
            max_clipped=max_clipped,
            n_jobs=jobs,
        )
    if out is not None:
        write_csv(report, out)
    found = report[report.finding != ""]
    n_confounds = say_confounds(report, genres)
    if found.empty:
        also = "faults or duplicates" if n_confounds else "problems"
        say(f"{len(files)} sound files in {show(source)}: no {also} found.")
        if n_confounds:
            raise typer.Exit(EXIT_FOUND)
        return
    say(f"{len(files)} sound files in {show(source)}: problems in {len(found)}.")
    for file in found[found.error != ""].itertuples():
        say(f"{show(file.path)}: {file.error}")
    print_table(
        ("file", "finding", "group", "s", "dB", "clipped"),
        [_row(base, file) for file in found.sort_values("group").itertuples()],
        n_left=2,
    )
    raise typer.Exit(EXIT_FOUND)


def _row(folder: Path | Url, file: Any) -> tuple[str, ...]:
    name = file.path
    if isinstance(folder, Path) and not is_url(name) and Path(name).is_relative_to(folder):
        name = str(Path(name).relative_to(folder))
    if file.error:
        return name, file.finding, "", "", "", ""
    group = str(file.group) if "duplicate" in file.finding else ""
    clipped = f"{file.clipped:.2%}"
    return name, file.finding, group, f"{file.duration:.2f}", f"{file.level:.1f}", clipped
