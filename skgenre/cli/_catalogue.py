"""Predictions of a catalogue, written into a folder of Parquet files."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

from .._urls import Url
from ._model_file import read_clip_model
from ._sound_files import find_sound_files
from ._store import read_table_clips, run_job
from ._tracks import Wanted


def write_predictions(
    songs: Sequence[Path | Url],
    out: Any,
    model: Path,
    trusted: list[str] | None,
    wanted: Wanted,
    *,
    combine: str,
    seconds: tuple[float | None, float | None],
    scheduler: str | None,
    partition_size: int,
) -> None:
    """Predict songs, write the predictions, and print what was done."""
    from ..songs._predict_files import predict_catalogue
    from ..songs._song_writer import ModelOfFile

    clips = read_table_clips(songs, wanted)
    # Workers load a file of any kind by this function.
    load = partial(
        read_clip_model,
        trusted=trusted,
        function="skgenre predict",
        segment_duration=seconds[0],
        segment_hop=seconds[1],
    )
    loaded = load(model)
    job = partial(
        predict_catalogue,
        ModelOfFile(model.read_bytes(), model.suffix, load, loaded),
        _find(songs, wanted) if clips is None else clips,
        out,
        combine=combine,
        seconds=seconds,
        partition_size=partition_size,
        n_jobs=None,
        storage_options=None,
    )
    run_job(job, "predictions", wanted, scheduler)


def _find(songs: Sequence[Path | Url], wanted: Wanted) -> list[Path | Url]:
    """Return the given files, and those in given folders."""
    wanted.refuse_for_folder()
    found: list[Path | Url] = []
    for song in songs:
        found += find_sound_files(song) if isinstance(song, Path) and song.is_dir() else [song]
    return found
