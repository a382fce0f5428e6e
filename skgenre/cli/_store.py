"""Jobs that write features or predictions of many files, here or on a Dask cluster."""

import enum
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from .._shown_text import show
from .._urls import Url
from ._console import has_viewer, print_table, say
from ._tracks import (
    Wanted,
    columns_by_role,
    is_table,
    list_genre_columns,
    name_options,
    read_genres,
)

if TYPE_CHECKING:
    from ..features import AudioTransformer
    from ..stores import Extraction
    from ..stores._clip_list import ClipList

_STORES = "Stores"

PartitionSize = Annotated[
    int,
    typer.Option(
        min=1,
        help="Files in a partition: a task, and a Parquet file.",
        rich_help_panel=_STORES,
    ),
]

ChunkSize = Annotated[
    int | None,
    typer.Option(
        min=1,
        help="Files in a chunk of maps, which is read as a whole; a divisor of --partition-size. "
        "By default a chunk has at most 16 MB.",
        show_default=False,
        rich_help_panel=_STORES,
    ),
]


class Dtype(enum.StrEnum):
    """Data types of maps in a store."""

    float32 = "float32"
    float16 = "float16"


MapDtype = Annotated[
    Dtype,
    typer.Option(
        help="Data type of maps in a store; float16 takes half as much memory.",
        rich_help_panel=_STORES,
    ),
]


def is_store(out: Any) -> bool:
    """Tell a store from a file: it is a URL, ends in .zarr, or has no ending."""
    return not isinstance(out, Path) or out.suffix in (".zarr", "")


def write_store(
    files: list[Path | Url],
    out: Any,
    kind: str,
    transformer: "AudioTransformer",
    wanted: Wanted,
    scheduler: str | None,
    **options: Any,
) -> None:
    """Write features into a store, with options of `extract_features`; print what was done."""
    from ..stores import extract_features

    clips = _list_clips(files, wanted)
    run_job(
        partial(extract_features, clips, transformer, out, **options),
        kind,
        wanted,
        scheduler,
    )


def run_job(
    job: "Callable[..., Extraction]", kind: str, wanted: Wanted, scheduler: str | None
) -> None:
    """Run a job here or on a cluster, and print what was done.

    Parameters
    ----------
    job : callable
        Takes `client`, `on_bad_files` and `progress`.
    kind : str
        What it writes.
    wanted : Wanted
        Whether bad files are left out.
    scheduler : str or None
        Address of the cluster's scheduler.
    """
    from .._cluster import connect
    from ..datasets._unreadable import describe_unreadable
    from ..stores._run import BadFilesError

    on_bad_files = "drop" if wanted.skips else "raise"
    with nullcontext() if scheduler is None else connect(scheduler) as client:
        try:
            done = job(client=client, on_bad_files=on_bad_files, progress=has_viewer())
        except BadFilesError as error:
            raise ValueError(
                f"{describe_unreadable(error.files)}. Repair them, or leave them out with "
                f"--skip-bad-files; then run the command again."
            ) from error
    if done.n_bad:
        say(f"Listed {done.n_bad} files that can't be read in {show(done.list_of_bad_files)}")
    pace = "" if done.n_resumed == done.n_clips else f"{done.clips_per_second:.1f}"
    print_table(
        ("kind", "files", "bad", "resumed", "files/s", "store"),
        [(kind, str(done.n_clips), str(done.n_bad), str(done.n_resumed), pace, done.out)],
    )


def read_table_clips(files: Sequence[Path | Url], wanted: Wanted) -> "ClipList | None":
    """Return the clips of a table of tracks without opening them; None if there is no table."""
    from ..stores._clip_list import read_clips

    tables = [file for file in files if is_table(file)]
    if not tables:
        return None
    if len(files) > 1:
        raise typer.BadParameter(
            f"{show(tables[0])} is a table of tracks: give it alone.", param_hint="FILES"
        )
    names = name_options(wanted, needs_genre=False)
    return read_clips(
        files[0],
        columns_by_role(wanted, names, needs_genre=False),
        root=wanted.root,
        genre_separator=wanted.genre_separator,
        genre_columns=list_genre_columns(wanted),
        names=names,
    )


def _list_clips(files: list[Path | Url], wanted: Wanted) -> Any:
    clips = read_table_clips(files, wanted)
    if clips is not None:
        return clips
    first = files[0]
    if len(files) == 1 and isinstance(first, Path) and first.is_dir():
        return read_genres(first, wanted)
    wanted.refuse_for_folder()
    return files
