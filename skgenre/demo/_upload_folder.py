"""Folder of uploads, with automatic removal."""

import asyncio
import contextlib
import os
import re
import secrets
import stat
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

_SWEEP_SECONDS = 5.0
# From the end of an upload to its use, on a machine with much to do; or a part of one that was
# broken off.
UNUSED_SECONDS = 30.0
_TOKEN = re.compile("[0-9a-f]{64}")
_MAX_NAME_BYTES = 200


class UploadFolder:
    """Folder in which no file outlives its use by more than `keep_seconds`.

    An unused file is kept for at least half a minute, since it may still be used.
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

    def new_path(self, name: str) -> Path:
        """Return the path of a future upload, in its own folder with an unguessable name."""
        folder = self.path / secrets.token_hex(32)
        folder.mkdir()
        return folder / _clean(name)

    def has(self, path: str) -> bool:
        """Return whether a path, as the server writes it, is an uploaded clip.

        gradio's copies of the examples are stored like uploads. Links, folders, devices and
        anything else next to them are not clips.
        """
        start = f"{self.path}{os.sep}"
        parts = path.removeprefix(start).split(os.sep)  # noqa: PTH206 (Path drops dots)
        if not path.startswith(start) or len(parts) != 2 or "\0" in path:
            return False
        if not _TOKEN.fullmatch(parts[0]) or parts[1] in ("", ".", ".."):
            return False
        try:
            folder, file = Path(path).parent.lstat(), Path(path).lstat()
        except (OSError, ValueError):
            return False
        return stat.S_ISDIR(folder.st_mode) and stat.S_ISREG(file.st_mode)

    def size(self) -> int:
        """Return the total size of all files in bytes."""
        return sum(status.st_size for _, status in self._files())

    def is_full(self, max_bytes: int, max_files: int) -> bool:
        """Return whether the total size or the number of files exceeds a limit."""
        n_bytes = 0
        for number, (_, status) in enumerate(self._files(), start=1):
            n_bytes += status.st_size
            if n_bytes > max_bytes or number > max_files:
                return True
        return False

    def sweep(self) -> None:
        """Remove expired files and empty folders."""
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
            # gradio creates a folder some time before the file in it.
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


def _clean(name: str) -> str:
    """Return a name that can be displayed and used in a path."""
    name = name.replace("\\", "/").rpartition("/")[2]
    name = "".join(character for character in name if character.isprintable()).strip()
    stem, dot, extension = name.rpartition(".")
    if not stem:
        stem, dot, extension = name, "", ""
    extension = extension.encode(errors="replace")[:20].decode(errors="ignore")
    stem = stem.encode(errors="replace")[:_MAX_NAME_BYTES].decode(errors="ignore")
    return f"{stem}{dot}{extension}".lstrip(".") or "clip"
