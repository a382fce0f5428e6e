"""Open a store of features."""

import os
from typing import Any

from .._public import public
from ..features._engine.rows import parse_size
from ._open_files import check_finished, open_files
from ._stored import FeatureStore


@public
def open_features(
    url: str | os.PathLike,
    *,
    max_in_memory: str | float = "2 GB",
    storage_options: dict[str, Any] | None = None,
) -> FeatureStore:
    """Open the features that `extract_features` wrote, without reading them.

    Parameters
    ----------
    url : str or path-like
        The store: a folder, or a URL of fsspec such as "s3://bucket/mel.zarr".
    max_in_memory : str or float, default="2 GB"
        Maximum size of the features that are in memory at once: a number of bytes, or text such as
        "500 MB". Networks and :class:`~skgenre.classifiers.XGBGenreClassifier` read a larger `X` a
        part at a time; for all other estimators it is refused. Each process has that much of its
        own.
    storage_options : dict, default=None
        Options of the file system, such as keys and endpoints.

    Returns
    -------
    FeatureStore
        The features, as an array that is read on demand, with genres and groups.

    Raises
    ------
    ValueError
        If there is no store at `url`, if a partition is missing, if the store is damaged, foreign
        or from a newer skgenre, or if `max_in_memory` is no size.
    ImportError
        If fsspec, Zarr or pyarrow is missing: they come with ``skgenre[cluster]``.
    OSError
        If the file system can't be reached.

    See Also
    --------
    extract_features : Writes a store.

    Examples
    --------
    >>> import tempfile
    >>> from skgenre.classifiers import CNNClassifier
    >>> from skgenre.datasets import make_genre_music
    >>> from skgenre.features import MelSpectrogram
    >>> from skgenre.stores import extract_features, open_features
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     music = make_genre_music(12, duration=1.0, random_state=0, to=f"{folder}/music")
    ...     mel = MelSpectrogram(n_mels=32, duration=1.0)
    ...     _ = extract_features(music, mel, f"{folder}/mel.zarr")
    ...     store = open_features(f"{folder}/mel.zarr")
    ...     cnn = CNNClassifier(max_epochs=2, random_state=0).fit(store[:8], store[:8].y)
    ...     store.shape, store.y[:3].tolist(), cnn.predict(store[8:]).shape
    ((12, 32, 44), ['blues', 'classical', 'country'], (4,))
    """
    try:
        max_bytes = parse_size(max_in_memory)
    except ValueError as error:
        raise ValueError(f"The 'max_in_memory' parameter of open_features: {error}.") from error
    if not max_bytes > 0:
        raise ValueError(
            f"The 'max_in_memory' parameter of open_features must be above 0. Got "
            f"{max_in_memory!r} instead."
        )
    files = open_files(url, storage_options)
    check_finished(files)
    return FeatureStore._of(files, max_bytes)
