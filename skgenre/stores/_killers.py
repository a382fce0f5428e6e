"""Find the clips that kill the worker that computes them."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from distributed import Future

# Workers that a clip, alone in its task, must have killed.
N_KILLED = 3
KILLED_TOO_OFTEN = (
    f"killed the worker that computed it, {N_KILLED} times (it takes too much memory, or crashes "
    f"the program)"
)
# Tasks that a partition is split into at first.
_N_GROUPS = 16


def find_killers(rows: Sequence[int], submit: "Callable[[list[int]], Future]") -> list[int]:
    """Return the rows of clips that kill their worker.

    The clips are tried in groups, and those of a group that loses its workers one by one, with
    nothing else running: what else a worker computes when it dies is suspected, too.

    Parameters
    ----------
    rows : sequence of int
        Rows of the clips.
    submit : callable
        Begins to compute the clips of some rows.
    """
    from distributed import wait

    size = -(-len(rows) // _N_GROUPS)
    groups = [list(rows[first : first + size]) for first in range(0, len(rows), max(1, size))]
    futures = [submit(group) for group in groups]
    wait(futures)
    suspects = [
        row
        for group, future in zip(groups, futures, strict=True)
        if _count_killed(future)
        for row in group
    ]
    del futures
    return [row for row in suspects if _kills(row, submit)]


def _kills(row: int, submit: "Callable[[list[int]], Future]") -> bool:
    n_killed = 0
    while n_killed < N_KILLED:
        found = _count_killed(submit([row]))
        if not found:
            return False
        n_killed += found
    return True


def _count_killed(future: "Future") -> int:
    """Return how many workers died of a task. Other errors are found when it is done in earnest."""
    from distributed import KilledWorker

    error = future.exception()
    return error.allowed_failures + 1 if isinstance(error, KilledWorker) else 0
