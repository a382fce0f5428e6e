"""What the systems are run on: log-mel files, tables of features, and folders of sound files."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

EMBEDDED = "embedded"

_N_MUSIC = 300
_MUSIC_DURATION = 6.0


@dataclass
class Collection:
    """Clips, their genres, and what must stay on one side of a split.

    Parameters
    ----------
    name : str
        What the tables call it.
    kind : {"mel", "table", "audio"}
        What a clip is.
    X : ndarray or list of str
        Maps of uint8 or float32, rows of a table, waveforms, or paths.
    y, groups : ndarray of shape (n_clips,)
        Genres; artists, duplicates, or clips.
    split : ndarray of shape (n_clips,) or None
        Names of the parts that a published split has, "train" and "valid" among them.
    description : str
        A sentence for the tables.
    """

    name: str
    kind: str
    X: Any
    y: np.ndarray
    groups: np.ndarray
    split: np.ndarray | None
    description: str


def load(path: Path | str) -> Collection:
    """Read a log-mel file (.npz), a table of features (.csv), or a folder of genres.

    The word "embedded" instead of a path makes music that the package composes.

    Raises
    ------
    ValueError
        When it is none of these.
    """
    if str(path) == EMBEDDED:
        return _embedded()
    path = Path(path)
    if not path.exists():
        raise ValueError(f"There is no file or folder {path}: check --data.")
    if path.is_dir():
        return _folder(path)
    if path.suffix == ".npz":
        return _log_mel(path)
    if path.suffix == ".csv":
        return _feature_table(path)
    raise ValueError(
        f"{path} is neither a log-mel file (.npz), nor a table of features (.csv), nor a folder "
        f"with a subfolder for each genre."
    )


def draw(collection: Collection, n_clips: int) -> Collection:
    """Return about `n_clips` of the clips, in whole groups."""
    if n_clips >= len(collection.y):
        return collection
    rng = np.random.default_rng(0)
    groups, numbers = np.unique(collection.groups, return_inverse=True)
    order = rng.permutation(len(groups))
    sizes = np.bincount(numbers)[order]
    taken = order[: np.searchsorted(np.cumsum(sizes), n_clips) + 1]
    rows = np.flatnonzero(np.isin(numbers, taken))
    X = collection.X
    return Collection(
        collection.name,
        collection.kind,
        [X[row] for row in rows] if isinstance(X, list) else X[rows],
        collection.y[rows],
        collection.groups[rows],
        None if collection.split is None else collection.split[rows],
        f"{len(rows)} of {collection.description}",
    )


def as_decibels(maps: np.ndarray) -> np.ndarray:
    """Return maps in dB: 8-bit ones span 80 dB below the clip's loudest."""
    if maps.dtype != np.uint8:
        return maps
    return maps.astype(np.float32) * np.float32(80 / 255) - np.float32(80)


def _log_mel(path: Path) -> Collection:
    with np.load(path) as arrays:
        stored = dict(arrays)
    missing = [name for name in ("X", "genre") if name not in stored]
    if missing:
        raise ValueError(f"{path} has no array {missing[0]!r}; it has {', '.join(stored)}.")
    y = stored["genre"]
    split = stored.get("split")
    groups = stored.get("group", np.arange(len(y)))
    n_bands, n_frames = stored["X"].shape[1:]
    return Collection(
        path.stem,
        "mel",
        stored["X"],
        y,
        groups,
        split,
        f"{len(y)} clips, log-mel maps of {n_bands} bands and {n_frames} frames"
        + ("" if split is not None else f", {len(np.unique(groups))} groups"),
    )


def _feature_table(path: Path) -> Collection:
    table = pd.read_csv(path)
    missing = [name for name in ("filename", "label") if name not in table]
    if missing:
        raise ValueError(f"{path} has no column {missing[0]!r}: is it a table of GTZAN's features?")
    X = table.drop(columns=["filename", "label", "length"], errors="ignore")
    clips = table["filename"].str.split(".").str[:2].str.join(".").to_numpy()
    return Collection(
        path.stem,
        "table",
        X.to_numpy(np.float64),
        table["label"].to_numpy(dtype=str),
        clips,
        _split_beside(path, clips),
        f"{len(table)} rows of {X.shape[1]} columns",
    )


def _split_beside(path: Path, clips: np.ndarray) -> np.ndarray | None:
    """Return the parts of the split that a log-mel file of the same clips names."""
    for other in sorted(path.parent.glob("*.npz")):
        with np.load(other) as arrays:
            if "clip" in arrays and "split" in arrays:
                parts = dict(zip(arrays["clip"].tolist(), arrays["split"].tolist(), strict=True))
                if set(clips) <= set(parts):
                    return np.array([parts[clip] for clip in clips])
    return None


def _folder(path: Path) -> Collection:
    from skgenre.datasets import load_genre_folder

    bunch = load_genre_folder(path)
    return Collection(
        path.name,
        "audio",
        list(bunch.paths),
        np.asarray(bunch.target),
        np.asarray(bunch.groups),
        None,
        f"{len(bunch.paths)} sound files",
    )


def _embedded() -> Collection:
    from skgenre.datasets import make_genre_music

    music = make_genre_music(_N_MUSIC, duration=_MUSIC_DURATION, random_state=0)
    return Collection(
        EMBEDDED,
        "audio",
        music.data,
        music.target,
        music.groups,
        None,
        f"{_N_MUSIC} clips of {_MUSIC_DURATION:g} s that skgenre composes, two by an artist",
    )
