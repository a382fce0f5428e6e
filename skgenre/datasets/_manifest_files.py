"""Find the files that a table of tracks names."""

import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from .._shown_text import show
from .._urls import Url, as_path, is_url, scheme_of
from ._left_out import count
from ._manifest_urls import find_absent

_WINDOWS_PATH = re.compile(r"(?:[A-Za-z]:|\\)\\")


class Files(NamedTuple):
    """Files of the rows of a table.

    Parameters
    ----------
    paths : list of str or None
        The file of each row, None if there is none or it is not unique.
    missing : dict of int to str
        Reasons by the positions of the rows without a file.
    ambiguous : dict of int to str
        Pairs of files by the positions of rows whose path means two files.
    empty : dict of int to str
        Reasons by the positions of the rows with a URL of a file without content.
    place : str
        Location of the files of relative paths, in words; empty if there are none.
    """

    paths: list[str | None]
    missing: dict[int, str]
    ambiguous: dict[int, str]
    empty: dict[int, str]
    place: str


def find_files(
    names: Sequence[str | None], genres: Sequence[str | None] | None, root: Path | Url
) -> Files:
    """Return the file of each row of a table.

    A relative path starts from `root`, or from the folder in it with the name of the genre, unless
    `root` is a URL. Rows without a path are left to the caller.
    """
    found = Files([], {}, {}, {}, "")
    n_in_root = n_in_genre = 0
    urls: dict[int, Url] = {}
    for row, name in enumerate(names):
        if name is None:
            found.paths.append(None)
            continue
        try:
            given = as_path(name) if scheme_of(name) else _start_from(root, name)
        except ValueError as error:
            found.missing[row] = str(error).removeprefix(f"{show(name)}: ").rstrip(".")
            found.paths.append(None)
            continue
        if isinstance(given, Url):
            urls[row] = given
            found.paths.append(os.fspath(given))
            n_in_root += scheme_of(name) is None
            continue
        name, place = str(given), root if isinstance(root, Path) else Path()
        genre = None if genres is None else genres[row]
        direct, below = _find(name, genre, place)
        if direct is not None and below is not None and not Path(direct).samefile(below):
            found.ambiguous[row] = f"{show(direct)} and {show(below)}"
            found.paths.append(None)
            continue
        path = direct or below
        found.paths.append(path)
        if path is None:
            found.missing[row] = _why_missing(name)
        elif not Path(name).is_absolute():
            n_in_root += direct is not None
            n_in_genre += direct is None
    places = []
    if n_in_root:
        places.append(f"{count(n_in_root, 'file')} from {show(root)}")
    if n_in_genre:
        places.append(f"{count(n_in_genre, 'file')} from {show(Path(root) / '<genre>')}")
    absent = find_absent(urls)
    found.missing.update(absent.missing)
    for row in absent.missing:
        found.paths[row] = None
    missing = dict(sorted(found.missing.items()))
    return found._replace(missing=missing, empty=absent.empty, place=" and ".join(places))


def _start_from(root: Path | Url, name: str) -> Path | Url:
    """Return a path as it is written, or the URL of a relative one."""
    if isinstance(root, Path) or Path(name).is_absolute():
        return Path(name)
    return root.joinpath(name.replace("\\", "/").removeprefix("./"))


def _find(name: str, genre: str | None, root: Path) -> tuple[str | None, str | None]:
    """Return the file from `root`, and the one from the genre's folder there."""
    spellings = [name]
    if "\\" in name and os.sep != "\\":
        spellings.append(name.replace("\\", "/"))
    for spelling in spellings:
        direct = _existing(root / spelling)  # an absolute path wins
        below = None
        if genre is not None and _is_folder_name(genre) and not Path(spelling).is_absolute():
            below = _existing(root / genre / spelling)
        if direct is not None or below is not None:
            return direct, below
    return None, None


def _existing(path: Path) -> str | None:
    # A device or pipe is no file: reading it might never end. Path.is_file raises more errors.
    return str(path) if os.path.isfile(path) else None  # noqa: PTH113


def _is_folder_name(genre: str) -> bool:
    separators = {os.sep, os.altsep, "/", "\\"} - {None}
    return genre not in (".", "..") and not any(sign in genre for sign in separators if sign)


def _why_missing(name: str) -> str:
    if os.sep != "\\" and _WINDOWS_PATH.match(name):
        return "no such file: a path of a Windows computer"
    return "no such file"


def find_copies(paths: Sequence[str | None]) -> list[list[int]]:
    """Return the positions of rows that name the same file, a list for each such file."""
    rows: dict[str, list[int]] = {}
    for row, path in enumerate(paths):
        if path is not None:
            key = path
            if not is_url(path):
                key = os.path.normcase(os.path.normpath(Path.cwd() / path))
            rows.setdefault(key, []).append(row)
    return [copies for copies in rows.values() if len(copies) > 1]
