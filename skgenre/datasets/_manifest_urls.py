"""Find the files that a table of tracks names by URLs."""

from collections.abc import Mapping
from typing import NamedTuple

from .._remote_errors import RemoteFileError
from .._remote_files import find_status
from .._threads import run_in_threads
from .._urls import Url

# They wait for answers of the store.
_N_THREADS = 32


class Absent(NamedTuple):
    """Reasons by the rows of files that can't be had, and of those without content."""

    missing: dict[int, str]
    empty: dict[int, str]


def find_absent(urls: Mapping[int, Url]) -> Absent:
    """Ask the stores whether files are there and have content; no content is read.

    Parameters
    ----------
    urls : mapping of int to Url
        The files by rows.
    """
    answers = run_in_threads(_ask, list(urls.values()), min(_N_THREADS, max(1, len(urls))))
    found = Absent({}, {})
    for row, (is_missing, reason) in zip(urls, answers, strict=True):
        if reason is not None:
            (found.missing if is_missing else found.empty)[row] = reason
    return found


def _ask(url: Url) -> tuple[bool, str | None]:
    """Return whether a file can't be had, and the reason; None if it is there, with content."""
    try:
        status = find_status(url)
    except RemoteFileError as error:
        return True, str(error)
    return False, "empty file" if status.size == 0 else None
