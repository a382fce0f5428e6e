"""Loader for a folder of music with one subfolder per genre."""

import os
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from sklearn.utils import Bunch

from .._public import public
from .._shown_text import show
from ._file_groups import group_files
from ._folder_files import is_hidden, is_sound, list_folder, walk_sounds
from ._left_out import (
    count,
    count_formats,
    how_to_convert,
    name_first,
    warn_of_ignored,
    warn_of_single_clips,
    warn_of_subfolders,
    warn_of_unreadable,
    why_unreadable,
)

_HIDDEN = "hidden"
_DESCR = """\
Music from {path}
{underline}

{n_clips} files of {n_genres} genres: {counts}.

{n_ignored} other files were skipped, and {n_unreadable} sound files could not be read.
"""


@public
def load_genre_folder(
    path: str | os.PathLike, *, groups: str | None = None, return_X_y_groups: bool = False
) -> Any:
    """Read a folder with one subfolder of sound files per genre.

    Files are opened, to find unreadable ones now, but not decoded: transformers do that. A sound
    file that can't be opened, is truncated according to its header, or has a format that can't be
    read here (M4A, WMA and others) is left out and listed in `unreadable`. Subfolders of a genre's
    folder, files without the name of a sound file, hidden files and those of operating systems
    (``.DS_Store``, ``__MACOSX``, ``Thumbs.db``) are skipped and listed in `ignored`, with a
    warning. Nothing is guessed.

    Parameters
    ----------
    path : str or PathLike
        The folder.
    groups : str, default=None
        Source of the group labels; a group must not appear in both train and test. None makes each
        file its own group. "artist" reads the artist from each file's tags. Anything else is a
        regular expression that is searched for in each file's name: files with the same captured
        text, or the same match if nothing is captured, are a group, such as ``r"^(.+?) - "`` for
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
            Group labels; a group must not appear in both train and test.
        split : None
            None, as there is no official split.
        ignored : list of (path, reason)
            Subfolders and files that are not sound files: subfolders first, hidden files last.
        unreadable : list of (path, reason)
            Sound files that can't be read.
        DESCR : str
            Description of the contents.

    Raises
    ------
    FileNotFoundError
        When there is no such folder.
    NotADirectoryError
        When it is a file.
    ValueError
        When there are no subfolders, a single genre, or a genre without a readable sound file, or
        when a file has no artist tag or a name that does not match `groups`.

    Warns
    -----
    SkgenreWarning
        When files were skipped or can't be read, or a genre has a single clip.

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
    genres_read = [_read_genre(folder) for folder in genre_folders]
    paths = [path for genre in genres_read for path in genre.paths]
    target = [genre.name for genre in genres_read for _ in genre.paths]
    unreadable = [file for genre in genres_read for file in genre.unreadable]
    ignored += [file for genre in genres_read for file in genre.ignored]
    ignored = _hidden_last(ignored)
    subfolders = [file for genre in genres_read for file in genre.subfolders]
    warn_of_unreadable(unreadable)
    warn_of_subfolders(subfolders)
    warn_of_ignored(ignored)
    ignored = subfolders + ignored
    _refuse_empty_genres(root, genres_read)
    if len(genre_folders) == 1:
        raise ValueError(
            f"{show(root)}: there is a single genre, {genre_folders[0].name!r}, and a classifier "
            f"needs at least two: one subfolder for each."
        )
    genres = np.array(target)
    warn_of_single_clips(genres)
    group_of_clip = group_files(paths, groups)
    if return_X_y_groups:
        return paths, genres, group_of_clip
    names, counts = np.unique(genres, return_counts=True)
    title = f"Music from {show(root)}"
    return Bunch(
        paths=paths,
        target=genres,
        target_names=names,
        groups=group_of_clip,
        split=None,
        ignored=ignored,
        unreadable=unreadable,
        DESCR=_DESCR.format(
            path=show(root),
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
            f"{show(root)}: there is no such folder (the current folder is {show(Path.cwd())})."
        )
    if not root.is_dir():
        raise NotADirectoryError(
            f"{show(root)}: this is a file. Name the folder that has one subfolder for each genre."
        )
    found = list_folder(root)
    ignored = [(str(item), _HIDDEN) for item in found.hidden]
    loose = sorted([*found.sounds, *found.others])
    ignored += [(str(item), "not in a genre's folder") for item in loose]
    if not found.folders:
        n_files = len(found.sounds)
        what = f"{n_files} sound files and no subfolders" if n_files else "no subfolders"
        raise ValueError(
            f"{show(root)}: there are {what}. Put the files of each genre into a subfolder with "
            f"its name."
        )
    return found.folders, ignored


class _Genre(NamedTuple):
    name: str
    paths: list[str]
    unreadable: list[tuple[str, str]]
    # Subfolders with sound files.
    subfolders: list[tuple[str, str]]
    ignored: list[tuple[str, str]]


def _read_genre(folder: Path) -> _Genre:
    found = list_folder(folder)
    genre = _Genre(folder.name, [], [], [], [])
    for item in found.sounds:
        reason = why_unreadable(item)
        if reason is None:
            genre.paths.append(str(item))
        else:
            genre.unreadable.append((str(item), reason))
    for item in found.folders:
        n_sounds = len(walk_sounds(item).sounds)
        if n_sounds:
            genre.subfolders.append((str(item), f"a subfolder: {count(n_sounds, 'sound file')}"))
        else:
            genre.ignored.append((str(item), "a subfolder without sound files"))
    genre.ignored.extend((str(item), "not a sound file by its name") for item in found.others)
    genre.ignored.extend((str(item), _HIDDEN) for item in found.hidden)
    return genre


def _hidden_last(files: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Sort sound files outside of a genre's folder first and hidden files last."""

    def rank(file: tuple[str, str]) -> int:
        path = Path(file[0])
        return 2 if is_hidden(path) else int(not is_sound(path))

    return sorted(files, key=rank)


def _refuse_empty_genres(root: Path, genres: list[_Genre]) -> None:
    empty = [genre for genre in genres if not genre.paths]
    if not empty:
        return
    names = name_first([repr(genre.name) for genre in empty], 10)
    which = f"the genre {names} has" if len(empty) == 1 else f"the genres {names} have"
    reasons = ";\n  ".join(f"{genre.name}: {_why_empty(genre)}" for genre in empty[:10])
    raise ValueError(
        f"{show(root)}: {which} no readable sound file. Put some in, or take the folder out:\n"
        f"  {reasons}"
    )


def _why_empty(genre: _Genre) -> str:
    """Describe what is in a genre's folder instead of sound files, and what to do."""
    parts = []
    if genre.unreadable:
        files = [path for path, _ in genre.unreadable]
        n_files = count(len(files), "sound file")
        formats, n_foreign = count_formats(files)
        if n_foreign:
            which = "all" if n_foreign == len(files) else f"{n_foreign} of them"
            parts.append(
                f"{n_files}, {which} in formats that can't be read here ({formats}): convert "
                f"them, {how_to_convert(files[0])}"
            )
        else:
            path, reason = genre.unreadable[0]
            parts.append(f"{n_files}, unreadable, as {Path(path).name} ({reason})")
    if genre.subfolders:
        names = [f"{Path(path).name} ({reason})" for path, reason in genre.subfolders]
        parts.append(f"{name_first(names)}: move its files up into {genre.name}")
    if genre.ignored:
        n_others = count(len(genre.ignored), "file")
        parts.append(f"{n_others} that can't be clips, as {Path(genre.ignored[0][0]).name}")
    return "; ".join(parts) or "the folder is empty"
