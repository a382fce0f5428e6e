"""Progress of a comparison, on standard error."""

import sys
from collections import Counter

from joblib import effective_n_jobs

from ..._cluster import client_of_joblib
from ..._progress import ProgressBar, has_bar
from ..._shown_text import show
from .folds import Fold, number_repeats
from .run import FoldResult

_LONGEST_ERROR = 160  # characters


class RunProgress:
    """Say first what a comparison will do, then report every fold that ends.

    On a terminal and in a notebook a bar has the time left. Elsewhere each fold is a line:
    pipeline, fold, score, seconds and the time left.

    Parameters
    ----------
    n_clips : int
        Number of clips.
    folds : list of (train, test)
        The folds of all repeats.
    names : list of str
        Names of the pipelines.
    is_shown : bool
        Whether anything is printed.
    """

    def __init__(
        self, n_clips: int, folds: list[Fold], names: list[str], *, is_shown: bool
    ) -> None:
        self._n_clips = n_clips
        self._folds = folds
        self._names = names
        self._is_shown = is_shown
        self._bar = ProgressBar("", 0, "", is_shown=False)
        self._has_bar = False
        self._left: Counter[str] = Counter()
        self._seconds: dict[str, float] = {}
        self._n_done = self._total = 0
        self._n_workers = 1

    def begin(self, todo: list[str], n_finished: int, n_jobs: int | None) -> None:
        """Print what will be done.

        Parameters
        ----------
        todo : list of str
            The pipeline of each fit to come.
        n_finished : int
            Number of fits that an earlier run has finished.
        n_jobs : int or None
            Number of processes, as in joblib.
        """
        self._left = Counter(todo)
        self._n_done, self._total = n_finished, n_finished + len(todo)
        if not self._is_shown:
            return
        client = client_of_joblib()
        if client is None:
            self._n_workers = effective_n_jobs(n_jobs)
        else:  # of a queue that has started no worker yet, at least one
            self._n_workers = max(1, sum(client.nthreads().values()))
        n_repeats = number_repeats(self._folds)[-1] + 1
        repeated = f" in {n_repeats} repeats" if n_repeats > 1 else ""
        which = "all" if not todo else f"{n_finished} of them"
        resumed = f", {which} finished in an earlier run" if n_finished else ""
        _print(
            f"{self._n_clips} clips, {_count(len(self._folds), 'fold')}{repeated}, "
            f"{_count(len(self._names), 'pipeline')}: {_count(self._total, 'fit')}{resumed}"
        )
        self._has_bar = bool(todo) and has_bar()
        if self._has_bar:
            self._bar = ProgressBar(
                "comparing", self._total, "fits", is_kept=True, n_done=n_finished
            )

    def finish(self, name: str, number: int, result: FoldResult, seconds: float) -> None:
        """Report a fit.

        Parameters
        ----------
        name : str
            The pipeline.
        number : int
            The fold.
        result : FoldResult
            Its result.
        seconds : float
            How long it took.
        """
        self._left[name] -= 1
        self._seconds[name] = seconds
        self._n_done += 1
        if not self._is_shown:
            return
        left = self._estimate()
        words = f"{show(name)}, fold {number}: {_describe(result)}"
        if self._has_bar:
            self._bar.advance(words, left)
            return
        count = f"[{self._n_done:{len(str(self._total))}}/{self._total}]"
        end = f"; about {left} left" if left else ""
        _print(f"{count} {words}, {format_seconds(seconds)}{end}")

    def close(self) -> None:
        """Stop the bar."""
        self._bar.close()

    def _estimate(self) -> str:
        """Return the time left, as if each fit took as long as the last one of its pipeline.

        A pipeline that has not been fitted yet takes as long as the others do on average.
        """
        n_left = sum(self._left.values())
        if not n_left:
            return ""
        others = sum(self._seconds.values()) / len(self._seconds)
        total = sum(n * self._seconds.get(name, others) for name, n in self._left.items())
        return format_seconds(total / min(self._n_workers, n_left))


def format_seconds(seconds: float) -> str:
    """Return a duration for people, such as "3.2 s", "2 min 5 s" or "1 h 10 min"."""
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    minutes = round(whole / 60)
    return f"{minutes // 60} h {minutes % 60} min"


def _describe(result: FoldResult) -> str:
    if result.error:
        error = show(" ".join(result.error.split()))
        return f"failed ({error[:_LONGEST_ERROR]}{'...' if len(error) > _LONGEST_ERROR else ''})"
    score, value = next(iter(result.scores.items()))
    return f"{show(score)} {value:.3f}"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _print(line: str) -> None:
    if sys.stderr is not None:  # None without a console on Windows
        sys.stderr.write(f"{line}\n")
        sys.stderr.flush()
