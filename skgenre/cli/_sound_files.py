"""Sound files given to the command or found in folders."""

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from .._shown_text import show
from .._urls import Url, as_path
from ._console import say
from ._tracks import Wanted, is_table, list_table

if TYPE_CHECKING:
    import pandas as pd


def find_sound_files(folder: Path) -> list[Path]:
    """Return the sound files in a folder and its subfolders, sorted; an empty result is an error.

    The rule is that of the loaders: hidden and operating system files are left out, and files in
    unsupported formats are included, so that the error of reading them says what to do.
    """
    from ..datasets._folder_files import walk_sounds
    from ..datasets._left_out import name_first

    files, hidden = walk_sounds(folder)
    if hidden:
        names = name_first([show(path.relative_to(folder)) for path in hidden])
        say(f"{show(folder)}: skipped hidden files: {names}.")
    if not files:
        raise ValueError(f"{show(folder)}: there are no sound files in it.")
    return files


class Found(NamedTuple):
    """Sound files to check: their paths, the folder that names start from, and their genres."""

    files: list[Path | Url]
    base: Path | Url
    genres: "list[str] | pd.DataFrame | None"


def find_files_to_check(source: Path | Url, wanted: Wanted) -> Found:
    """Return the sound files of a folder or a table.

    The genres are the folders in a folder, or a column of a table. Files of a table that are
    missing are returned too, so that checking reports them.
    """
    if is_table(source):
        files, genres = list_table(source, wanted)
        base = source.parent if wanted.root is None else as_path(wanted.root)
        return Found(files, base, genres)
    wanted.refuse_for_folder()
    if isinstance(source, Url) or not source.is_dir():
        return Found([source], source.parent, None)
    found = find_sound_files(source)
    parts = [path.relative_to(source).parts for path in found]
    has_genres = all(len(names) > 1 for names in parts)
    return Found([*found], source, [names[0] for names in parts] if has_genres else None)
