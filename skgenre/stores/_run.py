"""A run of a job over the clips of a store, with its progress and its list of bad files."""

import os
import time
from collections.abc import Iterable, Iterator
from contextlib import closing
from typing import TYPE_CHECKING, Any

import numpy as np

from .._name_columns import name_column
from .._progress import ProgressBar
from .._shown_text import to_unicode
from ..datasets._unreadable import describe_unreadable
from ._clip_list import ClipList
from ._extraction import Extraction
from ._facts import read_marker
from ._job import ClusterJob, run_here
from ._layout import Layout
from ._part import Outcome, Part, PartWriter

if TYPE_CHECKING:
    import pandas as pd
    from distributed import Client


def check_job(caller: str, partition_size: Any, on_bad_files: Any) -> None:
    """Refuse impossible values of the parameters that all jobs have."""
    check_size(caller, "partition_size", partition_size)
    if on_bad_files not in ("drop", "raise"):
        raise ValueError(
            f"The 'on_bad_files' parameter of {caller} must be 'drop' or 'raise'. Got "
            f"{on_bad_files!r} instead."
        )


def check_size(caller: str, name: str, value: Any) -> None:
    """Refuse what is no number of clips."""
    is_whole = isinstance(value, int | np.integer) and not isinstance(value, bool)
    if not is_whole or value < 1:
        raise ValueError(
            f"The {name!r} parameter of {caller} must be a whole number of clips, 1 or more. "
            f"Got {value!r} instead."
        )


class BadFilesError(ValueError):
    """Files can't be read, and are not to be left out.

    Parameters
    ----------
    message : str
        Which files, why, and what to do.
    files : list of (path, reason)
        The files.
    """

    def __init__(self, message: str, files: list[tuple[str, str]]) -> None:
        super().__init__(message)
        self.files = files


class Run:
    """A run of a job, from the partitions that are not finished to the list of bad files.

    Parameters
    ----------
    caller : str
        Name of the function, for messages and tasks.
    writer : PartWriter
        Computes partitions.
    clips : ClipList
        The clips.
    client : distributed.Client or None
        The cluster.
    n_threads : int
        Number of threads here or of the cluster.
    """

    def __init__(
        self,
        caller: str,
        writer: PartWriter,
        clips: ClipList,
        client: "Client | None",
        n_threads: int,
    ) -> None:
        self._caller = caller
        self._writer = writer
        self._facts = writer.facts
        self._folder = writer.folder
        self._clips = clips
        self._client = client
        self._n_threads = n_threads

    def run(self, *, is_shown: bool) -> Extraction:
        """Do what is not done, with a progress bar if it is to be shown.

        Raises
        ------
        BadFilesError
            If files can't be read, and the writer refuses them.
        """
        started = time.monotonic()
        bad: dict[int, str] = {}
        done = self._find_done(bad)
        n_resumed = sum(len(self._facts.rows(part)) for part in done)
        n_left = len(self._clips) - n_resumed
        todo = (self._part(part) for part in range(self._facts.n_parts) if part not in done)
        bar = ProgressBar(
            self._facts.feature,
            len(self._clips),
            "clips",
            is_shown=is_shown,
            is_kept=True,
            n_done=n_resumed,
        )
        with closing(bar):
            n_computed = 0

            def advance(n_clips: int = 1) -> None:
                nonlocal n_computed
                n_computed += n_clips
                pace = n_computed / max(1e-9, time.monotonic() - started)
                per_core = pace / max(1, self._n_threads)
                bar.advance(f"{pace:.1f} clips/s, {per_core:.1f} per core", n_items=n_clips)

            for outcome in self._outcomes(todo, advance):
                bad.update(outcome.bad)
                if not outcome.is_written:
                    self._refuse(outcome.bad)
        seconds = time.monotonic() - started
        bad_files = self._list_bad(bad)
        list_of_bad_files = self._write_bad(bad_files)
        return Extraction(
            out=self._folder.shown,
            n_clips=len(self._clips),
            n_bad=len(bad),
            n_resumed=n_resumed,
            seconds=seconds,
            clips_per_second=n_left / seconds if n_left else float("nan"),
            bad_files=bad_files,
            list_of_bad_files=list_of_bad_files,
        )

    def _outcomes(self, todo: Iterable[Part], advance: Any) -> Iterator[Outcome]:
        if self._client is None:
            yield from run_here(self._writer, todo, self._n_threads, advance)
            return
        job = ClusterJob(self._client, self._writer, self._caller)
        with closing(job.run(todo)) as outcomes:
            for outcome in outcomes:
                advance(outcome.n_clips)
                yield outcome

    def _find_done(self, bad: dict[int, str]) -> set[int]:
        """Return the partitions that an earlier run finished, and add their bad clips."""
        layout = Layout(self._facts.kind)
        names = [f"{layout.markers}/{name}" for name in self._folder.names(layout.markers)]
        contents = self._folder.read_many([name for name in names if name.endswith(".json")])
        done = set()
        for part in range(self._facts.n_parts):
            found = read_marker(contents.get(layout.marker(part)), self._facts.rows(part))
            if found is not None and not (found and self._writer.refuses_bad):
                done.add(part)
                bad.update(found)
        return done

    def _part(self, number: int) -> Part:
        rows = self._facts.rows(number)
        own = slice(rows.start, rows.stop)
        return Part(number, rows.start, self._clips.paths[own], self._clips.names[own])

    def _refuse(self, bad: dict[int, str]) -> None:
        named = [(self._clips.names[row], bad[row]) for row in sorted(bad)]
        raise BadFilesError(
            f"{self._caller}: {describe_unreadable(named)}. Repair them, or leave them out with "
            f"on_bad_files='drop'. Run it again to continue.",
            named,
        )

    def _list_bad(self, bad: dict[int, str]) -> "pd.DataFrame":
        import pandas as pd

        rows = sorted(bad)
        paths = name_column([self._clips.names[row] for row in rows])
        reasons = name_column([to_unicode(bad[row]) for row in rows])
        return pd.DataFrame({"path": paths.astype(object), "reason": reasons.astype(object)})

    def _write_bad(self, bad_files: "pd.DataFrame") -> str | None:
        """Write the list of bad files beside the store, or remove that of an earlier run."""
        name = self._folder.url.replace(os.sep, "/").rpartition("/")[2]
        beside = self._folder.parent
        file = f"{name.removesuffix('.zarr')}.bad_files.csv"
        if not len(bad_files):
            beside.remove(file)
            return None
        beside.write(file, bad_files.to_csv(index=False).encode())
        return f"{beside.shown}/{file}"
