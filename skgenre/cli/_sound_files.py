"""Sound files that the command is given, or finds in folders."""

from pathlib import Path


def find_sound_files(folder: Path) -> list[Path]:
    """Return the sound files in a folder and its subfolders, sorted; none is an error."""
    from ..audio._formats import AUDIO_EXTENSIONS

    files = sorted(
        file
        for file in folder.rglob("*")
        if file.suffix.lower() in AUDIO_EXTENSIONS and file.is_file()
    )
    if not files:
        raise ValueError(f"{folder}: there are no sound files in it.")
    return files
