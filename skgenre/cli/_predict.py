"""``skgenre predict``: the most probable genres of songs, whole or clip by clip."""

import enum
import gc
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from .._urls import Url, as_path
from ._catalogue import write_predictions
from ._console import one_line, quiet_decoders, track
from ._model_file import Trusted, read_clip_model
from ._options import Scheduler
from ._song_output import Format, Layout, Song, print_songs
from ._sound_files import find_sound_files
from ._store import PartitionSize
from ._tracks import (
    NONE,
    Check,
    FileCheck,
    GenreColumn,
    PathColumn,
    Root,
    SkipBadFiles,
    Wanted,
    is_table,
    leave_out_bad,
    read_table,
)

if TYPE_CHECKING:
    from ..songs._clip_model import ClipModel
    from ..songs._onnx_clip_model import OnnxClipModel

EXIT_BAD_FILE = 1

EXAMPLES = """Examples:

skgenre predict song.mp3 --model model.skops

skgenre predict music/ --model model.skops --top 1 --format csv > genres.csv

skgenre predict tracks.csv --model model.skops --skip-bad-files --format csv > genres.csv

skgenre predict concert.flac --model model.skops --timeline --format json

skgenre predict song.mp3 --model model.onnx

skgenre predict tracks.csv --model model.skops --out predictions --scheduler \\
tcp://10.0.0.5:8786
"""


class Combine(enum.StrEnum):
    """Aggregation of a song's clips."""

    mean = "mean"
    majority = "majority"
    longest_run = "longest-run"


def predict(
    songs: Annotated[
        list[str],
        typer.Argument(
            help="Sound files of any length, folders of them, searched with their subfolders, or "
            "tables of tracks (.csv, .parquet). Files and tables may be URLs, such as s3://.",
            metavar="SONGS",
            show_default=False,
        ),
    ],
    model: Annotated[
        Path,
        typer.Option(
            help="Model file written by 'skgenre fit', or an .onnx file of a network written by "
            "'skgenre export', which starts faster. Loading a pickle runs the code in it: load "
            "only pickles that you trust. Other files run no code.",
            show_default=False,
        ),
    ],
    top: Annotated[
        int | None,
        typer.Option(
            min=1,
            help="Genres to print per song or clip.",
            show_default="5; those above their thresholds, if clips may have several",
        ),
    ] = None,
    timeline: Annotated[
        bool, typer.Option("--timeline", help="Print the genres of every clip of a song.")
    ] = False,
    combine: Annotated[
        Combine,
        typer.Option(
            help="How to combine the clips of a song: mean of their probabilities, majority vote, "
            "or the longest run of clips of one genre.",
            case_sensitive=False,
        ),
    ] = Combine.mean,
    segment_duration: Annotated[
        float | None,
        typer.Option(
            help="Length of the clips that a song is cut into, in seconds.",
            show_default="that of the training clips",
        ),
    ] = None,
    segment_hop: Annotated[
        float | None,
        typer.Option(
            help="Seconds from the start of one clip to the next.",
            show_default="that of the training segments, or no overlap",
        ),
    ] = None,
    format: Annotated[  # noqa: A002
        Format, typer.Option(help="Output format.", case_sensitive=False)
    ] = Format.table,
    trusted: Trusted = None,
    skip_bad_files: SkipBadFiles = False,
    check: Check = FileCheck.quick,
    path_column: PathColumn = None,
    genre_column: GenreColumn = None,
    root: Root = None,
    out: Annotated[
        Any,
        typer.Option(
            parser=as_path,
            metavar="FOLDER",
            help="Folder of Parquet files, or its URL, to write the predictions to instead of "
            "printing them: for catalogues. A run that was interrupted resumes.",
            show_default=False,
        ),
    ] = None,
    scheduler: Scheduler = None,
    partition_size: PartitionSize = 64,
) -> None:
    """Predict the most probable genres of songs of any length.

    A song is cut into clips as long as the training clips. Where clips may have several genres,
    those above their thresholds are printed.

    Nothing is predicted if files can't be read, unless --skip-bad-files leaves them out. A file
    that turns out to be damaged later is reported at the end, and the exit code is 1.
    """
    wanted = Wanted(path_column, genre_column, NONE, NONE, root, check, skips=skip_bad_files)
    sources = list(map(as_path, songs))
    how = combine.value.replace("-", "_")
    if out is not None:
        if timeline or top is not None or format is not Format.table:
            raise typer.BadParameter(
                "this writes the scores of all genres for each song: leave out --top, --timeline "
                "and --format.",
                param_hint="--out",
            )
        write_predictions(
            *(sources, out, model, trusted, wanted),
            combine=how,
            seconds=(segment_duration, segment_hop),
            scheduler=scheduler,
            partition_size=partition_size,
        )
        return
    if scheduler is not None:
        raise typer.BadParameter(
            "the workers of a cluster write files: give --out.", param_hint="--scheduler"
        )
    with _no_garbage_search():
        clip_model = read_clip_model(
            model, trusted, "skgenre predict", segment_duration, segment_hop
        )
    errors: list[str] = []
    files = _find(sources, wanted, errors)
    layout = Layout(
        has_timeline=timeline,
        top=top,
        combine=combine.value,
        genres=[str(genre) for genre in clip_model.classes_],
        thresholds=clip_model.thresholds_,
    )
    found = _predict(track(files, "predicting"), clip_model, how, errors)
    with quiet_decoders():
        print_songs(found, format, layout)
    for message in errors:
        typer.echo(f"Error: {message}", err=True)
    if errors:
        raise typer.Exit(EXIT_BAD_FILE)


@contextmanager
def _no_garbage_search() -> Iterator[None]:
    """Load libraries and a model without Python's search for cyclic garbage.

    They make hundreds of thousands of objects, which live as long as the process: the search would
    go through them several times, for a tenth of a second each. Later ones leave them out.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        if was_enabled:
            gc.enable()


def _find(songs: Sequence[Path | Url], wanted: Wanted, errors: list[str]) -> list[Path | Url]:
    """Return the given files, and those in given folders and tables, that can be read."""
    if not any(map(is_table, songs)):
        wanted.refuse_for_folder()
    found: list[tuple[Path | Url, bool]] = []  # a file, and whether a table has been asked for it
    for song in songs:
        if is_table(song):
            paths = read_table(song, wanted, needs_genre=False).paths
            found += [(as_path(path), True) for path in paths]
            continue
        try:
            if isinstance(song, Path) and song.is_dir():
                found += [(file, False) for file in find_sound_files(song)]
            else:
                found.append((song, False))
        except (OSError, ValueError) as error:
            errors.append(one_line(error))
    good = set(leave_out_bad([file for file, is_read in found if not is_read], wanted))
    return [file for file, is_read in found if is_read or file in good]


def _predict(
    files: Iterable[Path | Url], model: "ClipModel | OnnxClipModel", combine: str, errors: list[str]
) -> Iterator[Song]:
    """Yield the prediction of each file; unreadable files are added to the errors."""
    from ..songs._combine import rank_genres
    from ..songs._predict import make_timeline

    for file in files:
        try:
            timeline = make_timeline(model, file)
        except (OSError, ValueError) as error:
            # Printed at the end: during the progress bar it would break the line.
            errors.append(one_line(error))
            continue
        order, scores = rank_genres(timeline.probabilities, combine, timeline.thresholds)
        genres = [timeline.genres[number] for number in order]
        yield Song(str(file), timeline, list(zip(genres, scores.tolist(), strict=True)))
