"""Files that the command writes."""

import os
from pathlib import Path


def prepare_output(path: Path) -> None:
    """Make the folder of a file that will be written, or say what is in its way.

    To be called before the work, of which the file is the only trace.
    """
    if path.is_dir():
        raise IsADirectoryError(f"{path}: this is a folder, not a name for a file to write.")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OSError(f"{path}: its folder can't be made ({error}).") from error
    if not os.access(path if path.exists() else path.parent, os.W_OK):
        raise PermissionError(f"{path}: this can't be written there. Name another file.")
