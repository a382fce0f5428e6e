"""Features in a store, as an array that is read on demand."""

import contextlib
import tempfile
import weakref
from collections.abc import Iterator
from typing import Any, Self

import numpy as np

from .._public import public
from .._stored_rows import StoredRows, group_by_chunk
from ..features._engine.rows import format_size
from ._folder import Folder, show_url
from ._open_files import identify, open_files
from ._stored_clips import StoredClips
from ._stored_files import StoredFiles

_READ_BYTES = 64_000_000
# Stores that this process has open, by place and content: all views that arrive in a worker share
# their files.
_opened_here: "weakref.WeakValueDictionary[Any, _Opened]" = weakref.WeakValueDictionary()


class _Opened:
    """An open store, which its views share."""

    def __init__(self, files: StoredFiles, clips: StoredClips) -> None:
        self.files = files
        self.clips = clips
        self.ok: np.ndarray | None = None

    @property
    def origin(self) -> Folder:
        """The folder of the store itself, not of copies."""
        return self.files.origin

    def which_ok(self) -> np.ndarray:
        if self.ok is None:
            self.ok = self.files.read_ok()
        return self.ok


@public
class FeatureStore(StoredRows):
    """Features in a store, as an array that is read on demand.

    Made by :func:`open_features`. A row is a clip. Clips without features, whose files could not be
    read, are left out of the features, `ids`, `y` and `groups` together.

    ``X[rows]`` with a slice, indices or a mask is a view that reads nothing; ``X[i]`` reads a clip,
    and ``np.asarray(X)`` all of them, up to `max_in_memory`. Splitters, searches and comparisons
    take it as `X`. Networks read a part of it at a time, and so does
    :class:`~skgenre.classifiers.XGBGenreClassifier`; all other estimators read it as an array.

    A pickle has the place of the store and the numbers of the clips, so that processes on other
    machines open it again. It has the `storage_options` too, with any keys in them.

    Attributes
    ----------
    shape : tuple of int
        Number of clips, then the shape of a clip's features.
    dtype : dtype
        float32 or float16.
    ndim : int
        Number of axes: 2 is a table, 3 are feature maps, 4 are maps of segments.
    nbytes : int
        Size of the features in memory.
    ids : ndarray of shape (n_clips,)
        The clips' identifiers.
    y : ndarray of shape (n_clips,), DataFrame of shape (n_clips, n_genres), or None
        The genres; where clips may have several, 0 and 1 in a column per genre. None if unknown.
    groups : ndarray of shape (n_clips,) or None
        The groups, such as artists. None if unknown.
    ok : ndarray of shape (n_all_clips,), bool
        Which clips of the whole store have features, in the order of the extraction.
    n_left_out : int
        Number of clips of the whole store without features.
    feature_names : ndarray of str or None
        Names of the columns of a table.

    See Also
    --------
    open_features : Opens a store.

    Examples
    --------
    >>> import tempfile
    >>> import numpy as np
    >>> from skgenre.datasets import make_genre_music
    >>> from skgenre.features import GTZANFeatures
    >>> from skgenre.stores import extract_features, open_features
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     music = make_genre_music(12, duration=1.0, random_state=0, to=f"{folder}/music")
    ...     _ = extract_features(music, GTZANFeatures(), f"{folder}/table")
    ...     X = open_features(f"{folder}/table")
    ...     loud = X[X.y == "metal"]
    ...     X.shape, loud.shape, np.asarray(loud).dtype.name, X.feature_names[0].item()
    ((12, 57), (1, 57), 'float32', 'chroma_stft_mean')
    """

    def __init__(self) -> None:
        raise TypeError("FeatureStore is made by open_features(url).")

    @classmethod
    def _of(cls, files: StoredFiles, max_bytes: float) -> Self:
        opened = _Opened(files, StoredClips(files))
        return cls._view(opened, np.flatnonzero(opened.which_ok()), max_bytes)

    @classmethod
    def _view(cls, opened: _Opened, clips: np.ndarray, max_bytes: float) -> Self:
        store = object.__new__(cls)
        store._opened = opened
        store._clips = clips
        store.shape = (len(clips), *opened.files.shape)
        store.dtype = opened.files.dtype
        store.max_bytes = max_bytes
        store.feature_names = opened.files.feature_names
        return store

    _opened: _Opened
    _clips: np.ndarray

    @property
    def ids(self) -> np.ndarray:
        """The clips' identifiers."""
        return self._opened.clips.ids[self._clips]

    @property
    def y(self) -> Any:
        """The genres: an array, or a DataFrame of 0 and 1 where clips may have several."""
        genres = self._opened.clips.genres
        if hasattr(genres, "iloc"):
            return genres.iloc[self._clips].reset_index(drop=True)
        return None if genres is None else genres[self._clips]

    @property
    def groups(self) -> np.ndarray | None:
        """The groups."""
        groups = self._opened.clips.groups
        return None if groups is None else groups[self._clips]

    @property
    def ok(self) -> np.ndarray:
        """Which clips of the whole store have features."""
        return self._opened.which_ok().copy()

    @property
    def n_left_out(self) -> int:
        """Number of clips of the whole store without features."""
        return int((~self._opened.which_ok()).sum())

    def __repr__(self) -> str:
        shown = self._opened.origin.shown
        left_out = f", {self.n_left_out} left out" if self.n_left_out else ""
        return f"FeatureStore({shown!r}, shape={self.shape}, dtype={self.dtype}{left_out})"

    def __getitem__(self, key: Any) -> Any:
        """Return a view of some clips, which reads nothing; of an index, the clip's features."""
        if isinstance(key, tuple):
            rest = [part for part in key[1:] if part is not Ellipsis and part != slice(None)]
            if not key or key[0] is Ellipsis or rest:
                raise IndexError(
                    f"FeatureStore takes an index, a slice, indices or a mask of clips. Got "
                    f"{key!r}: read an array first, np.asarray(X)[...]."
                )
            key = key[0]
        if isinstance(key, int | np.integer) and not isinstance(key, bool):
            row = range(len(self))[key]
            return self.read(np.array([row]))[0]
        if not isinstance(key, slice):
            key = np.asarray(key)
            key = key if key.size else key.astype(np.intp)
            if key.ndim != 1:
                raise IndexError(
                    f"FeatureStore takes indices or a mask with one axis. Got {key.ndim} axes."
                )
        return self._view(self._opened, self._clips[key], self.max_bytes)

    def __iter__(self) -> Iterator[np.ndarray]:
        n_at_once = max(1, _READ_BYTES // max(1, self.row_bytes))
        for start in range(0, len(self), n_at_once):
            yield from self.read(np.arange(start, min(start + n_at_once, len(self))))

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        """Read all features, up to `max_in_memory`."""
        if copy is False:
            raise ValueError("A FeatureStore is in files: reading it always makes a copy.")
        if not self.fits_in_memory:
            shown, most = self._opened.origin.shown, format_size(self.max_bytes)
            raise ValueError(
                f"{shown}: {len(self):,} clips take {format_size(self.nbytes)} in memory, and "
                f"max_in_memory is {most}. Raise it in open_features, choose fewer clips, as in "
                f"X[:1000], or use a classifier that reads a part at a time: a network on feature "
                f"maps, XGBGenreClassifier on a table."
            )
        features = np.empty(self.shape, self.dtype)
        n_at_once = max(1, _READ_BYTES // max(1, self.row_bytes))
        for rows in group_by_chunk(self.chunk_of_rows(), n_at_once):
            features[rows] = self.read(rows)
        return features if dtype is None else features.astype(dtype, copy=False)

    def read(self, rows: np.ndarray) -> np.ndarray:
        """Return the features of some clips, in their order, whatever their size.

        Parameters
        ----------
        rows : ndarray of int
            Positions among the clips.

        Returns
        -------
        ndarray of shape (n_rows, ...)
            Their features.
        """
        clips = self._clips[rows]
        if (np.diff(clips) > 0).all():
            return self._opened.files.read(clips)
        distinct, places = np.unique(clips, return_inverse=True)
        return self._opened.files.read(distinct)[places]

    def chunk_of_rows(self) -> np.ndarray:
        """Return the number of the chunk that each clip is in.

        Returns
        -------
        ndarray of shape (n_clips,), int
            Clips with the same number are read together.
        """
        return self._clips // self._opened.files.clips_per_chunk

    @contextlib.contextmanager
    def kept_near(self) -> Iterator[Self]:
        """Return a store whose files are copied to this machine when they are read first.

        Yields
        ------
        FeatureStore
            The same features. The copies are in a private folder, which is removed in the end; of
            a store on this machine there are none.
        """
        folder = self._opened.origin
        if folder.is_local or folder.is_in_memory:
            yield self
            return
        with tempfile.TemporaryDirectory(
            prefix="skgenre-store-", ignore_cleanup_errors=True
        ) as path:
            near = self._opened.files.keep_near(path)
            opened = _Opened(near, self._opened.clips)
            yield self._view(opened, self._clips, self.max_bytes)

    def __reduce__(self) -> tuple[Any, ...]:
        folder = self._opened.origin
        place = (folder.url, folder.storage_options)
        identity = identify(self._opened.files.facts)
        return _reopen, (*place, identity, self._clips, self.max_bytes)


def _reopen(
    url: str,
    storage_options: dict[str, Any] | None,
    identity: tuple[str, ...],
    clips: np.ndarray,
    max_bytes: float,
) -> FeatureStore:
    """Return the view of a pickle."""
    key = (url, identity, repr(storage_options))
    opened = _opened_here.get(key)
    if opened is None:
        files = open_files(url, storage_options)
        if identify(files.facts) != identity:
            raise ValueError(
                f"{show_url(url)} has other features or clips than when this FeatureStore was "
                f"pickled: open it again with open_features."
            )
        opened = _Opened(files, StoredClips(files))
        _opened_here[key] = opened
    return FeatureStore._view(opened, clips, max_bytes)
