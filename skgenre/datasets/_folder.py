"""Loader for a folder of music with one subfolder per genre."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from .._public import public
from .._shown_text import show
from .._urls import local_folder
from ._bunch import Bunch
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
)
from ._unreadable import find_unreadable

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
    listed = _list_music(local_folder(path, "load_genre_folder"), full=False)
    warn_of_unreadable(listed.unreadable)
    warn_of_subfolders(listed.subfolders)
    warn_of_ignored(listed.ignored)
    music = _make_bunch(listed, groups)
    warn_of_single_clips(music.target)
    if return_X_y_groups:
        return music.paths, music.target, music.groups
    return music


def read_genre_folder(
    path: Path,
    groups: str | None,
    judge: Callable[[list[tuple[str, str]], int], None],
    *,
    full: bool = False,
) -> Bunch:
    """Return the Bunch of :func:`load_genre_folder` for a command.

    Parameters
    ----------
    path : Path
        The folder.
    groups : str or None
        Source of the group labels.
    judge : callable
        Called with the unreadable files and the number of sound files: it raises an error, or
        accepts that they are left out.
    full : bool, default=False
        Whether to decode the files to find unreadable ones.
    """
    listed = _list_music(path, full=full)
    warn_of_subfolders(listed.subfolders)
    warn_of_ignored(listed.ignored)
    judge(listed.unreadable, listed.n_sounds)
    music = _make_bunch(listed, groups)
    warn_of_single_clips(music.target)
    return music


class _Genre(NamedTuple):
    name: str
    paths: list[str]
    unreadable: list[tuple[str, str]]
    # Subfolders with sound files.
    subfolders: list[tuple[str, str]]
    ignored: list[tuple[str, str]]


class _Music(NamedTuple):
    root: Path
    genres: list[_Genre]
    ignored: list[tuple[str, str]]

    @property
    def unreadable(self) -> list[tuple[str, str]]:
        return [file for genre in self.genres for file in genre.unreadable]

    @property
    def subfolders(self) -> list[tuple[str, str]]:
        return [file for genre in self.genres for file in genre.subfolders]

    @property
    def n_sounds(self) -> int:
        return sum(len(genre.paths) for genre in self.genres) + len(self.unreadable)


def _list_music(root: Path, *, full: bool) -> _Music:
    folders, ignored = _list_genres(root)
    genres = [_read_genre(folder, full=full) for folder in folders]
    ignored += [file for genre in genres for file in genre.ignored]
    return _Music(root, genres, _hidden_last(ignored))


def _make_bunch(listed: _Music, groups: str | None) -> Bunch:
    root = listed.root
    _refuse_empty_genres(root, listed.genres)
    if len(listed.genres) == 1:
        raise ValueError(
            f"{show(root)}: there is a single genre, {listed.genres[0].name!r}, and a classifier "
            f"needs at least two: one subfolder for each."
        )
    paths = [path for genre in listed.genres for path in genre.paths]
    genres = np.array([genre.name for genre in listed.genres for _ in genre.paths])
    names, counts = np.unique(genres, return_counts=True)
    ignored = listed.subfolders + listed.ignored
    title = f"Music from {show(root)}"
    return Bunch(
        paths=paths,
        target=genres,
        target_names=names,
        groups=group_files(paths, groups),
        split=None,
        ignored=ignored,
        unreadable=listed.unreadable,
        DESCR=_DESCR.format(
            path=show(root),
            underline="-" * len(title),
            n_clips=len(paths),
            n_genres=len(names),
            counts=", ".join(f"{name} {count}" for name, count in zip(names, counts, strict=True)),
            n_ignored=len(ignored),
            n_unreadable=len(listed.unreadable),
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


def _read_genre(folder: Path, *, full: bool) -> _Genre:
    found = list_folder(folder)
    genre = _Genre(folder.name, [], [], [], [])
    reasons = find_unreadable(found.sounds, full=full)
    for item, reason in zip(found.sounds, reasons, strict=True):
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
