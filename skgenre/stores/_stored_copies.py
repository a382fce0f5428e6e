"""Copies of the files of a store that is far away."""

import threading
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from ._folder import Folder


class NearFiles:
    """Copies of files that are far, each made when it is needed first.

    Parameters
    ----------
    far : Folder
        The folder of the files.
    path : str
        A private folder on this machine.
    """

    def __init__(self, far: Folder, path: str) -> None:
        self.far = far
        self.copy = Folder(path)
        self._lock = threading.Lock()
        self._copied: set[str] = set()

    def fetch(self, names: Iterable[str]) -> None:
        """Copy the files that were not copied before, several at once; leave out missing ones.

        Raises
        ------
        OSError
            If the file system can't be reached.
        """
        with self._lock:
            new = [name for name in names if name not in self._copied]
            if not new:
                return
            here = [self.copy.path(name) for name in new]
            for parent in {Path(path).parent for path in here}:
                parent.mkdir(parents=True, exist_ok=True)
            there = [self.far.path(name) for name in new]
            if not self._get(there, here):
                # The reader of the copies says which clip is concerned.
                for place, path in zip(there, here, strict=True):
                    self._get(place, path)
            self._copied.update(new)

    def _get(self, there: Any, here: Any) -> bool:
        """Copy a file or several; return whether all were there."""
        with self.far.errors():
            try:
                self.far.filesystem.get(there, here)
            except FileNotFoundError:
                return False
        return True
