"""Results of reading files, kept in this process for as long as the files don't change."""

import os
import time
from typing import Generic, TypeVar

_Result = TypeVar("_Result")

# A file can change again within one tick of the clock that dates it: younger ones are not kept. A
# tick takes at most 16 ms, and two seconds in a file system that knows whole seconds alone.
_LEAST_AGE = 3 * 10**9  # ns
_LEAST_AGE_OF_COMPLETE = 10**8  # ns
_MOST_FILES = 100_000


class UnchangedFiles(Generic[_Result]):
    """Results of reading files, looked up by the status of each file.

    A file that is written to, or replaced, has another status: another inode, size, modification
    time, or on POSIX time of change, which no program can set.

    Parameters
    ----------
    are_complete : bool, default=False
        Whether the files are moved into place when they are complete, and not written to from then
        on. Younger ones are then kept: none is in the middle of being written.
    """

    def __init__(self, *, are_complete: bool = False) -> None:
        self._are_complete = are_complete
        self._found: dict[tuple[str, int, int, int, int, int], _Result] = {}

    def get(self, path: str, status: os.stat_result) -> _Result | None:
        """Return what was found in a file of this status, or None."""
        return self._found.get(_key(path, status))

    def keep(self, path: str, status: os.stat_result, result: _Result) -> None:
        """Keep what was found in a file whose status was taken before it was read."""
        changed = max(status.st_mtime_ns, status.st_ctime_ns)
        is_exact = self._are_complete and changed % 10**9 != 0
        if time.time_ns() - changed < (_LEAST_AGE_OF_COMPLETE if is_exact else _LEAST_AGE):
            return
        if len(self._found) >= _MOST_FILES:
            self._found.clear()
        self._found[_key(path, status)] = result


def _key(path: str, status: os.stat_result) -> tuple[str, int, int, int, int, int]:
    return (
        path,
        status.st_dev,
        status.st_ino,
        status.st_size,
        status.st_mtime_ns,
        status.st_ctime_ns,
    )
