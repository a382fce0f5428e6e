"""Sound files given to the command or found in folders."""

from pathlib import Path

from .._shown_text import show
from ._console import say
from ._tracks import Wanted, is_table, list_table


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


def find_files_to_check(source: Path, wanted: Wanted) -> tuple[list[Path], Path]:
    """Return the sound files of a folder or a table, and the folder that their names start from.

    Files of a table that are missing are returned too, so that checking reports them.
    """
    if is_table(source):
        return list_table(source, wanted), wanted.root or source.parent
    wanted.refuse_for_folder()
    if source.is_dir():
        return find_sound_files(source), source
    return [source], source.parent
