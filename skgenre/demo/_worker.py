"""Separate process that handles untrusted clips, and can be ended.

It reads its work from standard input and answers on standard output. The output of libraries is
discarded: a file can make a decoder print gigabytes.
"""

import contextlib
import math
import os
import pickle
import queue
import re
import shutil
import signal
import struct
import sys
import threading
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

HEADER = struct.Struct(">Q")
# Bytes in addition to those of the model: a clip is decoded piece by piece.
_MEMORY_GROWTH = 2 << 30


def work() -> None:
    """Run the work that the process at the other end of the pipes requests, until it is gone."""
    requests, answers = _take_pipes()
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):  # the server decides when this process ends
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_IGN)
    setup = pickle.loads(_read(requests))
    messages: queue.SimpleQueue[bytes] = queue.SimpleQueue()
    # A thread, to notice a killed server while a clip is being read.
    threading.Thread(
        target=_receive, args=(requests, messages, Path(setup["folder"])), daemon=True
    ).start()
    try:
        task = pickle.loads(setup["task"])
        with contextlib.suppress(AttributeError):
            task.warm_up()
    except BaseException:
        _write(answers, ("error", traceback.format_exc()))
        return
    _limit_memory()
    _write(answers, ("ready", None))
    while True:
        arguments = pickle.loads(messages.get())
        with limit_cpu(setup["cpu_seconds"]):
            answer = _answer(task, arguments)
        _write(answers, answer)


def _answer(task: Any, arguments: tuple) -> tuple[str, Any]:
    from ._refusal import UNREADABLE, Refusal

    try:
        return "result", task(*arguments)
    except Refusal as refusal:
        return "refusal", (str(refusal), refusal.status)
    except MemoryError:
        return "refusal", ("The clip takes more memory than this page gives to one.", UNREADABLE)
    except Exception:
        return "error", traceback.format_exc()


@contextlib.contextmanager
def limit_cpu(seconds: float) -> Iterator[None]:
    """End the process after this many seconds of CPU time, if the system supports it."""
    try:
        import resource
    except ImportError:  # Windows
        yield
        return
    used = resource.getrusage(resource.RUSAGE_SELF)
    before, hard = resource.getrlimit(resource.RLIMIT_CPU)
    limit = math.ceil(used.ru_utime + used.ru_stime + seconds)
    if hard != resource.RLIM_INFINITY:
        limit = min(limit, hard)
    # The signal's default writes a core file.
    resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))
    resource.setrlimit(resource.RLIMIT_CPU, (limit, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_CPU, (before, hard))


def _limit_memory() -> None:
    """Limit the process's growth in memory, on Linux, unless a GPU maps its own memory."""
    torch = sys.modules.get("torch")
    if not sys.platform.startswith("linux") or (torch and torch.cuda.is_available()):
        return
    import resource

    with contextlib.suppress(OSError, ValueError, TypeError):
        status = Path("/proc/self/status").read_text(encoding="utf-8")
        size = 1024 * int(re.search(r"VmData:\s+(\d+) kB", status)[1])  # type: ignore[index]
        hard = resource.getrlimit(resource.RLIMIT_DATA)[1]
        limit = size + _MEMORY_GROWTH
        if hard != resource.RLIM_INFINITY:
            limit = min(limit, hard)
        resource.setrlimit(resource.RLIMIT_DATA, (limit, hard))


def _take_pipes() -> tuple[BinaryIO, BinaryIO]:
    """Take the pipes away from everything that reads standard input or prints."""
    requests = os.fdopen(os.dup(0), "rb")
    answers = os.fdopen(os.dup(1), "wb")
    with open(os.devnull, "r+b", buffering=0) as nowhere:  # noqa: PTH123 (devnull is no path)
        for descriptor in (0, 1, 2):
            os.dup2(nowhere.fileno(), descriptor)
    return requests, answers


def _receive(requests: BinaryIO, messages: "queue.SimpleQueue[bytes]", folder: Path) -> None:
    with contextlib.suppress(EOFError, OSError):
        while True:
            messages.put(_read(requests))
    # The server is gone, for whatever reason: uploads must not outlive it.
    shutil.rmtree(folder, ignore_errors=True)
    os._exit(0)


def _read(pipe: BinaryIO) -> bytes:
    size = HEADER.unpack(_read_all(pipe, HEADER.size))[0]
    return _read_all(pipe, size)


def _read_all(pipe: BinaryIO, size: int) -> bytes:
    data = pipe.read(size)
    if len(data) < size:
        raise EOFError
    return data


def _write(pipe: BinaryIO, message: Any) -> None:
    data = pickle.dumps(message)
    pipe.write(HEADER.pack(len(data)) + data)
    pipe.flush()
