"""Sound files of a published collection: those that are there and can be read."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from ._unreadable import find_unreadable


class PublishedFiles(NamedTuple):
    """Files of the rows of a published table.

    Parameters
    ----------
    kept : list of int
        Rows whose file is there and can be read.
    missing : list of str
        Files that are not there.
    unreadable : list of (path, reason)
        Files that can't be read.
    """

    kept: list[int]
    missing: list[str]
    unreadable: list[tuple[str, str]]


def find_published_files(files: Sequence[Path]) -> PublishedFiles:
    """Find out which files of a collection are there and can be read."""
    there = [row for row, file in enumerate(files) if file.is_file()]
    reasons = find_unreadable([files[row] for row in there])
    return PublishedFiles(
        kept=[row for row, why in zip(there, reasons, strict=True) if not why],
        missing=[str(file) for file in files if not file.is_file()],
        unreadable=[(str(files[row]), why) for row, why in zip(there, reasons, strict=True) if why],
    )
