"""``skgenre features``: write features of files as a table, arrays in one file, or a store."""

import enum
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from .._files import output_file
from .._genre_columns import name_columns
from .._name_columns import name_column
from .._secrets import hide_secrets
from .._shown_text import show
from .._urls import Url, as_path
from ._console import has_viewer, print_table
from ._options import Memory, Scheduler
from ._output import prepare_output, require_pyarrow, write_table
from ._store import ChunkSize, Dtype, MapDtype, PartitionSize, is_store, write_store
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
    is_table,
    leave_out_bad,
    read_genres,
    read_table,
    write_left_out,
)

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from typing_extensions import TypeIs

    from ..features import AudioTransformer

    # One genre per clip, a matrix of 0 and 1, or unknown.
    _Target = np.ndarray | pd.DataFrame | None

EXAMPLES = """Examples:

skgenre features genres/ --kind gtzan --jobs 2 --out table.csv

skgenre features tracks.csv --kind fma --skip-bad-files --out table.csv

skgenre features genres/*/*.wav --kind mel --duration 30 --out mel.npz

skgenre features tracks.csv --kind mel --duration 30 --out s3://bucket/mel.zarr --scheduler \\
tcp://10.0.0.5:8786

In Python: numpy.load("mel.npz") holds X (files x bands x frames) and paths, and genres if they are
known: names, or 0 and 1 (files x genres) with genre_names if a file can have several.
"""


class Kind(enum.StrEnum):
    """Features to compute."""

    mel = "mel"
    mfcc = "mfcc"
    chroma = "chroma"
    gtzan = "gtzan"
    fma = "fma"
    bahuleyan = "bahuleyan"


_TABLES = {Kind.gtzan, Kind.fma, Kind.bahuleyan}


def features(
    files: Annotated[
        list[str],
        typer.Argument(
            help="Sound files, or one folder with a subfolder of sound files per genre, or a table "
            "of tracks (.csv, .parquet), with or without genres. Files and tables may be URLs.",
            metavar="FILES",
            show_default=False,
        ),
    ],
    out: Annotated[
        Any,
        typer.Option(
            parser=as_path,
            metavar="PATH",
            help="File to write: .npz, or for tables .csv or .parquet. Or a store, on a disk or "
            "below a URL such as s3://bucket/mel.zarr: .zarr, or for tables a folder of Parquet "
            "files, whose name has no ending.",
            show_default=False,
        ),
    ],
    kind: Annotated[
        Kind,
        typer.Option(
            help="Maps: mel (128 bands in dB), mfcc (20 coefficients), chroma (12 pitch classes). "
            "Tables: gtzan (57 columns), fma (518), bahuleyan (97).",
            case_sensitive=False,
        ),
    ] = Kind.mel,
    sr: Annotated[int, typer.Option(min=1, help="Sampling rate in Hz; files are resampled.")] = (
        22050
    ),
    duration: Annotated[
        float | None,
        typer.Option(
            min=0.0,
            help="Length in seconds: longer files are cut, shorter ones padded. Required for maps "
            "in a store, or if the files differ in length.",
            show_default=False,
        ),
    ] = None,
    jobs: Annotated[int, typer.Option(help="Number of threads; -1 uses all cores.")] = 1,
    memory: Memory = None,
    skip_bad_files: SkipBadFiles = False,
    check: Check = FileCheck.quick,
    path_column: PathColumn = None,
    genre_column: GenreColumn = None,
    genre_separator: GenreSeparator = None,
    genre_columns: GenreColumns = None,
    root: Root = None,
    group: Group = None,
    scheduler: Scheduler = None,
    partition_size: PartitionSize = 256,
    chunk_size: ChunkSize = None,
    dtype: MapDtype = Dtype.float32,
) -> None:
    """Compute the features of sound files and write them to one file, or to a store.

    A store is for more files than fit into memory. An interrupted run resumes where it stopped if
    it writes a store, or with --memory.

    With --skip-bad-files, a file that can't be read has no row in a file, and an empty row in a
    store.
    """
    _check_out(out, kind)
    _check_maps(out, kind, partition_size, chunk_size, dtype)
    transformer = _transformer(kind, sr, duration, jobs, memory)
    wanted = Wanted(
        *(path_column, genre_column, group if is_store(out) else NONE, NONE, root, check),
        skips=skip_bad_files,
        genre_separator=genre_separator,
        genre_columns=genre_columns,
    )
    if is_store(out):
        if duration is None and kind not in _TABLES:
            raise typer.BadParameter(
                "a store has maps of one size: give the length of the clips in seconds, such as "
                "30.",
                param_hint="--duration",
            )
        write_store(
            list(map(as_path, files)),
            out,
            kind.value,
            transformer,
            wanted,
            scheduler,
            partition_size=partition_size,
            chunk_size=chunk_size,
            dtype=dtype.value,
        )
        return
    if group is not None or scheduler is not None:
        option = "--group" if scheduler is None else "--scheduler"
        raise typer.BadParameter(
            "this is for a store: give an --out that ends in .zarr, or a folder for tables.",
            param_hint=option,
        )
    if out.suffix == ".parquet":
        require_pyarrow()
    sources = list(map(as_path, files))
    prepare_output(out, *sources)
    paths, genres = _find(sources, wanted)
    X = transformer.fit_transform(paths)
    if out.suffix == ".npz":
        _write_arrays(out, X, paths, genres, sr, transformer)
    else:
        _write_table(out, X, paths, genres, transformer, genre_separator)
    write_left_out(wanted, out)
    header, shape = (
        (("columns",), X.shape[1:]) if kind in _TABLES else (("bands", "frames"), X.shape[1:])
    )
    size = f"{out.stat().st_size / 1000:.0f}"
    print_table(
        ("kind", "files", *header, "size (kB)", "file"),
        [(kind.value, str(len(paths)), *map(str, shape), size, str(out))],
    )


def _check_out(out: Any, kind: Kind) -> None:
    """Refuse a file or store that is not for this kind of features."""
    files = [".npz", ".csv", ".parquet"] if kind in _TABLES else [".npz"]
    if not isinstance(out, Path):
        files = []
    store = "" if kind in _TABLES else ".zarr"
    if out.suffix not in (*files, store):
        must = f"must end in {' or '.join(files if kind in _TABLES else [*files, store])}"
        if kind in _TABLES:
            folder = "have no ending, for a folder"
            must = f"{must}, or {folder}," if files else f"must {folder},"
        raise typer.BadParameter(
            f"the name {must} for --kind {kind.value}, got {show(out)}.", param_hint="--out"
        )


def _check_maps(
    out: Any, kind: Kind, partition_size: int, chunk_size: int | None, dtype: Dtype
) -> None:
    """Refuse options of maps in a store if there are none, and partitions of broken chunks."""
    is_asked = {"--chunk-size": chunk_size is not None, "--dtype": dtype is not Dtype.float32}
    if kind in _TABLES or not is_store(out):
        for option in (name for name, asked in is_asked.items() if asked):
            raise typer.BadParameter(
                "this is for maps in a store, such as --kind mel --out mel.zarr.",
                param_hint=option,
            )
    if chunk_size is not None and partition_size % chunk_size:
        raise typer.BadParameter(
            f"a partition has whole chunks, and --partition-size is {partition_size}: give a "
            f"divisor of it, got {chunk_size}.",
            param_hint="--chunk-size",
        )


def _find(files: list[Path | Url], wanted: Wanted) -> tuple[list[str], "_Target"]:
    """Return paths, and their genres if a folder, or a table with genres, was given."""
    tables = [file for file in files if is_table(file)]
    if tables and len(files) > 1:
        raise typer.BadParameter(
            f"{show(tables[0])} is a table of tracks: give it alone.", param_hint="FILES"
        )
    if tables:
        music = read_table(files[0], wanted, needs_genre=False)
        return music.paths, music.target
    if len(files) == 1 and isinstance(files[0], Path) and files[0].is_dir():
        music = read_genres(files[0], wanted)
        return music.paths, music.target
    wanted.refuse_for_folder()
    return list(map(os.fspath, leave_out_bad(files, wanted))), None


def _is_frame(genres: "_Target") -> "TypeIs[pd.DataFrame]":
    return hasattr(genres, "columns")


def _write_arrays(
    out: Path,
    X: "np.ndarray",
    paths: list[str],
    genres: "_Target",
    sr: int,
    transformer: "AudioTransformer",
) -> None:
    import numpy as np

    arrays: dict[str, Any] = {"X": X, "paths": np.array(list(map(hide_secrets, paths))), "sr": sr}
    if _is_frame(genres):
        arrays["genres"] = genres.to_numpy()
        arrays["genre_names"] = np.array(genres.columns, dtype=str)
    elif genres is not None:
        arrays["genres"] = np.asarray(genres).astype(str)
    if hasattr(transformer, "get_feature_names_out"):
        arrays["columns"] = transformer.get_feature_names_out().astype(str)
    with output_file(out) as file:
        np.savez_compressed(file, **arrays)


def _write_table(
    out: Path,
    X: "np.ndarray",
    paths: list[str],
    genres: "_Target",
    transformer: "AudioTransformer",
    separator: str | None,
) -> None:
    import pandas as pd

    names = transformer.get_feature_names_out()
    table = pd.DataFrame(X, columns=names)
    table.insert(0, "path", name_column(list(map(hide_secrets, paths))))
    if _is_frame(genres) and separator is None:
        columns = name_columns(genres.columns, tuple(table.columns))
        table = pd.concat([table[["path"]], genres.set_axis(columns, axis=1), table[names]], axis=1)
    elif _is_frame(genres):
        rows = [genres.columns[row] for row in genres.to_numpy().astype(bool)]
        table.insert(1, "genre", name_column([str(separator).join(row) for row in rows]))
    elif genres is not None:
        table.insert(1, "genre", name_column(genres))
    write_table(table, out)


def _transformer(
    kind: Kind, sr: int, duration: float | None, jobs: int, memory: Path | None
) -> "AudioTransformer":
    from .. import features

    names = {
        Kind.mel: "MelSpectrogram",
        Kind.mfcc: "MFCC",
        Kind.chroma: "ChromaFeatures",
        Kind.gtzan: "GTZANFeatures",
        Kind.fma: "FMAFeatures",
        Kind.bahuleyan: "BahuleyanFeatures",
    }
    return getattr(features, names[kind])(
        sr=sr, duration=duration, n_jobs=jobs, memory=memory, verbose=int(has_viewer())
    )
