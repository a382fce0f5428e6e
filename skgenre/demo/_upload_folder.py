"""The folder where uploads lie, and its sweeping."""

import asyncio
import contextlib
import os
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

_SWEEP_SECONDS = 5.0
# From the end of an upload to its use, on a machine with much to do; or a part of one that was
# broken off.
UNUSED_SECONDS = 30.0


class UploadFolder:
    """A folder in which no file outlives its use by more than `keep_seconds`.

    A file that is not used is kept no shorter than half a minute, since its use may be to come.
    """

    def __init__(self, path: Path, keep_seconds: float) -> None:
        self.path = path
        self._keep_seconds = keep_seconds
        self._in_use: Counter[Path] = Counter()
        self._used: set[Path] = set()

    @contextlib.contextmanager
    def use(self, file: Path) -> Iterator[None]:
        """Keep a file while it is in use, and for `keep_seconds` after."""
        self._in_use[file] += 1
        try:
            yield
        finally:
            with contextlib.suppress(OSError):
                os.utime(file)
            self._used.add(file)
            self._in_use[file] -= 1
            self._in_use += Counter()  # forgets the zeros

    def size(self) -> int:
        """Return the number of bytes in all files."""
        return sum(status.st_size for _, status in self._files())

    def sweep(self) -> None:
        """Remove the files that have had their time, and empty folders."""
        unused_seconds = max(self._keep_seconds, UNUSED_SECONDS)
        now = time.time()
        for file, status in self._files():
            seconds = self._keep_seconds if file in self._used else unused_seconds
            if status.st_mtime < now - seconds and file not in self._in_use:
                file.unlink(missing_ok=True)
        for file in list(self._used):  # meanwhile others are added
            if not file.exists():
                self._used.discard(file)
        for folder, _, _ in os.walk(self.path, topdown=False):
            # gradio makes a folder some time before the file in it.
            with contextlib.suppress(OSError):
                if (
                    Path(folder) != self.path
                    and Path(folder).stat().st_mtime < now - unused_seconds
                ):
                    Path(folder).rmdir()

    async def sweep_forever(self) -> None:
        """Sweep every few seconds, until cancelled."""
        while True:
            await asyncio.sleep(min(_SWEEP_SECONDS, self._keep_seconds))
            await asyncio.to_thread(self.sweep)

    def _files(self) -> Iterator[tuple[Path, os.stat_result]]:
        for folder, _, names in os.walk(self.path):
            for name in names:
                file = Path(folder, name)
                with contextlib.suppress(OSError):
                    yield file, file.stat()
