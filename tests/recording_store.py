"""A store of fsspec whose requests are recorded, and can be made to wait, for tests."""

import asyncio
import threading
import time
from typing import ClassVar

import fsspec
from fsspec.asyn import AsyncFileSystem

_PATIENCE = 30.0  # seconds


class RecordingStore(AsyncFileSystem):
    """Files in memory at ``recording://name``, read asynchronously.

    Attributes
    ----------
    files : dict of str to bytes
        Content by name.
    requests : list of (str, str)
        "status" or "content", and the name, of all requests so far.
    hanging : set of str
        Names of files whose content never comes.
    has_version : bool
        Whether the store has a version of each file.
    """

    protocol = "recording"
    files: ClassVar[dict[str, bytes]] = {}
    requests: ClassVar[list[tuple[str, str]]] = []
    hanging: ClassVar[set[str]] = set()
    has_version: ClassVar[bool] = True
    _n_running: ClassVar[int] = 0
    _changed: ClassVar[threading.Condition] = threading.Condition()

    @classmethod
    def clear(cls) -> None:
        """Remove all files, and forget the requests."""
        cls.files.clear()
        cls.requests.clear()
        cls.hanging.clear()
        cls.has_version = True

    @classmethod
    def put(cls, name: str, content: bytes) -> str:
        """Store a file, and return its URL."""
        cls.files[name] = content
        return f"recording://{name}"

    @classmethod
    def wait_for(cls, kind: str, name: str) -> bool:
        """Wait for a request; return False if none comes."""
        with cls._changed:
            return cls._changed.wait_for(lambda: (kind, name) in cls.requests, _PATIENCE)

    @classmethod
    def is_idle(cls) -> bool:
        """Wait until no request runs; return False if one goes on."""
        end = time.monotonic() + _PATIENCE
        with cls._changed:
            return cls._changed.wait_for(lambda: not cls._n_running, end - time.monotonic())

    async def _info(self, path, **_):
        name = self._record("status", path)
        try:
            await asyncio.sleep(0)
            if name not in self.files:
                raise FileNotFoundError(name)
            content = self.files[name]
            version = {"ETag": str(hash(content))} if self.has_version else {}
            return {"name": name, "type": "file", "size": len(content), **version}
        finally:
            self._end()

    async def _cat_file(self, path, start=None, end=None, **_):
        name = self._record("content", path)
        try:
            await asyncio.sleep(3600 if name in self.hanging else 0)
            return self.files[name][start:end]
        finally:
            self._end()

    def _record(self, kind, path):
        name = path.removeprefix("recording://")
        with self._changed:
            self.requests.append((kind, name))
            type(self)._n_running += 1
            self._changed.notify_all()
        return name

    def _end(self):
        with self._changed:
            type(self)._n_running -= 1
            self._changed.notify_all()


fsspec.register_implementation("recording", RecordingStore, clobber=True)
