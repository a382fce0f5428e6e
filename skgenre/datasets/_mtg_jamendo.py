"""Loader for the genres of the MTG-Jamendo data set."""

import os
from pathlib import Path
from typing import Any

import numpy as np

from .._public import public
from .._shown_text import show
from .._urls import local_folder
from ._bunch import Bunch
from ._genre_matrix import genre_matrix
from ._left_out import count, warn_of_files, warn_of_single_clips, warn_of_unreadable
from ._mtg_jamendo_tables import PARTS, read_split
from ._published_files import find_published_files
from ._shared_groups import count_shared_groups, describe_shared

SUBSETS = {"genre": "autotagging_genre", "instrument": "autotagging_instrument"}
SUBSETS |= {"moodtheme": "autotagging_moodtheme", "top50": "autotagging_top50tags"}
_N_SPLITS = 5
# Folders of the sound files by quality, and how their names end.
_FOLDERS = ("", "audio", "audio-low", "raw_30s", "raw_30s/audio", "raw_30s/audio-low")
_ENDINGS = (".mp3", ".low.mp3")
_DESCR = """\
The MTG-Jamendo data set, from {path}
{underline}

Subset {subset}, published split {split}: {n_clips} tracks by {n_artists} artists, {n_genres} tags
in {n_pairs} pairs of track and tag.
{parts}. `groups` has the artists: {shared}.
Left out: {n_missing} without a file, {n_unreadable} that can't be read.

The tags are those that the artists gave when they uploaded a track: none means that it was not
given, not that it is wrong.

Source: D. Bogdanov, M. Won, P. Tovstogan, A. Porter, X. Serra, "The MTG-Jamendo Dataset for
Automatic Music Tagging", Machine Learning for Music Discovery Workshop, ICML 2019.

Licence: the metadata is under CC BY-NC-SA 4.0. Each recording has a Creative Commons licence;
audio_licenses.txt of the data set names it.
"""


@public
def load_mtg_jamendo(
    path: str | os.PathLike,
    *,
    subset: str = "genre",
    split: int = 0,
    metadata: str | os.PathLike | None = None,
    return_X_y_groups: bool = False,
) -> Any:
    """Read the tags of the MTG-Jamendo data set, and the sound files, from a folder.

    A track has one or several of 87 genres. The files are whole songs of 30 s and longer.

    Parameters
    ----------
    path : str or PathLike
        The folder with the sound files, such as ``14/214.mp3``, or a folder above it: the files may
        be in ``audio/``, ``audio-low/`` (``14/214.low.mp3``) or ``raw_30s/``.
    subset : {"genre", "instrument", "moodtheme", "top50"}, default="genre"
        The tags: 87 genres, 40 instruments, 56 moods and themes, or the 50 most frequent of all,
        whose names keep their category as in "genre---rock". Tracks without such a tag are not in
        the subset.
    split : {0, 1, 2, 3, 4}, default=0
        Number of the published split into train, validation and test.
    metadata : str or PathLike, default=None
        Folder of the published tables: the repository of the data set, its folder ``data`` or
        ``splits``. None looks for it in `path`, in the folder above, and in a folder
        ``mtg-jamendo-dataset`` in them.
    return_X_y_groups : bool, default=False
        Return ``(paths, target, groups)`` instead of a Bunch.

    Returns
    -------
    Bunch
        With the attributes

        paths : list of str
            The sound files, in the order of the tables.
        target : DataFrame of shape (n_clips, n_genres), int8
            1 where a track has a genre; the columns are the genres.
        target_names : ndarray of shape (n_genres,)
            The genres, sorted.
        track_ids : ndarray of shape (n_clips,)
            Names of the tracks, such as "track_0000214".
        groups : ndarray of shape (n_clips,)
            Names of the artists, the group labels.
        albums : ndarray of shape (n_clips,)
            Names of the albums.
        durations : ndarray of shape (n_clips,)
            Seconds, as published.
        split : ndarray of shape (n_clips,)
            "train", "validation" or "test".
        shared_groups : dict of str to int
            Number of artists in both of two parts of the split, such as "train and test".
        missing : list of str
            Files that are not there.
        unreadable : list of (path, reason)
            Sound files that can't be read.
        DESCR : str
            Source and licence.

    Raises
    ------
    FileNotFoundError
        When the folder or a table does not exist, or none of the tracks has a file.
    ValueError
        When `subset` or `split` is unknown, or a table is not as published: another header, a row
        without a tag, a tag of another category, or a track that is listed twice.

    Warns
    -----
    SkgenreWarning
        When tracks have no file or can't be read, or a genre has a single clip or none.

    See Also
    --------
    check_files : Decodes the files, and finds other faults and duplicates.
    skgenre.metrics : Scores for several genres per clip.

    Notes
    -----
    No artist and no album is in two parts of any of the five splits of the genres: the tables have
    55,094 tracks of 87 genres by 3,546 artists. `shared_groups` counts the artists in your copy.

    References
    ----------
    .. [1] D. Bogdanov, M. Won, P. Tovstogan, A. Porter, X. Serra, "The MTG-Jamendo Dataset for
       Automatic Music Tagging", Machine Learning for Music Discovery Workshop, ICML 2019.

    Examples
    --------
    >>> from skgenre.datasets import load_mtg_jamendo
    >>> music = load_mtg_jamendo("mtg-jamendo/", split=0)  # doctest: +SKIP
    >>> train = music.split == "train"  # doctest: +SKIP
    """
    if subset not in SUBSETS:
        known = ", ".join(map(repr, SUBSETS))
        raise ValueError(f"load_mtg_jamendo needs subset to be one of {known}, got {subset!r}.")
    if isinstance(split, bool) or split not in range(_N_SPLITS):
        raise ValueError(f"load_mtg_jamendo needs split to be 0, 1, 2, 3 or 4, got {split!r}.")
    root = local_folder(path, "load_mtg_jamendo")
    if not root.is_dir():
        raise FileNotFoundError(
            f"{show(root)}: there is no such folder (the current folder is {show(Path.cwd())})."
        )
    tracks = read_split(_find_tables(root, metadata, split), SUBSETS[subset], subset)
    files = _locate(root, [track.path for track in tracks])
    found = find_published_files(files)
    warn_of_files(
        [(file, "no such file") for file in found.missing],
        f"of {len(tracks)} tracks of MTG-Jamendo are missing",
        "missing",
    )
    warn_of_unreadable(found.unreadable)
    genres = sorted({tag for track in tracks for tag in track.tags})
    kept = [tracks[row] for row in found.kept]
    if not kept:
        raise FileNotFoundError(f"{show(root)}: none of the files of MTG-Jamendo can be read.")
    target = genre_matrix([set(track.tags) for track in kept], genres=genres)
    warn_of_single_clips(target)
    paths = [str(files[row]) for row in found.kept]
    groups = np.array([track.artist for track in kept])
    if return_X_y_groups:
        return paths, target, groups
    parts = np.array([track.part for track in kept])
    shared = count_shared_groups(groups, parts)
    title = _DESCR.partition("\n")[0].format(path=show(root))
    return Bunch(
        paths=paths,
        target=target,
        target_names=np.array(genres),
        track_ids=np.array([track.name for track in kept]),
        groups=groups,
        albums=np.array([track.album for track in kept]),
        durations=np.array([track.duration for track in kept]),
        split=parts,
        shared_groups=shared,
        missing=found.missing,
        unreadable=found.unreadable,
        DESCR=_DESCR.format(
            path=show(root),
            underline="-" * len(title),
            subset=subset,
            split=split,
            n_clips=len(paths),
            n_artists=len(np.unique(groups)),
            n_genres=len(genres),
            n_pairs=int(target.to_numpy().sum()),
            parts=", ".join(f"{part} {int((parts == part).sum())}" for part in PARTS),
            shared=describe_shared(shared),
            n_missing=len(found.missing),
            n_unreadable=len(found.unreadable),
        ),
    )


def _find_tables(root: Path, metadata: str | os.PathLike | None, split: int) -> Path:
    """Return the folder of the tables of a split."""
    if metadata is not None:
        places = [Path(metadata)]
    else:
        places = [root, root.absolute().parent]
        places += [place / "mtg-jamendo-dataset" for place in places]
    for place in places:
        for below in ("data/splits", "splits", ""):
            folder = place / below / f"split-{split}"
            if folder.is_dir():
                return folder
    raise FileNotFoundError(
        f"{show(root)}: the tables of MTG-Jamendo's split {split} are not there; looked for "
        f"data/splits/split-{split} in {', '.join(show(place) for place in places)}. Clone the "
        f"repository MTG/mtg-jamendo-dataset, and name its folder with metadata=."
    )


def _locate(root: Path, names: list[str]) -> list[Path]:
    """Return the file of each track, in the first folder and with the ending that has one.

    All files are in one folder: a mixture of qualities would be told apart by a model.
    """
    for below in _FOLDERS:
        for ending in _ENDINGS:
            files = [root / below / f"{name.removesuffix('.mp3')}{ending}" for name in names]
            if any(file.is_file() for file in files):
                return files
    first = names[0]
    raise FileNotFoundError(
        f"{show(root)}: none of the {count(len(names), 'track')} of MTG-Jamendo has a file there: "
        f"{first} or {first.removesuffix('.mp3')}.low.mp3, in it or in its folder "
        f"{', '.join(_FOLDERS[1:])}. Name the folder that has the folders 00 to 99."
    )
