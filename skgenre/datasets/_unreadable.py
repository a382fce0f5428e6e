"""Find sound files that can't be read, many at once."""

import os
from collections.abc import Sequence
from pathlib import Path

from .._shown_text import show
from .._threads import run_in_threads
from ..audio._load import iterate_mono, open_whole
from ..exceptions import AudioDecodeError
from ._left_out import why_unreadable

# Reading headers waits for the disk or the network, not for the processor.
_N_THREADS = 8


def find_unreadable(
    paths: Sequence[str | os.PathLike], *, full: bool = False, n_jobs: int = _N_THREADS
) -> list[str | None]:
    """Return for each sound file why it can't be read, or None.

    Parameters
    ----------
    paths : sequence of str or PathLike
        The files; one that occurs several times is read once.
    full : bool, default=False
        Whether to decode the files, which finds more faults and takes longer. Otherwise headers are
        read, and the declared length is compared with the present one.
    n_jobs : int, default=8
        Number of threads, as in joblib.
    """
    files = list(dict.fromkeys(map(Path, paths)))
    check = why_undecodable if full else why_unreadable
    reasons = dict(zip(files, run_in_threads(check, files, n_jobs), strict=True))
    return [reasons[Path(path)] for path in paths]


def why_undecodable(path: Path) -> str | None:
    """Return why a sound file can't be decoded to its end, or None."""
    reason = why_unreadable(path)
    if reason is not None:
        return reason
    try:
        with open_whole(path) as whole:
            for _ in iterate_mono(whole):
                pass
        return None
    except AudioDecodeError as error:
        return str(error).removeprefix(f"{show(path)}: ")
