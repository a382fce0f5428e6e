"""Select the sound files of a folder by name: one rule for loaders and commands."""

import os
from pathlib import Path
from typing import NamedTuple

from ..audio._formats import AUDIO_EXTENSIONS, FOREIGN_EXTENSIONS

# Files of operating systems, archives and network drives, in lower case. Names that begin with a
# dot are hidden too: .DS_Store, and ._song.mp3 written by a Mac to a foreign disk.
_SYSTEM_NAMES = frozenset(
    {
        "$recycle.bin",
        "@eadir",
        "__macosx",
        "desktop.ini",
        "lost+found",
        "system volume information",
        "thumbs.db",
    }
)


class Listing(NamedTuple):
    """Contents of a folder, each kind sorted by name."""

    sounds: list[Path]
    folders: list[Path]
    others: list[Path]
    hidden: list[Path]


def is_hidden(path: Path) -> bool:
    """Return whether a file or folder is hidden or of the system, and so not meant as music."""
    return path.name.startswith(".") or path.name.lower() in _SYSTEM_NAMES


def is_sound(path: Path) -> bool:
    """Return whether a file is a sound file by its name, readable here or not."""
    extension = path.suffix.lower()
    return extension in AUDIO_EXTENSIONS or extension in FOREIGN_EXTENSIONS


def list_folder(folder: Path) -> Listing:
    """Sort the files and folders in a folder by kind."""
    listing = Listing([], [], [], [])
    for item in sorted(folder.iterdir()):
        if is_hidden(item):
            listing.hidden.append(item)
        elif item.is_dir():
            listing.folders.append(item)
        elif is_sound(item):
            listing.sounds.append(item)
        else:
            listing.others.append(item)
    return listing


class Sounds(NamedTuple):
    """Sound files below a folder, and hidden files and folders that may be or contain some."""

    sounds: list[Path]
    hidden: list[Path]


def walk_sounds(folder: Path) -> Sounds:
    """Return the sound files in a folder and its subfolders, sorted, without following links.

    Raises
    ------
    OSError
        When a subfolder can't be read.
    """
    found = Sounds([], [])
    for place, folders, files in os.walk(folder, onerror=_raise):
        inside = [Path(place, name) for name in folders]
        paths = [path for path in (Path(place, name) for name in files) if is_sound(path)]
        found.hidden.extend(path for path in [*inside, *paths] if is_hidden(path))
        folders[:] = [path.name for path in inside if not is_hidden(path)]
        found.sounds.extend(path for path in paths if not is_hidden(path))
    found.sounds.sort()
    found.hidden.sort()
    return found


def _raise(error: OSError) -> None:
    raise error
