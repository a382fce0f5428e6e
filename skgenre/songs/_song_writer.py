"""Predict the songs of a partition, and write the predictions as a table."""

import hashlib
import os
import tempfile
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Union

import numpy as np

from .._genre_columns import name_columns
from .._remote_ahead import FilesAhead
from .._shown_text import to_unicode
from .._threads import run_in_threads
from .._urls import as_path
from ..stores._layout import CLIP, OK
from ..stores._part import OnClip, Part, PartWriter, read_clip, write_table
from ._combine import rank_genres, song_thresholds
from ._predict import make_timeline

if TYPE_CHECKING:
    from ._clip_model import ClipModel
    from ._onnx_clip_model import OnnxClipModel

    AnyClipModel = Union[ClipModel, OnnxClipModel]  # noqa: UP007 (names of classes in quotes)

# Columns before those of the genres.
PATH, GENRE, SECONDS = "path", "genre", "seconds"
FIXED = (CLIP, PATH, OK, GENRE, SECONDS)


class Song(NamedTuple):
    """Prediction of a song.

    Parameters
    ----------
    scores : ndarray of shape (n_genres,)
        A number for each genre.
    genre : str or list of str
        The most probable genre; where songs may have several, those above their thresholds.
    seconds : float
        End of its last clip.
    """

    scores: np.ndarray
    genre: str | list[str]
    seconds: float


class ModelOfFile:
    """A model in a file, which each process that it is sent to loads once.

    Parameters
    ----------
    content : bytes
        The file.
    suffix : str
        Suffix of its name.
    load : callable
        Returns the model of a path.
    loaded : ClipModel or None, default=None
        The model, if it is loaded already.
    """

    def __init__(
        self, content: bytes, suffix: str, load: Callable[[Path], Any], loaded: Any = None
    ) -> None:
        self._content = content
        self._suffix = suffix
        self._load = load
        self._loaded = loaded
        self._lock = threading.Lock()

    @classmethod
    def read(cls, path: Path, load: Callable[[Path], Any]) -> "ModelOfFile":
        """Read a file and load its model, whose errors then name the file."""
        return cls(path.read_bytes(), path.suffix, load, load(path))

    @property
    def digest(self) -> str:
        """Return a digest of the file."""
        return hashlib.sha256(self._content).hexdigest()

    def __reduce__(self) -> Any:
        return type(self), (self._content, self._suffix, self._load)

    def __call__(self) -> "AnyClipModel":
        """Return the model."""
        with self._lock:
            if self._loaded is None:
                with tempfile.TemporaryDirectory(prefix="skgenre-model-") as folder:
                    path = Path(folder, f"model{self._suffix}")
                    path.write_bytes(self._content)
                    self._loaded = self._load(path)
            return self._loaded


class ModelInMemory:
    """A model that is sent as it is.

    Parameters
    ----------
    model : ClipModel
        The model.
    digest : str
        A digest of it.
    """

    def __init__(self, model: "AnyClipModel", digest: str) -> None:
        self._model = model
        self.digest = digest

    def __call__(self) -> "AnyClipModel":
        """Return the model."""
        return self._model


@dataclass(frozen=True, repr=False)
class SongWriter(PartWriter):
    """Writes partitions of predictions.

    Parameters
    ----------
    model : callable
        Returns the model.
    combine : {"mean", "majority", "longest_run"}
        Aggregation of a song's clips.
    """

    model: Callable[[], "AnyClipModel"]
    combine: str

    def write(self, part: Part, n_threads: int, on_clip: OnClip) -> Iterator[tuple[int, str]]:
        names = name_score_columns(self.model().classes_)
        songs: list[Song | None] = []
        for number, result in enumerate(self._predict(part, n_threads, on_clip)):
            if isinstance(result, str):
                yield part.start + number, result
            songs.append(None if isinstance(result, str) else result)
        missing = np.full(len(names), np.nan)
        scores = np.array([missing if song is None else song.scores for song in songs])
        columns: dict[str, Any] = {
            PATH: part.names,
            OK: np.array([song is not None for song in songs]),
            GENRE: self._genres(songs),
            SECONDS: np.array([np.nan if song is None else song.seconds for song in songs]),
        }
        columns |= {name: scores[:, number] for number, name in enumerate(names)}
        write_table(self.folder, part, columns)

    def compute(self, paths: list[str]) -> None:
        for path in paths:
            self._try(path)

    def _genres(self, songs: list[Song | None]) -> Any:
        import pyarrow as pa

        is_several = self.model().thresholds_ is not None
        kind = pa.list_(pa.string()) if is_several else pa.string()
        return pa.array([None if song is None else song.genre for song in songs], kind)

    def _predict(self, part: Part, n_threads: int, on_clip: OnClip) -> Iterator[Song | str]:
        files = part.files()
        ahead = FilesAhead(files, n_threads)

        def predict(number: int) -> Song | str:
            reason = part.left_out.get(part.start + number)
            if reason is not None:
                return reason
            with ahead.at(number):
                return self._try(files[number])

        with ahead:
            for result in run_in_threads(predict, range(len(files)), n_threads, ahead.end):
                if on_clip is not None:
                    on_clip()
                yield result

    def _try(self, path: str | os.PathLike) -> Song | str:
        """Return the prediction of a song, or why its file can't be read."""
        return read_clip(lambda: predict_file(self.model(), path, self.combine), path)


def name_score_columns(genres: Any) -> list[str]:
    """Return the names of the columns of scores."""
    return [to_unicode(name) for name in name_columns(np.asarray(genres).tolist(), FIXED)]


def predict_file(model: "AnyClipModel", path: str | os.PathLike, combine: str) -> Song:
    """Return the prediction of a song."""
    timeline = make_timeline(model, as_path(path))
    order, ranked = rank_genres(timeline.probabilities, combine, timeline.thresholds)
    scores = np.empty(len(order))
    scores[order] = ranked
    names = [to_unicode(genre) for genre in timeline.genres]
    genre: str | list[str] = names[order[0]]
    if timeline.thresholds is not None:
        cuts = song_thresholds(timeline.thresholds, combine)
        genre = [name for name, is_above in zip(names, scores > cuts, strict=True) if is_above]
    return Song(scores, genre, float(timeline.times[-1, 1]))
