"""Write the features of many clips into a store."""

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import joblib

from .._progress import has_bar
from .._public import public
from ._clip_list import list_clips
from ._extraction import Extraction
from ._facts import Facts, begin_store, choose_chunk_size
from ._feature import (
    check_feature,
    check_trial,
    describe_feature,
    name_feature,
    show_parameters,
    transformers_of,
    try_feature,
)
from ._feature_writer import FeatureWriter
from ._folder import Folder
from ._job import check_client, compute_on, count_cores
from ._run import Run, check_job, check_size

if TYPE_CHECKING:
    from distributed import Client

_NAME = "extract_features"
_PARTITION = 256


@public
def extract_features(
    clips: Any,
    feature: Any,
    out: str | os.PathLike,
    *,
    client: "Client | None" = None,
    partition_size: int = _PARTITION,
    chunk_size: int | None = None,
    dtype: str = "float32",
    on_bad_files: str = "drop",
    storage_options: Mapping[str, Any] | None = None,
    progress: bool | None = None,
) -> Extraction:
    """Write the features of many clips into a store, on a disk or in an object store.

    The clips are divided into partitions. Each is computed and written separately, on the cores of
    this machine or as a task of a Dask cluster, and never held in memory together with others. A
    run that was interrupted continues with the partitions that are not finished; lost workers
    neither lose nor double a clip.

    Parameters
    ----------
    clips : Bunch, sequence of paths, or path
        The sound files: the result of a loader such as :func:`skgenre.datasets.load_manifest`, a
        list of paths, or the path of a table of tracks, whose columns are found by their usual
        names. Files may be URLs. Of a table, no file is opened before it is computed.
    feature : transformer or Pipeline
        Transformer of sound files, or a Pipeline that begins with one. Maps need ``duration=``. A
        step that has to be fitted must be fitted on training clips. ``n_jobs`` is ignored with a
        `client`; otherwise None means all cores.
    out : str or PathLike
        The store: a path, or a URL that fsspec knows. Maps go into a Zarr group, whose name ends in
        ``.zarr``; tables into a folder of Parquet files.
    client : distributed.Client, default=None
        Connection to a Dask cluster. Workers must see the sound files and `out` under the same
        names, and have the same version of skgenre. None uses this machine's threads.
    partition_size : int, default=256
        Number of clips in a partition: a task, and a Parquet file.
    chunk_size : int, default=None
        Number of clips in a chunk of maps, an object that is read as a whole; it divides
        `partition_size`. None means chunks of at most 16 MB before compression.
    dtype : {"float32", "float16"}, default="float32"
        Data type of maps in the store. Tables are float32.
    on_bad_files : {"drop", "raise"}, default="drop"
        What to do with files that can't be read: keep an empty row, and list them; or stop with an
        error. After an error, and in partitions with bad files from an earlier run, the files are
        tried again.
    storage_options : dict, default=None
        Options of the file system of `out`, such as keys and endpoints. They are not written.
    progress : bool, default=None
        Whether to show a progress bar, with the time left and the clips per second. None shows it
        on terminals and in notebooks.

    Returns
    -------
    Extraction
        Numbers of clips and bad files, time and speed. Bad files are also listed in a CSV file
        beside the store: ``mel.bad_files.csv`` beside ``mel.zarr``.

    Raises
    ------
    TypeError
        If `clips` are not files, `feature` is no transformer of files, or `client` is no client.
    ValueError
        If maps have no fixed length, `out` holds features of another setting or other clips, a
        parameter is outside its range, or, with ``on_bad_files="raise"``, a file can't be read.
    OSError
        If `out` can't be written, or workers don't see it.
    ImportError
        If Zarr, pyarrow, fsspec or Dask is missing.

    See Also
    --------
    open_features : Open a store, to learn from it.

    Notes
    -----
    A store of maps is a Zarr group with the arrays ``X`` (n_clips, ...) and ``ok`` (n_clips,), and
    the clips in ``clips.parquet``. Row ``i`` is always clip ``i``; the row of a bad file is NaN,
    and ``ok`` is False. A store of tables is a Parquet file for each partition, with the columns
    ``clip`` (the row number), ``ok`` and those of the feature; the clips are in
    ``_skgenre/clips.parquet``. Other programs read both without skgenre.

    A clip that kills its worker, alone in its task, three times is a bad file.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from skgenre.datasets import make_genre_music
    >>> from skgenre.features import MelSpectrogram
    >>> from skgenre.stores import extract_features
    >>> import zarr
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     music = make_genre_music(4, duration=2.0, random_state=0, to=folder)
    ...     done = extract_features(
    ...         music, MelSpectrogram(n_mels=64, duration=2.0), Path(folder, "mel.zarr")
    ...     )
    ...     group = zarr.open_group(Path(folder, "mel.zarr"), mode="r")
    ...     group["X"].shape, done.n_clips, done.n_bad
    ((4, 64, 87), 4, 0)
    """
    _check_options(partition_size, chunk_size, dtype, on_bad_files)
    check_feature(feature)
    listed = list_clips(clips, _NAME)
    folder = Folder(out, None if storage_options is None else dict(storage_options))
    if client is None:
        trial = try_feature(feature)
    else:
        check_client(client, folder, _NAME)
        trial = compute_on(client, try_feature, feature)
    kind = check_trial(trial, feature, folder.url, folder.shown)
    dtype = dtype if kind == "maps" else "float32"
    if chunk_size is None:
        chunk_size = choose_chunk_size(trial.shape, dtype, partition_size)
    wanted = Facts(
        kind=kind,
        feature=name_feature(feature),
        setting=describe_feature(feature),
        parameters=show_parameters(feature),
        manifest=listed.digest(),
        n_clips=len(listed),
        partition_size=partition_size,
        chunk_size=chunk_size,
        shape=list(trial.shape),
        dtype=dtype,
        columns=trial.columns,
    )
    begin_store(folder, wanted, listed.to_parquet())
    writer = FeatureWriter(folder, wanted, on_bad_files == "raise", trial.feature)
    n_threads = _count_threads(feature) if client is None else count_cores(client)
    is_shown = has_bar() if progress is None else bool(progress)
    return Run(_NAME, writer, listed, client, n_threads).run(is_shown=is_shown)


def _check_options(partition_size: int, chunk_size: int | None, dtype: str, on_bad: str) -> None:
    check_job(_NAME, partition_size, on_bad)
    if chunk_size is not None:
        check_size(_NAME, "chunk_size", chunk_size)
        if partition_size % chunk_size:
            raise ValueError(
                f"{_NAME} needs partition_size to be a multiple of chunk_size, so that each chunk "
                f"is written by one task, got {partition_size} and {chunk_size}."
            )
    if dtype not in ("float32", "float16"):
        raise ValueError(
            f"The 'dtype' parameter of {_NAME} must be 'float32' or 'float16'. Got {dtype!r} "
            f"instead."
        )


def _count_threads(feature: Any) -> int:
    wanted = [part.n_jobs for part in transformers_of(feature) if part.n_jobs is not None]
    return joblib.effective_n_jobs(wanted[0] if wanted else -1)
