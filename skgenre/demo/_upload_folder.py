"""The folder where uploads lie, and its sweeping."""

import asyncio
import contextlib
import os
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

_SWEEP_SECONDS = 5.0


class UploadFolder:
    """A folder in which no file outlives its use by more than `keep_seconds`."""

    def __init__(self, path: Path, keep_seconds: float) -> None:
        self.path = path
        self._keep_seconds = keep_seconds
        self._in_use: Counter[Path] = Counter()

    @contextlib.contextmanager
    def use(self, file: Path) -> Iterator[None]:
        """Keep a file while it is in use, and for `keep_seconds` after."""
        self._in_use[file] += 1
        try:
            yield
        finally:
            with contextlib.suppress(OSError):
                os.utime(file)
            self._in_use[file] -= 1
            self._in_use += Counter()  # forgets the zeros

    def size(self) -> int:
        """Return the number of bytes in all files."""
        return sum(status.st_size for _, status in self._files())

    def sweep(self) -> None:
        """Remove the files that nobody used for `keep_seconds`, and empty folders."""
        oldest = time.time() - self._keep_seconds
        for file, status in self._files():
            if status.st_mtime < oldest and file not in self._in_use:
                file.unlink(missing_ok=True)
        for folder, _, _ in os.walk(self.path, topdown=False):
            # gradio makes a folder some time before the file in it.
            with contextlib.suppress(OSError):
                if Path(folder) != self.path and Path(folder).stat().st_mtime < oldest:
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
