"""Loader for the data set of the Free Music Archive."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from .._public import public
from .._urls import local_folder
from ._bunch import Bunch
from ._fma_genres import list_parents, make_target, read_tree
from ._fma_tracks import read_tracks
from ._left_out import name_first, warn_of_files, warn_of_single_clips, why_unreadable
from ._shared_groups import count_shared_groups, describe_shared

if TYPE_CHECKING:
    import pandas as pd

SUBSETS = ("small", "medium", "large")
# Files of the medium subset, as listed by the authors: cut beyond the end of the recording.
_WITHOUT_AUDIO = frozenset(
    {1486, 5574, 65753, 80391, 98558, 98559, 98560, 98571, 99134, 105247, 108925, 126981, 127336}
    | {133297, 143992}
)
_TOO_SHORT = frozenset({98565, 98566, 98567, 98568, 98569, 108924})
_DESCR = """\
FMA, the data set of the Free Music Archive, from {path}
{underline}

Subset {subset}: {n_clips} clips of 30 s by {n_artists} artists, {n_genres} genres: {counts}.
Official split: {split}. `groups` has the artists: {shared}.
Left out: {n_missing} tracks without a file, {n_unreadable} without usable audio, {n_without_genre}
without a {genre}.

Source: M. Defferrard, K. Benzi, P. Vandergheynst, X. Bresson, "FMA: A Dataset for Music Analysis",
ISMIR 2017.

Licence: the metadata is under CC BY 4.0. Each recording has the licence that its artist chose, most
of them Creative Commons; tracks.csv names it.
"""


@public
def load_fma(
    path: str | os.PathLike,
    *,
    subset: str = "small",
    labels: str = "top",
    metadata: str | os.PathLike | None = None,
    return_X_y_groups: bool = False,
) -> Any:
    """Read a subset of the data set of the Free Music Archive (FMA) from a folder.

    The genre of a track is its top genre, or with ``labels="all"`` it has all of its genres and
    those above them; tracks without one are left out.

    Parameters
    ----------
    path : str or PathLike
        The folder with the sound files, such as ``fma_small`` with files like ``000/000002.mp3``,
        or its parent.
    subset : {"small", "medium", "large"}, default="small"
        The subset: 8,000 clips of 8 genres, 25,000 of 16, or 106,574, of which 49,598 have a genre.
        It can be read from the folder of a larger one.
    labels : {"top", "all"}, default="top"
        Whether the target is the top genre, or a matrix of all genres in the tree of 163 of which
        161 are used. The names of "all" are read from ``genres.csv`` beside ``tracks.csv``.
    metadata : str or PathLike, default=None
        The table ``tracks.csv``, or its folder. None looks for it in `path`, in a folder
        ``fma_metadata`` in it, and next to it.
    return_X_y_groups : bool, default=False
        Return ``(paths, target, groups)`` instead of a Bunch.

    Returns
    -------
    Bunch
        With the attributes

        paths : list of str
            The sound files, sorted by track.
        target : ndarray of shape (n_clips,) or DataFrame of shape (n_clips, n_genres), int8
            Their top genres, or with ``labels="all"`` a matrix of 0 and 1 whose columns are the
            genres that occur.
        target_names : ndarray of shape (n_genres,)
            The genres, sorted.
        hierarchy : dict of str to str
            The parent of each genre that has one, with ``labels="all"``.
        track_ids : ndarray of shape (n_clips,)
            Track numbers.
        groups : ndarray of shape (n_clips,)
            Artist numbers, the group labels.
        split : ndarray of shape (n_clips,)
            "training", "validation" or "test": the official split, which keeps artists apart.
        shared_groups : dict of str to int
            Number of artists in both of two parts of the split, such as "training and test".
        missing : list of int
            Tracks of the subset without a file.
        without_genre : list of int
            Tracks of the subset without a top genre, or without any.
        unreadable : list of (path, reason)
            Files that are empty or known to have no or too little audio.
        DESCR : str
            Source and licence.

    Raises
    ------
    FileNotFoundError
        When the folder, ``tracks.csv`` or ``genres.csv`` does not exist, or none of the tracks has
        a file.
    ValueError
        When `subset` or `labels` is unknown, or a table does not have the published columns.

    Warns
    -----
    SkgenreWarning
        When tracks have no file or no usable audio, or a genre has a single clip.

    See Also
    --------
    fetch_fma_metadata : Downloads ``tracks.csv`` and ``genres.csv``.
    check_files : Decodes the files, and finds other faults and duplicates.

    References
    ----------
    .. [1] M. Defferrard, K. Benzi, P. Vandergheynst, X. Bresson, "FMA: A Dataset for Music
       Analysis", ISMIR 2017.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.model_selection import PredefinedSplit
    >>> from skgenre.datasets import fetch_fma_metadata, load_fma
    >>> fma = load_fma("fma_small/", metadata=fetch_fma_metadata())  # doctest: +SKIP
    >>> cv = PredefinedSplit(np.where(fma.split == "test", 0, -1))  # doctest: +SKIP
    """
    if subset not in SUBSETS:
        known = ", ".join(map(repr, SUBSETS))
        raise ValueError(f"load_fma needs subset to be one of {known}, got {subset!r}.")
    if labels not in ("top", "all"):
        raise ValueError(f"load_fma needs labels to be 'top' or 'all', got {labels!r}.")
    root = local_folder(path, "load_fma")
    if not root.is_dir():
        raise FileNotFoundError(
            f"{root}: there is no such folder (the current folder is {Path.cwd()})."
        )
    table = _find_table(root, metadata)
    tree = read_tree(table.with_name("genres.csv")) if labels == "all" else None
    tracks = read_tracks(table, all_genres=tree is not None)
    tracks = tracks[tracks.subset.isin(SUBSETS[: SUBSETS.index(subset) + 1])].sort_index()
    has_genre = tracks.genre.notna() if tree is None else tracks.genres.fillna("[]") != "[]"
    without_genre = tracks.index[~has_genre].tolist()
    tracks = tracks[has_genre]
    folder = _find_folder(root, subset, tracks)
    files, missing, unreadable = _list_files(folder, tracks.index)
    warn_of_files(
        [(str(_file_of(folder, track)), "no such file") for track in missing],
        f"of {len(tracks)} tracks of FMA {subset} are missing",
        "missing",
    )
    warn_of_files(unreadable, "have no usable audio and were left out", "unreadable")
    tracks = tracks.loc[list(files)]
    target: Any = tracks.genre.to_numpy(dtype=str)
    names = np.unique(target)
    hierarchy = {}
    if tree is not None:
        target = make_target(table, tracks.genres, tree)
        names = np.array(target.columns, dtype=str)
        hierarchy["hierarchy"] = list_parents(target, tree)
    warn_of_single_clips(target)
    paths = [str(file) for file in files.values()]
    groups = tracks.artist.to_numpy()
    if return_X_y_groups:
        return paths, target, groups
    split = tracks.split.to_numpy(dtype=str)
    shared = count_shared_groups(groups, split)
    title = _DESCR.partition("\n")[0].format(path=folder)
    return Bunch(
        paths=paths,
        target=target,
        target_names=names,
        **hierarchy,
        track_ids=tracks.index.to_numpy(),
        groups=groups,
        split=split,
        shared_groups=shared,
        missing=missing,
        without_genre=without_genre,
        unreadable=unreadable,
        DESCR=_DESCR.format(
            path=folder,
            underline="-" * len(title),
            subset=subset,
            n_clips=len(paths),
            n_artists=len(np.unique(groups)),
            n_genres=len(names),
            counts=_count(target),
            split=_count(split),
            shared=describe_shared(shared),
            genre="top genre" if tree is None else "genre",
            n_missing=len(missing),
            n_unreadable=len(unreadable),
            n_without_genre=len(without_genre),
        ),
    )


def _count(labels: Any) -> str:
    if hasattr(labels, "columns"):
        names, counts = labels.columns, labels.to_numpy().sum(axis=0)
    else:
        names, counts = np.unique(labels, return_counts=True)
    return ", ".join(f"{name} {count}" for name, count in zip(names, counts, strict=True))


def _find_table(root: Path, metadata: str | os.PathLike | None) -> Path:
    if metadata is not None:
        given = Path(metadata)
        places = [given / "tracks.csv" if given.is_dir() else given]
    else:
        places = [
            folder / "tracks.csv"
            for folder in (root, root / "fma_metadata", root.absolute().parent / "fma_metadata")
        ]
    for place in places:
        if place.is_file():
            return place
    raise FileNotFoundError(
        f"{root}: FMA's table of tracks is not there; looked for {', '.join(map(str, places))}. "
        f"Pass its path as metadata=, or download it: metadata=fetch_fma_metadata()."
    )


def _file_of(folder: Path, track: int) -> Path:
    name = f"{track:06d}"
    return folder / name[:3] / f"{name}.mp3"


def _find_folder(root: Path, subset: str, tracks: "pd.DataFrame") -> Path:
    """Return the folder with files of the tracks."""
    larger = SUBSETS[SUBSETS.index(subset) :]
    for folder in (*(root / f"fma_{name}" for name in (*larger, "full")), root):
        if any(_file_of(folder, track).is_file() for track in tracks.index):
            return folder
    names = name_first([_file_of(Path(f"fma_{subset}"), track) for track in tracks.index], 1)
    raise FileNotFoundError(
        f"{root}: none of the {len(tracks)} tracks of FMA {subset} that have a genre has a file "
        f"there: {names}. Name the folder fma_{subset}, with its folders 000 to 155, or the one "
        f"above it."
    )


def _list_files(
    folder: Path, track_ids: "pd.Index"
) -> tuple[dict[int, Path], list[int], list[tuple[str, str]]]:
    """Return the usable files by track, the tracks without a file, and unusable files."""
    files, missing, unreadable = {}, [], []
    for track in track_ids.tolist():
        file = _file_of(folder, track)
        try:
            size = file.stat().st_size
        except OSError:
            missing.append(track)
            continue
        if size == 0:
            unreadable.append((str(file), "empty file"))
        elif track in _WITHOUT_AUDIO:
            unreadable.append((str(file), "known to have no audio"))
        elif track in _TOO_SHORT:
            unreadable.append((str(file), "known to be cut short"))
        elif (reason := why_unreadable(file)) is not None:
            unreadable.append((str(file), reason))
        else:
            files[track] = file
    return files, missing, unreadable
