"""Server side of a worker: start it, send it work, end it."""

import asyncio
import contextlib
import os
import pickle
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

from ._limits import Limits
from ._refusal import TOO_LARGE, UNREADABLE, Refusal
from ._worker import HEADER

# Reads no file of the server's working directory before its path is the server's.
_CODE = "import sys; sys.path[:] = sys.argv[1:]; from skgenre.demo._worker import work; work()"
_START_SECONDS = 300.0
_END_SECONDS = 5.0
_MAX_ANSWER = 100_000_000  # bytes


class WorkFailedError(Exception):
    """An error in the work, whose traceback is the message."""


class WorkerProcess:
    """Process that runs one callable, for one caller at a time.

    Parameters
    ----------
    task : bytes
        The callable, as :func:`dump_task` returns it.
    folder : Path
        Removed by the process once this one is gone.
    limits : Limits
        Its `max_cpu_seconds` ends a process that needs more for a clip.
    """

    def __init__(self, task: bytes, folder: Path, limits: Limits) -> None:
        self._setup = {"task": task, "folder": str(folder), "cpu_seconds": limits.max_cpu_seconds}
        self._limits = limits
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        """Start the process, and wait until it is ready. Raises WorkFailedError."""
        options: dict[str, Any] = {}
        if os.name == "posix":
            options["start_new_session"] = True  # Ctrl-C is for the server
        else:
            options["creationflags"] = getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0)
        self._process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", _CODE, *map(str, sys.path)),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            env=_environment(self._limits.n_workers),
            **options,
        )
        try:
            async with asyncio.timeout(_START_SECONDS):
                await self._send(self._setup)
                kind, content = await self._receive()
        except (OSError, EOFError, TimeoutError) as error:
            await self.kill()
            raise WorkFailedError(f"a worker did not start (code {self._code})") from error
        if kind != "ready":
            await self.kill()
            raise WorkFailedError(str(content))

    async def run(self, name: str, *arguments: Any) -> Any:
        """Return what the callable returns for these arguments.

        Raises Refusal, which refers to the clip as `name`, or WorkFailedError. If the caller is
        cancelled, the process must be killed.
        """
        try:
            await self._send(arguments)
            kind, content = await self._receive()
        except (OSError, EOFError) as error:
            # Waited for first: asyncio's kill can lose the code of a process that just ended.
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_END_SECONDS):
                    await self._process.wait()  # type: ignore[union-attr]
            await self.kill()
            raise self._explain_end(name) from error
        if kind == "refusal":
            raise Refusal(*content)
        if kind == "error":
            raise WorkFailedError(content)
        return content

    @property
    def is_alive(self) -> bool:
        """Whether the process runs."""
        return self._process is not None and self._process.returncode is None

    async def kill(self) -> None:
        """Kill the process, whatever it does."""
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                self._process.kill()
            await self._process.wait()

    @property
    def _code(self) -> int | None:
        return None if self._process is None else self._process.returncode

    def _explain_end(self, name: str) -> Refusal:
        if self._code == -getattr(signal, "SIGXCPU", 0):
            return Refusal(
                f"{name}: it takes more than the {self._limits.max_cpu_seconds:g} s of computing "
                f"that this page gives to a clip. Send a shorter part of it, or the same as "
                f"a plain WAV file.",
                TOO_LARGE,
            )
        return Refusal(
            f"{name}: the file can't be read; it ended the process that tried. Convert it to WAV "
            f"or FLAC.",
            UNREADABLE,
        )

    async def _send(self, message: Any) -> None:
        assert self._process is not None
        assert self._process.stdin is not None
        data = pickle.dumps(message)
        self._process.stdin.write(HEADER.pack(len(data)) + data)
        await self._process.stdin.drain()

    async def _receive(self) -> tuple[str, Any]:
        assert self._process is not None
        assert self._process.stdout is not None
        (size,) = HEADER.unpack(await self._process.stdout.readexactly(HEADER.size))
        if size > _MAX_ANSWER:
            raise EOFError(f"an answer of {size} bytes")
        # From a process that this one started, with its own code.
        answer: tuple[str, Any] = pickle.loads(await self._process.stdout.readexactly(size))
        return answer


def dump_task(task: Any) -> bytes:
    """Return a callable as bytes, including classes that were defined in a script.

    Raises ValueError if that is not possible.
    """
    try:
        import cloudpickle
    except ImportError:  # joblib before 1.6 bundles it
        from joblib.externals import cloudpickle

    try:
        data: bytes = cloudpickle.dumps(task)
    except Exception as error:
        raise ValueError(
            f"serve needs a model that can be pickled, since other processes run it: {error}"
        ) from error
    return data


def _environment(n_workers: int) -> dict[str, str]:
    """Return the environment of a worker: together the workers take all cores."""
    n_threads = str(max(1, (os.cpu_count() or 1) // n_workers))
    threads = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"))
    return {**dict.fromkeys(threads, n_threads), **os.environ}
