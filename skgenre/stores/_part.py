"""A partition of a store, and what computes and writes it in a thread or on a worker."""

import io
import os
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar, cast

import numpy as np

from .._urls import Url, as_path, is_url
from ..exceptions import AudioDecodeError
from ._facts import Facts, check_same, read_facts, read_marker, write_marker
from ._folder import Folder, show_url
from ._layout import CLIP, Layout

OnClip = Callable[[], None] | None
Result = TypeVar("Result")


@dataclass(frozen=True, repr=False)  # Dask writes the repr of arguments into its logs
class Part:
    """A partition to compute.

    Parameters
    ----------
    number : int
        Its number.
    start : int
        Row of its first clip.
    paths : list of str
        Its files, to be opened on any machine.
    names : list of str
        The same as they were given, without credentials.
    left_out : dict of int to str
        Clips that must not be opened, by their rows, with the reasons.
    """

    number: int
    start: int
    paths: list[str]
    names: list[str]
    left_out: dict[int, str] = field(default_factory=dict)

    def files(self) -> "list[str | Url]":
        """Return the files, in which URLs of those to be opened can be read ahead."""
        return [
            path if row in self.left_out or not is_url(path) else cast(Url, as_path(path))
            for row, path in enumerate(self.paths, self.start)
        ]


@dataclass(frozen=True)
class Outcome:
    """A finished partition.

    Parameters
    ----------
    number : int
        Its number.
    n_clips : int
        Its clips, with the bad ones.
    bad : dict of int to str
        Reasons by the rows of clips that could not be read.
    is_written : bool
        Whether the partition is finished: it is not if bad files are to be an error.
    """

    number: int
    n_clips: int
    bad: dict[int, str]
    is_written: bool = True


@dataclass(frozen=True, repr=False)
class PartWriter(ABC):
    """Computes partitions of a store and writes them. It can be sent to workers.

    Parameters
    ----------
    folder : Folder
        The store.
    facts : Facts
        The facts about it.
    refuses_bad : bool
        Whether bad files are an error: a partition with some isn't finished then.
    """

    folder: Folder
    facts: Facts
    refuses_bad: bool

    @abstractmethod
    def write(self, part: Part, n_threads: int, on_clip: OnClip) -> Iterator[tuple[int, str]]:
        """Compute a partition and write it; yield rows of bad clips and the reasons."""

    @abstractmethod
    def compute(self, paths: list[str]) -> None:
        """Compute clips and keep nothing: to find one that kills its worker."""

    def run(self, part: Part, n_threads: int = 1, on_clip: OnClip = None) -> Outcome:
        """Write a partition, unless that is done."""
        marker = Layout(self.facts.kind).marker(part.number)
        done = read_marker(self.folder.read(marker), self.facts.rows(part.number))
        if done is not None and not (self.refuses_bad and done):
            return Outcome(part.number, len(part.paths), dict(done))
        self._require_store()
        bad = part.left_out | dict(self.write(part, n_threads, on_clip))
        if bad and self.refuses_bad:
            return Outcome(part.number, len(part.paths), bad, is_written=False)
        write_marker(self.folder, marker, bad)
        return Outcome(part.number, len(part.paths), bad)

    def _require_store(self) -> None:
        found = read_facts(self.folder, self.facts.kind)
        if found is None:
            raise OSError(
                f"{self.folder.shown}: a worker doesn't find this. Choose a folder that all "
                f"machines share, or an object store."
            )
        check_same(found, self.facts, self.folder)  # it may be of another run by now


def read_clip(read: Callable[[], Result], path: str | os.PathLike) -> Result | str:
    """Return what is made of a clip's file, or why it can't be read.

    A remote file is tried twice: a connection may have been lost.
    """
    reason = ""
    for _ in range(2 if is_url(path) else 1):
        try:
            return read()
        except AudioDecodeError as error:
            reason = str(error).removeprefix(f"{show_url(path)}: ")
    return reason


def write_table(folder: Folder, part: Part, columns: Mapping[str, Any]) -> None:
    """Write the table of a partition, whose first column is the number of the row."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    rows = np.arange(part.start, part.start + len(part.paths))
    file = io.BytesIO()
    pq.write_table(pa.table({CLIP: rows, **columns}), file)
    folder.write(Layout.table(part.number), file.getvalue())
