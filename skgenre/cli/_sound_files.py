"""Sound files that the command is given, or finds in folders."""

from pathlib import Path

from .._shown_text import show
from ._console import say


def find_sound_files(folder: Path) -> list[Path]:
    """Return the sound files in a folder and its subfolders, sorted; none is an error.

    The rule is that of the loaders: what is hidden or of the operating system is left out, and
    files in formats that can't be read are in, so that reading them says what to do.
    """
    from ..datasets._folder_files import walk_sounds
    from ..datasets._left_out import name_first

    files, hidden = walk_sounds(folder)
    if hidden:
        names = name_first([show(path.relative_to(folder)) for path in hidden])
        say(f"{show(folder)}: skipped what is hidden: {names}.")
    if not files:
        raise ValueError(f"{show(folder)}: there are no sound files in it.")
    return files
