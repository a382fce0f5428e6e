"""A folder of music: one subfolder a genre."""

import os
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.utils import Bunch

from ..audio._formats import AUDIO_EXTENSIONS
from ._file_groups import group_files
from ._left_out import (
    PASSED_OVER,
    UNREADABLE,
    warn_of_files,
    warn_of_single_clips,
    why_unreadable,
)

_DESCR = """\
Music from {path}
{underline}

{n_clips} files of {n_genres} genres: {counts}.

{n_ignored} other files were passed over, and {n_unreadable} sound files could not be read.
"""


def load_genre_folder(
    path: str | os.PathLike, *, groups: str | None = None, return_X_y_groups: bool = False
) -> Any:
    """Read a folder with one subfolder of sound files for each genre.

    Files are opened, so that unreadable ones are found now, and not decoded: transformers do that.
    What is no sound file by its name (also hidden files, and folders in a genre's folder) is passed
    over and listed in `ignored`; a sound file that can't be opened is left out and listed in
    `unreadable`. A warning says so. Nothing is guessed at.

    Parameters
    ----------
    path : str or PathLike
        The folder.
    groups : str, default=None
        What must not stand on both sides of a split. None makes each file a group on its own.
        "artist" reads the artist from each file's tags. Anything else is a regular expression
        that is searched for in each file's name: files with the same captured text, or the same
        match where nothing is captured, are a group, as ``r"^(.+?) - "`` is for
        ``Artist - Title.mp3``.
    return_X_y_groups : bool, default=False
        Return ``(paths, target, groups)`` instead of a Bunch.

    Returns
    -------
    Bunch
        With the attributes

        paths : list of str
            The sound files, sorted by genre and name.
        target : ndarray of shape (n_clips,)
            Their genres: the names of the subfolders.
        target_names : ndarray of shape (n_genres,)
            The genres, sorted.
        groups : ndarray of shape (n_clips,)
            What must not stand on both sides of a split.
        split : None
            There is no official split.
        ignored : list of (path, reason)
            What is no sound file.
        unreadable : list of (path, reason)
            Sound files that can't be opened.
        DESCR : str
            What was found.

    Raises
    ------
    FileNotFoundError
        When there is no such folder.
    NotADirectoryError
        When it is a file.
    ValueError
        When it has no subfolders, a single genre, or a genre without a readable sound file, or
        when a file has no artist tag or a name that does not match `groups`.

    Warns
    -----
    SkgenreWarning
        When files were passed over or can't be read, or a genre has a single clip.

    See Also
    --------
    check_files : Decodes files, and finds faults and duplicates.
    make_genre_music : Writes such a folder.

    Examples
    --------
    >>> import tempfile
    >>> from skgenre.datasets import load_genre_folder, make_genre_music
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     made = make_genre_music(
    ...         4, genres=["jazz", "rock"], duration=1.0, random_state=0, to=folder
    ...     )
    ...     music = load_genre_folder(folder)
    >>> music.target.tolist(), music.target_names.tolist()
    (['jazz', 'jazz', 'rock', 'rock'], ['jazz', 'rock'])
    """
    root = Path(path)
    genre_folders, ignored = _list_genres(root)
    paths: list[str] = []
    target: list[str] = []
    unreadable: list[tuple[str, str]] = []
    for folder in genre_folders:
        found, passed_over, broken = _list_clips(folder)
        ignored += passed_over
        unreadable += broken
        if not found:
            what = f", {len(broken)} unreadable" if broken else ""
            raise ValueError(
                f"{folder}: the genre {folder.name!r} has no readable sound file{what}. Put some "
                f"in, or take the folder out."
            )
        paths += found
        target += [folder.name] * len(found)
    if len(genre_folders) == 1:
        raise ValueError(
            f"{root}: there is a single genre, {genre_folders[0].name!r}, and a classifier needs "
            f"at least two: one subfolder for each."
        )
    warn_of_files(ignored, PASSED_OVER)
    warn_of_files(unreadable, UNREADABLE)
    genres = np.array(target)
    warn_of_single_clips(genres)
    group_of_clip = group_files(paths, groups)
    if return_X_y_groups:
        return paths, genres, group_of_clip
    names, counts = np.unique(genres, return_counts=True)
    title = f"Music from {root}"
    return Bunch(
        paths=paths,
        target=genres,
        target_names=names,
        groups=group_of_clip,
        split=None,
        ignored=ignored,
        unreadable=unreadable,
        DESCR=_DESCR.format(
            path=root,
            underline="-" * len(title),
            n_clips=len(paths),
            n_genres=len(names),
            counts=", ".join(f"{name} {count}" for name, count in zip(names, counts, strict=True)),
            n_ignored=len(ignored),
            n_unreadable=len(unreadable),
        ),
    )


def _list_genres(root: Path) -> tuple[list[Path], list[tuple[str, str]]]:
    if not root.exists():
        raise FileNotFoundError(
            f"{root}: there is no such folder (the current folder is {Path.cwd()})."
        )
    if not root.is_dir():
        raise NotADirectoryError(
            f"{root}: this is a file. Name the folder that has one subfolder for each genre."
        )
    genres, ignored = [], []
    for item in sorted(root.iterdir()):
        if item.name.startswith("."):
            ignored.append((str(item), "hidden"))
        elif item.is_dir():
            genres.append(item)
        else:
            ignored.append((str(item), "not in a genre's folder"))
    if not genres:
        audio = [name for name, _ in ignored if Path(name).suffix.lower() in AUDIO_EXTENSIONS]
        what = f"{len(audio)} sound files and no subfolders" if audio else "no subfolders"
        raise ValueError(
            f"{root}: there are {what}. Put the files of each genre into a subfolder with its name."
        )
    return genres, ignored


def _list_clips(
    folder: Path,
) -> tuple[list[str], list[tuple[str, str]], list[tuple[str, str]]]:
    found, ignored, unreadable = [], [], []
    for item in sorted(folder.iterdir()):
        if item.name.startswith("."):
            ignored.append((str(item), "hidden"))
        elif item.is_dir():
            ignored.append((str(item), "a folder in a genre's folder"))
        elif item.suffix.lower() not in AUDIO_EXTENSIONS:
            ignored.append((str(item), "not a sound file by its name"))
        else:
            reason = why_unreadable(item)
            if reason is None:
                found.append(str(item))
            else:
                unreadable.append((str(item), reason))
    return found, ignored, unreadable
