"""Files that the command writes."""

import os
from pathlib import Path
from typing import TYPE_CHECKING

from .._files import output_file
from .._shown_text import show, to_unicode

if TYPE_CHECKING:
    import pandas as pd


def prepare_output(path: Path) -> None:
    """Create the folder of an output file, or report why it can't be written.

    Call it before the work, whose only result is the file.
    """
    if path.is_dir():
        raise IsADirectoryError(f"{show(path)}: this is a folder, not a name for a file to write.")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OSError(f"{show(path)}: its folder can't be made ({error}).") from error
    target = Path(os.path.realpath(path))
    # A new file takes the place of an old one in its folder; a pipe is written to.
    is_special = target.exists() and not target.is_file()
    needed = [] if is_special else [target.parent]
    if not all(os.access(place, os.W_OK) for place in [*needed, target] if place.exists()):
        raise PermissionError(f"{show(path)}: this can't be written there. Name another file.")


def writable_text(table: "pd.DataFrame") -> "pd.DataFrame":
    """Return a table whose text can be written as UTF-8, see `to_unicode`."""
    texts = table.select_dtypes(exclude="number").columns
    return table.assign(
        **{
            name: [to_unicode(value) if isinstance(value, str) else value for value in table[name]]
            for name in texts
        }
    )


def write_csv(table: "pd.DataFrame", path: Path) -> None:
    """Write a table as CSV in UTF-8, whatever the locale."""
    with output_file(path) as file:
        writable_text(table).to_csv(file, index=False, encoding="utf-8")
