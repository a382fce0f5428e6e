"""Predict the genres of a catalogue of songs, as a job of many partitions."""

import hashlib
import os
from collections.abc import Callable, Collection, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import joblib

from .. import __version__
from .._progress import has_bar
from .._public import public
from .._shown_text import show
from ..stores._clip_list import list_clips
from ..stores._extraction import Extraction
from ..stores._facts import Facts, begin_store
from ..stores._feature import show_parameters
from ..stores._folder import Folder
from ..stores._job import check_client, count_cores
from ..stores._run import Run, check_job
from ._clip_model import ClipModel
from ._combine import check_combination
from ._song_writer import (
    FIXED,
    ModelInMemory,
    ModelOfFile,
    SongWriter,
    name_score_columns,
)

if TYPE_CHECKING:
    from distributed import Client

_NAME = "predict_files"
PARTITION = 64


@public
def predict_files(
    model: Any,
    clips: Any,
    out: str | os.PathLike,
    *,
    client: "Client | None" = None,
    combine: str = "mean",
    segment_duration: float | None = None,
    segment_hop: float | None = None,
    partition_size: int = PARTITION,
    on_bad_files: str = "drop",
    n_jobs: int | None = None,
    trusted: Collection[str] | None = None,
    storage_options: Mapping[str, Any] | None = None,
    progress: bool | None = None,
) -> Extraction:
    """Predict the genres of many songs of any length, and write them as Parquet files.

    Each song is predicted as by :func:`predict_song`, in bounded memory. The songs are divided into
    partitions, which are predicted in threads of this machine or as tasks of a Dask cluster, as in
    :func:`skgenre.stores.extract_features`: a run that was interrupted continues with the
    partitions that are not finished, and lost workers neither lose nor double a song.

    Parameters
    ----------
    model : classifier, Pipeline, str or PathLike
        A fitted model that takes sound files as X, or the path of a file that
        :func:`skgenre.persistence.save_model` wrote, which each worker loads once.
    clips : Bunch, sequence of paths, or path
        The songs: the result of a loader, a list of paths, or the path of a table of tracks, whose
        columns are found by their usual names. Files may be URLs.
    out : str or PathLike
        Folder of the predictions, such as "predictions": a path, or a URL that fsspec
        knows. pandas and other programs read it as one table.
    client : distributed.Client, default=None
        Connection to a Dask cluster. Workers must see the songs and `out` under the same names, and
        have the same version of skgenre. None uses this machine.
    combine : {"mean", "majority", "longest_run"}, default="mean"
        Aggregation of a song's clips, see :func:`combine_timeline`.
    segment_duration : float, default=None
        Clip length in seconds, see :func:`predict_timeline`.
    segment_hop : float, default=None
        Seconds from the start of one clip to the next. None takes that of the segments, or
        `segment_duration`: no overlap.
    partition_size : int, default=64
        Number of songs in a partition: a task, and a Parquet file.
    on_bad_files : {"drop", "raise"}, default="drop"
        What to do with files that can't be read: keep a row without genre, and list them; or stop
        with an error.
    n_jobs : int, default=None
        Number of threads over songs, as in joblib. Ignored with a `client`.
    trusted : list of str, default=None
        Full names of classes and functions of yours that a model file may contain, see
        :func:`skgenre.persistence.load_model`.
    storage_options : dict, default=None
        Options of the file system of `out`, such as keys and endpoints. They are not written.
    progress : bool, default=None
        Whether to show a progress bar. None shows it on terminals and in notebooks.

    Returns
    -------
    Extraction
        Numbers of songs and bad files, time and speed. Bad files are also listed in a CSV file
        beside the folder.

    Raises
    ------
    ValueError
        If the model or a parameter is not suitable, `out` holds predictions of another model or
        other songs, or, with ``on_bad_files="raise"``, a file can't be read.
    NotFittedError
        If the model is not fitted.
    TypeError
        If `clips` are not files, or `client` is no client.
    OSError
        If `out` can't be written, or workers don't see it.
    ImportError
        If pyarrow, fsspec or Dask is missing.

    See Also
    --------
    predict_song : Predicts a single song.
    skgenre.stores.extract_features : Writes features of many clips.

    Notes
    -----
    The table has a row for each song: ``clip`` (its number), ``path``, ``ok``, ``genre`` (the most
    probable one as text; where songs may have several, a list of those above their thresholds),
    ``seconds``, and a column with the score of each genre. For a genre with the name of one of
    these columns, the column has the prefix "genre:".

    References
    ----------
    .. [1] J. Bergstra et al., "Aggregate Features and AdaBoost for Music Classification", Machine
       Learning 65, 2006: songs as sequences of segments that are classified on their own.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> import pandas as pd
    >>> from sklearn.linear_model import LogisticRegression
    >>> from sklearn.pipeline import make_pipeline
    >>> from skgenre.datasets import make_genre_music
    >>> from skgenre.features import MFCC, FramePooling
    >>> from skgenre.songs import predict_files
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     music = make_genre_music(
    ...         8, genres=["classical", "metal"], duration=2.0, random_state=0, to=folder
    ...     )
    ...     model = make_pipeline(MFCC(duration=2.0), FramePooling(), LogisticRegression(C=0.01))
    ...     model.fit(music.paths, music.target)
    ...     done = predict_files(model, music, Path(folder, "predictions"))
    ...     predicted = pd.read_parquet(Path(folder, "predictions"))
    Pipeline(...)
    >>> predicted["genre"].tolist() == music.target.tolist()
    True
    >>> predicted.columns.tolist()
    ['clip', 'path', 'ok', 'genre', 'seconds', 'classical', 'metal']
    """
    check_combination(_NAME, combine)
    given = (_NAME, segment_duration, segment_hop)
    if isinstance(model, str | os.PathLike):
        load = partial(_load, trusted=None if trusted is None else list(trusted), given=given)
        source: ModelOfFile | ModelInMemory = _read_file(Path(model), load)
        description = ""
    else:
        source = ModelInMemory(ClipModel(model, *given), joblib.hash(model))
        description = show_parameters(model)
    return predict_catalogue(
        source,
        clips,
        out,
        client=client,
        combine=combine,
        seconds=(segment_duration, segment_hop),
        partition_size=partition_size,
        on_bad_files=on_bad_files,
        n_jobs=n_jobs,
        storage_options=storage_options,
        progress=progress,
        description=description,
    )


def predict_catalogue(
    source: ModelOfFile | ModelInMemory,
    clips: Any,
    out: str | os.PathLike,
    *,
    client: Any,
    combine: str,
    seconds: tuple[float | None, float | None],
    partition_size: int,
    on_bad_files: str,
    n_jobs: int | None,
    storage_options: Mapping[str, Any] | None,
    progress: bool | None,
    description: str = "",
) -> Extraction:
    """Predict songs with a model of any kind, see :func:`predict_files`.

    Parameters
    ----------
    source : ModelOfFile or ModelInMemory
        The model, which is sent to workers.
    seconds : tuple of float or None
        Length of the clips and their distance.
    description : str, default=""
        The model, for people.
    """
    check_job(_NAME, partition_size, on_bad_files)
    listed = list_clips(clips, _NAME)
    folder = Folder(out, None if storage_options is None else dict(storage_options))
    if client is not None:
        check_client(client, folder, _NAME)
    model = source()
    columns = name_score_columns(model.classes_)
    setting = f"{__version__}|{source.digest}|{combine}|{seconds}"
    facts = Facts(
        kind="predictions",
        feature=_NAME,
        setting=hashlib.sha256(setting.encode()).hexdigest(),
        parameters=description or f"model {source.digest[:12]}, combine={combine!r}",
        manifest=listed.digest(),
        n_clips=len(listed),
        partition_size=partition_size,
        chunk_size=partition_size,
        shape=[len(columns)],
        dtype="float64",
        columns=[*FIXED, *columns],
    )
    begin_store(folder, facts, listed.to_parquet())
    writer = SongWriter(folder, facts, on_bad_files == "raise", source, combine)
    n_threads = joblib.effective_n_jobs(n_jobs) if client is None else count_cores(client)
    is_shown = has_bar() if progress is None else bool(progress)
    return Run(_NAME, writer, listed, client, n_threads).run(is_shown=is_shown)


def _read_file(path: Path, load: Callable[[Path], Any]) -> ModelOfFile:
    if not path.is_file():
        raise FileNotFoundError(f"{show(path)}: there is no such model file.")
    return ModelOfFile.read(path, load)


def _load(path: Path, trusted: list[str] | None, given: tuple[Any, ...]) -> ClipModel:
    from ..persistence import load_model

    return ClipModel(load_model(path, trusted=trusted), *given)
