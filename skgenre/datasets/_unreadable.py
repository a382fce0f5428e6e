"""Find sound files that can't be read, many at once."""

import os
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from .._shown_text import show
from .._threads import run_in_threads
from .._urls import Url, as_path, is_url
from ..audio._load import iterate_mono, open_whole
from ..audio._source import check_is_remote_file
from ..exceptions import AudioDecodeError
from ._left_out import why_unreadable

# Reading headers may wait for the disk or the network, not for the processor.
_N_THREADS = 8
# Files that are checked in one thread before it is known whether they are waited for.
_N_TRIED = 16
# Files that a message names.
MOST_NAMED = 20


def find_unreadable(
    paths: Sequence[str | os.PathLike],
    *,
    full: bool = False,
    reads_urls: bool = True,
) -> list[str | None]:
    """Return for each sound file why it can't be read, or None.

    Parameters
    ----------
    paths : sequence of str or PathLike
        The files; one that occurs several times is read once.
    full : bool, default=False
        Whether to decode the files, which finds more faults and takes longer. Otherwise headers are
        read, and the declared length is compared with the present one.
    reads_urls : bool, default=True
        Whether to read the headers of remote files, too; otherwise their stores are only asked
        whether they are there and have content.
    """
    files = list(dict.fromkeys(map(as_path, paths)))
    check = why_undecodable if full else why_unreadable if reads_urls else _why_absent
    reasons: list[str | None] = []
    if not full and all(isinstance(file, Path) for file in files):
        reasons = _check_until_waiting(check, files)
    rest = files[len(reasons) :]
    reasons += run_in_threads(check, rest, _N_THREADS if len(rest) > 1 else 1)
    found = dict(zip(files, reasons, strict=True))
    return [found[as_path(path)] for path in paths]


def _check_until_waiting(
    check: Callable[[Path | Url], str | None], files: Sequence[Path | Url]
) -> list[str | None]:
    """Check files in this thread, until more than half of the time is spent waiting for the disk.

    Threads that don't wait for a disk wait for each other: eight take twice as long as one.
    """
    reasons: list[str | None] = []
    is_waiting = False
    while len(reasons) < len(files) and not is_waiting:
        start, start_of_work = time.perf_counter(), time.thread_time()
        reasons += map(check, files[len(reasons) : len(reasons) + _N_TRIED])
        seconds = time.perf_counter() - start
        is_waiting = seconds > 2 * (time.thread_time() - start_of_work)
    return reasons


def _why_absent(path: Path | Url) -> str | None:
    """Return why a sound file can't be read, of a URL as far as its store tells, or None."""
    if isinstance(path, Path):
        return why_unreadable(path)
    try:
        check_is_remote_file(path)
    except AudioDecodeError as error:
        return str(error).removeprefix(f"{show(path)}: ")
    return None


def why_undecodable(path: Path | Url) -> str | None:
    """Return why a sound file can't be decoded to its end, or None."""
    if isinstance(path, Path) and (reason := why_unreadable(path)) is not None:
        return reason
    try:
        with open_whole(path) as whole:
            for _ in iterate_mono(whole):
                pass
        return None
    except AudioDecodeError as error:
        return str(error).removeprefix(f"{show(path)}: ")


def describe_unreadable(files: Sequence[tuple[str, str]], n_files: int | None = None) -> str:
    """Return how many files can't be read, and the first with the reasons, a line each.

    Parameters
    ----------
    files : sequence of (path, reason)
        The files.
    n_files : int or None, default=None
        Number of files that were looked at, to be named.
    """
    lines = list_unreadable(files)
    of_all = "" if n_files is None else f" of {n_files}"
    noun = "file" if (n_files or len(files)) == 1 else "files"
    folder = common_folder([path for path, _ in files])
    where = f", below {show(folder)}" if folder else ""
    return f"{len(files)}{of_all} {noun} can't be read{where}:\n  " + ";\n  ".join(lines)


def list_unreadable(files: Sequence[tuple[str, str]]) -> list[str]:
    """Return a line for each of the first files, with the reason, and one for the rest."""
    folder = common_folder([path for path, _ in files])
    lines = [
        f"{show(name_below(path, folder))}: {reason.rstrip('.')}"
        for path, reason in files[:MOST_NAMED]
    ]
    if len(files) > MOST_NAMED:
        lines.append(f"and {len(files) - MOST_NAMED} more")
    return lines


def common_folder(paths: Sequence[str]) -> str:
    """Return the folder that contains all files; empty if there is none, and for the root."""
    if any(map(is_url, paths)):
        return ""
    try:
        folder = os.path.commonpath([Path(path).parent for path in paths])
    except ValueError:  # absolute and relative ones, or several drives
        return ""
    return "" if folder == Path(folder).anchor else folder


def name_below(path: str, folder: str) -> str:
    """Return the path of a file from a folder that contains it."""
    return str(Path(path).relative_to(folder)) if folder else str(path)
