"""Data of the reference systems: log-mel files, tables of features, and folders of sound files."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

EMBEDDED = "embedded"

_SR = 22050
_HOP_LENGTH = 512

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
    frame_rate : float or None
        Frames of a map in a second, where the data say it.
    neighbours : ndarray of shape (n_clips,) or None
        Runs of ten clips by number, where clips have one: an artist's clips are mostly in one.
    """

    name: str
    kind: str
    X: Any
    y: np.ndarray
    groups: np.ndarray
    split: np.ndarray | None
    description: str
    frame_rate: float | None = None
    neighbours: np.ndarray | None = None


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
        files = sorted(file.name for kind in ("*.npz", "*.csv") for file in path.glob(kind))
        if files and not (path / "tracks.csv").exists():
            raise ValueError(f"{path} has several data sets: name one of {', '.join(files)}.")
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
    """Return about `n_clips` of the clips: of groups at random, a hundredth of them each at most.

    A large group would otherwise be much of what is tested.
    """
    if n_clips >= len(collection.y):
        return collection
    most = max(n_clips // 100, 1)
    rng = np.random.default_rng(0)
    numbers = np.unique(collection.groups, return_inverse=True)[1]
    kept: list[int] = []
    for group in rng.permutation(numbers.max() + 1):
        members = np.flatnonzero(numbers == group)
        kept += rng.permutation(members)[:most].tolist()
        if len(kept) >= n_clips:
            break
    rows = np.sort(kept)
    X = collection.X
    return Collection(
        collection.name,
        collection.kind,
        [X[row] for row in rows] if isinstance(X, list) else X[rows],
        collection.y[rows],
        collection.groups[rows],
        None if collection.split is None else collection.split[rows],
        f"{len(rows)} of {collection.description}, at most {most} of a group",
        collection.frame_rate,
        None if collection.neighbours is None else collection.neighbours[rows],
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
    frame_rate = None
    if "frame_index" in stored:
        # The maps have some of the frames of librosa's defaults.
        frame_rate = _SR / _HOP_LENGTH / np.diff(stored["frame_index"]).mean()
    return Collection(
        path.stem,
        "mel",
        stored["X"],
        y,
        groups,
        split,
        f"{len(y)} clips, log-mel maps of {n_bands} bands and {n_frames} frames"
        + ("" if split is not None else f", {len(np.unique(groups))} groups"),
        frame_rate,
        np.array([name[:-1] for name in stored["clip"]]) if "clip" in stored else None,
    )


def _feature_table(path: Path) -> Collection:
    from skgenre.datasets import fault_filtered_split, load_features_csv

    bunch = load_features_csv(path)
    parts = fault_filtered_split()
    return Collection(
        path.stem,
        "table",
        bunch.data.to_numpy(),
        bunch.target,
        bunch.groups,
        np.array([parts.get(clip, "none") for clip in bunch.clips]),
        f"{bunch.data.shape[0]} rows of {bunch.data.shape[1]} columns",
    )


def _folder(path: Path) -> Collection:
    from skgenre.datasets import load_fma, load_genre_folder, load_gtzan

    split = None
    if any(path.glob("[0-9][0-9][0-9]")) or any(path.glob("*/[0-9][0-9][0-9]")):
        subset = next((name for name in ("medium", "large") if name in path.name), "small")
        bunch = load_fma(path, subset=subset)
        names = {"training": "train", "validation": "valid"}
        split = np.array([names.get(part, part) for part in bunch.split])
    elif _is_gtzan(path):
        bunch = load_gtzan(path, split="fault-filtered")
        split = bunch.split
    else:
        bunch = load_genre_folder(path)
    return Collection(
        path.name,
        "audio",
        list(bunch.paths),
        np.asarray(bunch.target),
        np.asarray(bunch.groups),
        split,
        f"{len(bunch.paths)} sound files",
    )


def _is_gtzan(path: Path) -> bool:
    from skgenre.datasets import fault_filtered_split

    genres = {clip.split(".")[0] for clip in fault_filtered_split()}
    roots = (path, path / "genres", path / "genres_original")
    return any(all((root / genre).is_dir() for genre in genres) for root in roots)


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
